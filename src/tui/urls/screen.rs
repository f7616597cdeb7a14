//! URLs as one of the screens: what the frame gives it, and where that goes.

use super::export::format_of_file;
use super::{Urls, WINDOWS};
use crate::jobs::desk::{self, Request, UrlGrouping, UrlNews, UrlSort};
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::tui::app::Tone;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::{Answer, Asked, Editor, Reply};
use crate::tui::reports::hint;
use crate::tui::screens::{Screen, ScreenName, unknown};

/// What the list can be sorted by, by name.
const SORTS: [(&str, UrlSort); 4] = [
    ("reports", UrlSort::Reports),
    ("first", UrlSort::First),
    ("last", UrlSort::Last),
    ("url", UrlSort::Text),
];

impl Screen for Urls {
    fn mode(&self) -> Mode {
        if self.editor.is_some() { Mode::Line } else { Mode::Urls }
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        self.list.height = usize::from(draw::urls_list(size).height);
        self.column = self.column.min(self.seen_columns().len().saturating_sub(1));
        self.list.go_to(self.list.cursor);
        self.rows()
    }

    fn act(&mut self, action: Action) -> Reply {
        if self.editor.is_some() {
            return self.act_in_line(action);
        }
        let page = self.list.height.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down => self.move_by(1),
            Action::Up => self.move_by(-1),
            Action::PageDown => self.move_by(page),
            Action::PageUp => self.move_by(-page),
            Action::HalfPageDown => self.move_by((page / 2).max(1)),
            Action::HalfPageUp => self.move_by(-(page / 2).max(1)),
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
            Action::Open => self.open(),
            Action::Back => self.back(),
            Action::Find => {
                self.editor = Some(Editor::new(&self.pattern));
                self.before_editing.clone_from(&self.pattern);
                Reply::Nothing
            }
            Action::Scope => {
                self.of_all = !self.of_all;
                self.ask_from_top()
            }
            Action::SeenWithin => {
                self.window = (self.window + 1) % WINDOWS.len();
                self.ask_from_top()
            }
            Action::ClearQuery => {
                self.pattern.clear();
                self.window = 0;
                self.ask_from_top()
            }
            Action::Groups => self.group(true),
            Action::Ungroup => self.group(false),
            Action::Sort => self.sort(),
            Action::Reverse => self.reverse(),
            Action::Mark => self.mark(),
            Action::MarkAll => self.ask_for_members(None),
            Action::MarkNone => self.mark_none(),
            Action::Reveal => {
                self.is_revealed = !self.is_revealed;
                Reply::Nothing
            }
            Action::LookUp => match self.current() {
                Some((_, row)) => Reply::Visit(ScreenName::Tools, row.url.clone()),
                None => self.look_up_group(),
            },
            Action::Trace => match self.current() {
                Some((_, row)) => Reply::Trace(row.url.clone()),
                None => hint("Only a single URL can be traced; {open} opens a group."),
            },
            Action::Export => self.export(),
            Action::Submit => self.submit(),
            Action::Copy => self.copy(),
            _ => Reply::Nothing,
        }
    }

    fn typed(&mut self, text: &str) -> Vec<Effect> {
        let Some(editor) = &mut self.editor else { return vec![] };
        editor.insert(text);
        self.written()
    }

    fn names_behind(&self, action: Action) -> Vec<&'static str> {
        match action {
            Action::Sort => SORTS.iter().map(|(name, _)| *name).collect(),
            Action::Groups => UrlGrouping::ALL.iter().map(|grouping| grouping.name()).collect(),
            _ => vec![],
        }
    }

    fn command(&mut self, action: Action, argument: &str) -> Option<Result<Reply, String>> {
        let known = self.names_behind(action);
        let refused = || Err(unknown(action.name(), argument, &known));
        match action {
            Action::Sort => Some(match SORTS.iter().find(|(name, _)| *name == argument) {
                Some((_, sort)) => Ok(self.sort_by(*sort)),
                None => refused(),
            }),
            Action::Groups => Some(match UrlGrouping::ALL.iter().find(|known| known.name() == argument) {
                Some(grouping) => Ok(self.group_by(Some(*grouping))),
                None => refused(),
            }),
            Action::Export => Some(Ok(self.write(format_of_file(argument), argument))),
            _ => None,
        }
    }

    fn answered(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Copy(text) => Reply::Do(vec![Effect::Copy(text)]),
            Answer::SubmitTo(feed) => self.submit_to(feed.as_deref()),
            Answer::SubmitCut => self.submit_cut(),
            Answer::SubmitWhy => self.submit_why(),
            Answer::Written(Asked::Number(_), _) => self.submit_approved(),
            Answer::UrlFormat(format) => Urls::name_file(format),
            Answer::Written(Asked::UrlsTo(format), path) => self.write(format, &path),
            Answer::WriteUrls(export) if export.replace => {
                Reply::Do(vec![Effect::Desk(Request::ExportUrls(export))])
            }
            Answer::WriteUrls(export) => {
                Urls::name_file_like(export.format, &export.path.display().to_string())
            }
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply {
        let area = draw::urls_list(self.size);
        match mouse {
            Mouse::ScrollDown => self.move_by(3),
            Mouse::ScrollUp => self.move_by(-3),
            Mouse::Click if line + 1 == area.y => self.sort_by_heading(column),
            Mouse::Click if (area.y..area.bottom()).contains(&line) => {
                self.list.go_to(self.list.top + usize::from(line - area.y));
                self.move_by(0)
            }
            Mouse::Click => Reply::Nothing,
        }
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        let news = match event {
            desk::Event::Urls(news) => news,
            // How far URLs are with feeds may have changed.
            desk::Event::Changed => return Reply::Do(self.ask()),
            _ => return Reply::Nothing,
        };
        match news {
            UrlNews::Answer(answer) if answer.question == self.question => {
                self.error = None;
                self.list.answer(answer.lines, answer.rows.clone());
                self.answer = Some(answer);
                Reply::Do(self.rows())
            }
            UrlNews::Rows(rows) if rows.question == self.question => {
                self.list.rows = rows;
                Reply::Nothing
            }
            UrlNews::Wrong(question, error) if question == self.question => {
                let sentence = error.message.clone();
                self.error = Some(error);
                // While it is written the line below says so.
                if self.editor.is_some() { Reply::Nothing } else { Reply::Say(Tone::Wrong, sentence) }
            }
            UrlNews::Members(members) if members.question == self.question => self.mark_members(members),
            UrlNews::FileExists(export) => Urls::file_exists(export),
            UrlNews::Planned(plan) => self.planned(plan),
            UrlNews::NotPlanned(_, why) => Reply::Say(Tone::Wrong, why),
            UrlNews::Held(held) => self.held(held),
            _ => Reply::Nothing,
        }
    }

    fn visit(&mut self, pattern: &str) -> Reply {
        self.editor = None;
        (self.grouping, self.inside) = (None, None);
        self.pattern = pattern.to_owned();
        self.ask_from_top()
    }

    fn enter(&mut self, query: &str, now: Seconds) -> Vec<Effect> {
        self.now = now;
        if self.query != query {
            query.clone_into(&mut self.query);
            if !self.of_all {
                (self.list.cursor, self.list.top) = (0, 0);
            }
        }
        self.ask()
    }
}

