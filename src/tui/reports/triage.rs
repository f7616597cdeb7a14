//! Marks and judgements: which reports an act is about, and the questions that come before it.

use super::detail::defanged;
use super::{Column, Focus, MARKED, NEW, QUARANTINED, Reports, hint, say};
use crate::jobs::desk::{Act, DetailPart, Likeness, Line, PlanOf, Request, Similar, Target, ViewCount};
use crate::keymap::Action;
use crate::model::{Cause, Kind, ReportId};
use crate::text::{cut, showable, thousands};
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Asked, Choice, Layer, Line as Question, Menu, Reply};
use std::path::PathBuf;

impl Reports {
    /// What marks, judges or takes along; `None` when the action is none of these.
    pub(super) fn triage(&mut self, action: Action) -> Option<Reply> {
        if self.focus == Focus::Filters {
            return None;
        }
        Some(match action {
            Action::Mark => self.mark(),
            Action::MarkRange => self.mark_range(),
            Action::MarkAll => act(Act::Mark { target: Target::Matching, on: true }),
            Action::MarkNone => act(Act::UnmarkAll),
            Action::MarkInvert => act(Act::InvertMarks),
            Action::Report => {
                self.target().map_or_else(nothing_here, |target| Reply::Report(PlanOf::Stored(target)))
            }
            Action::MarkSimilar => match self.list.id() {
                Some(id) => Reply::Do(vec![Effect::Desk(Request::Similar { id })]),
                None => nothing_here(),
            },
            Action::Dismiss => {
                self.question(Asked::DismissReason, "Dismiss", " · because (may be empty)", true)
            }
            Action::Tag => self.question(Asked::Tag, "Tag", " · one word (-tag takes it away)", false),
            Action::Note => self.question(Asked::Note, "Note on", "", false),
            Action::SaveView => Reply::ask(Question::new(Asked::ViewName, "Save this query as", "", false)),
            Action::Reopen => self.target().map_or_else(nothing_here, |target| act(Act::Reopen(target))),
            Action::Kind => self.menu("Kind", kinds),
            Action::Cause => self.menu("Cause", causes),
            Action::RetryQuarantined => act(Act::RetryQuarantined),
            Action::Seen => act(Act::Seen),
            Action::Views => Reply::Do(vec![Effect::Desk(Request::Views)]),
            Action::Copy => self.copy_menu(),
            Action::Pipe => match self.list.id() {
                Some(id) if self.groups.is_some() => {
                    let title = format!("Pipe the newest of the group, {id}, to");
                    Reply::ask(Question::new(Asked::PipeTo(id), &title, "", false))
                }
                Some(id) => Reply::ask(Question::new(Asked::PipeTo(id), "Pipe the raw report to", "", false)),
                None => nothing_here(),
            },
            Action::SaveRaw => match self.list.id() {
                Some(id) => save_question(id, &format!("{id}.eml")),
                None => nothing_here(),
            },
            _ => return None,
        })
    }

    /// The marked reports, when there are some among what is kept; else the one of the cursor, or its group.
    fn target(&self) -> Option<Target> {
        // A mark that was just made is seen before the desk has counted it.
        let is_any_seen = self.list.rows.lines.iter().any(|line| line.row().marked);
        if is_any_seen || self.answer.as_ref().is_some_and(|answer| answer.marked_in_all > 0) {
            return Some(Target::Marked);
        }
        Some(match self.list.current()? {
            Line::Report(row) => Target::Ids(vec![row.id]),
            Line::Group(group) => group.target(),
        })
    }

    /// Who an act is about, for its question.
    fn about(&self) -> String {
        let marked = self.answer.as_ref().map_or(0, |answer| answer.marked_in_all);
        let seen = self.answer.as_ref().map_or(0, |answer| answer.marked);
        match self.list.current() {
            _ if marked > 0 && seen < marked => format!("{marked} marked, {seen} of them match this query"),
            _ if marked > 0 => format!("{marked} marked"),
            Some(Line::Group(group)) => format!("the open ones of {}", group.count),
            Some(Line::Report(row)) => format!("report {}", row.id),
            None => String::new(),
        }
    }

    /// Asks about what is marked, or under the cursor, at this moment. Whom it is about stands first: on a narrow screen
    /// the end is cut.
    fn question(&self, asked: fn(Target) -> Asked, verb: &str, wanted: &str, may_be_empty: bool) -> Reply {
        let Some(target) = self.target() else { return nothing_here() };
        let title = format!("{verb} {}{wanted}", self.about());
        Reply::ask(Question::new(asked(target), &title, "", may_be_empty))
    }

