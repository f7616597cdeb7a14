//! What lies above a screen and has the keys: a menu, a line to write, a page to read. Layers stack.

mod help;
mod line;
mod menu;
mod page;
mod past;

pub use line::{Editor, Line};
pub use menu::{Choice, Menu};
pub use page::Page;
pub use past::Past;

use super::app::Tone;
use super::command::CommandLine;
use super::event::Effect;
use super::screens::ScreenName;
use super::theme::Theme;
use crate::jobs::desk::{Likeness, PlanOf, Resolved, Target, UrlExport, UrlFormat};
use crate::jobs::report::{Letter, Whose};
use crate::keymap::{Action, Keymap, Mode};
use crate::model::{Cause, Kind, OutgoingId, ReportId, Response};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// One of several.
    Menu(Menu),
    /// A line to write.
    Line(Line),
    /// Text to read.
    Page(Page),
    /// The command line.
    Command(Box<CommandLine>),
}

/// What a key comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing beyond what was changed.
    Nothing,
    /// The layer has served.
    Close,
    /// Another one comes above.
    Open(Box<Layer>),
    /// A sentence for the last line.
    Say(Tone, String),
    /// One of our own that names keys, as actions in braces.
    Hint(&'static str),
    /// Something outside of the screen.
    Do(Vec<Effect>),
    /// The layer has served, and this is what was chosen or written.
    Chosen(Box<Answer>),
    /// Another screen, and what it is to show: a query for Reports, a subject for Tools.
    Visit(ScreenName, String),
    /// The screen Tools, to trace this URL: it asks first.
    Trace(String),
    /// A line of the command line is to be done.
    Command(String),
    /// What would be reported of this, on the screen for that.
    Report(PlanOf),
    /// Where the plan came from, in the list on from what was dealt with, and a sentence, which may be empty.
    Reports {
        /// What was dealt with.
        settled: Vec<ReportId>,
        /// How loud the sentence is.
        tone: Tone,
        /// The sentence.
        sentence: String,
    },
    /// The screen before this one.
    Leave,
    /// Back to this one.
    To(ScreenName),
}

impl Reply {
    /// A menu comes above.
    pub fn menu(title: &str, choices: Vec<Choice>) -> Reply {
        Reply::Open(Box::new(Layer::Menu(Menu::new(title, choices))))
    }

    /// A line to write comes above.
    pub fn ask(line: Line) -> Reply {
        Reply::Open(Box::new(Layer::Line(line)))
    }

    /// A page to read comes above.
    pub fn page(page: Page) -> Reply {
        Reply::Open(Box::new(Layer::Page(page)))
    }
}

/// What a layer asks for. What it is about is settled when it is asked: the list may have moved when it is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Why these reports are dismissed.
    DismissReason(Target),
    /// A tag, `-tag` to take it away.
    Tag(Target),
    /// A note.
    Note(Target),
    /// The name of a view.
    ViewName,
    /// A shell command that gets the raw report.
    PipeTo(ReportId),
    /// A file for the raw report.
    SaveTo(ReportId),
    /// What to search for inside of what is shown.
    Find,
    /// Which days the map is of.
    Window,
    /// A file for a list of URLs.
    UrlsTo(UrlFormat),
    /// How many messages are approved: exactly so many, or nothing is.
    Number(usize),
    /// Under which ticket a desk has what it was told by its form, these letters; may be empty.
    Ticket(Vec<Arc<Letter>>),
    /// The address in place of this one.
    Recipient(String),
    /// Whom to tell about something, in one line.
    WhomToTell,
    /// A contact where there is none.
    Contact(Whose),
    /// The file of a message that nobody reported.
    MessageFile,
    /// To whom such a message is reported for this source; whoever is found when empty.
    SourceContact(IpAddr),
    /// Why these mails are reported although a rule has doubts about them.
    Reason(Vec<ReportId>),
    /// Why these rows are taken out of the outbox.
    CancelReason(Vec<OutgoingId>),
    /// The ticket that came with what a desk answered; may be empty.
    ResponseTicket(OutgoingId, Response),
    /// The ticket of a row whose desk was told by hand; may be empty.
    RowTicket(OutgoingId),
}

/// What a person chose or wrote.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A line, for what was asked.
    Written(Asked, String),
    /// A kind for these reports.
    Kind(Target, Option<Kind>),
    /// A cause.
    Cause(Target, Option<Cause>),
    /// A respect in which reports are alike, among what matches or everywhere.
    Similar {
        /// To this one.
        id: ReportId,
        /// In which respect.
        likeness: Likeness,
        /// Only among what matches.
        matching: bool,
    },
    /// A query, of a saved view.
    Query(String),
    /// A view to be removed.
    RemoveView(String),
    /// A file for a raw report, where one was there already.
    SaveTo {
        /// Which report.
        id: ReportId,
        /// The file.
        path: PathBuf,
        /// In its place, else under another name.
        replace: bool,
    },
    /// Text for the clipboard.
    Copy(String),
    /// The columns of the list: this one on or off.
    Column(usize),
    /// What the screen Tools is to look up.
    LookUp(String),
    /// A URL to be followed.
    Trace(String),
    /// How a list of URLs is to be written.
    UrlFormat(UrlFormat),
    /// A list of URLs, where a file of that name was there already: in its place, else under another name.
    WriteUrls(UrlExport),
    /// URLs go to this feed, or to all.
    SubmitTo(Option<String>),
    /// What tells who received a mail is cut down,
    SubmitCut,
    /// or a person wants to know what does not go.
    SubmitWhy,
    /// The text of a report once more into the editor.
    EditAgain,
    /// The plan of reports stays open,
    StayInPlan,
    /// or is left,
    LeavePlan,
    /// or gives way to one of this.
    Plan(PlanOf),
    /// What became of a row of the outbox.
    Resolved(OutgoingId, Resolved),
    /// Its desk was told by hand; a ticket comes next.
    ToldByHand(OutgoingId),
    /// What a desk answered; a ticket comes next.
    Response(OutgoingId, Response),
    /// What is approved leaves now.
    Flush,
}

impl Layer {
    /// The keys that mean something here, on a terminal of so many columns.
    pub fn help(keymap: &Keymap, mode: Mode, theme: &Theme, columns: u16) -> Layer {
        Layer::Page(help::page(keymap, mode, theme, columns.into()))
    }

    /// Which keys it listens to.
    pub fn mode(&self) -> Mode {
        match self {
            Layer::Menu(_) | Layer::Page(_) => Mode::Menu,
            Layer::Line(_) | Layer::Command(_) => Mode::Line,
        }
    }

    /// Takes an action, on a terminal of so many columns and lines.
    pub fn act(&mut self, action: Action, size: (u16, u16)) -> Reply {
        // The border takes two.
        let height = usize::from(size.1).saturating_sub(2);
        match self {
            Layer::Menu(menu) => menu.act(action, height),
            Layer::Line(line) => line.act(action),
            Layer::Command(line) => line.act(action),
            Layer::Page(page) => page.act(action, height),
        }
    }

    /// Takes text.
    pub fn typed(&mut self, text: &str) -> Reply {
        match self {
            Layer::Menu(menu) => menu.typed(text),
            Layer::Line(line) => line.typed(text),
            Layer::Command(line) => line.typed(text),
            Layer::Page(_) => Reply::Nothing,
        }
    }
}
