//! The state of the screen and what changes it. `update` is pure: an event in, effects out; `draw` only looks.

use super::event::{Effect, Event, Mouse, Signal};
use super::layer::{Layer, Reply};
use super::reports::Reports;
use super::theme::Theme;
use super::{draw, settings::Settings};
use crate::jobs::desk::{self, Request, SyncNews};
use crate::keymap::{Action, Key, Keymap, Mode, Resolved};
use crate::model::clock::Seconds;
use crate::text::{Showable, showable};
use ratatui::Frame;

/// How loud a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something went wrong.
    Wrong,
}

/// The sentence in the last line, until the next key.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What it says.
    pub text: Showable,
    /// How loud.
    pub tone: Tone,
}

/// What is known of reading the mailboxes.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum SyncState {
    /// Not since the program began.
    #[default]
    Never,
    /// It was asked for.
    Starting,
    /// It runs: feed, done, total.
    Running(Showable, u64, u64),
    /// It ended, well or not.
    Ended(Seconds, bool),
}

/// Everything that the screen shows.
pub struct App {
    /// Which keys do what.
    pub keymap: Keymap,
    /// How it looks.
    pub theme: Theme,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// The Reports screen.
    pub reports: Reports,
    /// Menus, lines and pages above it; the last one has the keys.
    pub layers: Vec<Layer>,
    /// The last sentence.
    pub message: Option<Message>,
    /// Reading the mailboxes.
    pub sync: SyncState,
    /// All messages that are kept.
    pub stored: u64,
    /// Where they are kept.
    pub database: Showable,
    /// The time, as the screen knows it.
    pub now: Seconds,
    pending: Vec<Key>,
    changed: bool,
}

impl App {
    /// The screen before anything is known, and what it asks for first.
    pub fn new(settings: &Settings, size: (u16, u16), now: Seconds) -> (App, Vec<Effect>) {
        let mut app = App {
            keymap: settings.keymap.clone(),
            theme: settings.theme,
            size,
            reports: Reports::new(settings, now),
            layers: vec![],
            message: None,
            sync: SyncState::Never,
            stored: 0,
            database: settings.database.clone(),
            now,
            pending: vec![],
            changed: true,
        };
        app.reports.resize(size);
        app.reports.filter_lines();
        let effects = app.reports.ask();
        (app, effects)
    }