impl Urls {
    fn act_in_line(&mut self, action: Action) -> Reply {
        match action {
            Action::Accept if self.error.is_some() => Reply::Nothing,
            Action::Accept => {
                self.editor = None;
                Reply::Nothing
            }
            Action::Back => {
                self.editor = None;
                let before = std::mem::take(&mut self.before_editing);
                if before == self.pattern {
                    return Reply::Nothing;
                }
                self.pattern = before;
                self.ask_from_top()
            }
            action => {
                let is_edited = self.editor.as_mut().is_some_and(|editor| editor.act(action));
                if is_edited { Reply::Do(self.written()) } else { Reply::Nothing }
            }
        }
    }

    /// The pattern is what is written so far.
    fn written(&mut self) -> Vec<Effect> {
        let text = self.editor.as_ref().map_or("", Editor::text).trim().to_owned();
        if text == self.pattern {
            return vec![];
        }
        self.pattern = text;
        match self.ask_from_top() {
            Reply::Do(effects) => effects,
            _ => vec![],
        }
    }

    fn look_up_group(&self) -> Reply {
        match (self.grouping, self.list.current()) {
            (Some(desk::UrlGrouping::Host), Some(desk::UrlLine::Group { name, .. })) => {
                Reply::Visit(ScreenName::Tools, name.clone())
            }
            _ => hint("Only a URL or a host can be looked up; {open} opens a group."),
        }
    }

    /// The heading at this column of the terminal.
    fn sort_by_heading(&mut self, column: u16) -> Reply {
        // A column for the cursor's sign.
        let mut end = 1;
        let at = self.seen_columns().iter().position(|(_, width)| {
            end += width + 1;
            column < end
        });
        let Some(at) = at else { return Reply::Nothing };
        self.column = at;
        self.sort()
    }
}
