//! What keys do in each part of the screen: the list, the panes, the report.

use super::list::List;
use super::triage::menu;
use super::{Column, Focus, Outside, Reports, filters, hint, say};
use crate::jobs::desk::{Group, Likeness, Line, Request, Towards};
use crate::keymap::Action;
use crate::model::ReportId;
use crate::model::clock::Seconds;
use crate::query::{self, Field, Filter, QueryError};
use crate::text::defang;
use crate::tui::app::Tone;
use crate::tui::draw::BOTH_HEIGHT;
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Asked, Line as Question, Reply};
use crate::tui::screens::{Screen, ScreenName};
use std::net::IpAddr;

impl Reports {
    pub(super) fn act_in_list(&mut self, action: Action) -> Reply {
        match action {
            Action::Down => self.move_by(1),
            Action::Up => self.move_by(-1),
            Action::PageDown => self.move_by(self.list.page()),
            Action::PageUp => self.move_by(-self.list.page()),
            Action::HalfPageDown => self.move_by(self.list.half()),
            Action::HalfPageUp => self.move_by(-self.list.half()),
            Action::First => self.move_by(isize::MIN + 1),
            Action::Last => self.move_by(isize::MAX),
            Action::Left | Action::Right => {
                self.column = self.column_beside(action == Action::Right).unwrap_or(self.column);
                Reply::Nothing
            }
            Action::NextOpen | Action::PreviousOpen => self.go_to_open(action == Action::NextOpen),
            Action::Open => match self.list.current() {
                Some(Line::Group(group)) => {
                    let group = group.clone();
                    self.expand(&group)
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
                } else if let Some(reply) = self.back_to_groups() {
                    reply
                } else if self.groups.is_some() {
                    self.group(false)
                } else {
                    hint("{leave} leaves the program; {help} explains the keys.")
                }
            }
            Action::Filters => {
                self.focus = Focus::Filters;
                let lines = self.filter_lines();
                self.filters.step(&lines, 0);
                Reply::Do(self.resize(self.size))
            }
            Action::Include | Action::Exclude => self.cell(action == Action::Include),
            Action::Reveal => {
                self.revealed = !self.revealed;
                Reply::Nothing
            }
            Action::Columns => self.columns_menu(0),
            Action::ColumnLeft | Action::ColumnRight => self.move_column(action == Action::ColumnRight),
            Action::Narrower | Action::Wider => self.widen(action == Action::Wider),
            _ => Reply::Nothing,
        }
    }

    pub(super) fn move_by(&mut self, by: isize) -> Reply {
        Reply::Do(self.move_to(self.list.cursor.saturating_add_signed(by)))
    }

    /// To the next open report.
    fn go_to_open(&mut self, forwards: bool) -> Reply {
        Reply::Do(self.go_to_next(if forwards { Towards::End } else { Towards::Start }, &[]))
    }

    /// To the next open report that is none of these: among the lines at hand, or else where the desk finds it.
    fn go_to_next(&mut self, towards: Towards, settled: &[ReportId]) -> Vec<Effect> {
        let is_meant = |at: &usize| {
            self.list.line(*at).is_some_and(|line| {
                let row = line.row();
                !row.reported && !row.dismissed && !settled.contains(&row.id)
            })
        };
        let (line, first) = (self.list.cursor, self.list.rows.first);
        let end = first + self.list.rows.lines.len();
        let found = match towards {
            Towards::End | Towards::EndThenStart => (line + 1..end).find(is_meant),
            Towards::Start => (first..line).rev().find(is_meant),
        };
        match found {
            Some(line) => self.move_to(line),
            None => {
                let (question, settled) = (self.question, settled.to_vec());
                vec![Effect::Desk(Request::NextOpen { question, line, towards, settled })]
            }
        }
    }

    fn move_to(&mut self, line: usize) -> Vec<Effect> {
        self.list.go_to(line);
        let mut effects = self.follow();
        effects.extend(self.rows());
        effects
    }

