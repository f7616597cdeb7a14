//! The screen Tools: one line to write a subject, and below it everything that is known about that. It asks the desk
//! and never waits for it.

mod lines;
mod screen;

pub use lines::{Shown, Thing};

use super::event::Effect;
use super::layer::{Answer, Asked, Editor, Line as Written, Page, Reply};
use super::reports::{hint, menu, say, shortened};
use super::screens::ScreenName;
use crate::jobs::desk::{LookUp, Request};
use crate::jobs::lookup::{self, Known, Line, Section, Subject};
use crate::model::clock::Seconds;
use crate::model::contact_address;
use crate::text::{Showable, defang, showable};

/// Subjects that the way back remembers.
const PAST: usize = 200;

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Tools {
    /// The line while it is written.
    pub editor: Option<Editor>,
    /// The subject that stands: as it was written, and once it is known in its normal form.
    pub subject: String,
    /// What is known about it.
    pub known: Option<Box<Known>>,
    /// What is being asked, while something is.
    pub asking: Option<Showable>,
    /// What came to nothing, and why.
    pub failure: Option<Showable>,
    /// URLs are shown as they are.
    pub is_revealed: bool,
    /// The line of the cursor.
    pub cursor: usize,
    /// The first line that is seen.
    pub top: usize,
    /// What is known as it is shown, and the width of its names.
    shown: (Vec<Shown>, usize),
    /// The proxy of traces.
    proxy: Option<Showable>,
    /// Subjects before this one, the last one last.
    past: Vec<String>,
    /// Where in them the person looks, while writing.
    looking: Option<usize>,
    /// Columns and lines for what is known.
    size: (usize, usize),
    number: u64,
    now: Seconds,
}

impl Tools {
    /// Before anything was asked.
    pub fn new(proxy: Option<Showable>, now: Seconds) -> Tools {
        Tools {
            editor: None,
            subject: String::new(),
            known: None,
            asking: None,
            failure: None,
            is_revealed: false,
            cursor: 0,
            top: 0,
            shown: (vec![], 0),
            proxy,
            past: vec![],
            looking: None,
            size: (0, 0),
            number: 0,
            now,
        }
    }

    /// What is known, line by line.
    pub fn lines(&self) -> &[Shown] {
        &self.shown.0
    }

    /// The column of names is so wide.
    pub fn names(&self) -> usize {
        self.shown.1
    }

    /// How long ago what is known was found out.
    pub fn age(&self, now: Seconds) -> Option<String> {
        self.known.as_ref().map(|known| lines::asked(known, now))
    }

    /// The subject, defanged where it could be opened by accident.
    pub fn named(&self) -> Showable {
        showable(&self.subject_seen())
    }

    fn subject_seen(&self) -> String {
        let can_be_opened = matches!(Subject::parse(&self.subject), Ok(Subject::Url(_) | Subject::Host(_)));
        if can_be_opened && !self.is_revealed { defang(&self.subject) } else { self.subject.clone() }
    }

    fn lay_out(&mut self) {
        self.shown = match &self.known {
            Some(known) => lines::laid_out(known, self.size.0, self.is_revealed, self.now),
            None => (vec![], 0),
        };
        self.go_to(self.cursor);
    }

    /// The cursor to this line, or to the nearest that is no heading, further on before back.
    fn go_to(&mut self, line: usize) {
        let lines = &self.shown.0;
        let is_thing = |line: &usize| lines.get(*line).is_some_and(|shown| shown.thing.is_some());
        let last = lines.len().saturating_sub(1);
        let line = line.min(last);
        let (mut below, mut above) = (line..=last, (0..=line).rev());
        let found = match line >= self.cursor {
            true => below.find(is_thing).or_else(|| above.find(is_thing)),
            false => above.find(is_thing).or_else(|| below.find(is_thing)),
        };
        let cursor = found.unwrap_or(0);
        // The heading above is seen with the thing below it.
        let first = (0..cursor).rev().find(is_thing).map_or(0, |above| above + 1);
        self.top = self.top.min(first).max((cursor + 1).saturating_sub(self.size.1.max(1))).min(last);
        self.cursor = cursor;
    }

    fn step(&mut self, by: isize) {
        self.go_to(self.cursor.saturating_add_signed(by));
    }

