//! What is known of source addresses in the few words that lists, columns and the queue of look-ups need; the whole of
//! it is [`AddressFacts`]. Asks nobody and stores nothing.

use super::clock::Seconds;
use super::facts::{AddressFacts, HostFacts, ListFact};
use super::finding::Fact;

/// An entry of a block list that names an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// List and code, as in the query `list:zen:xbl`.
    pub name: String,
    /// The letter that stands for the list.
    pub letter: char,
    /// It tells what the network is for, not what it did (PBL): never evidence, never red.
    pub policy: bool,
}

/// Between the values of a column that holds several.
const BETWEEN: char = '\t';
/// Before an entry that is only policy.
const POLICY: char = '~';

impl Listing {
    /// What lists say, evidence before policy.
    pub fn of(lists: &[ListFact]) -> Vec<Listing> {
        let mut listings: Vec<Listing> = lists
            .iter()
            .flat_map(|list| list.fact.yes().into_iter().flatten().map(move |code| (list, code)))
            .map(|(list, code)| Listing {
                name: match code.name.is_empty() {
                    true => list.list.clone(),
                    false => format!("{}:{}", list.list, code.name),
                },
                letter: list.letter,
                policy: code.policy,
            })
            .collect();
        listings.sort_by_key(|listing| listing.policy);
        listings
    }

    /// As a column keeps them.
    pub fn to_column(listings: &[Listing]) -> String {
        let entry = |listing: &Listing| {
            let mark = if listing.policy { POLICY.to_string() } else { String::new() };
            format!("{mark}{}{}", listing.letter, listing.name)
        };
        join(listings.iter().map(entry))
    }

    /// Back from a column.
    pub fn from_column(column: &str) -> Vec<Listing> {
        let entry = |text: &str| {
            let (text, policy) = text.strip_prefix(POLICY).map_or((text, false), |text| (text, true));
            let mut name = text.chars();
            let letter = name.next()?;
            Some(Listing { name: name.as_str().to_owned(), letter, policy })
        };
        column.split(BETWEEN).filter_map(entry).collect()
    }
}

/// Several texts in one column.
pub fn join(texts: impl IntoIterator<Item = String>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| text.replace(BETWEEN, " ")).collect();
    texts.join(&BETWEEN.to_string())
}

/// Back from such a column.
pub fn split(column: &str) -> impl Iterator<Item = &str> {
    column.split(BETWEEN).filter(|text| !text.is_empty())
}

/// A row of the table of source addresses, as the index takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRow<'a> {
    /// The address, IPv4 as IPv4-mapped.
    pub ip: [u8; 16],
    /// Origin AS; 0 unknown.
    pub asn: u32,
    /// Two ASCII letters, big endian; 0 unknown.
    pub country: u16,
    /// Host name (PTR); empty without one.
    pub name: &'a str,
    /// Block list entries, as [`Listing::to_column`] writes them.
    pub lists: &'a str,
    /// Abuse contacts, by [`join`].
    pub contacts: &'a str,
    /// Grows with every change of any row.
    pub changed: i64,
}

impl AddressFacts {
    /// Nothing known yet.
    pub fn new(ip: std::net::IpAddr) -> AddressFacts {
        AddressFacts {
            ip,
            special: None,
            own: false,
            name: None,
            origin: None,
            country: None,
            lists: vec![],
            contacts: None,
        }
    }

    /// Until when each thing that was asked need not be asked again; nothing of what is not known.
    fn times(&self) -> impl Iterator<Item = Option<Seconds>> {
        let steps = self.contacts.iter().flat_map(|chain| &chain.steps).map(|step| time(&step.fact));
        let lists = self.lists.iter().map(|list| time(&list.fact));
        let first = [self.name.as_ref().map(time), self.origin.as_ref().map(time)];
        first.into_iter().flatten().chain(lists).chain(steps)
    }

    /// Until when nothing need be asked again; `None` when nothing was learnt by asking. The country of a file is as
    /// old as the file, so it does not count.
    pub fn until(&self) -> Option<Seconds> {
        self.times().flatten().min()
    }

    /// Everything that was asked was answered. An answer that is over its time stands in for one that could not be had.
    pub fn is_whole(&self, now: Seconds) -> bool {
        self.times().all(|until| until.is_some_and(|until| until > now))
    }

    /// The lists that were asked and did not answer.
    pub fn lists_unknown(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().filter(|list| !list.fact.finding.is_known()).map(|list| list.list.as_str())
    }
}

impl HostFacts {
    /// As with addresses.
    fn times(&self) -> impl Iterator<Item = Option<Seconds>> {
        self.addresses.as_ref().map(time).into_iter().chain(self.lists.iter().map(|list| time(&list.fact)))
    }

    /// Until when nothing need be asked again; `None` when nothing was learnt.
    pub fn until(&self) -> Option<Seconds> {
        self.times().flatten().min()
    }

    /// Everything that was asked was answered.
    pub fn is_whole(&self, now: Seconds) -> bool {
        self.times().all(|until| until.is_some_and(|until| until > now))
    }
}

fn time<T>(fact: &Fact<T>) -> Option<Seconds> {
    fact.finding.is_known().then_some(fact.until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::ListCode;
    use crate::model::finding::Finding;

    fn list(name: &str, letter: char, finding: Finding<Vec<ListCode>>) -> ListFact {
        ListFact {
            list: name.to_owned(),
            letter,
            fact: Fact { finding, from: name.to_owned(), at: 100, until: 200 },
        }
    }

    fn code(name: &str, policy: bool) -> ListCode {
        ListCode { name: name.to_owned(), meaning: String::new(), policy }
    }

    #[test]
    fn listings_come_back_from_their_column_and_evidence_stands_first() {
        let facts = [
            list("zen", 'Z', Finding::Yes(vec![code("pbl", true), code("xbl", false)])),
            list("spamcop", 'S', Finding::Yes(vec![code("", false)])),
            list("own", '~', Finding::No),
            list("late", 'L', Finding::Unknown("no answer".to_owned())),
        ];
        let listings = Listing::of(&facts);
        let names: Vec<&str> = listings.iter().map(|listing| listing.name.as_str()).collect();
        assert_eq!(names, ["zen:xbl", "spamcop", "zen:pbl"]);
        assert_eq!(Listing::from_column(&Listing::to_column(&listings)), listings);
        assert_eq!(Listing::from_column(""), []);
    }

    #[test]
    fn what_was_not_learnt_sets_no_time_and_makes_facts_incomplete() {
        let mut facts = AddressFacts::new("192.0.2.1".parse().expect("address"));
        assert_eq!((facts.until(), facts.is_whole(150)), (None, true));
        facts.lists = vec![list("zen", 'Z', Finding::No)];
        assert_eq!((facts.until(), facts.is_whole(150)), (Some(200), true));
        assert!(!facts.is_whole(200), "an old answer stands in for a newer one");
        let mut late = list("late", 'L', Finding::Unknown("no answer".to_owned()));
        late.fact.until = 0;
        facts.lists.push(late);
        assert_eq!((facts.until(), facts.is_whole(150)), (Some(200), false));
        assert_eq!(facts.lists_unknown().collect::<Vec<_>>(), ["late"]);
    }
}
