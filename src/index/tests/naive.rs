//! Filters answered row by row from the values themselves, with nothing of the index: what it has to agree with.

use super::fake::Fake;
use crate::model::address_space::from_column;
use crate::model::{Dictionary, IndexRow, Listing, ReportId};
use crate::query::{Field, Filter, Has, Pattern, State, Style, Term, Value, fold};

impl Fake {
    pub fn naive(&self, filter: &Filter) -> Vec<ReportId> {
        let shown = |row: &&IndexRow| row.status == 0 || filter.shows_quarantined();
        self.rows.iter().filter(shown).filter(|row| self.holds(filter, row)).map(|row| row.id).collect()
    }

    fn holds(&self, filter: &Filter, row: &IndexRow) -> bool {
        match filter {
            Filter::All => true,
            Filter::And(parts) => parts.iter().all(|part| self.holds(part, row)),
            Filter::Or(parts) => parts.iter().any(|part| self.holds(part, row)),
            Filter::Not(part) => !self.holds(part, row),
            Filter::Term(term) => term.values.iter().any(|value| self.value_holds(term, value, row)),
        }
    }

    pub fn entry(&self, dictionary: Dictionary, number: u32) -> &str {
        let entries = &self.entries[dictionary.name()];
        (number as usize).checked_sub(1).map_or("", |place| &entries[place])
    }

    /// The row's own network, else that of its source.
    pub fn asn(&self, row: &IndexRow) -> u32 {
        if row.asn == 0 { self.source(row).asn } else { row.asn }
    }

    fn country(&self, row: &IndexRow) -> u16 {
        if row.country == 0 { self.source(row).country } else { row.country }
    }

    pub fn listings(&self, row: &IndexRow) -> Vec<Listing> {
        let mut listings = Listing::from_column(self.source(row).lists);
        for url in &row.urls {
            let host = host(self.entry(Dictionary::Url, *url));
            listings.extend(Listing::from_column(self.lists_of_host(&host)));
        }
        listings
    }

    /// The folded values of a text field.
    fn texts(&self, field: Field, row: &IndexRow) -> Vec<String> {
        let word = |number| vec![self.entry(Dictionary::Word, number).to_owned()];
        let many = |text: &str| text.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let named = |named: &std::collections::BTreeMap<String, Vec<ReportId>>| {
            named.iter().filter(|(_, ids)| ids.contains(&row.id)).map(|(name, _)| name.clone()).collect()
        };
        let files = |columns: &[usize]| {
            let entries = row.files.iter().map(|file| many(self.entry(Dictionary::File, *file)));
            entries.flat_map(|file| columns.iter().map(|c| file[*c].clone()).collect::<Vec<_>>()).collect()
        };
        let urls = || row.urls.iter().map(|url| self.entry(Dictionary::Url, *url).to_owned());
        let texts: Vec<String> = match field {
            Field::Subject => vec![self.entry(Dictionary::Subject, row.subject).to_owned()],
            Field::Domain => {
                self.entry(Dictionary::Domain, row.domain).split(' ').map(str::to_owned).collect()
            }
            Field::Url => urls().collect(),
            Field::Host => urls().map(|url| host(&url)).collect(),
            Field::File => files(&[0]),
            Field::Hash => files(&[3, 4]),
            Field::Feedback => word(row.feedback_word),
            Field::Auth => word(row.auth_word),
            Field::Agent => word(row.agent_word),
            Field::Reporter => word(row.reporter_word),
            Field::Feed => word(row.feed_word),
            Field::From => many(&row.texts.from),
            Field::FromName => many(&row.texts.from_name),
            Field::ReplyTo => many(&row.texts.reply_to),
            Field::MailFrom => many(&row.texts.mail_from),
            Field::Rcpt => many(&row.texts.rcpt_to),
            Field::Addr => many(&row.texts.addresses),
            Field::MessageId => many(&row.texts.message_id),
            Field::Source => vec![self.source(row).name.to_owned()],
            Field::List => self.listings(row).into_iter().map(|listing| listing.name).collect(),
            Field::Tag => named(&self.states.tags),
            Field::Contact => many(self.source(row).contacts),
            Field::State => {
                let states = self.states.ledger.iter().filter(|(id, _)| *id == row.id);
                states.map(|(_, state)| state.name().to_owned()).collect()
            }
            _ => vec![],
        };
        texts.iter().map(|text| fold(text)).filter(|text| !text.is_empty()).collect()
    }