    /// To the first thing of the next section, or of this one or the one before.
    fn turn(&mut self, forwards: bool) {
        let lines = self.lines();
        let begins = |line: &usize| {
            lines.get(*line).is_some_and(|shown| shown.thing.is_some())
                && lines.get(line.wrapping_sub(1)).is_none_or(|before| before.thing.is_none())
        };
        let found = match forwards {
            true => (self.cursor + 1..lines.len()).find(begins).or_else(|| (0..lines.len()).find(begins)),
            false => (0..self.cursor).rev().find(begins).or_else(|| (0..lines.len()).rev().find(begins)),
        };
        self.go_to(found.unwrap_or(0));
    }

    fn thing(&self) -> Option<Thing> {
        self.lines().get(self.cursor)?.thing
    }

    /// Writes another subject in place of the one that stands.
    pub fn rewrite(&mut self) {
        self.editor = Some(Editor::default());
        self.looking = None;
    }

    fn write(&mut self) {
        self.editor = Some(Editor::new(&self.subject));
        self.looking = None;
    }

    /// Another subject from now on, of which nobody is asked anything: whoever traces it is warned first.
    pub fn ask_to_trace(&mut self, subject: &str) -> Reply {
        self.editor = None;
        if self.subject != subject.trim() {
            self.remember_and_take(subject);
            self.forget();
            // What is still heard is about the one before.
            (self.number, self.asking) = (self.number + 1, None);
        }
        self.warn_of_trace(url_of(&self.subject))
    }

    /// Another subject from now on.
    fn look_up(&mut self, text: &str) -> Reply {
        self.remember_and_take(text);
        self.ask_anew()
    }

    /// The subject that stands is remembered, and this one takes its place.
    fn remember_and_take(&mut self, text: &str) {
        let before = std::mem::replace(&mut self.subject, text.trim().to_owned());
        if !before.is_empty() && before != self.subject {
            self.past.retain(|past| *past != before);
            self.past.push(before);
            if self.past.len() > PAST {
                self.past.remove(0);
            }
        }
    }

    fn forget(&mut self) {
        (self.known, self.failure, self.cursor, self.top) = (None, None, 0, 0);
        self.lay_out();
    }

    fn ask_anew(&mut self) -> Reply {
        self.forget();
        self.ask(false)
    }

    fn ask(&mut self, refresh: bool) -> Reply {
        if self.subject.is_empty() {
            return hint("There is nothing to look up; {look-up} writes it.");
        }
        let text = self.subject.clone();
        let number = self.begin();
        Reply::Do(vec![Effect::Desk(Request::LookUp(LookUp { number, text, refresh }))])
    }

    /// The number of what is asked from now on; news of anything before come too late.
    fn begin(&mut self) -> u64 {
        self.number += 1;
        self.failure = None;
        self.asking = Some(showable("asking"));
        self.number
    }

    fn follow(&mut self, url: String) -> Reply {
        let number = self.begin();
        Reply::Do(vec![Effect::Desk(Request::Trace { number, url })])
    }

    /// Where a trace has led so far, below everything else.
    fn traced(&mut self, section: Section) {
        let (subject, now) = (&self.subject, self.now);
        // It may have been asked for before anything else was known.
        let known = self.known.get_or_insert_with(|| Box::new(Known::nothing_of(subject, now)));
        known.sections.retain(|other| other.title != section.title);
        known.sections.push(section);
        self.lay_out();
        self.go_to(usize::MAX);
    }

    /// Back to the subject before.
    fn back(&mut self) -> Reply {
        match self.past.pop() {
            Some(subject) => {
                self.subject = subject;
                self.ask_anew()
            }
            None => say("Nothing was looked up before."),
        }
    }

    /// The line of the person: subjects that were looked up before.
    fn look(&mut self, by: isize) {
        let at = self.looking.unwrap_or(self.past.len());
        let to = at.saturating_add_signed(by).min(self.past.len());
        self.looking = Some(to);
        self.editor = Some(Editor::new(self.past.get(to).unwrap_or(&self.subject)));
    }

    fn stop(&mut self) -> Vec<Effect> {
        self.begin();
        self.asking = None;
        vec![Effect::Desk(Request::StopLookUp)]
    }

