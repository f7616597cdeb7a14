//! The screen URLs: the URLs of the reports that the query finds, or of all, single or in groups. It asks the desk and
//! never waits for it. Marks of URLs live here and end with the program.

pub mod columns;
mod export;
mod list;
mod screen;
mod submit;

pub use columns::Column;
pub use list::List;

use super::event::Effect;
use super::layer::{Answer, Editor, Reply};
use super::reports::{hint, menu, say, shortened};
use super::screens::ScreenName;
use crate::jobs::desk::{
    Direction, Request, UrlAnswer, UrlGrouping, UrlLine, UrlMembers, UrlQuestion, UrlRow, UrlSort,
};
use crate::model::clock::Seconds;
use crate::query::{Field, Filter, QueryError};
use crate::text::{counted, defang, thousands};
use std::collections::BTreeMap;

/// How long ago a URL may have been seen last, in days, and what the screen calls that.
const WINDOWS: [(Option<Seconds>, &str); 5] = [
    (None, "any time"),
    (Some(1), "within a day"),
    (Some(2), "within 2 days"),
    (Some(7), "within a week"),
    (Some(30), "within 30 days"),
];

const DAY: Seconds = 86_400;

/// A group that was opened, and where the list of groups stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Inside {
    /// In which respect its members are alike.
    pub grouping: UrlGrouping,
    /// What they share.
    pub name: String,
    /// Cursor and first line of the groups.
    place: (usize, usize),
}

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Urls {
    /// The query of the screen Reports.
    pub query: String,
    /// Of all reports, whatever the query.
    pub of_all: bool,
    /// What the URLs have to match.
    pub pattern: String,
    /// The line while that is written.
    pub editor: Option<Editor>,
    /// The pattern that stood before it is written.
    before_editing: String,
    /// What is wrong with the line.
    pub error: Option<QueryError>,
    /// Which of the windows.
    window: usize,
    /// Order of the list.
    pub sort: UrlSort,
    /// Which end comes first.
    pub direction: Direction,
    /// In groups.
    pub grouping: Option<UrlGrouping>,
    /// Inside of one.
    pub inside: Option<Inside>,
    /// The column of the cursor, among those that are seen.
    pub column: usize,
    /// The lines.
    pub list: List,
    /// What was answered last.
    pub answer: Option<UrlAnswer>,
    /// What is marked, by number.
    pub marks: BTreeMap<u32, String>,
    /// What was marked until all marks were taken off.
    unmarked: BTreeMap<u32, String>,
    /// URLs are shown as they are.
    pub is_revealed: bool,
    submission: submit::Submission,
    question: u64,
    size: (u16, u16),
    now: Seconds,
}

impl Urls {
    /// Before anything is known.
    pub fn new(now: Seconds) -> Urls {
        Urls {
            query: String::new(),
            of_all: false,
            pattern: String::new(),
            editor: None,
            before_editing: String::new(),
            error: None,
            window: 0,
            sort: UrlSort::Reports,
            direction: Direction::Descending,
            grouping: None,
            inside: None,
            column: 1,
            list: List::default(),
            answer: None,
            marks: BTreeMap::new(),
            unmarked: BTreeMap::new(),
            is_revealed: false,
            submission: submit::Submission::default(),
            question: 0,
            size: (0, 0),
            now,
        }
    }

