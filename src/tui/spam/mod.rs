//! The pane of Tools on which one message that nobody reported becomes reports: pasted, from a file, or written in an
//! editor; its sources with those who answer for them, its URLs, and what of them is reported. It asks the desk and never
//! waits for it; what is chosen goes to the screen Report, where nothing leaves without approval.

mod lines;
mod screen;

pub use lines::{Line, Way};

use super::app::Tone;
use super::event::Effect;
use super::layer::{Answer, Asked, Choice, Layer, Line as Question, Menu, Reply};
use super::reports::{hint, say};
use super::screens::ScreenName;
use crate::jobs::desk::{PlanOf, Request, SpamFrom, SpamNews};
use crate::jobs::report::{Spam as Message, SpamOrder, SpamSource};
use crate::text::{counted, cut, showable, thousands};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

const NOTHING: &str = "There is no message yet: paste one here.";

/// State of the pane.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spam {
    /// What of the message is to be reported; nothing before there is one.
    pub order: Option<Box<SpamOrder>>,
    /// What is known of its sources.
    pub sources: Vec<SpamSource>,
    /// What is being done, while something is.
    pub doing: Option<&'static str>,
    /// What came to nothing, and why.
    pub failure: Option<String>,
    /// URLs are shown as they are.
    pub is_revealed: bool,
    /// The line of the cursor.
    pub cursor: usize,
    /// The first line that is seen.
    pub top: usize,
    lines: Vec<Line>,
    /// The text that was pasted or written last, for the editor.
    text: Vec<u8>,
    /// A message has at most so many bytes.
    most: u64,
    size: (usize, usize),
    number: u64,
}

