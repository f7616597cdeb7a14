//! What is loaded only where something asks for it, each part whole or not at all. Knows nothing of how it is loaded.

use super::bitmap::Bitmap;
use super::columns::{Coded, Column, Plain};
use super::hosts::Hosts;
use super::joins::Joins;
use super::selection::Stopped;
use super::sieve::Sieve;
use super::sources::{Names, Sources};
use super::texts::{Entries, Folding, RowTexts, TextTable};
use super::urls::Urls;
use crate::model::columns::RareTexts;
use crate::model::{ColumnSource, Dictionary, IndexRow};
use crate::query::{Field, Filter, Has, State, Term, Value};

/// What is loaded when the first question needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// URLs, for `url:`, `host:`, `has:url` and URL lists.
    Urls,
    /// Subjects, for bare words, `subject:` and the order by subject.
    Subjects,
    /// Source addresses, for `ip:`, their order and their counts.
    Addresses,
    /// Files, for `file:`, `hash:`, `has:file` and file lists.
    Files,
    /// User agents, for `agent:`.
    Agents,
    /// Shapes of subjects and URLs, for groups and *similar*.
    Shapes,
    /// What is known of source addresses: for `list:`, `contact:`, `is:listed`, and for the gaps in `asn:` and
    /// `country:`. Where anything is known of any, the addresses are needed as well.
    Sources,
    /// Host names of source addresses, for `source:`; likewise.
    Names,
    /// Which hosts of URLs are listed, for `list:` and `is:listed`. Where anything is known of any, the URLs are needed
    /// as well.
    Hosts,
    /// One of the rare texts, by its place in [`RareTexts::NAMES`].
    Rare(usize),
}

impl Part {
    /// What a screen may be asked at any moment.
    pub(super) const AT_START: [Part; 3] = [Part::Subjects, Part::Addresses, Part::Sources];

    /// What a term needs.
    pub(super) fn of(term: &Term) -> Vec<Part> {
        let has = |part, value| term.values.contains(&Value::Has(value)).then_some(part);
        match term.field {
            Field::Url | Field::Host => vec![Part::Urls],
            Field::Subject => vec![Part::Subjects],
            Field::Ip => vec![Part::Addresses],
            Field::File | Field::Hash => vec![Part::Files],
            Field::Has => has(Part::Urls, Has::Url).into_iter().chain(has(Part::Files, Has::File)).collect(),
            Field::Agent => vec![Part::Agents],
            Field::Shape | Field::UrlShape => vec![Part::Shapes],
            Field::Asn | Field::Country | Field::Contact => vec![Part::Sources],
            Field::List => vec![Part::Sources, Part::Hosts],
            Field::Is if term.values.contains(&Value::Is(State::Listed)) => vec![Part::Sources, Part::Hosts],
            Field::Source => vec![Part::Names],
            field => rare_text(field).map(Part::Rare).into_iter().collect(),
        }
    }

    /// What a filter needs.
    pub fn of_filter(filter: &Filter) -> Vec<Part> {
        let mut parts: Vec<Part> = vec![];
        filter.any_term(true, &mut |term, _| {
            for part in Part::of(term) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            false
        });
        parts
    }

    fn all() -> impl Iterator<Item = Part> {
        let whole = [Part::Subjects, Part::Addresses, Part::Urls, Part::Files, Part::Agents, Part::Shapes];
        whole.into_iter().chain((0..RareTexts::NAMES.len()).map(Part::Rare))
    }
}

/// The place in [`RareTexts::NAMES`] of what a field looks at.
pub(super) fn rare_text(field: Field) -> Option<usize> {
    let fields = [
        Field::From,
        Field::FromName,
        Field::ReplyTo,
        Field::MailFrom,
        Field::Rcpt,
        Field::Addr,
        Field::MessageId,
    ];
    fields.iter().position(|rare| *rare == field)
}

/// Subjects and whose they are.
#[derive(Debug, Clone)]
pub(super) struct Subjects {
    pub(super) table: TextTable,
    pub(super) rows: Plain<u32>,
}

/// Files and whose they are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) table: TextTable,
    pub(super) joins: Joins,
}

/// What *similar* compares.
#[derive(Debug, Clone)]
pub(super) struct Shapes {
    pub(super) subject: Plain<u64>,
    pub(super) url: Plain<u64>,
}

/// The parts that are there.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    subjects: Option<Subjects>,
    addresses: Option<Coded<u128>>,
    urls: Option<Urls>,
    /// Instead of `urls`, where nothing but a few known terms asks for them.
    sieve: Option<Sieve>,
    files: Option<Files>,
    agents: Option<Coded<u32>>,
    shapes: Option<Shapes>,
    sources: Option<Sources>,
    names: Option<Names>,
    hosts: Option<Hosts>,
    rare: [Option<RowTexts>; RareTexts::NAMES.len()],
}

/// Columns and tables under the names of their segments.
#[derive(Default)]
pub(super) struct Contents<'a> {
    pub(super) columns: Vec<(&'static str, &'a mut dyn Column)>,
    pub(super) tables: Vec<(Dictionary, &'a mut dyn Entries)>,
}

