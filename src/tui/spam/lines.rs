//! A message and what of it is reported, as lines. Pure.

use crate::arf::received::Place;
use crate::jobs::report::{SpamOrder, SpamSource};
use crate::model::clock::rfc3339;
use crate::text::thousands;
use crate::tui::reports::detail::broken;
use std::net::IpAddr;

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A heading.
    Heading(&'static str),
    /// Something about the message: its name and value.
    Fact(&'static str, String),
    /// One hop of its way.
    Hop(Way),
    /// A source; it can be ticked.
    Source(IpAddr),
    /// Who is told about the source above, and who named them.
    Contact(String, String),
    /// What a person should know: its first line,
    Note(String),
    /// its further ones,
    MoreOfNote(String),
    /// and who is missing: the first line of what is mended by naming a contact.
    Nobody(String),
    /// A URL, by its number; it can be ticked.
    Url(usize),
}

/// A hop as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where it stands.
    pub place: Place,
    /// The address that the writing host saw,
    pub from: Option<IpAddr>,
    /// its name,
    pub name: Option<String>,
    /// and the host that wrote it.
    pub by: Option<String>,
}

impl Line {
    /// The cursor can be on it.
    pub fn is_thing(&self) -> bool {
        matches!(self, Line::Hop(_) | Line::Source(_) | Line::Url(_))
    }
}

/// Columns before a note, and the least that it gets.
const BEFORE_NOTE: usize = 8;
const LEAST_NOTE: usize = 20;
/// Columns of the key that names a contact.
const NAMES_A_CONTACT: usize = 20;

/// A note in lines that fit.
fn noted(text: &str, columns: usize) -> Vec<Line> {
    let room = columns.saturating_sub(BEFORE_NOTE).max(LEAST_NOTE);
    let pieces = broken(text, room).into_iter().map(str::to_owned).enumerate();
    pieces
        .map(|(place, piece)| if place == 0 { Line::Note(piece) } else { Line::MoreOfNote(piece) })
        .collect()
}

/// The lines of a message.
pub fn laid_out(
    order: Option<&SpamOrder>,
    sources: &[SpamSource],
    is_asking: bool,
    columns: usize,
) -> Vec<Line> {
    let Some(order) = order else { return vec![] };
    let spam = &order.spam;
    let report = &spam.report;
    let mut lines = vec![];
    let mut fact = |name, value: Option<&str>| {
        lines.push(Line::Fact(name, value.unwrap_or("none").to_owned()));
    };
    fact("From", report.from.as_deref());
    fact("Subject", report.subject.as_deref());
    let arrival = rfc3339(report.arrival).replace('T', " ").replace('Z', " UTC");
    fact("Arrived", Some(&arrival));
    fact("Size", Some(&format!("{} bytes", thousands(spam.size() as u64))));
    lines.push(Line::Heading("The way it came"));
    if spam.chain.hops.is_empty() {
        lines.extend(noted("it has no Received lines, so nobody knows where it came from", columns));
    }
    lines.extend(spam.chain.hops.iter().enumerate().map(|(number, hop)| {
        Line::Hop(Way {
            place: spam.chain.place(number),
            from: hop.from.map(|(ip, _)| ip),
            name: hop.from_name.clone(),
            by: hop.by.clone(),
        })
    }));
    lines.extend(spam.doubt.into_iter().flat_map(|doubt| noted(doubt, columns)));
    lines.push(Line::Heading("Sources to report"));
    if spam.sources.is_empty() {
        lines.extend(noted("no public address: there is nobody to tell", columns));
    }
    for ip in &spam.sources {
        lines.push(Line::Source(*ip));
        let is_ticked = order.sources.contains(ip);
        let known = sources.iter().find(|source| source.ip == *ip).map(|source| &source.contacts);
        match (order.contacts.get(ip), known) {
            (Some(address), _) => lines.push(Line::Contact(address.clone(), "by you".to_owned())),
            (None, Some(Ok(contacts))) => {
                let contacts = contacts.iter();
                lines.extend(contacts.map(|(address, by)| Line::Contact(address.clone(), by.clone())));
            }
            (None, Some(Err(why))) if is_ticked && !is_asking => {
                // Its first line begins with the key that mends it.
                let mut note = noted(why, columns.saturating_sub(NAMES_A_CONTACT));
                if let Some(Line::Note(first)) = note.first().cloned() {
                    note.splice(..1, [Line::Nobody(first)]);
                }
                lines.extend(note);
            }
            _ => {}
        }
    }
    lines.push(Line::Heading("URLs to name"));
    if spam.urls.is_empty() {
        lines.extend(noted("it has none", columns));
    }
    lines.extend((0..spam.urls.len()).map(Line::Url));
    lines
}
