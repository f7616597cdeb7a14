//! What people say about abuse contacts: understood from words and from CSV files, checked before anything is changed.

use crate::enrich::contacts::contact_address;
use crate::export::contacts::{CSV_COLUMNS, ContactLine, cell};
use crate::model::clock::{self, Seconds};
use crate::model::{ContactAct, ContactRule, ContactScope, ContactState};
use crate::store::{self, ContactChange, ContactStanding, Store};
use crate::text::url::normal_host;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

/// The word that takes back what was said.
const TAKEN_BACK: &str = "remove";
/// So many wrong lines of a file are named.
const MOST_COMPLAINTS: usize = 20;

/// What somebody says, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying<'a> {
    /// What it is about.
    pub scope: &'a str,
    /// A rule, or the state of a contact.
    pub act: &'a str,
    /// The contacts that a rule names.
    pub contacts: Vec<&'a str>,
    /// Why.
    pub note: &'a str,
    /// When it was said.
    pub at: Seconds,
    /// Who said so.
    pub by: &'a str,
}

/// The words for an act, as they are typed and stand in files.
pub fn acts() -> impl Iterator<Item = &'static str> {
    ContactAct::ALL.iter().map(|act| act.name()).chain(ContactState::ALL.iter().map(|state| state.name()))
}

/// What a rule may be about: an AS, a network or address, a domain, a contact.
///
/// # Errors
/// A sentence.
pub fn scope(text: &str) -> Result<ContactScope, String> {
    let text = text.trim();
    let digits = text.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).and(text.get(2..));
    if let Some(digits) = digits.filter(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())) {
        let wrong = |_| format!("'{text}' is no AS: their numbers end at {} (RFC 6793)", u32::MAX);
        return digits.parse().map(ContactScope::Asn).map_err(wrong);
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(ContactScope::Network(IpNet::from(ip.to_canonical())));
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return match network == network.trunc() {
            true => Ok(ContactScope::Network(network)),
            false => Err(format!("'{text}' has bits behind its prefix; the network is {}", network.trunc())),
        };
    }
    if text.contains(['@', '/']) {
        return contact(text).map(ContactScope::Address);
    }
    let is_label = |label: &str| {
        (1..64).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    normal_host(text)
        .filter(|name| name.contains('.') && name.parse::<IpAddr>().is_err() && name.split('.').all(is_label))
        .map(ContactScope::Domain)
        .ok_or_else(|| {
            format!(
                "'{}' is nothing that a rule can be about; expected an AS such as AS64500, a network such as \
                 192.0.2.0/24, a domain such as example.net, or a contact such as abuse@example.net",
                text.escape_debug()
            )
        })
}

/// A contact in its normal form.
fn contact(written: &str) -> Result<String, String> {
    let has_dot = |address: &String| address.rsplit('@').next().is_some_and(|domain| domain.contains('.'));
    contact_address(written).map(|(_, address)| address).filter(has_dot).ok_or_else(|| {
        format!("'{}' is no mail address and no https: address of a form", written.escape_debug())
    })
}

/// What is said, checked.
///
/// # Errors
/// A sentence.
pub fn understood(saying: &Saying<'_>) -> Result<ContactChange, String> {
    let scope = scope(saying.scope)?;
    let note = saying.note.trim();
    if [note, saying.by].iter().any(|text| text.chars().any(char::is_control)) {
        return Err("the note is to be one line without control characters".to_owned());
    }
    let (note, by, at) = (note.to_owned(), saying.by.to_owned(), saying.at);
    if let Some(state) = ContactState::from_name(saying.act) {
        let ContactScope::Address(address) = scope else {
            return Err(format!("only a contact can be {state}, and {scope} is none; did you mean 'never'?"));
        };
        if !saying.contacts.is_empty() {
            return Err(format!("{state} names no other contacts"));
        }
        return Ok(ContactChange::Standing(ContactStanding { address, state, reason: note, at, by }));
    }
    let act = ContactAct::from_name(saying.act).ok_or_else(|| {
        let acts = acts().collect::<Vec<_>>().join(", ");
        format!("'{}' is nothing that can be done; expected {acts}", saying.act.escape_debug())
    })?;
    let mut contacts: Vec<String> = vec![];
    for written in &saying.contacts {
        let address = contact(written)?;
        if !contacts.contains(&address) {
            contacts.push(address);
        }
    }
    match (act, contacts.is_empty()) {
        (ContactAct::Never, false) => Err("never names no contacts: nobody is told".to_owned()),
        (ContactAct::Add | ContactAct::Replace, true) => Err(format!("{act} needs at least one contact")),
        _ => Ok(ContactChange::Rule(ContactRule { scope, act, contacts, note, at, by })),
    }
}