    /// Shown at once; the desk confirms it a moment later.
    fn mark(&mut self) -> Reply {
        let is_reading = self.focus == Focus::Detail;
        let (target, on) = match self.list.current_mut() {
            // One report is read, and no other is meant.
            Some(Line::Group(group)) if !is_reading => {
                let on = group.marked == 0;
                (group.marked, group.newest.marked) = (if on { group.count } else { 0 }, on);
                (group.target(), on)
            }
            Some(Line::Group(group)) => {
                let row = &mut group.newest;
                row.marked = !row.marked;
                group.marked = if row.marked { group.marked + 1 } else { group.marked.saturating_sub(1) };
                (Target::Ids(vec![row.id]), row.marked)
            }
            Some(Line::Report(row)) => {
                row.marked = !row.marked;
                (Target::Ids(vec![row.id]), row.marked)
            }
            None => return nothing_here(),
        };
        let mut effects = vec![Effect::Desk(Request::Act(Act::Mark { target, on }))];
        if !is_reading {
            self.list.step(1);
            effects.extend(self.follow());
            effects.extend(self.rows());
        }
        Reply::Do(effects)
    }

    fn mark_range(&mut self) -> Reply {
        let Some(id) = self.list.id() else { return nothing_here() };
        if self.groups.is_some() {
            return hint("Ranges are for single reports; {ungroup} shows them.");
        }
        match self.range.take() {
            None => {
                self.range = Some(id);
                hint("A range begins here; {mark-range} marks up to the cursor, {back} forgets it.")
            }
            Some(from) => act(Act::Mark { target: Target::Between(from, id), on: true }),
        }
    }

    fn menu(&self, title: &str, choices: fn(&Target) -> Vec<(&'static str, Answer)>) -> Reply {
        let Some(target) = self.target() else { return nothing_here() };
        let choices = choices(&target).into_iter();
        menu(
            &format!("{title} · {}", self.about()),
            choices.map(|(text, answer)| (text.to_owned(), String::new(), answer)),
        )
    }

    fn copy_menu(&self) -> Reply {
        let Some(row) = self.list.current().map(Line::row) else { return nothing_here() };
        let mut things =
            vec![("Number".to_owned(), row.id.to_string()), ("Query".to_owned(), self.bar.query.clone())];
        // As it is seen where the keys go.
        let revealed = if self.focus == Focus::Detail { self.detail.revealed } else { self.revealed };
        let mut add = |name: &str, value: Option<String>| {
            let seen = |value: String| if revealed { value } else { defanged(&value) };
            things
                .extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), seen(value))));
        };
        add("Source", row.source_ip.map(|ip| ip.to_string()));
        add("Subject", row.subject.clone());
        add("From", row.from.clone());
        add("Reported domain", Some(row.reported_domain.clone()));
        if let Some(report) = self.detail.report.as_ref().filter(|report| report.row.id == row.id) {
            add("All URLs", Some(report.urls.join("\n")));
            for url in report.urls.iter().take(5) {
                add("URL", Some(url.clone()));
            }
            let part = report.parts.get(self.detail.part);
            let text = part.map(text_of);
            add(&format!("This part ({})", part.map_or("", |part| part.title)), text);
        }
        menu("Copy", things.into_iter().map(|(name, value)| (name, shortened(&value), Answer::Copy(value))))
    }

    /// In which respect similar reports are to be marked, with how many that are.
    pub(super) fn similar_menu(&mut self, similar: &Similar) -> Reply {
        let mut choices = vec![];
        for (likeness, matching, everywhere, passed) in &similar.counts {
            let name = match likeness {
                Likeness::Subject => "Subject, digits and names aside",
                Likeness::Url => "URL, digits and names aside",
                Likeness::Host => "Host of a URL",
                Likeness::Source => "Source",
                Likeness::Network => "Network",
                Likeness::Contact => "Abuse contact",
            };
            let answer = |matching| Answer::Similar { id: similar.id, likeness: *likeness, matching };
            let passed = if *passed > 0 { format!("; {passed} passed over") } else { String::new() };
            if *matching > 0 {
                choices.push((format!("{name}, among these"), thousands(*matching), answer(true)));
            }
            if everywhere > matching {
                choices.push((
                    format!("{name}, everywhere"),
                    format!("{}{passed}", thousands(*everywhere)),
                    answer(false),
                ));
            }
        }
        if choices.is_empty() {
            return say("Nothing else is like this report.");
        }
        menu(&format!("Mark what is like report {}", similar.id), choices.into_iter())
    }

    pub(super) fn views_menu(&mut self, views: &[ViewCount]) -> Reply {
        let saved = views.iter().enumerate().map(|(at, view)| {
            let at_most = if view.at_most { "≤" } else { "" };
            let note = format!("{at_most}{}  {}", thousands(view.count), view.query);
            let letter = char::from_digit(at as u32 + 1, 10);
            let choice = Choice::new(letter, &view.name, &note, Answer::Query(view.query.clone()));
            Choice { remove: Some(Answer::RemoveView(view.name.clone())), ..choice }
        });
        let always = self.views_of_always().into_iter().map(|(name, query, count)| {
            let note = format!("{}  {query}", thousands(count));
            Choice::new(None, name, &note, Answer::Query(query.to_owned()))
        });
        Reply::menu("Views", saved.chain(always).collect())
    }

    /// The views that need not be saved, with their counts as far as they are known.
    fn views_of_always(&self) -> Vec<(&'static str, &'static str, u64)> {
        let Some((panes, answer)) = self.panes.as_ref().zip(self.answer.as_ref()) else { return vec![] };
        vec![
            ("What is open", "is:open", panes.open),
            ("What is new", NEW, panes.new),
            ("What is marked", MARKED, answer.marked_in_all),
            ("What is in quarantine", QUARANTINED, panes.quarantined),
        ]
    }

    pub(super) fn columns_menu(&mut self, cursor: usize) -> Reply {
        let choices = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, (column, on))| {
                let choice = Choice::new(None, Column::sentence(*column), column.name(), Answer::Column(at));
                Choice { switch: Some(*on), ..choice }
            })
            .collect();
        let mut menu = Menu::new("Columns", choices);
        menu.cursor = cursor;
        Reply::Open(Box::new(Layer::Menu(menu)))
    }

    /// What came of a question or a menu about reports.
    pub(super) fn decided(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Written(Asked::DismissReason(target), reason) => act(Act::Dismiss { target, reason }),
            Answer::Written(Asked::Tag(target), tag) => act(match tag.strip_prefix('-') {
                Some(tag) => Act::Tag { target, tag: tag.to_owned(), on: false },
                None => Act::Tag { target, tag, on: true },
            }),
            Answer::Written(Asked::Note(target), text) => act(Act::Note { target, text }),
            Answer::Written(Asked::ViewName, name) => {
                act(Act::SaveView { name, query: self.bar.query.clone() })
            }
            Answer::Written(Asked::PipeTo(id), command) => {
                self.commands += 1;
                Reply::Do(vec![Effect::Desk(Request::Pipe { id, command })])
            }
            Answer::Written(Asked::SaveTo(id), path) => save(id, path.into(), false),
            Answer::SaveTo { id, path, replace: true } => save(id, path, true),
            Answer::SaveTo { id, path, replace: false } => save_question(id, &path.to_string_lossy()),
            Answer::Kind(target, kind) => act(Act::Kind { target, kind }),
            Answer::Cause(target, cause) => act(Act::Cause { target, cause }),
            Answer::RemoveView(name) => act(Act::RemoveView(name)),
            Answer::Similar { id, likeness, matching } => {
                act(Act::Mark { target: Target::Similar { id, likeness, matching }, on: true })
            }
            // Those of other screens, and what was dealt with before.
            _ => Reply::Nothing,
        }
    }
}