    /// How long ago they may have been seen last.
    pub fn window(&self) -> &'static str {
        WINDOWS.get(self.window).map_or("", |(_, name)| name)
    }

    /// Only what was seen within some days.
    pub fn has_window(&self) -> bool {
        self.window > 0
    }

    /// The columns that are seen, with their widths.
    pub fn seen_columns(&self) -> Vec<(Column, u16)> {
        // A column for the cursor's sign.
        let has_feeds = self.answer.as_ref().is_some_and(|answer| answer.has_feeds);
        columns::fitting(self.size.0.saturating_sub(1), has_feeds)
    }

    /// The URL of the cursor.
    pub fn current(&self) -> Option<(u32, &UrlRow)> {
        match self.list.current()? {
            UrlLine::Url { entry, row } => Some((*entry, row)),
            UrlLine::Group { .. } => None,
        }
    }

    /// Something was asked and is not answered.
    pub fn is_waiting(&self) -> bool {
        self.error.is_none() && self.answer.as_ref().is_none_or(|answer| answer.question != self.question)
    }

    /// Asks anew. What was seen stays until the answer is there.
    fn ask(&mut self) -> Vec<Effect> {
        self.question += 1;
        let days = WINDOWS.get(self.window).and_then(|(days, _)| *days);
        vec![Effect::Desk(Request::Urls(UrlQuestion {
            number: self.question,
            of: (!self.of_all).then(|| self.query.clone()),
            pattern: self.pattern.clone(),
            since: days.map(|days| self.now - days * DAY),
            sort: self.sort,
            direction: self.direction,
            grouping: self.grouping,
            inside: self.inside.as_ref().map(|inside| (inside.grouping, inside.name.clone())),
            window: self.list.seen(),
        }))]
    }

    fn ask_from_top(&mut self) -> Reply {
        self.error = None;
        (self.list.cursor, self.list.top) = (0, 0);
        Reply::Do(self.ask())
    }

    /// Lines that are near and not at hand.
    fn rows(&self) -> Vec<Effect> {
        let is_answered = self.answer.as_ref().is_some_and(|answer| answer.question == self.question);
        if !is_answered || !self.list.lacks() {
            return vec![];
        }
        vec![Effect::Desk(Request::UrlRows { question: self.question, window: self.list.window() })]
    }

    fn move_by(&mut self, by: isize) -> Reply {
        self.list.step(by);
        Reply::Do(self.rows())
    }

    fn group(&mut self, next: bool) -> Reply {
        let all = UrlGrouping::ALL;
        let at = self.grouping.and_then(|now| all.iter().position(|grouping| *grouping == now));
        let following = all.get(at.map_or(0, |at| at + 1)).copied();
        self.group_by(following.filter(|_| next))
    }

    fn group_by(&mut self, grouping: Option<UrlGrouping>) -> Reply {
        self.inside = None;
        self.grouping = grouping;
        self.ask_from_top()
    }

    /// By this, the end first that a person wants to see.
    fn sort_by(&mut self, sort: UrlSort) -> Reply {
        self.grouping = None;
        self.direction = if sort == UrlSort::Text { Direction::Ascending } else { Direction::Descending };
        self.sort = sort;
        self.ask_from_top()
    }

    /// The members of a group, or the mails that name a URL.
    fn open(&mut self) -> Reply {
        match self.list.current() {
            None => say("There is no URL here."),
            Some(UrlLine::Group { name, .. }) => {
                let Some(grouping) = self.grouping.take() else { return Reply::Nothing };
                let place = (self.list.cursor, self.list.top);
                self.inside = Some(Inside { grouping, name: name.clone(), place });
                self.ask_from_top()
            }
            Some(UrlLine::Url { row, .. }) => Reply::Visit(ScreenName::Reports, query_of(&row.url, self.now)),
        }
    }

    /// Out of a group, out of the groups, out of the screen.
    fn back(&mut self) -> Reply {
        if let Some(inside) = self.inside.take() {
            self.grouping = Some(inside.grouping);
            (self.list.cursor, self.list.top) = inside.place;
            return Reply::Do(self.ask());
        }
        if self.grouping.is_some() {
            return self.group(false);
        }
        Reply::Leave
    }

    fn sort(&mut self) -> Reply {
        if self.grouping.is_some() {
            return hint("Groups stand by their reports, most first; {ungroup} shows single URLs.");
        }
        let Some((column, _)) = self.seen_columns().get(self.column).copied() else { return Reply::Nothing };
        let Some(sort) = column.sort() else {
            return hint("The list cannot be sorted by this column; {left} and {right} choose another one.");
        };
        if sort == self.sort { self.reverse() } else { self.sort_by(sort) }
    }

    fn reverse(&mut self) -> Reply {
        self.direction = match self.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
        self.ask_from_top()
    }

    fn mark(&mut self) -> Reply {
        if let Some(UrlLine::Group { name, .. }) = self.list.current() {
            let group = Some(name.clone());
            return self.ask_for_members(group);
        }
        let Some((entry, row)) = self.current() else { return say("There is no URL here.") };
        let url = row.url.clone();
        if self.marks.remove(&entry).is_none() {
            self.marks.insert(entry, url);
        }
        self.move_by(1)
    }

    /// All of the list, or of a group: the desk knows which they are.
    fn ask_for_members(&self, group: Option<String>) -> Reply {
        Reply::Do(vec![Effect::Desk(Request::UrlMembers { question: self.question, group })])
    }

    /// Marks them, or takes their marks off where all have one.
    fn mark_members(&mut self, members: UrlMembers) -> Reply {
        let UrlMembers { urls, count, most, .. } = members;
        if let Some(most) = most {
            return say(&format!(
                "{} are too many to be marked at once, {} at most: a pattern, a time or a group makes them fewer.",
                counted(count as u64, "URL"),
                thousands(most as u64)
            ));
        }
        let is_off = urls.iter().all(|(entry, _)| self.marks.contains_key(entry));
        if is_off {
            urls.iter().for_each(|(entry, _)| drop(self.marks.remove(entry)));
        } else {
            self.marks.extend(urls);
        }
        let sentence = if is_off { "no longer marked" } else { "marked" };
        say(&format!("{} {sentence}.", counted(count as u64, "URL")))
    }

    fn mark_none(&mut self) -> Reply {
        if self.marks.is_empty() {
            return say("No URL is marked.");
        }
        self.unmarked = std::mem::take(&mut self.marks);
        hint("All marks of URLs are taken off; {undo} brings them back.")
    }

    /// Marks were taken off by one key.
    pub fn can_restore_marks(&self) -> bool {
        !self.unmarked.is_empty()
    }

    /// What was marked then is marked again, besides what is marked now.
    pub fn restore_marks(&mut self) -> Reply {
        let count = self.unmarked.len() as u64;
        self.marks.append(&mut self.unmarked);
        say(&format!("{} marked again.", counted(count, "URL")))
    }

    fn copy(&self) -> Reply {
        let mut things = vec![];
        if let Some((_, row)) = self.current() {
            let host = crate::text::url::host(&row.url).unwrap_or_default();
            things.extend([
                ("URL, defanged", defang(&row.url)),
                ("URL", row.url.clone()),
                ("Host", host),
                ("Query for its mails", query_of(&row.url, self.now)),
            ]);
            let addresses = row.host.iter().flat_map(|host| &host.addresses);
            let addresses: Vec<String> = addresses.map(|address| address.ip.to_string()).collect();
            things.push(("Addresses", addresses.join("\n")));
        }
        if let Some(UrlLine::Group { name, .. }) = self.list.current() {
            things.push(("What the group shares", name.clone()));
        }
        let marked = self.marks.values();
        let marked: Vec<String> =
            marked.map(|url| if self.is_revealed { url.clone() } else { defang(url) }).collect();
        things.push(("All that are marked", marked.join("\n")));
        things.retain(|(_, value)| !value.is_empty());
        if things.is_empty() {
            return say("There is nothing to copy.");
        }
        let things = things.into_iter().map(|(name, value)| {
            let seen = columns::shown(value.lines().next().unwrap_or_default(), self.is_revealed);
            (name.to_owned(), shortened(seen.as_str()), Answer::Copy(value))
        });
        menu("Copy", things)
    }
}

/// The query for the mails that name a URL.
fn query_of(url: &str, now: Seconds) -> String {
    Filter::All.include(Field::Url, url, now).map(|filter| filter.to_string()).unwrap_or_default()
}