/// What a person says in one line, checked: what it is about, what is to hold, the contacts, and behind a `#` why.
/// `None` in place of a change takes back what was said about it.
///
/// # Errors
/// A sentence.
pub fn spoken(line: &str, at: Seconds, by: &str) -> Result<(ContactScope, Option<ContactChange>), String> {
    let (words, note) = line.split_once(" #").unwrap_or((line, ""));
    let mut words = words.split([' ', ',', '\t']).filter(|word| !word.is_empty());
    let (Some(about), Some(act)) = (words.next(), words.next()) else {
        let acts = acts().collect::<Vec<_>>().join(", ");
        return Err(format!("say what it is about, then one of {acts}, {TAKEN_BACK}"));
    };
    let contacts: Vec<&str> = words.collect();
    if act == TAKEN_BACK {
        return Ok((scope(about)?, None));
    }
    let change = understood(&Saying { scope: about, act, contacts, note, at, by })?;
    Ok((scope(about)?, Some(change)))
}

/// What takes back everything that was said about it; nothing where nothing was said.
///
/// # Errors
/// Whatever the store reports.
pub fn taken_back(
    store: &Store,
    scope: &ContactScope,
    at: Seconds,
    by: &str,
) -> Result<Vec<ContactChange>, store::Error> {
    let said = all(store)?.into_iter().filter(|said| said.about() == *scope);
    Ok(said
        .map(|said| match said {
            ContactChange::Standing(standing) => ContactChange::Standing(ContactStanding {
                state: ContactState::Usable,
                reason: format!("taken back; it was {}", standing.state),
                at,
                by: by.to_owned(),
                ..standing
            }),
            ContactChange::Rule(_) | ContactChange::NoRule(_) => ContactChange::NoRule(scope.clone()),
        })
        .collect())
}

/// Everything that was said and holds: rules, then contacts.
///
/// # Errors
/// The store's own.
pub fn all(store: &Store) -> Result<Vec<ContactChange>, store::Error> {
    let rules = store.contact_rules()?.into_iter().map(ContactChange::Rule);
    let standings = store.contact_standings()?.into_iter().map(ContactChange::Standing);
    Ok(rules.chain(standings).collect())
}

/// The same in words.
pub fn line(change: &ContactChange) -> ContactLine {
    let scope = change.about();
    let kind = match scope {
        ContactScope::Address(_) => "address",
        ContactScope::Domain(_) => "domain",
        ContactScope::Network(_) => "network",
        ContactScope::Asn(_) => "asn",
    };
    let scope = scope.to_string();
    match change {
        ContactChange::Rule(rule) => ContactLine {
            scope,
            kind,
            act: rule.act.name(),
            contacts: rule.contacts.clone(),
            note: rule.note.clone(),
            at: rule.at,
            by: rule.by.clone(),
        },
        ContactChange::Standing(standing) => ContactLine {
            scope,
            kind,
            act: standing.state.name(),
            contacts: vec![],
            note: standing.reason.clone(),
            at: standing.at,
            by: standing.by.clone(),
        },
        ContactChange::NoRule(_) => ContactLine {
            scope,
            kind,
            act: "none",
            contacts: vec![],
            note: String::new(),
            at: 0,
            by: String::new(),
        },
    }
}

