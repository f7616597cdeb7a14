//! What is known, as lines that fit the screen. Each line belongs to the thing that Enter and copy mean.

use crate::jobs::lookup::{Known, Line, Section, SharedReports, Standing, age};
use crate::model::clock::{Seconds, rfc3339};
use crate::text::{Showable, counted, cut, defang, showable, showable_lines, thousands, width};
use crate::tui::reports::detail::broken;
use crate::tui::theme::Role;

/// The widest column of names.
const NAMES: usize = 18;
/// Columns between a value and what stands behind it.
const BETWEEN: usize = 2;
/// On a narrower screen nothing is shown.
const LEAST: usize = 20;

/// What stands on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// A letter for how it is to be taken: `!` listed, `?` not known, `-` no, `x` refused.
    pub sign: &'static str,
    /// Its name; empty on the lines after the first.
    pub name: Showable,
    /// The piece of the value.
    pub text: Showable,
    /// Who says so and how old it is, at the right of the line.
    pub note: Showable,
    /// How it is to be taken, in colour.
    pub role: Role,
    /// What it belongs to; nothing on headings.
    pub thing: Option<Thing>,
}

/// What the cursor can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A line of a section, by the numbers of both.
    Fact(usize, usize),
    /// Reports that share the subject, by their number.
    Reports(usize),
}

impl Thing {
    /// The line of what is known.
    pub fn fact(self, known: &Known) -> Option<&Line> {
        match self {
            Thing::Fact(section, line) => known.sections.get(section)?.lines.get(line),
            Thing::Reports(_) => None,
        }
    }

    /// The reports.
    pub fn reports(self, known: &Known) -> Option<&SharedReports> {
        match self {
            Thing::Fact(..) => None,
            Thing::Reports(at) => known.reports.get(at),
        }
    }
}

/// The lines, and how wide the column of their names is.
pub fn laid_out(known: &Known, columns: usize, is_revealed: bool, now: Seconds) -> (Vec<Shown>, usize) {
    if columns == 0 {
        return (vec![], 0);
    }
    let columns = columns.max(LEAST);
    let facts = known.sections.iter().flat_map(|section| &section.lines).map(|line| line.name.as_str());
    let all = facts.chain(known.reports.iter().map(|reports| reports.what.as_str()));
    let widest = all.map(|name| width(showable(name).as_str())).max().unwrap_or(0);
    let names = widest.min(NAMES).min(columns / 3);
    // A sign and a blank before the name, a blank behind it.
    let room = columns.saturating_sub(names + 3).max(8);
    let mut lines = vec![];
    if let Some(why) = &known.offline {
        let sentence = format!("Offline, {why}; what is known is from before.");
        let pieces =
            broken(&sentence, columns.saturating_sub(3)).into_iter().map(showable).collect::<Vec<_>>();
        lines.extend(pieces.into_iter().map(|text| Shown {
            sign: "?",
            text,
            role: Role::Warning,
            ..Shown::plain()
        }));
    }
    if !known.reports.is_empty() {
        lines.push(Shown::heading("Reports"));
    }
    for (number, reports) in known.reports.iter().enumerate() {
        let role = if reports.count == 0 { Role::Faint } else { Role::Text };
        let sign = if reports.count == 0 { "-" } else { "" };
        let thing = Thing::Reports(number);
        add(&mut lines, (sign, role), (&reports.what, &counts(reports), &dates(reports)), thing, room);
    }
    for (number, section) in known.sections.iter().enumerate() {
        section_lines(&mut lines, number, section, is_revealed, now, room);
    }
    (lines, names)
}

fn section_lines(
    lines: &mut Vec<Shown>,
    number: usize,
    section: &Section,
    is_revealed: bool,
    now: Seconds,
    room: usize,
) {
    lines.push(Shown::heading(&section.title));
    for (at, line) in section.lines.iter().enumerate() {
        let value = if line.is_link && !is_revealed { defang(&line.value) } else { line.value.clone() };
        let note = line.provenance(now);
        add(lines, look(line.standing), (&line.name, &value, &note), Thing::Fact(number, at), room);
    }
}

/// The letter and the meaning of a standing.
fn look(standing: Standing) -> (&'static str, Role) {
    match standing {
        Standing::Found => ("", Role::Text),
        Standing::Listed => ("!", Role::Listed),
        Standing::Policy => ("p", Role::Text),
        Standing::Absent => ("-", Role::Faint),
        Standing::Unknown => ("?", Role::Warning),
        Standing::Refused => ("x", Role::Faint),
        Standing::Unasked => ("/", Role::Faint),
        Standing::Remark => ("", Role::Faint),
    }
}

/// A name, a value in as many lines as it takes, and a note: behind the value where that leaves room, else below.
fn add(
    lines: &mut Vec<Shown>,
    (sign, role): (&'static str, Role),
    (name, value, note): (&str, &str, &str),
    thing: Thing,
    room: usize,
) {
    let first = lines.len();
    let line = Shown { role, thing: Some(thing), ..Shown::plain() };
    for text in showable_lines(value).as_str().split('\n').flat_map(|line| broken(line, room)) {
        lines.push(Shown { text: showable(text), ..line.clone() });
    }
    if let Some(first) = lines.get_mut(first) {
        (first.sign, first.name) = (sign, showable(name));
    }
    if note.is_empty() {
        return;
    }
    let note = showable(note);
    match lines.last_mut() {
        Some(last) if width(last.text.as_str()) + BETWEEN + width(note.as_str()) <= room => last.note = note,
        _ => lines.push(Shown { note: showable(&cut(note.as_str(), room)), ..line }),
    }
}

/// `412, 388 of them open, 20 reported`.
fn counts(reports: &SharedReports) -> String {
    if reports.count == 0 {
        return "none".to_owned();
    }
    format!(
        "{}, {} open, {} reported",
        counted(reports.count, "report"),
        thousands(reports.open),
        thousands(reports.reported)
    )
}

/// First and last arrival, by day.
fn dates(reports: &SharedReports) -> String {
    let day = |at: Option<Seconds>| at.map(|at| rfc3339(at).get(..10).unwrap_or_default().to_owned());
    match (day(reports.first), day(reports.last)) {
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::new(),
    }
}

impl Shown {
    fn plain() -> Shown {
        Shown {
            sign: "",
            name: Showable::default(),
            text: Showable::default(),
            note: Showable::default(),
            role: Role::Text,
            thing: None,
        }
    }

    fn heading(title: &str) -> Shown {
        Shown { text: showable(title), role: Role::Heading, ..Shown::plain() }
    }
}

/// When it was looked up: `now`, `3 h old`.
pub fn asked(known: &Known, now: Seconds) -> String {
    age(now.saturating_sub(known.at).max(0))
}
