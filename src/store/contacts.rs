//! What people said about abuse contacts, and what became of them. Knows nothing of how contacts are found.

use super::{Error, Store};
use crate::model::address_space::to_column;
use crate::model::clock::Seconds;
use crate::model::{ContactAct, ContactEvent, ContactRule, ContactScope, ContactState, contact_key, sources};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What is known of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactStanding {
    /// Its address, in its normal form.
    pub address: String,
    /// Whether it can be told.
    pub state: ContactState,
    /// Why, a sentence.
    pub reason: String,
    /// Since when.
    pub at: Seconds,
    /// The login or the source that said so.
    pub by: String,
}

/// What people say about contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// A rule, in place of one for the same scope.
    Rule(ContactRule),
    /// The rule for this scope is gone.
    NoRule(ContactScope),
    /// What is known of a contact; nothing against it is the same as nothing.
    Standing(ContactStanding),
}

impl ContactChange {
    /// What it is about.
    pub fn about(&self) -> ContactScope {
        match self {
            ContactChange::Rule(rule) => rule.scope.clone(),
            ContactChange::NoRule(scope) => scope.clone(),
            ContactChange::Standing(standing) => ContactScope::Address(standing.address.clone()),
        }
    }
}

/// For each contact all facts are searched, some 0.3 s for 90,000 sources; for more changes all sources are due.
const MOST_SEARCHED: usize = 16;
const RULES: &str =
    "SELECT scope, subject, act, contacts, note, at, by FROM contact_rule ORDER BY scope, subject";
const STANDINGS: &str = "SELECT address, state, reason, at, by FROM contact_state";

impl Store {
    /// The rules, by scope.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn contact_rules(&self) -> Result<Vec<ContactRule>, Error> {
        self.db
            .prepare_cached(RULES)
            .and_then(|mut s| s.query_map([], rule)?.filter_map(Result::transpose).collect())
            .map_err(|error| self.wrong(error))
    }

    /// Makes what people say about contacts hold, all of it or nothing, each with a line in its history that names who
    /// said so. Sources that it is about are due again, so that lists and filters follow; what is kept about them is
    /// not asked again.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn change_contacts(&self, changes: &[ContactChange], at: Seconds, by: &str) -> Result<(), Error> {
        let is_many = changes.len() > MOST_SEARCHED;
        self.write(|db| {
            for change in changes {
                let what = match change {
                    ContactChange::Rule(rule) => put_rule(db, rule)?,
                    ContactChange::NoRule(scope) => remove_rule(db, scope)?,
                    ContactChange::Standing(standing) => put_standing(db, standing)?,
                };
                let about = change.about();
                put_event(
                    db,
                    &contact_key(&about.to_string()),
                    &ContactEvent { at, by: by.to_owned(), what },
                )?;
                if !is_many {
                    make_due(db, &about, at)?;
                }
            }
            if is_many {
                db.execute("UPDATE source SET due = ?1, tries = 0 WHERE changed > 0", [at])?;
            }
            Ok(())
        })
    }

    /// The contacts of which anything is known, by address.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn contact_standings(&self) -> Result<Vec<ContactStanding>, Error> {
        self.db
            .prepare_cached(&format!("{STANDINGS} ORDER BY address"))
            .and_then(|mut s| s.query_map([], standing)?.filter_map(Result::transpose).collect())
            .map_err(|error| self.wrong(error))
    }

    /// What is known of one contact; `None` when there is nothing against it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn contact_standing(&self, address: &str) -> Result<Option<ContactStanding>, Error> {
        self.db
            .prepare_cached(&format!("{STANDINGS} WHERE address = ?1"))
            .and_then(|mut s| s.query_row([contact_key(address)], standing).optional())
            .map(Option::flatten)
            .map_err(|error| self.wrong(error))
    }

    /// Adds a line to a contact's history.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn add_contact_event(&self, address: &str, event: &ContactEvent) -> Result<(), Error> {
        self.write(|db| put_event(db, &contact_key(address), event))
    }

    /// The history of a contact, oldest first.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn contact_history(&self, address: &str) -> Result<Vec<ContactEvent>, Error> {
        let event = |r: &Row<'_>| Ok(ContactEvent { at: r.get(0)?, by: r.get(1)?, what: r.get(2)? });
        self.db
            .prepare_cached("SELECT at, by, what FROM contact_event WHERE address = ?1 ORDER BY id")
            .and_then(|mut s| s.query_map([contact_key(address)], event)?.collect())
            .map_err(|error| self.wrong(error))
    }
}