/// What a CSV file says, as [`ContactLine`]s are written: columns by their names in any order, `scope` and `act` at
/// least. `now` and `by` stand in where the file does not say.
///
/// # Errors
/// A sentence for each wrong line, the first of them.
pub fn from_csv(text: &[u8], now: Seconds, by: &str) -> Result<Vec<ContactChange>, Vec<String>> {
    // Spreadsheets write a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(true).from_reader(text);
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|name| name.trim().to_ascii_lowercase()).collect(),
        Err(error) => return Err(vec![format!("line 1: it is no CSV file in UTF-8 ({error})")]),
    };
    let expected = CSV_COLUMNS.join(", ");
    if let Some(name) = header.iter().find(|name| !CSV_COLUMNS.contains(&name.as_str())) {
        return Err(vec![format!(
            "line 1: there is no column '{}'; they are {expected}",
            name.escape_debug()
        )]);
    }
    if let Some(name) = ["scope", "act"].iter().find(|name| !header.iter().any(|known| known == *name)) {
        return Err(vec![format!("line 1: the column '{name}' is missing; they are {expected}")]);
    }
    let mut changes: Vec<ContactChange> = vec![];
    let mut lines: HashMap<(ContactScope, bool), u64> = HashMap::new();
    let mut complaints = vec![];
    for record in reader.records() {
        if complaints.len() >= MOST_COMPLAINTS {
            complaints.push("and perhaps more".to_owned());
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                complaints.push(format!("line {line}: it is no CSV in UTF-8 ({error})"));
                continue;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        match row(&header, &record, now, by) {
            Ok(change) => {
                let is_rule = matches!(change, ContactChange::Rule(_));
                match lines.insert((change.about(), is_rule), number) {
                    Some(before) => {
                        complaints
                            .push(format!("line {number}: {} stands in line {before} too", change.about()));
                    }
                    None => changes.push(change),
                }
            }
            Err(why) => complaints.push(format!("line {number}: {why}")),
        }
    }
    if complaints.is_empty() { Ok(changes) } else { Err(complaints) }
}

fn row(
    header: &[String],
    record: &csv::StringRecord,
    now: Seconds,
    by: &str,
) -> Result<ContactChange, String> {
    if record.len() > header.len() {
        return Err(format!("it has {} cells for {} columns", record.len(), header.len()));
    }
    let value = |name: &str| {
        let at = header.iter().position(|known| known == name);
        cell(at.and_then(|at| record.get(at)).unwrap_or_default()).trim()
    };
    let at = match value("at") {
        "" => now,
        written => clock::parse_start(written)
            .ok_or_else(|| format!("'{}' is no time such as 2026-11-20T09:59:00Z", written.escape_debug()))?,
    };
    understood(&Saying {
        scope: value("scope"),
        act: value("act"),
        contacts: value("contacts").split_whitespace().collect(),
        note: value("note"),
        at,
        by: Some(value("by")).filter(|by| !by.is_empty()).unwrap_or(by),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_scope_is_understood_and_the_rest_is_told_apart() {
        for (text, kind, normal) in [
            ("AS64500", "asn", "AS64500"),
            ("as1", "asn", "AS1"),
            ("192.0.2.0/24", "network", "192.0.2.0/24"),
            ("192.0.2.7", "network", "192.0.2.7/32"),
            ("Example.NET.", "domain", "example.net"),
            ("Abuse@Example.net", "address", "abuse@example.net"),
            ("https://isp.example/form", "address", "https://isp.example/form"),
        ] {
            let rule = ContactRule {
                scope: scope(text).expect(text),
                act: ContactAct::Never,
                contacts: vec![],
                note: String::new(),
                at: 0,
                by: String::new(),
            };
            let line = line(&ContactChange::Rule(rule));
            assert_eq!((line.kind, line.scope.as_str()), (kind, normal), "{text}");
        }
        for (text, sentence) in [
            ("AS4294967296", "end at 4294967295"),
            ("192.0.2.1/24", "the network is 192.0.2.0/24"),
            ("word", "expected an AS"),
            ("a@b", "no mail address"),
            ("a b.example", "expected an AS"),
            ("", "expected an AS"),
            ("http://isp.example/", "no https: address"),
        ] {
            let got = scope(text);
            assert!(got.as_ref().is_err_and(|why| why.contains(sentence)), "{text}: {got:?}");
        }
    }

    #[test]
    fn an_act_has_the_contacts_that_it_needs() {
        let say = |scope, act, contacts: &[&'static str]| {
            understood(&Saying { scope, act, contacts: contacts.to_vec(), note: "", at: 0, by: "ann" })
        };
        for (got, sentence) in [
            (say("AS1", "never", &["a@b.example"]), "nobody is told"),
            (say("AS1", "add", &[]), "needs at least one contact"),
            (say("AS1", "dead", &[]), "only a contact can be dead"),
            (say("a@b.example", "dead", &["c@d.example"]), "names no other contacts"),
            (say("AS1", "forget", &[]), "expected add, replace, never, usable, opted-out, dead"),
            (say("AS1", "add", &["nobody here"]), "no mail address"),
        ] {
            assert!(got.as_ref().is_err_and(|why| why.contains(sentence)), "{sentence}: {got:?}");
        }
        let Ok(ContactChange::Rule(rule)) = say("AS1", "add", &["A@b.example", "a@B.example"]) else {
            panic!("a rule")
        };
        assert_eq!(rule.contacts, ["a@b.example"]);
    }
}