/// A file is there already: under another name, or in its place.
pub(super) fn file_exists(id: ReportId, path: PathBuf) -> Reply {
    let title = format!("{} is there already", path.display());
    let other = Answer::SaveTo { id, path: path.clone(), replace: false };
    let choices = [("Another name", other), ("Replace it", Answer::SaveTo { id, path, replace: true })];
    menu(&title, choices.into_iter().map(|(text, answer)| (text.to_owned(), String::new(), answer)))
}

fn save(id: ReportId, path: PathBuf, replace: bool) -> Reply {
    Reply::Do(vec![Effect::Desk(Request::SaveRaw { id, path, replace })])
}

fn save_question(id: ReportId, proposal: &str) -> Reply {
    Reply::ask(Question::new(Asked::SaveTo(id), "Save the raw report as", proposal, false))
}

fn kinds(target: &Target) -> Vec<(&'static str, Answer)> {
    let answer = |kind| Answer::Kind(target.clone(), kind);
    let by_hand = Kind::ALL.iter().map(|kind| (kind.name(), answer(Some(*kind))));
    by_hand.chain([("as computed", answer(None))]).collect()
}

fn causes(target: &Target) -> Vec<(&'static str, Answer)> {
    let answer = |cause| Answer::Cause(target.clone(), cause);
    let by_hand = Cause::ALL.iter().map(|cause| (cause.name(), answer(Some(*cause))));
    by_hand.chain([("as computed", answer(None))]).collect()
}

fn act(act: Act) -> Reply {
    Reply::Do(vec![Effect::Desk(Request::Act(act))])
}

/// A menu whose lines are numbered as far as there are digits: text, what stands at the right, answer.
pub fn menu(title: &str, choices: impl Iterator<Item = (String, String, Answer)>) -> Reply {
    let choice = |(at, (text, note, answer)): (usize, (String, String, Answer))| {
        Choice::new(char::from_digit(at as u32 + 1, 10), &text, &note, answer)
    };
    Reply::menu(title, choices.enumerate().map(choice).collect())
}

fn nothing_here() -> Reply {
    say("There is no report here.")
}

/// A part, line by line.
fn text_of(part: &DetailPart) -> String {
    let line = |(name, value): &(String, String)| {
        if name.is_empty() { value.clone() } else { format!("{name}: {value}") }
    };
    part.lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The start of a value, for a menu.
pub fn shortened(value: &str) -> String {
    const LONG: usize = 40;
    cut(showable(value.lines().next().unwrap_or_default()).as_str(), LONG)
}