    /// Where the desk found the next open report.
    pub(super) fn found_open(&mut self, line: Option<usize>) -> Reply {
        match line {
            Some(line) => Reply::Do(self.move_to(line)),
            None => say("No further open report."),
        }
    }

    /// The cursor to the next line that is open and none of these, further on before back; where it is on another one, it
    /// stays.
    pub fn go_on_from(&mut self, settled: &[ReportId]) -> Vec<Effect> {
        let is_settled = |line: &Line| settled.contains(&line.row().id);
        match self.list.current().is_some_and(is_settled) {
            true => self.go_to_next(Towards::EndThenStart, settled),
            false => vec![],
        }
    }

    /// The members of a group instead of the groups: by what they share.
    fn expand(&mut self, group: &Group) -> Reply {
        let likeness = group.likeness;
        let Some((field, value)) = shared(group) else {
            return hint("No query selects the members of such a group; {mark} marks them.");
        };
        let (list, query) = (self.list.clone(), self.bar.query.clone());
        self.groups = None;
        let reply = self.narrow(field, &value);
        if matches!(reply, Reply::Do(_)) {
            self.outside = Some(Outside { likeness, list, query, inside: self.bar.query.clone() });
        } else {
            self.groups = Some(likeness);
        }
        reply
    }

    /// Out of a group, to the groups as they were left.
    pub(super) fn back_to_groups(&mut self) -> Option<Reply> {
        let outside = self.outside.take().filter(|outside| outside.inside == self.bar.query)?;
        self.bar.back();
        if self.bar.query != outside.query {
            self.bar.set(&outside.query);
        }
        self.groups = Some(outside.likeness);
        self.list = List { height: self.list.height, ..outside.list };
        self.list.scroll();
        Some(Reply::Do(self.ask_here()))
    }

    fn cell(&mut self, include: bool) -> Reply {
        let column = self.column_of_cursor().map(|(column, _)| column);
        let value = match self.list.current() {
            Some(Line::Group(group)) => shared(group),
            Some(Line::Report(row)) => column.and_then(|column| column.value(row)),
            None => None,
        };
        match value {
            Some((field, value)) if include => self.narrow(field, &value),
            Some((field, value)) => self.include(field, &value, false),
            None => hint("This cell has no value to ask for; {left} and {right} choose another column."),
        }
    }

    /// Of what is listed only what has this value: among other values of the field it would bring in more.
    fn narrow(&mut self, field: Field, value: &str) -> Reply {
        self.refilter(|filter, now| filter.narrow(field, value, now))
    }

    /// The value among those of its field that are asked for, or that are left out.
    fn include(&mut self, field: Field, value: &str, include: bool) -> Reply {
        self.refilter(|filter, now| match include {
            true => filter.include(field, value, now),
            false => filter.exclude(field, value, now),
        })
    }

    fn refilter(&mut self, change: impl FnOnce(Filter, Seconds) -> Result<Filter, QueryError>) -> Reply {
        match query::parse(&self.bar.query, self.now).and_then(|filter| change(filter, self.now)) {
            Ok(filter) => self.rewrite(&filter.to_string()),
            Err(error) => Reply::Say(Tone::Wrong, error.message),
        }
    }

