//! The Reports screen: what it shows and how it changes. It asks the desk and never waits for it.

pub mod bar;
mod columns;
pub mod detail;
pub mod filters;
pub mod list;
mod triage;

pub use columns::{Column, fitting};

use super::app::Tone;
use super::event::{Effect, Mouse};
use super::layer::{Answer as Chosen, Asked, Layer, Line as Question, Reply};
use super::settings::Settings;
use crate::jobs::desk::{self, Answer, Direction, Likeness, Line, Panes, Request, Sort};
use crate::keymap::{Action, Mode};
use crate::model::ReportId;
use crate::model::clock::Seconds;
use crate::query::{self, Field};
use bar::{Bar, Edited};
use detail::Detail;
use filters::Filters;
use list::List;
use std::net::IpAddr;

/// The view that it begins with.
pub const OPEN: &str = "is:open kind:normal";
/// What came after the last look.
pub const NEW: &str = "is:new";
/// What is marked.
pub const MARKED: &str = "is:marked";
/// What could not be understood.
pub const QUARANTINED: &str = "is:quarantined";

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
    /// The column of the cursor, among those that are seen.
    pub column: usize,
    /// Where a range began.
    pub range: Option<ReportId>,
    size: (u16, u16),
    question: u64,
    keep: Option<ReportId>,
    now: Seconds,
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
            column: 0,
            range: None,
            size: (0, 0),
            question: 0,
            keep: None,
            now,
        }
    }

    /// Where the keys go.
    pub fn mode(&self) -> Mode {
        match self.focus {
            _ if self.bar.editor.is_some() => Mode::Line,
            Focus::List => Mode::Reports,
            Focus::Filters => Mode::Filters,
            Focus::Detail => Mode::Detail,
        }
    }

    /// The panes stand beside the list.
    pub fn filters_beside(&self) -> bool {
        self.filters_shown && self.size.0 >= BESIDE
    }

    /// The columns that are seen, with their widths.
    pub fn seen_columns(&self) -> Vec<(Column, u16)> {
        let wanted: Vec<Column> =
            self.columns.iter().filter(|(_, on)| *on).map(|(column, _)| *column).collect();
        let beside = if self.filters_beside() { FILTERS_WIDTH } else { 0 };
        // A column for the cursor's sign.
        fitting(&wanted, self.size.0.saturating_sub(beside + 1))
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        let parts = super::draw::parts(self, size);
        self.list.height = usize::from(parts.list.height.saturating_sub(1));
        self.filters.height = usize::from(parts.filters.height);
        self.detail.size =
            (usize::from(parts.detail.width), usize::from(parts.detail.height.saturating_sub(1)));
        self.list.scroll();
        self.rows()
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
            window: if self.keep.is_some() { self.list.window_around() } else { self.list.window() },
            facets: filters::PANES.iter().map(|(facet, _)| *facet).collect(),
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
        Reply::Do(self.ask_from_top())
    }

    /// An answer of the desk.
    pub fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        let mut effects = vec![];
        match event {
            desk::Event::First(rows) if rows.question == self.question && self.answer.is_none() => {
                self.list.answer(rows.lines.len(), rows, None);
                effects.extend(self.follow());
            }
            desk::Event::Answer(answer) if answer.question == self.question => {
                self.searching = None;
                // While a question is the same the cursor stays with its report, whatever comes in above it.
                let keep = match &self.answer {
                    Some(before) if before.question == answer.question => self.list.id(),
                    _ => self.keep.take(),
                };
                self.list.answer(answer.lines, answer.rows.clone(), keep);
                self.answer = Some(answer);
                effects.extend(self.follow());
                effects.extend(self.rows());
                // The next answer to the same question is to come around the cursor.
            }
            desk::Event::Panes(panes) if panes.question == self.question => {
                self.panes = Some(panes);
                let lines = self.filter_lines();
                self.filters.scroll(&lines);
            }
            desk::Event::Rows(rows) if rows.question == self.question => {
                self.list.rows = rows;
                effects.extend(self.follow());
            }
            desk::Event::Searching { question, done, total } if question == self.question => {
                self.searching = Some((done, total));
            }
            desk::Event::Detail(id, Some(report)) if Some(id) == self.detail.wanted => {
                self.detail.arrived(report)
            }
            desk::Event::Detail(id, None) if Some(id) == self.detail.wanted => {
                self.detail.report = None;
                return Reply::Say(Tone::Wrong, format!("Report {id} is no longer there."));
            }
            desk::Event::Similar(similar) => return self.similar_menu(&similar),
            desk::Event::Views(views) => return self.views_menu(&views),
            _ => {}
        }
        Reply::Do(effects)
    }

    /// The lines of the filter panes.
    pub fn filter_lines(&self) -> Vec<filters::Line> {
        self.filters.lines(self.panes.as_ref(), &self.bar.query, self.now)
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

    /// What a key stands for.
    pub fn act(&mut self, action: Action) -> Reply {
        if self.bar.editor.is_some() {
            let edited = self.bar.act(action, self.now, self.panes.as_ref());
            return Reply::Do(self.edited(edited));
        }
        if let Some(reply) = self.triage(action) {
            return reply;
        }
        match action {
            Action::Query => {
                self.focus = Focus::List;
                self.bar.edit();
                Reply::Nothing
            }
            Action::PreviousQuery => {
                if self.bar.back() {
                    Reply::Do(self.ask_from_top())
                } else {
                    say("There was no query before.")
                }
            }
            Action::ClearQuery => self.rewrite(""),
            Action::ViewOpen => self.view(OPEN),
            Action::ViewNew => self.view(NEW),
            Action::ViewMarked => self.view(MARKED),
            Action::Quarantine => self.view(QUARANTINED),
            Action::Groups => self.group(true),
            Action::Ungroup => self.group(false),
            Action::Sort => self.sort(),
            Action::Reverse => {
                self.direction = match self.direction {
                    Direction::Ascending => Direction::Descending,
                    Direction::Descending => Direction::Ascending,
                };
                Reply::Do(self.ask_here())
            }
            Action::HideFilters => {
                self.filters_shown = !self.filters_shown;
                if self.focus == Focus::Filters {
                    self.focus = Focus::List;
                }
                Reply::Do(self.resize(self.size))
            }
            Action::Detail => self.show_detail(!self.detail.shown),
            action => match self.focus {
                Focus::List => self.act_in_list(action),
                Focus::Filters => self.act_in_filters(action),
                Focus::Detail => self.act_in_detail(action),
            },
        }
    }

    fn edited(&mut self, edited: Edited) -> Vec<Effect> {
        match edited {
            Edited::Ask => self.ask_from_top(),
            Edited::Nothing | Edited::Closed => vec![],
        }
    }

    /// Text that was typed or pasted.
    pub fn typed(&mut self, text: &str) -> Vec<Effect> {
        let edited = self.bar.typed(text, self.now);
        self.edited(edited)
    }

    /// A view on a key: there, and back to the query before.
    fn view(&mut self, query: &str) -> Reply {
        if self.bar.query == query && self.bar.back() {
            return Reply::Do(self.ask_from_top());
        }
        self.rewrite(query)
    }

    fn group(&mut self, next: bool) -> Reply {
        const LIKENESSES: &[Likeness] =
            &[Likeness::Subject, Likeness::Url, Likeness::Source, Likeness::Network, Likeness::Contact];
        self.groups = if next {
            let at = self.groups.and_then(|now| LIKENESSES.iter().position(|likeness| *likeness == now));
            LIKENESSES.get(at.map_or(0, |at| at + 1)).copied()
        } else {
            None
        };
        Reply::Do(self.ask_from_top())
    }

    fn sort(&mut self) -> Reply {
        let Some((column, _)) = self.seen_columns().get(self.column).copied() else { return Reply::Nothing };
        let Some(sort) = column.sort() else {
            return say(&format!("The list cannot be sorted by the column '{}'.", column.name()));
        };
        (self.sort, self.direction) = match (sort == self.sort, self.direction) {
            (true, Direction::Descending) => (sort, Direction::Ascending),
            (true, Direction::Ascending) => (sort, Direction::Descending),
            (false, _) if matches!(sort, Sort::Arrival | Sort::Id | Sort::Incidents) => {
                (sort, Direction::Descending)
            }
            (false, _) => (sort, Direction::Ascending),
        };
        Reply::Do(self.ask_here())
    }

    fn show_detail(&mut self, shown: bool) -> Reply {
        self.detail.shown = shown;
        if !shown && self.focus == Focus::Detail {
            self.focus = Focus::List;
        }
        let mut effects = self.resize(self.size);
        effects.extend(self.follow());
        Reply::Do(effects)
    }

    fn act_in_list(&mut self, action: Action) -> Reply {
        match action {
            Action::Down => self.move_by(1),
            Action::Up => self.move_by(-1),
            Action::PageDown => self.move_by(self.list.page()),
            Action::PageUp => self.move_by(-self.list.page()),
            Action::HalfPageDown => self.move_by(self.list.half()),
            Action::HalfPageUp => self.move_by(-self.list.half()),
            Action::First => self.move_by(isize::MIN + 1),
            Action::Last => self.move_by(isize::MAX),
            Action::Left => {
                self.column = self.column.saturating_sub(1);
                Reply::Nothing
            }
            Action::Right => {
                self.column = (self.column + 1).min(self.seen_columns().len().saturating_sub(1));
                Reply::Nothing
            }
            Action::NextOpen | Action::PreviousOpen => self.go_to_open(action == Action::NextOpen),
            Action::Open => match self.list.current() {
                Some(Line::Group(group)) => {
                    let likeness = group.likeness;
                    self.expand(likeness)
                }
                Some(Line::Report(_)) => {
                    self.focus = Focus::Detail;
                    self.show_detail(true)
                }
                None => Reply::Nothing,
            },
            Action::Back => {
                if self.range.take().is_some() {
                    Reply::Nothing
                } else if self.detail.shown {
                    self.show_detail(false)
                } else if self.groups.is_some() {
                    self.group(false)
                } else {
                    say("q leaves the program; ? explains the keys.")
                }
            }
            Action::Filters => {
                self.focus = Focus::Filters;
                let lines = self.filter_lines();
                self.filters.step(&lines, 0);
                Reply::Do(self.resize(self.size))
            }
            Action::Include | Action::Exclude => self.cell(action == Action::Include),
            Action::Columns => self.columns_menu(0),
            _ => Reply::Nothing,
        }
    }

    fn move_by(&mut self, by: isize) -> Reply {
        self.list.step(by);
        let mut effects = self.follow();
        effects.extend(self.rows());
        Reply::Do(effects)
    }

    /// To the next open report among the lines at hand.
    fn go_to_open(&mut self, forwards: bool) -> Reply {
        let is_open = |at: &usize| {
            self.list.line(*at).is_some_and(|line| !line.row().reported && !line.row().dismissed)
        };
        let at = self.list.cursor;
        let end = self.list.rows.first + self.list.rows.lines.len();
        let found = if forwards {
            (at + 1..end).find(is_open)
        } else {
            (self.list.rows.first..at).rev().find(is_open)
        };
        match found {
            Some(line) => {
                self.list.go_to(line);
                let mut effects = self.follow();
                effects.extend(self.rows());
                Reply::Do(effects)
            }
            None => say("No further open report near here."),
        }
    }

    /// The members of a group instead of the groups: by what they share.
    fn expand(&mut self, likeness: Likeness) -> Reply {
        let Some(row) = self.list.current().map(|line| line.row().clone()) else { return Reply::Nothing };
        let shape = |shape: u64| (shape != 0).then(|| format!("{shape:016x}"));
        let shared = match likeness {
            Likeness::Subject => shape(row.shape).map(|shape| (Field::Shape, shape)),
            Likeness::Url => shape(row.url_shape).map(|shape| (Field::UrlShape, shape)),
            Likeness::Source => Column::Source.value(&row),
            Likeness::Network => Column::Asn.value(&row).or_else(|| network_around(row.source_ip)),
            Likeness::Host | Likeness::Contact => None,
        };
        let Some((field, value)) = shared else {
            return say(&format!("No query selects groups by {}; * marks their members.", likeness.name()));
        };
        self.groups = None;
        self.include(field, &value, true)
    }

    fn cell(&mut self, include: bool) -> Reply {
        let column = self.seen_columns().get(self.column).map(|(column, _)| *column);
        let value = column.zip(self.list.current()).and_then(|(column, line)| column.value(line.row()));
        match value {
            Some((field, value)) => self.include(field, &value, include),
            None => say("This cell has no value to ask for; h and l choose another column."),
        }
    }

    fn include(&mut self, field: Field, value: &str, include: bool) -> Reply {
        let rewritten = query::parse(&self.bar.query, self.now).and_then(|filter| {
            if include {
                filter.include(field, value, self.now)
            } else {
                filter.exclude(field, value, self.now)
            }
        });
        match rewritten {
            Ok(filter) => self.rewrite(&filter.to_string()),
            Err(error) => Reply::Say(Tone::Wrong, error.message),
        }
    }

    fn act_in_filters(&mut self, action: Action) -> Reply {
        let lines = self.filter_lines();
        let page = self.filters.height.max(1) as isize;
        match action {
            Action::Down => self.filters.step(&lines, 1),
            Action::Up => self.filters.step(&lines, -1),
            Action::PageDown | Action::HalfPageDown => self.filters.step(&lines, page),
            Action::PageUp | Action::HalfPageUp => self.filters.step(&lines, -page),
            Action::First => self.filters.step(&lines, isize::MIN + 1),
            Action::Last => self.filters.step(&lines, isize::MAX),
            Action::NextPart => self.filters.step_pane(&lines, true),
            Action::PreviousPart => self.filters.step_pane(&lines, false),
            Action::Toggle | Action::Open | Action::Include | Action::Exclude => {
                return self.toggle(lines.get(self.filters.cursor).cloned(), action);
            }
            Action::Find => {
                let line = Question::new(Asked::Find, "Values that hold", &self.filters.search, true);
                return Reply::Open(Box::new(Layer::Line(line)));
            }
            Action::Back if !self.filters.search.is_empty() => self.filters.search.clear(),
            Action::Back | Action::Left | Action::Right => {
                self.focus = Focus::List;
                return Reply::Do(self.resize(self.size));
            }
            _ => {}
        }
        Reply::Nothing
    }

    fn toggle(&mut self, line: Option<filters::Line>, action: Action) -> Reply {
        match line {
            Some(filters::Line::More(facet, _)) => {
                self.filters.open = Some(facet);
                Reply::Nothing
            }
            Some(filters::Line::Value { facet: None, value, .. }) => {
                match filters::with_window(&self.bar.query, &value, self.now) {
                    Some(query) => self.rewrite(&query),
                    None => Reply::Nothing,
                }
            }
            Some(filters::Line::Value { facet: Some(facet), value, .. }) => {
                let Some(field) = facet.field() else { return Reply::Nothing };
                if action == Action::Include || action == Action::Exclude {
                    return self.include(field, &value, action == Action::Include);
                }
                let toggled = query::parse(&self.bar.query, self.now)
                    .and_then(|filter| filter.toggle(field, &value, self.now));
                match toggled {
                    Ok(filter) => self.rewrite(&filter.to_string()),
                    Err(error) => Reply::Say(Tone::Wrong, error.message),
                }
            }
            Some(filters::Line::Heading(_)) | None => Reply::Nothing,
        }
    }

    fn act_in_detail(&mut self, action: Action) -> Reply {
        let page = self.detail.size.1.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down => self.detail.step(1),
            Action::Up => self.detail.step(-1),
            Action::PageDown => self.detail.step(page),
            Action::PageUp => self.detail.step(-page),
            Action::HalfPageDown => self.detail.step(page / 2),
            Action::HalfPageUp => self.detail.step(-page / 2),
            Action::First => self.detail.step(isize::MIN + 1),
            Action::Last => self.detail.step(isize::MAX),
            Action::NextPart => self.detail.turn(true),
            Action::PreviousPart => self.detail.turn(false),
            Action::Reveal => self.detail.revealed = !self.detail.revealed,
            Action::NextOpen | Action::PreviousOpen => return self.go_to_open(action == Action::NextOpen),
            Action::Find => {
                let line = Question::new(Asked::Find, "Find in this part", &self.detail.search, false);
                return Reply::Open(Box::new(Layer::Line(line)));
            }
            Action::NextHit | Action::PreviousHit => return self.go_to_hit(action == Action::NextHit),
            Action::Back => {
                self.focus = Focus::List;
                // Where the report lies over the list, going back shows the list.
                if self.size.1 < super::draw::BOTH_HEIGHT {
                    return self.show_detail(false);
                }
            }
            _ => {}
        }
        Reply::Nothing
    }

    fn go_to_hit(&mut self, forwards: bool) -> Reply {
        if self.detail.hit(forwards) {
            return Reply::Nothing;
        }
        say(if self.detail.search.is_empty() {
            "/ searches in this part."
        } else {
            "It does not occur in this part."
        })
    }

    /// What the person answered to a layer.
    pub fn answered(&mut self, answer: Chosen) -> Reply {
        match answer {
            Chosen::Written(Asked::Find, text) if self.focus == Focus::Filters => {
                self.filters.search = text;
                let lines = self.filter_lines();
                self.filters.step(&lines, isize::MIN + 1);
                Reply::Nothing
            }
            Chosen::Written(Asked::Find, text) => {
                self.detail.search = text;
                self.go_to_hit(true)
            }
            Chosen::Query(query) => self.rewrite(&query),
            Chosen::Copy(text) => Reply::Do(vec![Effect::Copy(text)]),
            Chosen::Column(at) => {
                if let Some(column) = self.columns.get_mut(at) {
                    column.1 = !column.1;
                }
                self.column = 0;
                self.columns_menu(at)
            }
            other => self.decided(other),
        }
    }

    /// The mouse: a click goes to a line, the wheel moves.
    pub fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Vec<Effect> {
        let parts = super::draw::parts(self, self.size);
        let inside =
            |area: ratatui::layout::Rect| area.contains(ratatui::layout::Position { x: column, y: line });
        let reply = if inside(parts.filters) {
            self.focus = Focus::Filters;
            match mouse {
                Mouse::Click => {
                    let at = self.filters.top + usize::from(line - parts.filters.y);
                    let lines = self.filter_lines();
                    self.filters.cursor = at.min(lines.len().saturating_sub(1));
                    self.toggle(lines.get(at).cloned(), Action::Toggle)
                }
                Mouse::ScrollDown => self.act_in_filters(Action::Down),
                Mouse::ScrollUp => self.act_in_filters(Action::Up),
            }
        } else if inside(parts.detail) {
            self.focus = Focus::Detail;
            match mouse {
                Mouse::Click => Reply::Nothing,
                Mouse::ScrollDown => self.act_in_detail(Action::Down),
                Mouse::ScrollUp => self.act_in_detail(Action::Up),
            }
        } else if inside(parts.list) {
            self.focus = Focus::List;
            match mouse {
                Mouse::Click if line > parts.list.y => {
                    self.list.go_to(self.list.top + usize::from(line - parts.list.y - 1));
                    self.move_by(0)
                }
                Mouse::Click => Reply::Nothing,
                Mouse::ScrollDown => self.move_by(3),
                Mouse::ScrollUp => self.move_by(-3),
            }
        } else {
            Reply::Nothing
        };
        match reply {
            Reply::Do(effects) => effects,
            _ => vec![],
        }
    }
}

/// The network that stands for a source without an AS, as groups take it.
fn network_around(source: Option<IpAddr>) -> Option<(Field, String)> {
    let (ip, length) = match source? {
        IpAddr::V4(ip) => (IpAddr::V4(ip), 24),
        IpAddr::V6(ip) => (IpAddr::V6(ip), 48),
    };
    Some((Field::Ip, format!("{ip}/{length}")))
}

/// A sentence for the last line.
pub(super) fn say(text: &str) -> Reply {
    Reply::Say(Tone::Done, text.to_owned())
}