impl Spam {
    /// Before there is a message.
    pub fn new(most: u64) -> Spam {
        Spam { most, ..Spam::default() }
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The message.
    pub fn message(&self) -> Option<&Message> {
        self.order.as_ref().map(|order| order.spam.as_ref())
    }

    /// What is known of a source.
    pub fn source(&self, ip: IpAddr) -> Option<&SpamSource> {
        self.sources.iter().find(|source| source.ip == ip)
    }

    /// `1 of 3 sources, 4 of 6 URLs`.
    pub fn chosen(&self) -> Option<String> {
        let order = self.order.as_ref()?;
        let of = |chosen: usize, all: usize, what: &str| {
            format!("{} of {}", thousands(chosen as u64), counted(all as u64, what))
        };
        let (sources, urls) = (order.spam.sources.len(), order.spam.urls.len());
        Some(format!("{}, {}", of(order.sources.len(), sources, "source"), of(order.urls.len(), urls, "URL")))
    }

    /// Text was pasted: as terminals do it, with carriage returns for line ends.
    pub fn pasted(&mut self, text: &str) -> Reply {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_start_matches('\n');
        if text.trim().is_empty() {
            return say("What was pasted is empty.");
        }
        if text.len() as u64 > self.most {
            let size = thousands(text.len() as u64);
            return Reply::Say(
                Tone::Wrong,
                format!(
                    "What was pasted has {size} bytes, more than [limits] message_mib allows: nothing of it was taken."
                ),
            );
        }
        self.take(text.as_bytes().to_vec())
    }

    /// The editor has ended.
    pub fn edited(&mut self, text: Result<Vec<u8>, String>) -> Reply {
        match text {
            Ok(text) if text.trim_ascii().is_empty() => say("The message is empty; nothing was read."),
            Ok(text) => self.take(text),
            Err(why) => Reply::Say(Tone::Wrong, why),
        }
    }

    fn take(&mut self, text: Vec<u8>) -> Reply {
        self.text.clone_from(&text);
        self.read(SpamFrom::Bytes(text))
    }

    fn read(&mut self, from: SpamFrom) -> Reply {
        self.number += 1;
        self.doing = Some("reading");
        self.failure = None;
        Reply::Do(vec![Effect::Desk(Request::Spam(self.number, from))])
    }

    fn read_file(&mut self, path: &str) -> Reply {
        self.read(SpamFrom::File(PathBuf::from(path)))
    }

    fn ask_file(&self) -> Reply {
        open(Question::new(Asked::MessageFile, "The file of the message", "", false))
    }

    fn edit(&mut self) -> Reply {
        let text = match self.message() {
            Some(message) if self.failure.is_none() => message.raw().to_vec(),
            _ => self.text.clone(),
        };
        Reply::Do(vec![Effect::Edit { text, most: self.most }])
    }

    fn news(&mut self, news: SpamNews) -> Reply {
        match news {
            SpamNews::Read(message, sources) => {
                self.doing =
                    if message.sources.is_empty() { None } else { Some("asking who answers for it") };
                self.failure = None;
                self.text = message.raw().to_vec();
                self.sources = sources;
                // Whom a person named for a source still answers for it when the message was mended.
                let mut contacts = self.order.take().map(|order| order.contacts).unwrap_or_default();
                contacts.retain(|ip, _| message.sources.contains(ip));
                self.order = Some(Box::new(SpamOrder { contacts, ..SpamOrder::of(message) }));
                (self.cursor, self.top) = (0, 0);
                self.lay_out();
                let first = self.lines.iter().position(|line| matches!(line, Line::Source(_)));
                self.go_to(first.unwrap_or(0));
                // What stands above it is read first, where all of it is seen.
                if self.cursor < self.size.1 {
                    self.top = 0;
                }
            }
            SpamNews::Sources(sources) => {
                self.doing = None;
                self.sources.retain(|known| !sources.iter().any(|source| source.ip == known.ip));
                self.sources.extend(sources);
                self.lay_out();
            }
            SpamNews::Failed(why) if self.doing == Some("reading") => {
                self.doing = None;
                self.failure = Some(why.clone());
                // The message before stays with all that was chosen of it, and has the place of the sentence.
                if self.order.is_some() {
                    return Reply::Say(Tone::Wrong, why);
                }
                self.lay_out();
            }
            SpamNews::Failed(why) => {
                self.doing = None;
                return Reply::Say(Tone::Wrong, why);
            }
        }
        Reply::Nothing
    }

    fn lay_out(&mut self) {
        self.lines = lines::laid_out(self.order.as_deref(), &self.sources, self.doing.is_some(), self.size.0);
        self.go_to(self.cursor);
    }

    /// The cursor to this line, or to the nearest that is something, further on before back.
    fn go_to(&mut self, line: usize) {
        let lines = &self.lines;
        let is_thing = |line: &usize| lines.get(*line).is_some_and(Line::is_thing);
        let last = lines.len().saturating_sub(1);
        let line = line.min(last);
        let (mut below, mut above) = (line..=last, (0..=line).rev());
        let found = match line >= self.cursor {
            true => below.find(is_thing).or_else(|| above.find(is_thing)),
            false => above.find(is_thing).or_else(|| below.find(is_thing)),
        };
        let cursor = found.unwrap_or(0);
        // What belongs to it, above and below, is seen with it.
        let first = (0..cursor).rev().find(is_thing).map_or(0, |above| above + 1);
        let next = (cursor + 1..=last).find(is_thing).unwrap_or(last + 1).min(cursor + 4);
        self.top = self.top.min(first).max(next.saturating_sub(self.size.1.max(1))).min(last);
        self.cursor = cursor;
    }

    fn step(&mut self, by: isize) {
        self.go_to(self.cursor.saturating_add_signed(by));
    }

    /// To the first thing of the next part, or of the one before.
    fn turn(&mut self, forwards: bool) {
        let is_heading = |line: &usize| matches!(self.lines.get(*line), Some(Line::Heading(_)));
        let heading = match forwards {
            true => (self.cursor + 1..self.lines.len()).find(is_heading),
            false => {
                let own = (0..self.cursor).rev().find(is_heading);
                own.and_then(|own| (0..own).rev().find(is_heading))
            }
        };
        if let Some(heading) = heading {
            self.cursor = heading;
            self.go_to(heading + 1);
        }
    }

    fn current(&self) -> Option<&Line> {
        self.lines.get(self.cursor)
    }

    /// The address of the cursor.
    fn address(&self) -> Option<IpAddr> {
        match self.current()? {
            Line::Source(ip) => Some(*ip),
            Line::Hop(Way { from: Some(ip), .. }) => Some(*ip),
            _ => None,
        }
    }

    fn tick(&mut self) -> Reply {
        let line = self.current().cloned();
        let Some(order) = self.order.as_mut() else { return say(NOTHING) };
        let mut effects = vec![];
        match line {
            Some(Line::Source(ip)) if order.sources.contains(&ip) => {
                order.sources.retain(|source| *source != ip);
            }
            Some(Line::Source(ip)) => {
                order.sources.push(ip);
                // In the order in which the mail came by them.
                let place = |ip: &IpAddr| order.spam.sources.iter().position(|source| source == ip);
                order.sources.sort_by_key(place);
                let is_known = self.sources.iter().any(|source| source.ip == ip && source.contacts.is_ok());
                if !is_known {
                    self.doing = Some("asking who answers for it");
                    effects = vec![Effect::Desk(Request::SpamSource(self.number, ip))];
                }
            }
            Some(Line::Url(number)) => {
                let Some(url) = order.spam.urls.get(number) else { return Reply::Nothing };
                if let Some(objection) = url.objection.as_ref().filter(|_| !url.can_be_ticked()) {
                    return say(&format!("It is {}.", objection.sentence()));
                }
                let is_on = order.urls.contains(&url.url);
                set(order, number, !is_on);
            }
            _ => return say("Sources and URLs are ticked; there is none on this line."),
        }
        self.lay_out();
        if matches!(self.current(), Some(Line::Url(_))) {
            self.step(1);
        }
        if effects.is_empty() { Reply::Nothing } else { Reply::Do(effects) }
    }

    /// All URLs that nothing is against; when they are ticked, none.
    fn tick_all(&mut self) -> Reply {
        let Some(order) = self.order.as_mut() else { return say(NOTHING) };
        let all = SpamOrder::of(Arc::clone(&order.spam)).urls;
        order.urls = if order.urls == all { vec![] } else { all };
        let count = order.urls.len() as u64;
        self.lay_out();
        say(&format!("{} ticked.", counted(count, "URL")))
    }

    fn ask_contact(&self) -> Reply {
        let (Some(order), Some(ip)) = (&self.order, self.address()) else {
            return say("A contact is of a source; there is none on this line.");
        };
        let named = order.contacts.get(&ip).cloned();
        let found = self.source(ip).and_then(|source| source.contacts.as_ref().ok()?.first());
        let proposal = named.or_else(|| found.map(|(address, _)| address.clone())).unwrap_or_default();
        let title = format!("About {ip} write to (empty: whoever is found)");
        open(Question::new(Asked::SourceContact(ip), &title, &proposal, true))
    }

    fn write_to(&mut self, ip: IpAddr, address: &str) -> Reply {
        let Some(order) = self.order.as_mut() else { return Reply::Nothing };
        if address.is_empty() {
            order.contacts.remove(&ip);
        } else {
            order.contacts.insert(ip, address.to_owned());
        }
        self.lay_out();
        Reply::Nothing
    }

    /// On to what would be sent.
    fn report(&self) -> Reply {
        match &self.order {
            None => say(NOTHING),
            Some(order) if order.spam.sources.is_empty() => {
                say("The message names no public address that it came from: there is nobody to tell.")
            }
            Some(order) if order.sources.is_empty() => hint("No source is ticked: {tick} ticks one."),
            Some(order) => Reply::Report(PlanOf::Spam(order.clone())),
        }
    }

    fn copy(&self) -> Reply {
        let mut things = vec![];
        let url = match (self.current(), self.message()) {
            (Some(Line::Url(number)), Some(message)) => message.urls.get(*number).map(|url| url.url.clone()),
            _ => None,
        };
        things.extend(self.address().map(|ip| ("Address", ip.to_string())));
        things.extend(url.map(|url| ("URL", url)));
        let subject = self.message().and_then(|message| message.report.subject.clone());
        things.extend(subject.map(|subject| ("Subject", subject)));
        if things.is_empty() {
            return say(if self.order.is_some() { "Nothing on this line can be copied." } else { NOTHING });
        }
        let choices = things.into_iter().enumerate().map(|(at, (name, value))| Choice {
            letter: char::from_digit(at as u32 + 1, 10),
            text: showable(name),
            note: showable(&cut(showable(&value).as_str(), 40)),
            answer: Answer::Copy(value),
            switch: None,
            remove: None,
        });
        Reply::Open(Box::new(Layer::Menu(Menu::new("Copy", choices.collect()))))
    }

    fn look_up(&self) -> Reply {
        let url = match (self.current(), self.message()) {
            (Some(Line::Url(number)), Some(message)) => message.urls.get(*number).map(|url| url.url.clone()),
            _ => None,
        };
        match self.address().map(|ip| ip.to_string()).or(url) {
            Some(subject) => Reply::Visit(ScreenName::Tools, subject),
            None => say("Nothing on this line can be looked up."),
        }
    }
}

/// URLs in the order of the message.
fn set(order: &mut SpamOrder, number: usize, on: bool) {
    let spam = Arc::clone(&order.spam);
    let is_on = |place: usize, url: &str, urls: &[String]| {
        if place == number { on } else { urls.iter().any(|chosen| chosen == url) }
    };
    let urls = spam.urls.iter().enumerate().filter(|(place, url)| is_on(*place, &url.url, &order.urls));
    order.urls = urls.map(|(_, url)| url.url.clone()).collect();
}

fn open(line: Question) -> Reply {
    Reply::Open(Box::new(Layer::Line(line)))
}

/// Whether pasted text is a mail and no name or address: several lines, a header first, and one that mails have.
pub fn is_mail(text: &str) -> bool {
    /// Headers of a mail.
    const MOST_LINES: usize = 200;
    let mut lines = text.trim_start().split(['\n', '\r']).take(MOST_LINES);
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    let begins = lines.next().and_then(|line| line.split_once(':')).is_some_and(|(name, _)| is_name(name));
    let known = ["received", "from", "return-path", "delivered-to", "subject", "message-id"];
    let of_mail = |line: &str| {
        let name = line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
        name.is_some_and(|name| known.contains(&name.as_str()))
    };
    begins && lines.filter(|line| of_mail(line)).count() >= 1
}
