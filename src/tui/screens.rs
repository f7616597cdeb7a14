//! The screens as the frame sees them: which there are, and what each is given. Knows nothing of what they show.

use super::app::Tone;
use super::event::{Effect, Mouse};
use super::layer::{Answer, Asked, Reply};
use crate::jobs::desk::{self, UrlNews};
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::query::nearest;

/// The screens that there are, in the order of their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScreenName {
    /// Reports: look, filter, mark.
    #[default]
    Reports,
    /// The URLs of reports.
    Urls,
    /// What would be reported, and to whom. It has no number: Reports leads there.
    Report,
    /// Patterns: what bursts.
    Patterns,
    /// Volume: how many came when, and what bursts.
    Volume,
    /// Map: where mails come from, by country and network.
    Map,
    /// One message that nobody reported. It has no number: Tools leads there.
    Spam,
    /// What went out, and what may.
    Outbox,
    /// Everything that is known about an address, a network, a domain, a URL, an AS.
    Tools,
}

impl ScreenName {
    /// Those with a number.
    pub const ALL: &[ScreenName] = &[
        ScreenName::Reports,
        ScreenName::Urls,
        ScreenName::Patterns,
        ScreenName::Volume,
        ScreenName::Map,
        ScreenName::Outbox,
        ScreenName::Tools,
    ];

    /// What the first line calls it.
    pub fn title(self) -> &'static str {
        match self {
            ScreenName::Reports | ScreenName::Report => "Reports",
            ScreenName::Urls => "URLs",
            ScreenName::Patterns => "Patterns",
            ScreenName::Volume => "Volume",
            ScreenName::Map => "Map",
            ScreenName::Outbox => "Outbox",
            ScreenName::Tools | ScreenName::Spam => "Tools",
        }
    }

    /// What a hint calls the way back there.
    pub fn way_back(self) -> &'static str {
        match self {
            ScreenName::Reports | ScreenName::Report => "to Reports",
            ScreenName::Urls => "to URLs",
            ScreenName::Patterns => "to Patterns",
            ScreenName::Volume => "to Volume",
            ScreenName::Map => "to Map",
            ScreenName::Outbox => "to Outbox",
            ScreenName::Tools | ScreenName::Spam => "to Tools",
        }
    }

    /// What leads there.
    pub fn action(self) -> Action {
        match self {
            ScreenName::Reports | ScreenName::Report => Action::ScreenReports,
            ScreenName::Urls => Action::ScreenUrls,
            ScreenName::Patterns => Action::ScreenPatterns,
            ScreenName::Volume => Action::ScreenVolume,
            ScreenName::Map => Action::ScreenMap,
            ScreenName::Outbox => Action::ScreenOutbox,
            ScreenName::Tools | ScreenName::Spam => Action::ScreenTools,
        }
    }

    /// Where an action leads.
    pub fn of(action: Action) -> Option<ScreenName> {
        ScreenName::ALL.iter().copied().find(|screen| screen.action() == action)
    }

    /// Whom news of the desk concern, while this screen is shown.
    pub fn concerned(event: &desk::Event, shown: ScreenName) -> ScreenName {
        match event {
            // For the line that somebody writes there.
            desk::Event::Completions { .. } | desk::Event::ViewNames(_) => shown,
            desk::Event::Urls(_) => ScreenName::Urls,
            desk::Event::Patterns(_) => ScreenName::Patterns,
            desk::Event::Volume(_) | desk::Event::Bursts(..) => ScreenName::Volume,
            desk::Event::Origins(_) => ScreenName::Map,
            desk::Event::Plan(..) => ScreenName::Report,
            desk::Event::Outbox(_) => ScreenName::Outbox,
            desk::Event::Spam(..) => ScreenName::Spam,
            desk::Event::LookUp(..) => ScreenName::Tools,
            _ => ScreenName::Reports,
        }
    }

    /// What is said of news of this screen in place of a menu or a question, while the keys go elsewhere.
    pub fn instead_of_menu(self, event: &desk::Event) -> (Tone, String) {
        match event {
            desk::Event::FileExists { path, .. } => {
                (Tone::Wrong, format!("{} is there already; save under another name.", path.display()))
            }
            desk::Event::Urls(UrlNews::FileExists(export)) => (
                Tone::Wrong,
                format!("{} is there already; write under another name.", export.path.display()),
            ),
            desk::Event::Urls(UrlNews::Held(held)) => (Tone::Done, held.sentence.clone()),
            _ => {
                let title = self.title();
                (Tone::Done, format!("{title} answered while the keys were elsewhere; ask there once more."))
            }
        }
    }
}

/// What the frame gives a screen. One that is not shown keeps its state, and is told of resizes and news all the same.
pub trait Screen {
    /// Where the keys go.
    fn mode(&self) -> Mode;
    /// The terminal has another size.
    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect>;
    /// It is shown from now on; the query is that of Reports.
    fn enter(&mut self, query: &str, now: Seconds) -> Vec<Effect> {
        let _ = (query, now);
        vec![]
    }
    /// What a key stands for.
    fn act(&mut self, action: Action) -> Reply;
    /// Text that was typed or pasted.
    fn typed(&mut self, text: &str) -> Vec<Effect>;
    /// What an action takes by name on the command line, where that is one of a few.
    fn names_behind(&self, _action: Action) -> Vec<&'static str> {
        vec![]
    }
    /// An action with what stands behind it on the command line; nothing when it is no other than the answer to what
    /// the action asks. Or what is wrong with it.
    fn command(&mut self, _action: Action, _argument: &str) -> Option<Result<Reply, String>> {
        None
    }
    /// What stands so far in a line that was asked for.
    fn being_written(&mut self, _asked: &Asked, _text: &str) {}
    /// What a person answered to a layer above it.
    fn answered(&mut self, answer: Answer) -> Reply;
    /// The mouse, at a column and a line.
    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply;
    /// News of the desk.
    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply;
    /// When the clock makes what is shown untrue, if it does: it is then told that something has changed.
    fn end(&self) -> Option<Seconds> {
        None
    }
    /// Another screen sends the person here: Reports with a query, URLs with a pattern, Tools with a subject.
    fn visit(&mut self, with: &str) -> Reply;
}

/// What is said of a name that an action does not know.
pub fn unknown(action: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!("'{action}' does not know '{name}'; did you mean '{meant}'?"),
        None => format!("'{action}' does not know '{name}'; there are {}", known.join(", ")),
    }
}
