//! The Reports screen: what it shows and how it changes. It asks the desk and never waits for it.

pub mod bar;
mod columns;
pub(super) mod completion;
pub mod detail;
pub mod filters;
mod find;
mod layout;
pub mod list;
mod parts;
mod screen;
mod triage;

pub use columns::{Column, fitting, start_of};
pub use triage::{menu, shortened};

use super::app::Tone;
use super::event::Effect;
use super::layer::{Answer as Chosen, Page, Reply};
use super::screens::{Screen, unknown};
use super::settings::Settings;
use crate::jobs::desk::{self, Answer, Direction, Facet, Likeness, Panes, Request, Sort};
use crate::keymap::Action;
use crate::model::ReportId;
use crate::model::clock::Seconds;
use bar::{Bar, Edited};
use detail::Detail;
use filters::Filters;
use list::List;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The view that it begins with.
pub const OPEN: &str = "is:open kind:normal";
/// What came after the last look.
pub const NEW: &str = "is:new";
/// What is marked.
pub const MARKED: &str = "is:marked";
/// What could not be understood.
pub const QUARANTINED: &str = "is:quarantined -is:not-report";
/// What is no report at all.
pub const NOT_REPORTS: &str = "is:not-report";

/// Why groups are not sorted.
const GROUPS_ORDER: &str =
    "Groups stand by their size, largest first; {ungroup} shows single reports, which can be sorted.";

/// In which respects reports are grouped, in the order of the key.
const LIKENESSES: &[Likeness] =
    &[Likeness::Subject, Likeness::Url, Likeness::Source, Likeness::Network, Likeness::Contact];

/// Values a pane counts.
const TOP: usize = 50;

/// From so many columns on, the filter panes stand beside the list; below they lie over it.
pub const BESIDE: u16 = 110;
/// The panes' width.
pub const FILTERS_WIDTH: u16 = 26;

/// What has the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Focus {
    /// The list.
    #[default]
    List,
    /// The filter panes.
    Filters,
    /// The report.
    Detail,
}

/// The groups that the members of one came out of: to go back there.
#[derive(Debug, Clone, PartialEq)]
struct Outside {
    likeness: Likeness,
    /// Lines and cursor.
    list: List,
    /// Their query.
    query: String,
    /// The query that shows the members; once there is another, there is no way back.
    inside: String,
}

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Reports {
    /// The query.
    pub bar: Bar,
    /// The lines.
    pub list: List,
    /// The panes.
    pub filters: Filters,
    /// They are shown beside the list, where there is room.
    pub filters_shown: bool,
    /// The report.
    pub detail: Detail,
    /// What has the keys.
    pub focus: Focus,
    /// What matches.
    pub answer: Option<Answer>,
    /// Its counts.
    pub panes: Option<Panes>,
    /// A search through messages that is under way: done, total.
    pub searching: Option<(u64, u64)>,
    /// Order of the list.
    pub sort: Sort,
    /// Which end comes first.
    pub direction: Direction,
    /// In groups.
    pub groups: Option<Likeness>,
    /// All columns, in their order, and whether each is wanted.
    pub columns: Vec<(Column, bool)>,
    /// The widths that a person chose.
    pub widths: BTreeMap<Column, u16>,
    /// The column of the cursor, also while it is not seen.
    pub column: Column,
    /// URLs in the list are shown as they are.
    pub revealed: bool,
    /// Where a range began.
    pub range: Option<ReportId>,
    /// The groups that one of them was opened from.
    outside: Option<Outside>,
    /// Commands that got a report and still run.
    commands: usize,
    size: (u16, u16),
    lines: Lines,
    question: u64,
    keep: Option<ReportId>,
    now: Seconds,
}

/// The lines of the filter panes: some sixty queries are read for them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Lines {
    /// The query, what is searched for, the open pane; nothing when the counts are others.
    made_for: Option<(String, String, Option<Facet>)>,
    lines: Arc<[filters::Line]>,
}

