//! The columns of the list: what each shows, how wide it wants to be, and which fit.

use super::detail::defanged;
use crate::jobs::desk::{Row, Sort};
use crate::model::clock::{Seconds, rfc3339};
use crate::model::{Cause, Delivery, Kind, Listing, Status};
use crate::query::Field;
use crate::text::{Showable, showable, width};
use crate::tui::theme::Role;
use std::collections::BTreeMap;

macro_rules! columns {
    ($($variant:ident $name:literal $title:literal $width:literal $sentence:literal,)*) => {
        /// A column of the list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Column {
            $(#[doc = $sentence] $variant,)*
        }

        impl Column {
            /// All of them.
            pub const ALL: &[Column] = &[$(Column::$variant,)*];

            /// The name by which the configuration knows it.
            pub fn name(self) -> &'static str {
                match self { $(Column::$variant => $name,)* }
            }

            /// Its heading.
            pub fn title(self) -> &'static str {
                match self { $(Column::$variant => $title,)* }
            }

            /// The columns of the terminal that it needs; what is left goes to the subject and to roomy ones.
            pub fn width(self) -> u16 {
                match self { $(Column::$variant => $width,)* }
            }

            /// What it shows.
            pub fn sentence(self) -> &'static str {
                match self { $(Column::$variant => $sentence,)* }
            }
        }
    };
}

columns! {
    State "state" "✓ R" 3 "Mark; R reported, x dismissed, Q quarantined, - no report, n new; ~ reporter unverified",
    Id "id" "id" 7 "Number",
    Arrival "arrival" "Arrival UTC" 12 "Arrival of the reported mail",
    Kind "kind" "Kind" 6 "Normal, bounce, automatic reply",
    Feedback "feedback" "Type" 8 "Feedback type",
    Domain "domain" "Reported domain" 12 "Reported domain",
    Source "source" "Source" 16 "Name of the source, else its address",
    Country "country" "CC" 2 "Country of the source",
    Asn "asn" "AS" 6 "Origin AS of the source",
    List "list" "List" 4 "Block lists that name the source",
    Delivery "delivery" "Deliv" 6 "What the reporter's system did with the mail",
    Cause "cause" "Cause" 7 "Why authentication failed",
    Feed "feed" "Feed" 10 "Feed",
    Reporter "reporter" "Reporter" 18 "Who reports",
    From "from" "From" 22 "From of the reported mail",
    Urls "urls" "URLs" 4 "How many URLs",
    Files "files" "Files" 5 "How many files",
    Incidents "incidents" "Mails" 6 "Mails that the report stands for",
    Subject "subject" "Subject" 22 "Subject of the reported mail",
}

/// Narrower than this a subject says nothing.
const LEAST_SUBJECT: u16 = 22;

impl Column {
    /// The columns of the predecessor and ours, the most wanted first.
    pub const DEFAULT: &[Column] = &[
        Column::State,
        Column::Id,
        Column::Arrival,
        Column::Domain,
        Column::Source,
        Column::Country,
        Column::Asn,
        Column::List,
        Column::Delivery,
        Column::Cause,
        Column::Kind,
        Column::Subject,
    ];

    /// The most that a column can be made.
    pub const WIDEST: u16 = 120;

    /// The column of this name.
    pub fn from_name(name: &str) -> Option<Column> {
        Column::ALL.iter().copied().find(|column| column.name() == name)
    }

    /// How the list is sorted by it.
    pub fn sort(self) -> Sort {
        match self {
            Column::Id => Sort::Id,
            Column::Arrival => Sort::Arrival,
            Column::Kind => Sort::Kind,
            Column::Feedback => Sort::Feedback,
            Column::Domain => Sort::Domain,
            Column::Source => Sort::Ip,
            Column::Country => Sort::Country,
            Column::Asn => Sort::Asn,
            Column::Delivery => Sort::Delivery,
            Column::Cause => Sort::Cause,
            Column::Feed => Sort::Feed,
            Column::Reporter => Sort::Reporter,
            Column::Incidents => Sort::Incidents,
            Column::Subject => Sort::Subject,
            Column::State => Sort::State,
            Column::List => Sort::List,
            Column::From => Sort::From,
            Column::Urls => Sort::Urls,
            Column::Files => Sort::Files,
        }
    }