impl Parts {
    /// These parts with nothing in them yet.
    pub(super) fn empty(wanted: &[Part]) -> Parts {
        let table = |dictionary| TextTable::new(folding(dictionary));
        let mut parts = Parts::default();
        for part in wanted {
            match *part {
                Part::Subjects => {
                    let rows = Plain::new(|row: &IndexRow| row.subject);
                    parts.subjects = Some(Subjects { table: table(Dictionary::Subject), rows });
                }
                Part::Addresses => {
                    parts.addresses = Some(Coded::new(|row| u128::from_be_bytes(row.source_ip)));
                }
                Part::Urls => {
                    let table = table(Dictionary::Url).with_tails();
                    parts.urls = Some(Urls { table, joins: Joins::new(|row| &row.urls) });
                }
                Part::Files => {
                    let joins = Joins::new(|row| &row.files);
                    parts.files = Some(Files { table: table(Dictionary::File), joins });
                }
                Part::Agents => parts.agents = Some(Coded::new(|row| row.agent_word)),
                Part::Shapes => {
                    let (subject, url) =
                        (Plain::new(|row| row.subject_shape), Plain::new(|row| row.url_shape));
                    parts.shapes = Some(Shapes { subject, url });
                }
                Part::Sources => parts.sources = Some(Sources::default()),
                Part::Names => parts.names = Some(Names::default()),
                Part::Hosts => parts.hosts = Some(Hosts::default()),
                Part::Rare(which) => {
                    let place = parts.rare.get_mut(which);
                    place.into_iter().for_each(|place| *place = Some(RowTexts::new(which)));
                }
            }
        }
        parts
    }

    /// These parts with nothing in them yet, without what only makes the second and every later question faster.
    pub(super) fn for_one_question(wanted: &[Part], sieve: Option<Sieve>) -> Parts {
        let mut parts = Parts { sieve, ..Parts::empty(wanted) };
        parts.urls.iter_mut().for_each(|urls| urls.table.drop_tails());
        parts
    }

    /// Every part there is, with nothing in it.
    pub(super) fn all() -> Parts {
        Parts::empty(&Part::all().collect::<Vec<_>>())
    }

    pub(super) fn has(&self, part: Part) -> bool {
        match part {
            Part::Subjects => self.subjects.is_some(),
            Part::Addresses => self.addresses.is_some(),
            Part::Urls => self.urls.is_some(),
            Part::Files => self.files.is_some(),
            Part::Agents => self.agents.is_some(),
            Part::Shapes => self.shapes.is_some(),
            Part::Sources => self.sources.is_some(),
            Part::Names => self.names.is_some(),
            Part::Hosts => self.hosts.is_some(),
            Part::Rare(which) => self.rare.get(which).is_none_or(Option::is_some),
        }
    }

    /// What a term needs that is not there.
    pub(super) fn lacks(&self, term: &Term) -> Option<Part> {
        let sifted =
            |part| part == Part::Urls && self.sieve.as_ref().is_some_and(|sieve| sieve.answers(term));
        Part::of(term).into_iter().find(|part| !self.has(*part) && !sifted(*part))
    }

    /// Whether any of the rare texts is there.
    pub(super) fn has_rare(&self) -> bool {
        self.rare.iter().any(Option::is_some)
    }

    /// Takes over what the other has and this one has not.
    pub(super) fn join(&mut self, other: Parts) {
        let Parts { subjects, addresses, urls, sieve, files, agents, shapes, sources, names, hosts, rare } =
            other;
        self.subjects = self.subjects.take().or(subjects);
        self.addresses = self.addresses.take().or(addresses);
        self.urls = self.urls.take().or(urls);
        self.sieve = self.sieve.take().or(sieve);
        self.files = self.files.take().or(files);
        self.agents = self.agents.take().or(agents);
        self.shapes = self.shapes.take().or(shapes);
        self.sources = self.sources.take().or(sources);
        self.names = self.names.take().or(names);
        self.hosts = self.hosts.take().or(hosts);
        for (place, texts) in self.rare.iter_mut().zip(rare) {
            *place = place.take().or(texts);
        }
    }