    /// Where the line of the cursor leads: to reports, or to what it names.
    fn open(&mut self) -> Reply {
        let Some((known, thing)) = self.known.as_ref().zip(self.thing()) else { return Reply::Nothing };
        if let Some(reports) = thing.reports(known) {
            return Reply::Visit(ScreenName::Reports, reports.query.clone());
        }
        let value = thing.fact(known).map(|line| line.value.clone()).unwrap_or_default();
        match Subject::parse(&value) {
            Ok(subject) if subject.to_string() != self.subject => self.look_up(&subject.to_string()),
            _ => say("Nothing leads on from this line."),
        }
    }

    fn copy(&self) -> Reply {
        let Some(known) = &self.known else { return say("There is nothing to copy.") };
        let seen = |line: &Line| match line.is_link && !self.is_revealed {
            true => defang(&line.value),
            false => line.value.clone(),
        };
        let mut things = vec![("Subject".to_owned(), self.subject_seen())];
        match self.thing() {
            Some(thing) if let Some(line) = thing.fact(known) => {
                things.push((line.name.clone(), seen(line)));
            }
            Some(thing) if let Some(reports) = thing.reports(known) => {
                things.push(("Query".to_owned(), reports.query.clone()));
            }
            _ => {}
        }
        let line = |line: &Line| match line.provenance(self.now).as_str() {
            "" => format!("{}: {}\n", line.name, seen(line)),
            by => format!("{}: {} ({by})\n", line.name, seen(line)),
        };
        let all = known.sections.iter().flat_map(|section| {
            std::iter::once(format!("{}\n", section.title)).chain(section.lines.iter().map(line))
        });
        things.push(("Everything".to_owned(), all.collect()));
        menu("Copy", things.into_iter().map(|(name, value)| (name, shortened(&value), Answer::Copy(value))))
    }

    /// The URL of the line of the cursor, else the subject.
    fn url(&self) -> Option<String> {
        let line = self.known.as_ref().zip(self.thing()).and_then(|(known, thing)| thing.fact(known));
        url_of(line.filter(|line| line.is_link).map_or(&self.subject, |line| &line.value))
    }

    /// A line that says whom to tell: about the contact of the line of the cursor, else about the subject.
    fn ask_whom_to_tell(&self) -> Reply {
        let line = self.known.as_ref().zip(self.thing()).and_then(|(known, thing)| thing.fact(known));
        let contact = line.map(|line| line.value.as_str()).filter(|value| contact_address(value).is_some());
        let about = match (contact, Subject::parse(&self.subject)) {
            (Some(contact), _) => contact.to_owned(),
            (None, Ok(Subject::Url(url))) => url.host,
            (None, Ok(subject)) => subject.to_string(),
            (None, Err(_)) => {
                return hint("There is nothing to tell anybody about; {look-up} looks something up.");
            }
        };
        let proposal = if contact.is_some() { format!("{about} never") } else { format!("{about} replace ") };
        let explanation = "An AS, a network, a domain or a contact; then add, replace or never, and the contacts. \
                           opted-out, dead and usable are said of a contact, remove takes back what was said. \
                           What stands behind # is kept as the reason.";
        let line = Written::new(Asked::WhomToTell, "Whom to tell", &proposal, false);
        Reply::ask(line.explained(explanation.to_owned()))
    }

    fn say_contact(&mut self, words: String) -> Reply {
        let text = self.subject.clone();
        let then = LookUp { number: self.begin(), text, refresh: false };
        Reply::Do(vec![Effect::Desk(Request::SayContact { then, words })])
    }

    /// Says who learns of a trace, before there is one.
    fn warn_of_trace(&self, url: Option<String>) -> Reply {
        let Some(url) = url else {
            return hint("Only a URL or a domain can be traced; {look-up} writes one.");
        };
        let by_whom = match &self.proxy {
            Some(proxy) => format!("It goes through the proxy {proxy}, whose address is what they see."),
            None => "No proxy is set ('proxy' in [http]): they see the address of this machine.".to_owned(),
        };
        let url_shown = defang(&url);
        let text = [url_shown.as_str(), "", lookup::WARNING, "", &by_whom];
        let columns = self.size.0.saturating_sub(8).clamp(20, 72);
        let page = Page::of_text("Trace", text.into_iter(), columns);
        Reply::page(page.leading_to(Answer::Trace(url)))
    }
}

/// The URL that a subject is, or leads to.
fn url_of(subject: &str) -> Option<String> {
    match Subject::parse(subject) {
        Ok(Subject::Url(url)) => Some(url.url),
        Ok(Subject::Host(name)) => Some(format!("http://{name}/")),
        _ => None,
    }
}
