//! Reports as one of the screens: what the frame gives it, and where that goes.

use super::{Chosen, Column, Focus, GROUPS_ORDER, LIKENESSES, MARKED, NEW, OPEN, Reports, hint, say, triage};
use crate::jobs::desk::{self, Direction, Request};
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::tui::app::Tone;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::{Asked, Reply};
use crate::tui::screens::{Screen, ScreenName, unknown};

impl Screen for Reports {
    fn mode(&self) -> Mode {
        match self.focus {
            _ if self.bar.editor.is_some() => Mode::Line,
            Focus::List => Mode::Reports,
            Focus::Filters => Mode::Filters,
            Focus::Detail => Mode::Detail,
        }
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        let parts = draw::parts(self, size);
        // What lies over it does not move it.
        if parts.list.height > 0 {
            self.list.height = usize::from(parts.list.height - 1);
        }
        self.filters.height = usize::from(parts.filters.height);
        self.detail
            .resize((usize::from(parts.detail.width), usize::from(parts.detail.height.saturating_sub(1))));
        self.list.scroll();
        self.rows()
    }

    fn act(&mut self, action: Action) -> Reply {
        if self.bar.editor.is_some() {
            let edited = self.bar.act(action, self.now);
            return Reply::Do(self.edited(edited));
        }
        if let Some(reply) = self.triage(action) {
            return reply;
        }
        match action {
            // As the sentence promised that stood there when it began, wherever that was.
            Action::Back if self.commands > 0 => Reply::Do(vec![Effect::Desk(Request::StopCommands)]),
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
            Action::Leave => self.back_to_groups().unwrap_or(Reply::Do(vec![Effect::Quit])),
            Action::ViewOpen => self.view(OPEN),
            Action::ViewNew => self.view(NEW),
            Action::ViewMarked => self.view(MARKED),
            Action::Quarantine => self.quarantine(),
            Action::Groups => self.group(true),
            Action::Ungroup => self.group(false),
            Action::Sort => self.sort(),
            Action::Reverse if self.groups.is_some() => hint(GROUPS_ORDER),
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
            Action::LookUp => self.look_up(),
            action => match self.focus {
                Focus::List => self.act_in_list(action),
                Focus::Filters => self.act_in_filters(action),
                Focus::Detail => self.act_in_detail(action),
            },
        }
    }

    fn typed(&mut self, text: &str) -> Vec<Effect> {
        let edited = self.bar.typed(text, self.now);
        self.edited(edited)
    }

    fn names_behind(&self, action: Action) -> Vec<&'static str> {
        match action {
            Action::Sort => Column::ALL.iter().map(|column| column.name()).collect(),
            Action::Groups => LIKENESSES.iter().map(|likeness| likeness.name()).collect(),
            _ => vec![],
        }
    }

    fn command(&mut self, action: Action, argument: &str) -> Option<Result<Reply, String>> {
        match action {
            Action::Sort => Some(self.sort_by(argument)),
            Action::Groups => Some(match LIKENESSES.iter().find(|likeness| likeness.name() == argument) {
                Some(likeness) => Ok(self.group_by(Some(*likeness))),
                None => Err(unknown("groups", argument, &self.names_behind(action))),
            }),
            _ => None,
        }
    }

    fn being_written(&mut self, asked: &Asked, text: &str) {
        if *asked == Asked::Find && self.focus == Focus::Filters && self.filters.search != text {
            text.clone_into(&mut self.filters.search);
            let lines = self.filter_lines();
            self.filters.step(&lines, isize::MIN + 1);
        }
    }

    fn answered(&mut self, answer: Chosen) -> Reply {
        match answer {
            Chosen::Written(asked @ Asked::Find, text) if self.focus == Focus::Filters => {
                self.being_written(&asked, &text);
                Reply::Nothing
            }
            Chosen::Written(Asked::Find, text) => {
                self.detail.search_for(text);
                self.go_to_hit(true)
            }
            Chosen::Query(query) => self.rewrite(&query),
            Chosen::LookUp(subject) => Reply::Visit(ScreenName::Tools, subject),
            Chosen::Copy(text) => Reply::Do(vec![Effect::Copy(text)]),
            Chosen::Column(at) => {
                if let Some(column) = self.columns.get_mut(at) {
                    column.1 = !column.1;
                }
                self.columns_menu(at)
            }
            other => self.decided(other),
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply {
        let parts = draw::parts(self, self.size);
        let inside =
            |area: ratatui::layout::Rect| area.contains(ratatui::layout::Position { x: column, y: line });
        if inside(parts.filters) {
            self.focus = Focus::Filters;
            match mouse {
                Mouse::Click => {
                    let at = self.filters.top + usize::from(line - parts.filters.y);
                    let lines = self.filter_lines();
                    self.filters.go_to(&lines, at);
                    // On to a value from a heading, and back from below the last one.
                    self.filters.step(&lines, 0);
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
                Mouse::Click => self.sort_by_heading(column - parts.list.x),
                Mouse::ScrollDown => self.move_by(3),
                Mouse::ScrollUp => self.move_by(-3),
            }
        } else {
            Reply::Nothing
        }
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
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
            }
            desk::Event::Wrong { question, error } if question == self.question => {
                self.bar.error = Some(error);
            }
            desk::Event::Panes(panes) if panes.question == self.question => {
                self.panes = Some(panes);
                self.lines.made_for = None;
                let lines = self.filter_lines();
                self.filters.scroll(&lines);
            }
            desk::Event::Rows(rows) if rows.question == self.question => {
                self.list.rows = rows;
                effects.extend(self.follow());
            }
            desk::Event::NextOpen(question, line) if question == self.question => {
                return self.found_open(line);
            }
            desk::Event::Searching { question, done, total } if question == self.question => {
                self.searching = Some((done, total));
            }
            desk::Event::Detail(id, Some(report)) if Some(id) == self.detail.wanted => {
                self.detail.arrived(report)
            }
            desk::Event::Detail(id, None) if Some(id) == self.detail.wanted => {
                self.detail.forget();
                return Reply::Say(Tone::Wrong, format!("Report {id} is no longer there."));
            }
            desk::Event::Completions { facet, prefix, values } => {
                let edited = facet.field().map(|field| self.bar.completed(field, &prefix, &values, now));
                effects.extend(edited.into_iter().flat_map(|edited| self.edited(edited)));
            }
            desk::Event::ViewNames(names) => {
                let edited = self.bar.named(&names, now);
                effects.extend(self.edited(edited));
            }
            desk::Event::Similar(similar) => return self.similar_menu(&similar),
            desk::Event::Views(views) => return self.views_menu(&views),
            desk::Event::FileExists { id, path } => return triage::file_exists(id, path),
            desk::Event::Output(output) => return self.output_page(&output),
            _ => {}
        }
        Reply::Do(effects)
    }

    fn visit(&mut self, query: &str) -> Reply {
        self.focus = Focus::List;
        self.groups = None;
        self.rewrite(query)
    }
}

impl Reports {
    /// The heading at this column of the terminal, counted from the list's left.
    fn sort_by_heading(&mut self, column: u16) -> Reply {
        // A column for the cursor's sign.
        let mut end = 1;
        let at = self.seen_columns().into_iter().find(|(_, width)| {
            end += width + 1;
            column < end
        });
        let Some((at, _)) = at else { return Reply::Nothing };
        self.column = at;
        self.sort()
    }
}
