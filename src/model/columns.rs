//! How the store hands columns to the index without either knowing the other.
//!
//! The store keeps rows and opaque packed blocks. Rows whose block is not packed yet are handed over one by one;
//! the index packs a full block and the wiring stores the bytes again. Everything packed can be rebuilt from rows.

use super::clock::Seconds;
use super::{Attachment, Cause, Kind, OutgoingState, ReportId, SourceRow};
use std::collections::BTreeMap;

/// Reports a block; a block is packed once all its numbers have been given.
pub const BLOCK_ROWS: u32 = 32_768;
/// Dictionary entries a block.
pub const BLOCK_ENTRIES: u32 = 32_768;

/// A table of texts that each occur once and are named by number, from 1 without gaps. 0 means absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dictionary {
    /// Decoded subjects.
    Subject,
    /// Reported domains of one report, joined by blanks: most reports have one.
    Domain,
    /// URLs as written.
    Url,
    /// Short words: feedback types, auth failures, user agents, reporters, feeds, tags.
    Word,
    /// Files: `name TAB type TAB size TAB sha256 TAB md5`.
    File,
}

impl Dictionary {
    /// All of them.
    pub const ALL: [Dictionary; 5] =
        [Dictionary::Subject, Dictionary::Domain, Dictionary::Url, Dictionary::Word, Dictionary::File];

    /// The name of its table and of its packed column.
    pub fn name(self) -> &'static str {
        match self {
            Dictionary::Subject => "subject",
            Dictionary::Domain => "domain",
            Dictionary::Url => "url",
            Dictionary::Word => "word",
            Dictionary::File => "file",
        }
    }

    /// The text under which a file is kept in [`Dictionary::File`].
    pub fn file_entry(file: &Attachment) -> String {
        let name: String = file.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("{name}\t{}\t{}\t{}\t{}", file.content_type, file.size, file.sha256, file.md5)
    }

    /// The file that an entry of [`Dictionary::File`] stands for.
    pub fn file_of(entry: &str) -> Option<Attachment> {
        let mut values = entry.split('\t').map(str::to_owned);
        Some(Attachment {
            name: values.next()?,
            content_type: values.next()?,
            size: values.next()?.parse().ok()?,
            sha256: values.next()?,
            md5: values.next()?,
        })
    }
}

/// The searchable values of one report. Numbers named `…_word` are entries of [`Dictionary::Word`]; 0 = unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexRow {
    /// The report's number.
    pub id: ReportId,
    /// Arrival of the reported mail; before 1970 and after 2106 are clamped.
    pub arrival: u32,
    /// When it was stored.
    pub stored_at: u32,
    /// [`super::Status`] number.
    pub status: u8,
    /// [`super::Kind`] number.
    pub kind: u8,
    /// [`super::Cause`] number.
    pub cause: u8,
    /// [`super::Delivery`] number, 0 unknown.
    pub delivery: u8,
    /// [`super::DomainPolicy`] number, 0 unknown.
    pub policy: u8,
    /// Bit 0 the reporter is unverified, bit 1 headers only, bit 2 the source is derived, bit 3 the arrival is derived.
    pub flags: u8,
    /// Feedback-Type.
    pub feedback_word: u32,
    /// Auth-Failure.
    pub auth_word: u32,
    /// User-Agent.
    pub agent_word: u32,
    /// Reporter.
    pub reporter_word: u32,
    /// Feed name.
    pub feed_word: u32,
    /// How many mails the report stands for.
    pub incidents: u32,
    /// Source address, IPv4 as IPv4-mapped; all zero = unknown.
    pub source_ip: [u8; 16],
    /// Source port.
    pub source_port: u16,
    /// Origin AS.
    pub asn: u32,
    /// Two ASCII letters, big endian.
    pub country: u16,
    /// Entry of [`Dictionary::Subject`].
    pub subject: u32,
    /// Entry of [`Dictionary::Domain`].
    pub domain: u32,
    /// Shape of the subject.
    pub subject_shape: u64,
    /// Shape of the URLs.
    pub url_shape: u64,
    /// Entries of [`Dictionary::Url`].
    pub urls: Vec<u32>,
    /// Entries of [`Dictionary::File`].
    pub files: Vec<u32>,
    /// The texts that few questions ask for.
    pub texts: RareTexts,
}

/// Texts that are loaded on first use. Several values are joined by TAB.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RareTexts {
    /// From address.
    pub from: String,
    /// From display name.
    pub from_name: String,
    /// Reply-To address.
    pub reply_to: String,
    /// Original-Mail-From; absent and empty are the same here.
    pub mail_from: String,
    /// Original-Rcpt-To.
    pub rcpt_to: String,
    /// Addresses in the body.
    pub addresses: String,
    /// Message-ID of the reported mail.
    pub message_id: String,
}

