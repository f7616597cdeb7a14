//! The columns of the list of URLs: what each shows, how wide it is, and which fit.

use crate::jobs::desk::{KnownHost, UrlRow, UrlSort};
use crate::model::clock::{Seconds, rfc3339};
use crate::model::{Listing, UrlStanding, UrlState};
use crate::text::{Showable, defang, showable, thousands, url};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Marked.
    Mark,
    /// Reports that name it.
    Reports,
    /// When the first of them arrived.
    First,
    /// When the last one did.
    Last,
    /// Block lists that name its host.
    Lists,
    /// How far it is with feeds.
    Feeds,
    /// The host.
    Host,
    /// Its address.
    Address,
    /// The AS that announces that.
    Asn,
    /// The URL.
    Url,
}

/// As they stand.
const ORDER: [Column; 10] = [
    Column::Mark,
    Column::Reports,
    Column::First,
    Column::Last,
    Column::Lists,
    Column::Feeds,
    Column::Asn,
    Column::Address,
    Column::Host,
    Column::Url,
];

/// The most wanted first, where not all fit.
const MOST_WANTED: [Column; 9] = [
    Column::Mark,
    Column::Reports,
    Column::Last,
    Column::Lists,
    Column::Feeds,
    Column::First,
    Column::Address,
    Column::Asn,
    Column::Host,
];

/// Narrower than this a URL says nothing.
const LEAST_URL: u16 = 24;
/// From this on it would rather have its neighbours.
const ENOUGH_URL: u16 = 36;

impl Column {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Column::Mark => "",
            Column::Reports => "Reports",
            Column::First => "First UTC",
            Column::Last => "Last UTC",
            Column::Lists => "List",
            Column::Feeds => "Feeds",
            Column::Asn => "AS",
            Column::Address => "Address",
            Column::Host => "Host",
            Column::Url => "URL",
        }
    }

    fn width(self) -> u16 {
        match self {
            Column::Mark => 1,
            Column::Reports => 9,
            Column::First | Column::Last => 11,
            Column::Lists => 4,
            Column::Feeds => 10,
            Column::Asn => 6,
            Column::Address => 15,
            Column::Host => 24,
            Column::Url => LEAST_URL,
        }
    }

    /// How the list is sorted by it, where it can be.
    pub fn sort(self) -> Option<UrlSort> {
        match self {
            Column::Reports => Some(UrlSort::Reports),
            Column::First => Some(UrlSort::First),
            Column::Last => Some(UrlSort::Last),
            Column::Host | Column::Url => Some(UrlSort::Text),
            Column::Mark | Column::Lists | Column::Feeds | Column::Asn | Column::Address => None,
        }
    }

    /// Numbers stand at the right.
    pub fn is_number(self) -> bool {
        matches!(self, Column::Reports | Column::Asn)
    }

    /// What it shows of a URL.
    pub fn cell(self, row: &UrlRow, is_revealed: bool) -> Showable {
        let known = row.host.as_ref();
        let first = known.and_then(|known| known.addresses.first());
        match self {
            Column::Mark => Showable::default(),
            Column::Reports => showable(&thousands(row.reports)),
            Column::First => showable(&minute(row.first)),
            Column::Last => showable(&minute(row.last)),
            Column::Lists => showable(&letters(known)),
            Column::Feeds => showable(&of_feeds(&row.feeds)),
            Column::Asn => {
                showable(&first.and_then(|f| f.asn).map(|asn| asn.to_string()).unwrap_or_default())
            }
            Column::Address => showable(&address(known)),
            Column::Host => shown(&url::host(&row.url).unwrap_or_default(), is_revealed),
            Column::Url => shown(&row.url, is_revealed),
        }
    }
}

/// Those that fit into so many columns of the terminal, with their widths; the URL has what is left.
pub fn fitting(available: u16, has_feeds: bool) -> Vec<(Column, u16)> {
    let mut used = LEAST_URL;
    let mut chosen = vec![Column::Url];
    for column in MOST_WANTED.into_iter().filter(|column| has_feeds || *column != Column::Feeds) {
        // What tells URLs from each other comes before what is known of their hosts.
        let least = if chosen.len() > 3 { ENOUGH_URL - LEAST_URL } else { 0 };
        if used + column.width() + 1 + least > available {
            break;
        }
        used += column.width() + 1;
        chosen.push(column);
    }
    let spare = available.saturating_sub(used);
    let wide = |column: Column| match column {
        Column::Url => (LEAST_URL + spare).min(available),
        other => other.width(),
    };
    ORDER.into_iter().filter(|column| chosen.contains(column)).map(|column| (column, wide(column))).collect()
}

/// A URL or host, defanged unless somebody wants to see it. Its start: no screen shows more.
pub fn shown(text: &str, is_revealed: bool) -> Showable {
    const MOST: usize = 2_048;
    let start = text.char_indices().nth(MOST).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    if is_revealed { showable(start) } else { showable(&defang(start)) }
}

/// `11-21 13:02`.
pub fn minute(at: Seconds) -> String {
    rfc3339(at).get(5..16).unwrap_or_default().replace('T', " ")
}

/// The first address, and how many others there are.
pub fn address(known: Option<&KnownHost>) -> String {
    let addresses = known.map_or(&[][..], |known| &known.addresses);
    match addresses {
        [] => String::new(),
        [one] => one.ip.to_string(),
        [first, others @ ..] => format!("{} +{}", first.ip, others.len()),
    }
}

/// Of several feeds the one that wants a person most, and how many others there are.
fn of_feeds(standings: &[UrlStanding]) -> String {
    let rank = |standing: &&UrlStanding| match standing.state {
        UrlState::Unknown => 0,
        UrlState::Failed => 1,
        UrlState::Rejected => 2,
        UrlState::Held => 3,
        UrlState::Approved => 4,
        UrlState::Verdict => 5,
        UrlState::Accepted | UrlState::Known | UrlState::Sent | UrlState::NotSent => 6,
    };
    let Some(first) = standings.iter().min_by_key(rank) else { return String::new() };
    let word = if first.state == UrlState::Verdict { first.note.clone() } else { first.state.to_string() };
    match standings.len() - 1 {
        0 => word,
        others => format!("+{others} {word}"),
    }
}

/// A letter for each list that names the host, `?` for those that were asked and did not answer.
fn letters(known: Option<&KnownHost>) -> String {
    let Some(known) = known else { return String::new() };
    let mut letters: Vec<char> = known.listed.iter().map(|listing: &Listing| listing.letter).collect();
    letters.dedup();
    if letters.is_empty() && !known.lists_unknown.is_empty() {
        letters.push('?');
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_never_wider_than_the_terminal_and_the_url_always_stands() {
        for available in 0..300u16 {
            let fitting = fitting(available, available % 2 == 0);
            let gaps = fitting.len().saturating_sub(1) as u16;
            let wide: u16 = fitting.iter().map(|(_, wide)| wide).sum::<u16>() + gaps;
            assert!(wide <= available.max(LEAST_URL), "{available}: {fitting:?}");
            assert!(fitting.iter().any(|(column, _)| *column == Column::Url));
        }
    }
}