    /// Everything in the parts that are there; what takes longest to load comes first.
    pub(super) fn contents(&mut self) -> Contents<'_> {
        let Parts { subjects, addresses, urls, sieve, files, agents, shapes, rare, .. } = self;
        let mut contents = Contents::default();
        let Contents { columns, tables } = &mut contents;
        if let Some(Urls { table, joins, .. }) = urls {
            tables.push((Dictionary::Url, table));
            columns.push(("report.urls", joins));
        }
        if let Some(Sieve { joins, sifted }) = sieve {
            if !sifted.is_idle() {
                tables.push((Dictionary::Url, sifted));
            }
            columns.push(("report.urls", joins));
        }
        if let Some(Subjects { table, rows }) = subjects {
            tables.push((Dictionary::Subject, table));
            columns.push(("report.subject", rows));
        }
        if let Some(Files { table, joins }) = files {
            tables.push((Dictionary::File, table));
            columns.push(("report.files", joins));
        }
        for (name, texts) in RARE_COLUMNS.into_iter().zip(rare) {
            columns.extend(texts.iter_mut().map(|texts| (name, texts as &mut dyn Column)));
        }
        columns.extend(addresses.iter_mut().map(|ips| ("report.ip", ips as &mut dyn Column)));
        columns.extend(agents.iter_mut().map(|agents| ("report.agent", agents as &mut dyn Column)));
        if let Some(Shapes { subject, url }) = shapes {
            columns.push(("report.subject_shape", subject));
            columns.push(("report.url_shape", url));
        }
        contents
    }

    pub(super) fn subjects(&self) -> Result<&Subjects, Stopped> {
        self.subjects.as_ref().ok_or(Stopped::NotLoaded(Part::Subjects))
    }

    pub(super) fn addresses(&self) -> Result<&Coded<u128>, Stopped> {
        self.addresses.as_ref().ok_or(Stopped::NotLoaded(Part::Addresses))
    }

    pub(super) fn urls(&self) -> Result<&Urls, Stopped> {
        self.urls.as_ref().ok_or(Stopped::NotLoaded(Part::Urls))
    }

    /// Whose URLs they are, whether or not the URLs are kept.
    pub(super) fn url_joins(&self) -> Result<&Joins, Stopped> {
        let sieved = self.sieve.as_ref().map(|sieve| &sieve.joins);
        self.urls.as_ref().map(|urls| &urls.joins).or(sieved).ok_or(Stopped::NotLoaded(Part::Urls))
    }

    /// The URLs that match a term, as a sieve found them.
    pub(super) fn sifted(&self, term: &Term) -> Option<Bitmap> {
        self.sieve.as_ref().and_then(|sieve| sieve.sifted.hits(term))
    }

    pub(super) fn files(&self) -> Result<&Files, Stopped> {
        self.files.as_ref().ok_or(Stopped::NotLoaded(Part::Files))
    }

    pub(super) fn agents(&self) -> Result<&Coded<u32>, Stopped> {
        self.agents.as_ref().ok_or(Stopped::NotLoaded(Part::Agents))
    }

    pub(super) fn shapes(&self) -> Result<&Shapes, Stopped> {
        self.shapes.as_ref().ok_or(Stopped::NotLoaded(Part::Shapes))
    }

    pub(super) fn sources(&self) -> Result<&Sources, Stopped> {
        self.sources.as_ref().ok_or(Stopped::NotLoaded(Part::Sources))
    }

    pub(super) fn names(&self) -> Result<&Names, Stopped> {
        self.names.as_ref().ok_or(Stopped::NotLoaded(Part::Names))
    }

    /// What is kept by address, and the addresses.
    pub(super) fn by_address(&mut self) -> (Option<&mut Sources>, Option<&mut Names>, Option<&Coded<u128>>) {
        (self.sources.as_mut(), self.names.as_mut(), self.addresses.as_ref())
    }

    /// Reads what was found out about addresses since the last time, where it is wanted.
    pub(super) fn read_sources<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        self.sources.iter_mut().try_for_each(|sources| sources.read(source))?;
        self.names.iter_mut().try_for_each(|names| names.read(source))?;
        self.hosts.iter_mut().try_for_each(|hosts| hosts.read(source))
    }

    /// Looks for URLs that lead to listed hosts.
    pub(super) fn settle_hosts(&mut self) {
        if let Some((hosts, urls)) = self.hosts.as_mut().zip(self.urls.as_ref()) {
            hosts.settle(&urls.table);
        }
    }

    /// The listed hosts and whose URLs lead there; `None` while there are none.
    pub(super) fn listed_hosts(&self) -> Option<(&Hosts, &Joins)> {
        let (hosts, urls) = self.hosts.as_ref().zip(self.urls.as_ref())?;
        (!hosts.is_idle()).then_some((hosts, &urls.joins))
    }

    pub(super) fn rare(&self, which: usize) -> Result<&RowTexts, Stopped> {
        let texts = self.rare.get(which).and_then(Option::as_ref);
        texts.ok_or(Stopped::NotLoaded(Part::Rare(which)))
    }
}

/// The packed columns of the rare texts, in the order of [`RareTexts::NAMES`].
const RARE_COLUMNS: [&str; RareTexts::NAMES.len()] = [
    "report.from",
    "report.from_name",
    "report.reply_to",
    "report.mail_from",
    "report.rcpt_to",
    "report.addresses",
    "report.message_id",
];

/// How the entries of a dictionary are kept.
pub(super) fn folding(dictionary: Dictionary) -> Folding {
    match dictionary {
        Dictionary::Subject | Dictionary::Domain | Dictionary::Url => Folding::Folded,
        Dictionary::File => Folding::FoldedValues,
        Dictionary::Word => Folding::Kept,
    }
}