impl RareTexts {
    /// The columns' names, in the order of [`RareTexts::values`].
    pub const NAMES: [&'static str; 7] =
        ["from", "from_name", "reply_to", "mail_from", "rcpt_to", "addresses", "message_id"];

    /// The values in the order of [`RareTexts::NAMES`].
    pub fn values(&self) -> [&str; 7] {
        [
            &self.from,
            &self.from_name,
            &self.reply_to,
            &self.mail_from,
            &self.rcpt_to,
            &self.addresses,
            &self.message_id,
        ]
    }
}

/// One packed block of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Block number: rows `number * BLOCK_ROWS + 1 ..= (number + 1) * BLOCK_ROWS`, entries likewise.
    pub number: u32,
    /// What the index packed.
    pub data: Vec<u8>,
}

/// What people did, by report; small beside the reports, so it is loaded whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct States {
    /// Marked reports.
    pub marked: Vec<ReportId>,
    /// Dismissed reports.
    pub dismissed: Vec<ReportId>,
    /// Reports of which an abuse desk was told.
    pub reported: Vec<ReportId>,
    /// Reports with rows in the ledger by which they are told, or are to be, and how far each row is.
    pub ledger: Vec<(ReportId, OutgoingState)>,
    /// Kinds that a person decided; they win over the packed column.
    pub kinds: Vec<(ReportId, Kind)>,
    /// Causes that a person decided; they win over the packed column.
    pub causes: Vec<(ReportId, Cause)>,
    /// Reports by tag.
    pub tags: BTreeMap<String, Vec<ReportId>>,
    /// The last number that a person has seen; later ones are new.
    pub seen_up_to: ReportId,
}

/// Where the index reads its columns. Errors are sentences.
pub trait ColumnSource {
    /// What reading can fail with.
    type Error;

    /// A second reader of the same columns for another thread, where there can be one.
    fn second(&self) -> Result<Option<Self>, Self::Error>
    where
        Self: Sized,
    {
        Ok(None)
    }

    /// The highest number ever given to a report; 0 when empty.
    fn last_id(&self) -> Result<ReportId, Self::Error>;
    /// The packed blocks of a column, ascending by number.
    fn segments(&self, column: &str, each: &mut dyn FnMut(u32, &[u8])) -> Result<(), Self::Error>;
    /// The numbers of a column's packed blocks, ascending, without their bytes.
    fn segment_numbers(&self, column: &str) -> Result<Vec<u32>, Self::Error> {
        let mut numbers = vec![];
        self.segments(column, &mut |number, _| numbers.push(number))?;
        Ok(numbers)
    }
    /// Rows with numbers in `first..=last` in ascending order; purged numbers are left out.
    /// Without `rare` the rare texts are left empty, which spares unpacking the documents.
    fn index_rows(
        &self,
        first: ReportId,
        last: ReportId,
        rare: bool,
        each: &mut dyn FnMut(IndexRow),
    ) -> Result<(), Self::Error>;
    /// Entries of a dictionary from number `first` on, in ascending order.
    fn entries(
        &self,
        dictionary: Dictionary,
        first: u32,
        each: &mut dyn FnMut(u32, &str),
    ) -> Result<(), Self::Error>;
    /// What people did.
    fn states(&self) -> Result<States, Self::Error>;

    /// The number of the last change of what is known of source addresses; 0 while nothing is known of any.
    fn sources_changed(&self) -> Result<i64, Self::Error> {
        Ok(0)
    }
    /// What is known of the source addresses that changed after this number, in any order.
    fn sources(&self, after: i64, each: &mut dyn FnMut(SourceRow<'_>)) -> Result<(), Self::Error> {
        let _ = (after, each);
        Ok(())
    }

    /// The number of the last change of what is known of hosts of URLs; 0 while nothing is known of any.
    fn hosts_changed(&self) -> Result<i64, Self::Error> {
        Ok(0)
    }
    /// Names of the hosts that changed after this number, with the block list entries of each as
    /// [`super::Listing::to_column`] writes them. From 0 on those without any may be left out.
    fn hosts(&self, after: i64, each: &mut dyn FnMut(&str, &str)) -> Result<(), Self::Error> {
        let _ = (after, each);
        Ok(())
    }
}

/// Seconds as a column keeps them: clamped to the years 1970 to 2106.
pub fn column_seconds(at: Seconds) -> u32 {
    at.clamp(0, i64::from(u32::MAX)) as u32
}