    /// Whether something has to be drawn since this was last asked.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Draws everything.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        draw::screen(self, frame);
    }

    /// Where the keys go.
    pub fn mode(&self) -> Mode {
        match self.layers.last() {
            Some(layer) => layer.mode(),
            None => self.reports.mode(),
        }
    }

    /// Keys that were pressed and wait for the next one.
    pub fn pending(&self) -> &[Key] {
        &self.pending
    }

    /// Takes an event in.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        self.changed = true;
        let effects = self.happened(event);
        self.reports.filter_lines();
        if effects.iter().any(|effect| matches!(effect, Effect::Copy(_))) {
            self.say(Tone::Done, "Copied.");
        }
        // It may run for long before it says anything.
        let piped = effects.iter().find_map(|effect| match effect {
            Effect::Desk(Request::Pipe { command, .. }) => Some(format!("running: {command}")),
            _ => None,
        });
        piped.iter().for_each(|sentence| self.say(Tone::Done, sentence));
        effects
    }

    fn happened(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Mouse(mouse, column, line) => self.mouse(mouse, column, line),
            Event::Resize(width, height) => {
                self.size = (width, height);
                self.reports.resize(self.size)
            }
            Event::Signal(Signal::End(number)) => vec![Effect::End(number)],
            Event::Signal(Signal::Stop) => vec![Effect::Suspend],
            Event::Signal(Signal::Continue) => vec![Effect::Redraw],
            Event::Desk(event) => self.desk(event),
        }
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        self.message = None;
        let mode = self.mode();
        self.pending.push(key);
        match self.keymap.resolve(mode, &self.pending) {
            Resolved::Pending => vec![],
            Resolved::Action(action) => {
                self.pending.clear();
                self.act(action)
            }
            Resolved::Nothing => {
                let alone = self.pending.len() == 1;
                self.pending.clear();
                match key.typed() {
                    Some(typed) if alone => self.typed(&typed.to_string()),
                    // What follows a key that began something may stand for itself.
                    _ if !alone => self.key(key),
                    _ => vec![],
                }
            }
        }
    }

    /// Into a line that is written. Elsewhere text is not meant as keys: it would choose from a menu what nobody read.
    fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.mode() != Mode::Line {
            return vec![];
        }
        /// A query of more characters is a mistake: somebody pasted a mail.
        const LONGEST: usize = 4_096;
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        if text.chars().nth(LONGEST).is_some() {
            self.say(Tone::Wrong, "The pasted text was cut after 4,096 characters.");
        }
        self.typed(&line)
    }

    fn typed(&mut self, text: &str) -> Vec<Effect> {
        match self.layers.last_mut() {
            Some(layer) => {
                let reply = layer.typed(text);
                self.reply(reply)
            }
            None => self.reports.typed(text),
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Vec<Effect> {
        if self.layers.is_empty() {
            let reply = self.reports.mouse(mouse, column, line);
            return self.reply(reply);
        }
        match mouse {
            Mouse::ScrollDown => self.act(Action::Down),
            Mouse::ScrollUp => self.act(Action::Up),
            Mouse::Click => vec![],
        }
    }

    /// Does what a key stands for. Tests call it as well.
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Redraw => return vec![Effect::Redraw],
            Action::Suspend => return vec![Effect::Suspend],
            _ => {}
        }
        if let Some(layer) = self.layers.last_mut() {
            let reply = layer.act(action, self.size);
            return self.reply(reply);
        }
        match action {
            Action::Quit => vec![Effect::Quit],
            Action::Help => {
                self.layers.push(Layer::help(&self.keymap, self.reports.mode(), self.size.0));
                vec![]
            }
            Action::Undo => vec![Effect::Desk(Request::Undo)],
            Action::Redo => vec![Effect::Desk(Request::Redo)],
            Action::Sync if matches!(self.sync, SyncState::Starting | SyncState::Running(..)) => {
                self.say(Tone::Done, "The read of the mailboxes ends.");
                vec![Effect::Desk(Request::StopSync)]
            }
            Action::Sync => {
                self.sync = SyncState::Starting;
                vec![Effect::Desk(Request::Sync)]
            }
            _ => {
                let reply = self.reports.act(action);
                self.reply(reply)
            }
        }
    }

    fn reply(&mut self, reply: Reply) -> Vec<Effect> {
        match reply {
            Reply::Nothing => vec![],
            Reply::Close => {
                self.layers.pop();
                vec![]
            }
            Reply::Open(layer) => {
                self.layers.push(*layer);
                vec![]
            }
            Reply::Say(tone, text) => {
                self.say(tone, &text);
                vec![]
            }
            Reply::Do(effects) => effects,
            Reply::Chosen(answer) => {
                self.layers.pop();
                let reply = self.reports.answered(*answer);
                self.reply(reply)
            }
        }
    }

    /// Shows a sentence in the last line.
    pub fn say(&mut self, tone: Tone, text: &str) {
        self.message = Some(Message { text: showable(text), tone });
    }

    /// A layer is open, or a line is written.
    fn is_occupied(&self) -> bool {
        !self.layers.is_empty() || self.mode() == Mode::Line
    }

    fn desk(&mut self, event: desk::Event) -> Vec<Effect> {
        match event {
            desk::Event::Failed(sentence) => {
                if self.sync == SyncState::Starting {
                    self.sync = SyncState::Never;
                }
                self.say(Tone::Wrong, &sentence);
                vec![]
            }
            desk::Event::Done { sentence, .. } => {
                self.say(Tone::Done, &sentence);
                vec![]
            }
            desk::Event::Sync(SyncNews::Running { feed, done, total }) => {
                self.sync = SyncState::Running(showable(&feed), done, total);
                vec![]
            }
            desk::Event::Sync(SyncNews::Ended { at, sentence, errors }) => {
                self.sync = SyncState::Ended(at, errors.is_empty());
                match errors.first() {
                    Some(error) => self.say(Tone::Wrong, error),
                    None => self.say(Tone::Done, &sentence),
                }
                vec![]
            }
            // What somebody writes or chooses at the moment is not to be taken away under the fingers.
            desk::Event::Output(output) if self.is_occupied() => {
                let last = output.lines.last().map_or("", String::as_str);
                self.say(Tone::Done, &format!("`{}` ended with {}: {last}", output.command, output.ended));
                vec![]
            }
            desk::Event::FileExists { path, .. } if self.is_occupied() => {
                let sentence = format!("{} is there already; save under another name.", path.display());
                self.say(Tone::Wrong, &sentence);
                vec![]
            }
            desk::Event::Loaded { stored } => {
                self.stored = stored;
                vec![]
            }
            event => {
                if let desk::Event::Answer(answer) = &event {
                    self.stored = answer.stored;
                }
                let reply = self.reports.desk(event, self.now);
                self.reply(reply)
            }
        }
    }
}