impl Reports {
    /// Before anything is known.
    pub fn new(settings: &Settings, now: Seconds) -> Reports {
        let wanted = settings.columns.iter().map(|column| (*column, true));
        let others = Column::ALL.iter().filter(|column| !settings.columns.contains(column));
        Reports {
            bar: Bar::new(&settings.query),
            list: List::default(),
            filters: Filters::default(),
            filters_shown: true,
            detail: Detail::default(),
            focus: Focus::List,
            answer: None,
            panes: None,
            searching: None,
            sort: Sort::Arrival,
            direction: Direction::Descending,
            groups: None,
            columns: wanted.chain(others.map(|column| (*column, false))).collect(),
            widths: BTreeMap::new(),
            column: Column::State,
            revealed: false,
            range: None,
            outside: None,
            commands: 0,
            size: (0, 0),
            lines: Lines::default(),
            question: 0,
            keep: None,
            now,
        }
    }

    /// The panes stand beside the list.
    pub fn filters_beside(&self) -> bool {
        self.filters_shown && self.size.0 >= BESIDE
    }

    /// The list shows the members of one group, and there is a way back to the groups.
    pub fn is_inside_a_group(&self) -> bool {
        self.outside.as_ref().is_some_and(|outside| outside.inside == self.bar.query)
    }

    /// The columns that are seen, with their widths.
    pub fn seen_columns(&self) -> Vec<(Column, u16)> {
        let wanted: Vec<Column> =
            self.columns.iter().filter(|(_, on)| *on).map(|(column, _)| *column).collect();
        let beside = if self.filters_beside() { FILTERS_WIDTH } else { 0 };
        // A column for the cursor's sign.
        fitting(&wanted, &self.widths, self.size.0.saturating_sub(beside + 1))
    }

    /// The keys go to the list.
    pub(super) fn focus_list(&mut self) {
        self.focus = Focus::List;
        self.bar.editor = None;
    }

    /// Asks what matches now. What was seen stays until the answer is there.
    pub fn ask(&mut self) -> Vec<Effect> {
        self.question += 1;
        self.searching = None;
        vec![Effect::Desk(Request::Ask(desk::Question {
            number: self.question,
            text: self.bar.query.clone(),
            sort: self.sort,
            direction: self.direction,
            groups: self.groups,
            window: if self.keep.is_some() { self.list.seen_around() } else { self.list.seen() },
            facets: filters::PANES.iter().map(|(facet, _)| *facet).collect(),
            windows: filters::WINDOWS.iter().map(|(value, _)| (*value).to_owned()).collect(),
            top: TOP,
        }))]
    }

    /// Asks anew from the top.
    fn ask_from_top(&mut self) -> Vec<Effect> {
        self.keep = None;
        self.list.cursor = 0;
        self.list.top = 0;
        self.ask()
    }

    /// Asks anew with the cursor on its report.
    fn ask_here(&mut self) -> Vec<Effect> {
        self.keep = self.list.id();
        self.ask()
    }

    fn rows(&self) -> Vec<Effect> {
        if !self.list.lacks() || self.answer.is_none() {
            return vec![];
        }
        vec![Effect::Desk(Request::Rows { question: self.question, window: self.list.window() })]
    }

    /// The query as the panes and cells rewrite it.
    fn rewrite(&mut self, query: &str) -> Reply {
        self.bar.set(query);
        let lines = self.filter_lines();
        self.filters.scroll(&lines);
        Reply::Do(self.ask_from_top())
    }

    /// A command that got a report still runs.
    pub fn runs_commands(&self) -> bool {
        self.commands > 0
    }

    /// A command that got a report has ended.
    pub fn command_ended(&mut self) {
        self.commands = self.commands.saturating_sub(1);
    }

    /// What a command wrote.
    fn output_page(&self, output: &desk::Output) -> Reply {
        let cut = if output.is_cut { " · the first lines" } else { "" };
        let title = format!("{} · {}{cut}", output.command, output.ended);
        let columns = usize::from(self.size.0).saturating_sub(8).max(20);
        let page = Page::of_text(&title, output.lines.iter().map(String::as_str), columns);
        Reply::page(page)
    }

    /// The lines of the filter panes, made anew where something has changed.
    pub fn filter_lines(&mut self) -> Arc<[filters::Line]> {
        let Lines { made_for, lines } = &mut self.lines;
        let filters = &self.filters;
        let are_right = made_for.as_ref().is_some_and(|(query, search, open)| {
            (query, search, open) == (&self.bar.query, &filters.search, &filters.open)
        });
        if !are_right {
            *lines = filters.lines(self.panes.as_ref(), &self.bar.query, self.now).into();
            *made_for = Some((self.bar.query.clone(), filters.search.clone(), filters.open));
        }
        Arc::clone(lines)
    }

