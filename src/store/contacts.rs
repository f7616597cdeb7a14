//! What people said about abuse contacts, and what became of them. Knows nothing of how contacts are found.

use super::{Error, Store};
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

    /// Makes rules; each takes the place of one for the same scope. All or none.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_contact_rules(&self, rules: &[ContactRule]) -> Result<(), Error> {
        self.write(|db| {
            let mut put = db.prepare_cached(
                "INSERT OR REPLACE INTO contact_rule(scope, subject, act, contacts, note, at, by)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for rule in rules {
                let (scope, subject) = key(&rule.scope);
                let contacts = sources::join(rule.contacts.iter().cloned());
                put.execute(params![
                    scope,
                    subject,
                    rule.act.number(),
                    contacts,
                    rule.note,
                    rule.at,
                    rule.by
                ])?;
            }
            Ok(())
        })
    }

    /// Takes the rule for a scope away, and says whether there was one.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn remove_contact_rule(&self, scope: &ContactScope) -> Result<bool, Error> {
        let (scope, subject) = key(scope);
        self.write(|db| {
            let removed = db.execute(
                "DELETE FROM contact_rule WHERE scope = ?1 AND subject = ?2",
                params![scope, subject],
            )?;
            Ok(removed > 0)
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

    /// Sets what is known of a contact, with a line in its history.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_contact_standing(&self, standing: &ContactStanding) -> Result<(), Error> {
        let address = contact_key(&standing.address);
        self.write(|db| {
            match standing.state {
                ContactState::Usable => db.execute("DELETE FROM contact_state WHERE address = ?1", [&address])?,
                state => db.execute(
                    "INSERT OR REPLACE INTO contact_state(address, state, reason, at, by) VALUES(?1, ?2, ?3, ?4, ?5)",
                    params![address, state.number(), standing.reason, standing.at, standing.by],
                )?,
            };
            let what = format!("{}: {}", standing.state, standing.reason);
            put_event(db, &address, &ContactEvent { at: standing.at, by: standing.by.clone(), what })
        })
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
    use super::super::Access;
    use super::*;

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
        store.set_contact_rules(&rules).unwrap();
        store.set_contact_rules(&rules[1..2]).unwrap();
        assert_eq!(store.contact_rules().unwrap(), rules);
        assert!(store.remove_contact_rule(&network("2001:db8::1/32")).unwrap(), "the same network");
        assert!(!store.remove_contact_rule(&network("2001:db8::/32")).unwrap());
        assert_eq!(store.contact_rules().unwrap(), rules[..3]);
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
            store.set_contact_standing(&standing).unwrap();
            let known = store.contact_standing(otherwise).unwrap().map(|known| known.address);
            assert_eq!(known.as_deref(), Some(normal));
            assert_eq!(store.contact_history(otherwise).unwrap().len(), 1);
            let scope = ContactScope::Address(written.to_owned());
            store.set_contact_rules(&[rule(scope, ContactAct::Never, &[])]).unwrap();
            assert_eq!(store.contact_rules().unwrap()[0].scope, ContactScope::Address(normal.to_owned()));
            assert!(store.remove_contact_rule(&ContactScope::Address(otherwise.to_owned())).unwrap());
        }
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
        store.set_contact_standing(&standing(ContactState::OptedOut, "they asked", 1)).unwrap();
        let known = store.contact_standing("abuse@example.NET").unwrap().unwrap();
        assert_eq!(
            (known.address.as_str(), known.state, known.at),
            ("abuse@example.net", ContactState::OptedOut, 1)
        );
        assert_eq!(store.contact_standings().unwrap(), [known]);
        store.set_contact_standing(&standing(ContactState::Usable, "they asked again", 2)).unwrap();
        assert_eq!(store.contact_standing("abuse@example.net").unwrap(), None);
        let event = ContactEvent { at: 3, by: "smtp".to_owned(), what: "told of 3 reports".to_owned() };
        store.add_contact_event("abuse@example.net", &event).unwrap();
        let history: Vec<String> =
            store.contact_history("abuse@example.net").unwrap().into_iter().map(|event| event.what).collect();
        assert_eq!(history, ["opted-out: they asked", "usable: they asked again", "told of 3 reports"]);
    }
}