    /// The value under the cursor, for `+` and `-`: the field that asks for it, and its text.
    pub fn value(self, row: &Row) -> Option<(Field, String)> {
        let known = |field: Field, value: Option<String>| Some((field, value.filter(|v| !v.is_empty())?));
        match self {
            Column::State | Column::Urls | Column::Files | Column::Incidents => None,
            Column::Id => known(Field::Id, Some(row.id.to_string())),
            Column::Arrival => known(Field::On, rfc3339(row.arrival).get(..10).map(str::to_owned)),
            Column::Kind => known(Field::Kind, Some(row.kind.name().to_owned())),
            Column::Feedback => known(Field::Feedback, row.feedback_type.clone()),
            Column::Domain => known(Field::Domain, row.reported_domain.split(' ').next().map(str::to_owned)),
            Column::Source => known(Field::Ip, row.source_ip.map(|ip| ip.to_string())),
            Column::Country => known(Field::Country, row.country.clone()),
            Column::Asn => known(Field::Asn, row.asn.map(|asn| asn.to_string())),
            Column::List => known(Field::List, row.listed.first().map(|listing| listing.name.clone())),
            Column::Delivery => known(Field::Delivery, row.delivery.map(|d| d.name().to_owned())),
            Column::Cause => known(Field::Cause, Some(row.cause.name().to_owned())),
            Column::Feed => known(Field::Feed, Some(row.feed.clone())),
            Column::Reporter => known(Field::Reporter, row.reporter.clone()),
            Column::From => known(Field::From, row.from.clone()),
            Column::Subject => known(Field::Subject, row.subject.clone()),
        }
    }

    /// What a cell says, and what that means. URLs in what an attacker wrote are defanged, unless they are revealed.
    pub fn cell(self, row: &Row, ascii: bool, revealed: bool, now: Seconds) -> (Showable, Role) {
        let text = |text: &str| (showable(start_of(text)), Role::Text);
        let written = |text: &Option<String>| {
            let start = start_of(text.as_deref().unwrap_or_default());
            (if revealed { showable(start) } else { showable(&defanged(start)) }, Role::Text)
        };
        let number = |number: u32| if number > 0 { text(&number.to_string()) } else { text("") };
        match self {
            Column::State => {
                (showable(&state(row, ascii)), if row.marked { Role::Marked } else { Role::Text })
            }
            Column::Id => text(&row.id.to_string()),
            // `11-21 13:02`, and `2025-11-21` in another year; the detail has both.
            Column::Arrival => {
                let whole = rfc3339(row.arrival);
                if whole.get(..4) != rfc3339(now).get(..4) {
                    return text(whole.get(..10).unwrap_or_default());
                }
                text(&format!(
                    "{} {}",
                    whole.get(5..10).unwrap_or_default(),
                    whole.get(11..16).unwrap_or_default()
                ))
            }
            Column::Kind => text(match row.kind {
                Kind::Normal => "normal",
                Kind::Bounce => "bounce",
                Kind::AutoReplied => "auto",
            }),
            Column::Feedback => text(match row.feedback_type.as_deref().unwrap_or_default() {
                "auth-failure" => "auth",
                "miscategorized" => "miscat",
                other => other,
            }),
            Column::Domain => text(&row.reported_domain),
            Column::Source => match (&row.source_name, row.source_ip) {
                (Some(name), _) => text(name),
                (None, Some(ip)) => text(&ip.to_string()),
                (None, None) => text("-"),
            },
            Column::Country => text(row.country.as_deref().unwrap_or("-")),
            Column::Asn => text(&row.asn.map_or_else(|| "-".to_owned(), |asn| asn.to_string())),
            Column::List => lists(&row.listed),
            Column::Delivery => match row.delivery {
                Some(Delivery::None) => (showable("none"), Role::Delivered),
                Some(Delivery::Quarantine) => text("quar"),
                Some(Delivery::Delivered) => text("deliv"),
                Some(delivery) => text(delivery.name()),
                None => text(""),
            },
            Column::Cause => text(match row.cause {
                Cause::Forwarded => "forward",
                cause => cause.name(),
            }),
            Column::Feed => text(&row.feed),
            Column::Reporter => written(&row.reporter),
            Column::From => written(&row.from),
            Column::Urls => number(row.urls),
            Column::Files => number(row.files),
            Column::Incidents => number(if row.incidents > 1 { row.incidents } else { 0 }),
            Column::Subject if row.status != Status::Report => {
                // Who looks for a report among what is none knows it by its subject.
                let subject = row.subject.as_deref().filter(|subject| !subject.trim().is_empty());
                let subject = subject.map_or_else(String::new, |subject| format!("{} ", start_of(subject)));
                written(&Some(format!("{subject}[{}]", row.status_reason)))
            }
            Column::Subject => written(&row.subject),
        }
    }