    /// The lines as they were made last.
    pub fn made_filter_lines(&self) -> &[filters::Line] {
        &self.lines.lines
    }

    /// The detail shows the report of the cursor.
    fn follow(&mut self) -> Vec<Effect> {
        let Some(id) = self.list.id().filter(|_| self.detail.shown) else { return vec![] };
        let stale = self
            .detail
            .report
            .as_ref()
            .is_none_or(|report| self.list.current().is_some_and(|line| *line.row() != report.row));
        if self.detail.wanted == Some(id) && !stale {
            return vec![];
        }
        self.detail.wanted = Some(id);
        vec![Effect::Desk(Request::Detail(id))]
    }

    fn edited(&mut self, edited: Edited) -> Vec<Effect> {
        match edited {
            Edited::Ask => self.ask_from_top(),
            Edited::Complete(field, prefix) => completion::wanted(field, prefix).into_iter().collect(),
            Edited::Nothing | Edited::Closed => vec![],
        }
    }

    /// A view on a key: there, and back to the query before.
    fn view(&mut self, query: &str) -> Reply {
        if self.bar.query == query && self.bar.back() {
            return Reply::Do(self.ask_from_top());
        }
        self.rewrite(query)
    }

    /// What could not be understood, then what is no report, then back to the query before.
    fn quarantine(&mut self) -> Reply {
        match self.bar.query.as_str() {
            QUARANTINED => self.rewrite(NOT_REPORTS),
            NOT_REPORTS => {
                self.bar.back();
                self.view(QUARANTINED)
            }
            _ => self.rewrite(QUARANTINED),
        }
    }

    fn group(&mut self, next: bool) -> Reply {
        let at = self.groups.and_then(|now| LIKENESSES.iter().position(|likeness| *likeness == now));
        let following = LIKENESSES.get(at.map_or(0, |at| at + 1)).copied();
        self.group_by(following.filter(|_| next))
    }

    fn group_by(&mut self, likeness: Option<Likeness>) -> Reply {
        self.outside = None;
        self.groups = likeness;
        Reply::Do(self.ask_from_top())
    }

    /// By the column of this name, `up` or `down` behind it.
    fn sort_by(&mut self, text: &str) -> Result<Reply, String> {
        let (name, direction) = match text.rsplit_once(' ') {
            Some((name, "up")) => (name, Some(Direction::Ascending)),
            Some((name, "down")) => (name, Some(Direction::Descending)),
            _ => (text, None),
        };
        let Some(sort) = Column::from_name(name).map(Column::sort) else {
            return Err(unknown("sort", name, &self.names_behind(Action::Sort)));
        };
        self.groups = None;
        self.direction = direction.unwrap_or_else(|| sort.natural());
        self.sort = sort;
        Ok(Reply::Do(self.ask_here()))
    }

    fn sort(&mut self) -> Reply {
        if self.groups.is_some() {
            return hint(GROUPS_ORDER);
        }
        let Some((column, _)) = self.column_of_cursor() else { return Reply::Nothing };
        let sort = column.sort();
        self.direction = if sort == self.sort { self.direction.reversed() } else { sort.natural() };
        self.sort = sort;
        Reply::Do(self.ask_here())
    }

    fn show_detail(&mut self, shown: bool) -> Reply {
        self.detail.shown = shown;
        if shown && self.size.1 < super::draw::BOTH_HEIGHT {
            self.focus = Focus::Detail;
        }
        if !shown && self.focus == Focus::Detail {
            self.focus = Focus::List;
        }
        let mut effects = self.resize(self.size);
        effects.extend(self.follow());
        Reply::Do(effects)
    }
}

/// A sentence for the last line.
pub(super) fn say(text: &str) -> Reply {
    Reply::Say(Tone::Done, text.to_owned())
}

/// A sentence that names keys, as actions in braces.
pub(super) fn hint(text: &'static str) -> Reply {
    Reply::Hint(text)
}
