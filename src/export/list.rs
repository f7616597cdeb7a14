//! The list of reports as people see it.

use super::table::{Column, Style, Table};
use super::{Look, minute, prose};
use crate::model::{ListRow, Status};
use crate::text::showable;
use std::io::{self, Write};

const COLUMNS: &[Column] = &[
    Column::text("", 5, 5, 8),
    Column::number("ID", 10),
    Column::text("Arrival UTC", 16, 16, 7),
    Column::text("Reported domain", 12, 30, 5),
    Column::text("Source", 15, 39, 6),
    Column::text("CC", 2, 2, 4),
    Column::number("AS", 3),
    Column::text("Kind", 6, 12, 1),
    Column::text("Type", 5, 14, 0),
    Column::text("Deliv", 5, 10, 2),
    Column::text("Subject", 20, 200, 9),
];

/// A list being written.
pub struct List<'w> {
    table: Table<'w>,
}

impl<'w> List<'w> {
    /// A list on this paper.
    pub fn new(out: &'w mut dyn Write, look: Look) -> List<'w> {
        List { table: Table::new(out, look, COLUMNS) }
    }

    /// One report.
    pub fn row(&mut self, row: &ListRow) -> io::Result<()> {
        let shown = |text: &str| showable(text).to_string();
        let cells = vec![
            flags(row),
            row.id.to_string(),
            minute(row.arrival),
            shown(&row.reported_domain),
            row.source_ip.map(|ip| ip.to_string()).unwrap_or_default(),
            row.country.as_deref().map(shown).unwrap_or_default(),
            row.asn.map(|asn| asn.to_string()).unwrap_or_default(),
            row.kind.to_string(),
            row.feedback_type.as_deref().map(shown).unwrap_or_default(),
            row.delivery.map(|delivery| delivery.to_string()).unwrap_or_default(),
            row.subject.as_deref().map(|subject| shown(&prose(subject))).unwrap_or_default(),
        ];
        self.table.row(style(row), cells)
    }

    /// Writes what is held back.
    pub fn finish(self) -> io::Result<()> {
        self.table.finish()
    }
}

/// Letters for what a colour alone must not say: `*` marked, `R` reported, `x` dismissed, `~` unverified reporter,
/// `Q` quarantined, `-` no report.
fn flags(row: &ListRow) -> String {
    let status = match row.status {
        Status::Report => ' ',
        Status::Quarantined => 'Q',
        Status::NotReport => '-',
    };
    let flags = [
        (row.marked, '*'),
        (row.reported, 'R'),
        (row.dismissed, 'x'),
        (row.unverified, '~'),
        (row.status != Status::Report, status),
    ];
    flags.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect()
}

/// Grey wins: what is done with needs no other attention.
fn style(row: &ListRow) -> Style {
    match row.delivery {
        _ if row.reported || row.dismissed => Style::Dim,
        _ if row.status == Status::Quarantined => Style::Red,
        Some(crate::model::Delivery::None) => Style::Green,
        _ => Style::Plain,
    }
}

/// What is said under a list: how many match, how many of them are shown, and how to see the others.
pub fn summary(shown: u64, total: u64, query: &str) -> String {
    let query = query.trim();
    let what =
        if query.is_empty() { "in the database".to_owned() } else { format!("match {}", showable(query)) };
    match total {
        0 if query.is_empty() => {
            "Unbelievable.  No entries here so far.  `lafayette import PATH` brings some.".to_owned()
        }
        0 => format!("Unbelievable.  No entries {what}.  {}", widen(query)),
        1 => format!("1 report, {what}").replace(", match", ", matches"),
        _ if shown < total => format!(
            "{} of {}, {what}; more with --limit N or --offset N",
            super::thousands(shown),
            super::counted(total, "report")
        ),
        _ => format!("{}, {what}", super::counted(total, "report")),
    }
}

/// How to find more than nothing.
fn widen(query: &str) -> &'static str {
    if ["since:", "until:", "on:", "days:", "ago:"].iter().any(|term| query.contains(term)) {
        "A longer window may have some: since:30d."
    } else if query.contains("is:") || query.contains("kind:") {
        "Leave out is: or kind: to see the others."
    } else if query.contains('*') || query.contains(':') {
        "A shorter word or another * may have some."
    } else {
        "Words are looked for in the subject; url:word, from:word or text:word look elsewhere."
    }
}