    fn value_holds(&self, term: &Term, value: &Value, row: &IndexRow) -> bool {
        let between =
            |first: &u32, last: &u32, number: u32| number != 0 && (*first..=*last).contains(&number);
        match value {
            Value::Text(pattern) => {
                let style = term.field.style().expect("text field");
                self.texts(term.field, row).iter().any(|text| matches(pattern, style, text))
            }
            Value::Unknown => match term.field {
                Field::Delivery => row.delivery == 0,
                Field::Policy => row.policy == 0,
                Field::Ip => row.source_ip == [0; 16],
                Field::Port => row.source_port == 0,
                Field::Asn => self.asn(row) == 0,
                Field::Country => self.country(row) == 0,
                field => self.texts(field, row).is_empty(),
            },
            Value::Kind(kind) => row.kind == kind.number(),
            Value::Cause(cause) => row.cause == cause.number(),
            Value::Delivery(delivery) => row.delivery == delivery.number(),
            Value::Policy(policy) => row.policy == policy.number(),
            Value::Network(net) => from_column(row.source_ip).is_some_and(|ip| net.contains(&ip)),
            Value::Numbers(first, last) => match term.field {
                Field::Port => between(first, last, row.source_port.into()),
                Field::Asn => between(first, last, self.asn(row)),
                _ => between(first, last, row.id),
            },
            Value::Country(letters) => self.country(row).to_be_bytes() == *letters,
            Value::Time(range) => (range.from..range.to).contains(&i64::from(row.arrival)),
            Value::Shape(shape) => match term.field {
                Field::Shape => row.subject_shape == *shape,
                _ => row.url_shape == *shape,
            },
            Value::Is(state) => self.is(*state, row),
            Value::Has(Has::Url) => !row.urls.is_empty(),
            Value::Has(Has::File) => !row.files.is_empty(),
        }
    }

    fn is(&self, state: State, row: &IndexRow) -> bool {
        let states = &self.states;
        let in_ledger = states.ledger.iter().any(|(id, _)| *id == row.id);
        match state {
            State::Open => {
                !states.reported.contains(&row.id) && !states.dismissed.contains(&row.id) && !in_ledger
            }
            State::New => row.id > states.seen_up_to,
            State::Reported => states.reported.contains(&row.id),
            State::Dismissed => states.dismissed.contains(&row.id),
            State::Listed => self.listings(row).iter().any(|listing| !listing.policy),
            State::Marked => states.marked.contains(&row.id),
            State::Quarantined => row.status != 0,
            State::NotReport => row.status == 2,
            State::Unverified => row.flags & 1 == 1,
        }
    }
}

fn matches(pattern: &Pattern, style: Style, text: &str) -> bool {
    let Pattern::Plain(plain) = pattern else { return pattern.matches(style, text.as_bytes()) };
    let plain = std::str::from_utf8(plain.bytes()).expect("text");
    match style {
        Style::Contains => text.contains(plain),
        Style::Name => text == plain,
        Style::Domain => text == plain || text.ends_with(&format!(".{plain}")),
        Style::Reporter => text == plain || text.ends_with(&format!("@{}", plain.trim_start_matches('@'))),
        Style::List => text == plain || text.starts_with(&format!("{plain}:")),
    }
}

/// Enough for the pool's URLs.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().expect("one part");
    let host = authority.rsplit('@').next().expect("one part");
    host.split(':').next().expect("one part").to_owned()
}