    pub(super) fn act_in_filters(&mut self, action: Action) -> Reply {
        let lines = self.filter_lines();
        let page = self.filters.height.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down => self.filters.step(&lines, 1),
            Action::Up => self.filters.step(&lines, -1),
            Action::PageDown => self.filters.step(&lines, page),
            Action::PageUp => self.filters.step(&lines, -page),
            Action::HalfPageDown => self.filters.step(&lines, (page / 2).max(1)),
            Action::HalfPageUp => self.filters.step(&lines, -(page / 2).max(1)),
            Action::First => self.filters.step(&lines, isize::MIN + 1),
            Action::Last => self.filters.step(&lines, isize::MAX),
            Action::NextPart => self.filters.step_pane(&lines, true),
            Action::PreviousPart => self.filters.step_pane(&lines, false),
            Action::Toggle | Action::Open | Action::Include | Action::Exclude => {
                return self.toggle(lines.get(self.filters.cursor).cloned(), action);
            }
            Action::Find => {
                let line = Question::new(Asked::Find, "Values that hold", &self.filters.search, true);
                return Reply::ask(line);
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

    pub(super) fn toggle(&mut self, line: Option<filters::Line>, action: Action) -> Reply {
        match line {
            Some(filters::Line::More(facet, _)) => {
                self.filters.open = Some(facet);
                let lines = self.filter_lines();
                self.filters.go_to_first_of_the_rest(&lines, facet);
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
                self.refilter(|filter, now| filter.toggle(field, &value, now))
            }
            Some(filters::Line::Heading(_)) | None => Reply::Nothing,
        }
    }

    pub(super) fn act_in_detail(&mut self, action: Action) -> Reply {
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
            Action::Reveal => self.detail.reveal(),
            Action::NextOpen | Action::PreviousOpen => return self.go_to_open(action == Action::NextOpen),
            Action::Find => {
                let line = Question::new(Asked::Find, "Find in this part", &self.detail.search, false);
                return Reply::ask(line);
            }
            Action::Read => {
                return match self.detail.text() {
                    Some(text) => Reply::Do(vec![Effect::Read(text)]),
                    None => say("The report is not there yet."),
                };
            }
            Action::NextHit | Action::PreviousHit => return self.go_to_hit(action == Action::NextHit),
            Action::Back => {
                self.focus = Focus::List;
                // Where the report lies over the list, going back shows the list.
                if self.size.1 < BOTH_HEIGHT {
                    return self.show_detail(false);
                }
            }
            _ => {}
        }
        Reply::Nothing
    }

    /// On the screen Tools: a URL, where those are read, else the source.
    pub(super) fn look_up(&self) -> Reply {
        let report = self.detail.report.as_ref().filter(|_| self.focus == Focus::Detail);
        let urls = report
            .filter(|report| report.parts.get(self.detail.part).is_some_and(|part| part.title == "URLs"));
        if let Some(urls) = urls.map(|report| &report.urls).filter(|urls| !urls.is_empty()) {
            return match urls.as_slice() {
                [url] => Reply::Visit(ScreenName::Tools, url.clone()),
                urls => menu(
                    "Look up",
                    urls.iter().map(|url| (defang(url), String::new(), Answer::LookUp(url.clone()))),
                ),
            };
        }
        match self.list.current().and_then(|line| line.row().source_ip) {
            Some(ip) => Reply::Visit(ScreenName::Tools, ip.to_string()),
            None => say("No source is named here that could be looked up."),
        }
    }

    pub(super) fn go_to_hit(&mut self, forwards: bool) -> Reply {
        if self.detail.hit(forwards) {
            return Reply::Nothing;
        }
        hint(if self.detail.search.is_empty() {
            "{find} searches in this part."
        } else {
            "It does not occur in this part."
        })
    }
}

/// What selects the members of a group.
fn shared(group: &Group) -> Option<(Field, String)> {
    let row = &group.newest;
    let shape = |shape: u64| (shape != 0).then(|| format!("{shape:016x}"));
    match group.likeness {
        Likeness::Subject => shape(row.shape).map(|shape| (Field::Shape, shape)),
        Likeness::Url => shape(row.url_shape).map(|shape| (Field::UrlShape, shape)),
        Likeness::Source => Column::Source.value(row),
        Likeness::Network => Column::Asn.value(row).or_else(|| network_around(row.source_ip)),
        Likeness::Contact => Some((Field::Contact, group.shared.clone())),
        Likeness::Host => None,
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