/// A scope's kind and subject, as the table has them.
fn key(scope: &ContactScope) -> (&'static str, String) {
    match scope {
        ContactScope::Address(address) => ("address", contact_key(address)),
        ContactScope::Domain(domain) => ("domain", domain.to_lowercase()),
        ContactScope::Network(network) => ("network", network.trunc().to_string()),
        ContactScope::Asn(asn) => ("asn", asn.to_string()),
    }
}

/// Each of these says what happened, for the history.
fn put_rule(db: &Connection, rule: &ContactRule) -> rusqlite::Result<String> {
    let (scope, subject) = key(&rule.scope);
    let contacts = sources::join(rule.contacts.iter().cloned());
    db.prepare_cached(
        "INSERT OR REPLACE INTO contact_rule(scope, subject, act, contacts, note, at, by)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![scope, subject, rule.act.number(), contacts, rule.note, rule.at, rule.by])?;
    let note = if rule.note.is_empty() { String::new() } else { format!(": {}", rule.note) };
    Ok(format!("rule: {} {}", rule.act, rule.contacts.join(" ")).trim_end().to_owned() + &note)
}

fn remove_rule(db: &Connection, scope: &ContactScope) -> rusqlite::Result<String> {
    let (scope, subject) = key(scope);
    db.prepare_cached("DELETE FROM contact_rule WHERE scope = ?1 AND subject = ?2")?
        .execute(params![scope, subject])?;
    Ok("the rule was removed".to_owned())
}

fn put_standing(db: &Connection, standing: &ContactStanding) -> rusqlite::Result<String> {
    let address = contact_key(&standing.address);
    match standing.state {
        ContactState::Usable => db.execute("DELETE FROM contact_state WHERE address = ?1", [&address])?,
        state => db.execute(
            "INSERT OR REPLACE INTO contact_state(address, state, reason, at, by) VALUES(?1, ?2, ?3, ?4, ?5)",
            params![address, state.number(), standing.reason, standing.at, standing.by],
        )?,
    };
    let reason = if standing.reason.is_empty() { String::new() } else { format!(": {}", standing.reason) };
    Ok(format!("{}{reason}", standing.state))
}

/// The sources that were looked up and that a scope is about, by what is in their columns; of a contact also those
/// where it was found and refused.
fn make_due(db: &Connection, scope: &ContactScope, now: Seconds) -> rusqlite::Result<()> {
    let due = "UPDATE source SET due = ?1, tries = 0 WHERE changed > 0 AND";
    match scope {
        ContactScope::Address(address) => {
            let refused = "ip IN (SELECT ip FROM source_facts WHERE instr(lower(facts), lower(?2)) > 0)";
            db.execute(
                &format!("{due} (instr(contacts, ?2) > 0 OR {refused})"),
                params![now, contact_key(address)],
            )
        }
        ContactScope::Domain(domain) => db.execute(
            &format!("{due} (name = ?2 OR substr(name, -length(?2) - 1) = '.' || ?2)"),
            params![now, domain.to_lowercase()],
        ),
        ContactScope::Network(network) => db.execute(
            &format!("{due} ip BETWEEN ?2 AND ?3"),
            params![now, to_column(network.network()), to_column(network.broadcast())],
        ),
        ContactScope::Asn(asn) => db.execute(&format!("{due} asn = ?2"), params![now, asn]),
    }
    .map(drop)
}

/// `None` for what a later version may have written.
fn rule(r: &Row<'_>) -> rusqlite::Result<Option<ContactRule>> {
    let (kind, subject): (String, String) = (r.get(0)?, r.get(1)?);
    let scope = match kind.as_str() {
        "address" => Some(ContactScope::Address(contact_key(&subject))),
        "domain" => Some(ContactScope::Domain(subject)),
        "network" => subject.parse().ok().map(ContactScope::Network),
        "asn" => subject.parse().ok().map(ContactScope::Asn),
        _ => None,
    };
    let contacts: String = r.get(3)?;
    let (Some(scope), Some(act)) = (scope, ContactAct::from_number(r.get(2)?)) else { return Ok(None) };
    Ok(Some(ContactRule {
        scope,
        act,
        contacts: sources::split(&contacts).map(str::to_owned).collect(),
        note: r.get(4)?,
        at: r.get(5)?,
        by: r.get(6)?,
    }))
}

fn standing(r: &Row<'_>) -> rusqlite::Result<Option<ContactStanding>> {
    let Some(state) = ContactState::from_number(r.get(1)?) else { return Ok(None) };
    Ok(Some(ContactStanding { address: r.get(0)?, state, reason: r.get(2)?, at: r.get(3)?, by: r.get(4)? }))
}

fn put_event(db: &Connection, address: &str, event: &ContactEvent) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO contact_event(address, at, by, what) VALUES(?1, ?2, ?3, ?4)")?
        .execute(params![address, event.at, event.by, event.what])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::{Access, FoundOut};
    use super::*;
    use crate::model::{AddressFacts, ContactChain, ContactSource, ContactStep, Fact, Finding};

    fn new() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db"), Access::ReadWrite).unwrap();
        (folder, store)
    }

    fn rule(scope: ContactScope, act: ContactAct, contacts: &[&str]) -> ContactRule {
        let contacts = contacts.iter().map(|contact| (*contact).to_owned()).collect();
        ContactRule { scope, act, contacts, note: "why".to_owned(), at: 100, by: "ann".to_owned() }
    }

    #[test]
    fn rules_come_back_as_they_were_made_and_there_is_one_a_scope() {
        let (_folder, store) = new();
        let network = |text: &str| ContactScope::Network(text.parse().unwrap());
        let rules = [
            rule(ContactScope::Address("a@b.example".to_owned()), ContactAct::Never, &[]),
            rule(ContactScope::Asn(64_500), ContactAct::Add, &["a@b.example", "https://form.example/"]),
            rule(ContactScope::Domain("example.net".to_owned()), ContactAct::Replace, &["c@d.example"]),
            rule(network("2001:db8::/32"), ContactAct::Add, &["e@f.example"]),
        ];
        let make = |rules: &[ContactRule]| {
            let changes: Vec<ContactChange> = rules.iter().cloned().map(ContactChange::Rule).collect();
            store.change_contacts(&changes, 200, "bob").unwrap();
        };
        make(&rules);
        make(&rules[1..2]);
        assert_eq!(store.contact_rules().unwrap(), rules);
        let gone = ContactChange::NoRule(network("2001:db8::1/32"));
        store.change_contacts(&[gone], 300, "eve").unwrap();
        assert_eq!(store.contact_rules().unwrap(), rules[..3], "the same network");
        let history: Vec<(Seconds, String, String)> = store
            .contact_history("AS64500")
            .unwrap()
            .into_iter()
            .map(|event| (event.at, event.by, event.what))
            .collect();
        let what = "rule: add a@b.example https://form.example/: why".to_owned();
        assert_eq!(history, [(200, "bob".to_owned(), what.clone()), (200, "bob".to_owned(), what)]);
    }

    #[test]
    fn a_contact_is_known_however_it_is_written() {
        let (_folder, store) = new();
        for (written, otherwise, normal) in [
            ("abuse@Bücher.example", "mailto:Abuse@xn--bcher-kva.example", "abuse@xn--bcher-kva.example"),
            ("https://ISP.example/Report", "HTTPS://isp.example/Report", "https://isp.example/Report"),
        ] {
            let standing = ContactStanding {
                address: written.to_owned(),
                state: ContactState::OptedOut,
                reason: "they asked".to_owned(),
                at: 1,
                by: "ann".to_owned(),
            };
            let say = |change| store.change_contacts(&[change], 1, "ann").unwrap();
            say(ContactChange::Standing(standing));
            let known = store.contact_standing(otherwise).unwrap().map(|known| known.address);
            assert_eq!(known.as_deref(), Some(normal));
            assert_eq!(store.contact_history(otherwise).unwrap().len(), 1);
            let scope = ContactScope::Address(written.to_owned());
            say(ContactChange::Rule(rule(scope, ContactAct::Never, &[])));
            assert_eq!(store.contact_rules().unwrap()[0].scope, ContactScope::Address(normal.to_owned()));
            say(ContactChange::NoRule(ContactScope::Address(otherwise.to_owned())));
            assert_eq!(store.contact_rules().unwrap(), []);
            assert_eq!(store.contact_history(normal).unwrap().len(), 3);
        }
    }

    #[test]
    fn a_source_whose_contact_was_refused_is_due_again_when_that_is_taken_back() {
        let (_folder, store) = new();
        let fact = Fact {
            finding: Finding::Yes(vec!["Stop@isp.example".to_owned()]),
            from: "Abusix".to_owned(),
            at: 1,
            until: 1_000,
        };
        let refused = vec![("stop@isp.example".to_owned(), "it asked to be told no more".to_owned())];
        let step = ContactStep { source: ContactSource::Abusix, fact, refused };
        let facts = ["192.0.2.1", "192.0.2.2"].map(|ip| AddressFacts::new(ip.parse().unwrap()));
        let mut found = facts.map(|facts| FoundOut { facts, try_again: false });
        found[0].facts.contacts = Some(ContactChain { steps: vec![step], ..ContactChain::default() });
        store.queue_sources(&["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()], 1).unwrap();
        store.answers().keep_sources(&found, 1).unwrap();
        assert_eq!(store.source_queue(10).unwrap().due, 0);
        let standing = ContactStanding {
            address: "stop@isp.example".to_owned(),
            state: ContactState::Usable,
            reason: String::new(),
            at: 5,
            by: "ann".to_owned(),
        };
        store.change_contacts(&[ContactChange::Standing(standing)], 5, "ann").unwrap();
        assert_eq!(store.claim_sources(9, 10).unwrap(), ["192.0.2.1".parse::<std::net::IpAddr>().unwrap()]);
    }

    #[test]
    fn a_contact_stands_as_was_said_last_and_its_history_keeps_all() {
        let (_folder, store) = new();
        let standing = |state, reason: &str, at| ContactStanding {
            address: "Abuse@Example.net".to_owned(),
            state,
            reason: reason.to_owned(),
            at,
            by: "ann".to_owned(),
        };
        let say = |standing: ContactStanding| {
            let (at, by) = (standing.at, standing.by.clone());
            store.change_contacts(&[ContactChange::Standing(standing)], at, &by).unwrap();
        };
        say(standing(ContactState::OptedOut, "they asked", 1));
        let known = store.contact_standing("abuse@example.NET").unwrap().unwrap();
        assert_eq!(
            (known.address.as_str(), known.state, known.at),
            ("abuse@example.net", ContactState::OptedOut, 1)
        );
        assert_eq!(store.contact_standings().unwrap(), [known]);
        say(standing(ContactState::Usable, "they asked again", 2));
        assert_eq!(store.contact_standing("abuse@example.net").unwrap(), None);
        let event = ContactEvent { at: 3, by: "smtp".to_owned(), what: "told of 3 reports".to_owned() };
        store.add_contact_event("abuse@example.net", &event).unwrap();
        let history: Vec<String> =
            store.contact_history("abuse@example.net").unwrap().into_iter().map(|event| event.what).collect();
        assert_eq!(history, ["opted-out: they asked", "usable: they asked again", "told of 3 reports"]);
    }
}