    /// Its heading in so many columns of the terminal, with the sign of the order: whole, or a shorter word.
    pub fn heading(self, sign: &str, wide: usize) -> String {
        let title = match self {
            Column::Domain if width(self.title()) + width(sign) > wide => "Domain",
            _ => self.title(),
        };
        let room = wide.saturating_sub(width(sign));
        let title: String = title.chars().take(if sign.is_empty() { usize::MAX } else { room }).collect();
        format!("{title}{sign}")
    }

    /// Numbers stand at the right of their column.
    pub fn is_number(self) -> bool {
        matches!(self, Column::Id | Column::Asn | Column::Urls | Column::Files | Column::Incidents)
    }
}

/// As much of a text as a cell can show on the widest terminal: texts of tens of thousands of signs, made showable anew
/// for every row of every frame, are what somebody would send who wants the screen to crawl.
pub fn start_of(text: &str) -> &str {
    const WIDEST: usize = 1_000;
    text.char_indices().nth(WIDEST).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// Mark, then one letter: what was done with it beats what it is.
fn state(row: &Row, ascii: bool) -> String {
    let mark = match (row.marked, ascii) {
        (true, true) => '*',
        (true, false) => '✓',
        (false, _) => ' ',
    };
    let done = match row {
        _ if row.reported => 'R',
        _ if row.dismissed => 'x',
        _ if row.status == Status::Quarantined => 'Q',
        _ if row.status == Status::NotReport => '-',
        _ if row.new => 'n',
        _ => ' ',
    };
    let unverified = if row.unverified { '~' } else { ' ' };
    format!("{mark}{done}{unverified}")
}

/// The letters of the lists that name the source. What is only policy is no evidence: without any it stands as small
/// letters, and not in red.
fn lists(listed: &[Listing]) -> (Showable, Role) {
    let is_evidence = listed.iter().any(|listing| !listing.policy);
    let mut letters: Vec<char> = listed
        .iter()
        .filter(|listing| listing.policy != is_evidence)
        .map(|listing| match is_evidence {
            true => listing.letter,
            false => listing.letter.to_ascii_lowercase(),
        })
        .collect();
    letters.dedup();
    let letters: String = letters.into_iter().collect();
    (showable(&letters), if is_evidence { Role::Listed } else { Role::Text })
}

/// Which columns come first when not all fit: as a terminal grows, columns only ever join. The subject is always there.
const MOST_WANTED: &[Column] = &[
    Column::State,
    Column::Arrival,
    Column::Source,
    Column::Id,
    Column::Delivery,
    Column::Country,
    Column::List,
    Column::Domain,
    Column::Asn,
    Column::Cause,
    Column::Kind,
    Column::Feedback,
    Column::Feed,
    Column::Reporter,
    Column::From,
    Column::Urls,
    Column::Files,
    Column::Incidents,
];

/// Which grow where there is room, the first one first, and how wide they are at most: an IPv6 address takes 39.
const ROOMY: [(Column, u16); 4] =
    [(Column::Domain, 20), (Column::Source, 39), (Column::Reporter, 32), (Column::From, 34)];

/// Those of the wanted columns that fit into so many columns of the terminal, in their order, with their widths. What
/// is left over goes to the subject.
///
/// `widths` has those that a person chose; the subject has none, since it takes what is left.
pub fn fitting(wanted: &[Column], widths: &BTreeMap<Column, u16>, available: u16) -> Vec<(Column, u16)> {
    let width_of = |column: &Column| widths.get(column).copied().unwrap_or(column.width());
    let has_subject = wanted.contains(&Column::Subject);
    let mut used = if has_subject { LEAST_SUBJECT } else { 0 };
    let mut chosen: Vec<Column> =
        wanted.iter().copied().filter(|column| *column == Column::Subject).collect();
    for column in MOST_WANTED.iter().filter(|column| wanted.contains(column)) {
        let gap = u16::from(!chosen.is_empty());
        if used + gap + width_of(column) > available {
            break;
        }
        used += gap + width_of(column);
        chosen.push(*column);
    }
    let mut spare = available.saturating_sub(used);
    let mut fitting: Vec<(Column, u16)> = wanted
        .iter()
        .filter(|column| chosen.contains(column))
        .map(|column| (*column, width_of(column).min(available)))
        .collect();
    // Most of it is the subject's.
    let mut growth = spare / 3;
    for (roomy, most) in ROOMY {
        for (_, wide) in
            fitting.iter_mut().filter(|(column, _)| *column == roomy && !widths.contains_key(column))
        {
            let more = growth.min(most.saturating_sub(*wide));
            *wide += more;
            growth -= more;
            spare -= more;
        }
    }
    for (_, wide) in fitting.iter_mut().filter(|(column, _)| *column == Column::Subject) {
        *wide = (LEAST_SUBJECT + spare).min(available);
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_never_wider_than_the_terminal() {
        for available in 0..250 {
            let columns = fitting(Column::DEFAULT, &BTreeMap::new(), available);
            let used: u16 = columns.iter().map(|(_, width)| *width).sum::<u16>() + columns.len() as u16 - 1;
            assert!(used <= available, "{used} of {available}");
            assert!(columns.iter().any(|(column, _)| *column == Column::Subject));
        }
    }

    #[test]
    fn as_a_terminal_grows_columns_only_join() {
        let chosen = |available| -> Vec<Column> {
            fitting(Column::ALL, &BTreeMap::new(), available).into_iter().map(|(column, _)| column).collect()
        };
        for available in 0..300 {
            let (before, after) = (chosen(available), chosen(available + 1));
            assert!(before.iter().all(|column| after.contains(column)), "{available}: {before:?} {after:?}");
        }
        assert_eq!(chosen(300).len(), Column::ALL.len());
    }

    #[test]
    fn what_a_cell_says_of_a_known_value_is_never_cut() {
        let mut row = crate::tui::tests::fixture::row(1);
        let mut fits = |column: Column, change: &mut dyn FnMut(&mut Row)| {
            change(&mut row);
            let (text, _) = column.cell(&row, false, false, 0);
            assert!(width(text.as_str()) <= usize::from(column.width()), "{column:?}: {text}");
        };
        Delivery::ALL.iter().for_each(|d| fits(Column::Delivery, &mut |row| row.delivery = Some(*d)));
        Cause::ALL.iter().for_each(|cause| fits(Column::Cause, &mut |row| row.cause = *cause));
        Kind::ALL.iter().for_each(|kind| fits(Column::Kind, &mut |row| row.kind = *kind));
        let types =
            ["abuse", "auth-failure", "fraud", "miscategorized", "not-spam", "opt-out", "other", "virus"];
        types
            .iter()
            .for_each(|t| fits(Column::Feedback, &mut |row| row.feedback_type = Some((*t).to_owned())));
        for column in Column::ALL {
            let heading = column.heading("", column.width().into());
            assert!(width(&heading) <= usize::from(column.width()), "{column:?}: {heading}");
        }
    }

    #[test]
    fn the_predecessors_columns_are_there_at_80() {
        let columns: Vec<Column> =
            fitting(Column::DEFAULT, &BTreeMap::new(), 80).into_iter().map(|(column, _)| column).collect();
        for wanted in
            [Column::State, Column::Id, Column::Arrival, Column::Source, Column::Delivery, Column::Subject]
        {
            assert!(columns.contains(&wanted), "{wanted:?} of {columns:?}");
        }
    }

    #[test]
    fn names_find_their_columns_and_the_configuration_knows_them() {
        let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        assert_eq!(names, crate::config::COLUMNS);
        assert!(Column::ALL.iter().all(|column| Column::from_name(column.name()) == Some(*column)));
    }
}
