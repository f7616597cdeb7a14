//! The screen: a terminal, one channel of events, a state that they change, and a picture of it. It touches neither
//! the database nor a socket: it asks the desk, and never waits.

mod app;
mod command;
mod draw;
mod editor;
mod event;
#[cfg(debug_assertions)]
mod fault;
mod input;
mod layer;
mod map;
mod outbox;
mod pace;
mod pager;
mod paint;
mod remembered;
mod patterns;
mod pane;
mod report;
mod reports;
mod scope;
mod screens;
mod settings;
mod spam;
mod sync;
mod terminal;
pub mod theme;
mod tools;
mod urls;
mod volume;

pub use editor::edit;
pub use reports::{Column, OPEN};
pub use settings::Settings;

use crate::jobs::desk::{self, Desk};
use crate::model::clock::{self, Seconds};
use crate::text::showable_lines;
use app::{App, Tone};
use crossterm::clipboard::CopyToClipboard;
use event::{Effect, Event};
use input::Gate;
use pace::Pace;
use signal_hook::consts::SIGHUP;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use terminal::Terminal;

/// Events that are taken in before the next look at the clock, so that a flood of them does not freeze the screen.
const AT_ONCE: usize = 256;

/// Why the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A person left it.
    ByPerson,
    /// The signal of this number ended it; a terminal that is gone counts as SIGHUP.
    BySignal(i32),
}

/// Opens the screen and stays until a person leaves it, or the system ends it.
///
/// # Errors
/// When there is no terminal, or it goes away in a way that is no hang-up.
pub fn run(options: desk::Options, settings: &Settings) -> io::Result<Ended> {
    stay(options, settings)
        .or_else(|error| if terminal::is_gone(&error) { Ok(Ended::BySignal(SIGHUP)) } else { Err(error) })
}

fn stay(options: desk::Options, settings: &Settings) -> io::Result<Ended> {
    let (sender, events) = channel();
    let to_screen = sender.clone();
    let desk = Desk::open(options, move |event| {
        // Nobody listens any more when the screen is closed.
        let _ = to_screen.send(Event::Desk(event));
    });
    let terminal = Terminal::take(settings.mouse)?;
    let (left, note) = settings.remembered_in.as_deref().map(remembered::read).unwrap_or_default();
    let (mut app, effects) = App::new(settings, &left, terminal.size()?, clock::now());
    note.iter().for_each(|note| app.say(Tone::Wrong, note));
    let gate = input::listen(&sender)?;
    let mut outside = Outside { desk, terminal, gate, events: sender };
    let first = outside.perform(effects)?;
    let ended = live(&mut app, &mut outside, &events, first);
    if let Some(path) = &settings.remembered_in {
        let now = app.remembered(&settings.configured_columns);
        // Another screen of the same person may have left something there meanwhile.
        let there = || remembered::read(path).0;
        if now != left
            && let Err(error) = remembered::write(path, &now.with(&left, there()))
        {
            // Nobody reads the screen any more, and nothing depends on it.
            tracing::warn!(target: "lafayette::screen", "{} could not be written: {error}", path.display());
        }
    }
    ended
}

/// Until a person leaves it, or the system ends it.
fn live(
    app: &mut App,
    outside: &mut Outside,
    events: &Receiver<Event>,
    mut ended: Option<Ended>,
) -> io::Result<Ended> {
    let mut pace = Pace::new();
    let mut dirty = app.take_changed();
    loop {
        if let Some(ended) = ended.take() {
            return Ok(ended);
        }
        let wait = pace.wait(Instant::now());
        if dirty && wait.is_zero() {
            outside.terminal.draw(|frame| app.draw(frame))?;
            pace.drawn(Instant::now());
            dirty = false;
        }
        let first = match (dirty, app.end()) {
            (true, _) => events.recv_timeout(wait),
            (false, Some(end)) => events.recv_timeout(until(end)),
            (false, None) => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let first = match first {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) if dirty => continue,
            // Time has passed, and is news for what is shown.
            Err(RecvTimeoutError::Timeout) => Event::Desk(desk::Event::Changed),
            Err(RecvTimeoutError::Disconnected) => return Ok(Ended::ByPerson),
        };
        app.now = clock::now();
        for event in std::iter::once(first).chain(events.try_iter().take(AT_ONCE)) {
            #[cfg(debug_assertions)]
            fault::on(&event, &outside.desk);
            let effects = app.update(event);
            let leaves =
                |effect: &Effect| matches!(effect, Effect::Suspend | Effect::Edit { .. } | Effect::Read(_));
            let was_away = effects.iter().any(leaves);
            ended = ended.or(outside.perform(effects)?);
            if was_away {
                // The terminal may have another size than before, and nobody told.
                let (width, height) = outside.terminal.size()?;
                let resized = app.update(Event::Resize(width, height));
                ended = ended.or(outside.perform(resized)?);
            }
        }
        dirty |= app.take_changed();
    }
}

/// How long it is until then; never so short that it would be asked all the time.
fn until(then: Seconds) -> Duration {
    Duration::from_secs((then - clock::now()).max(1).unsigned_abs())
}

/// What the screen has around it.
struct Outside {
    desk: Desk,
    terminal: Terminal,
    gate: Gate,
    events: Sender<Event>,
}

impl Outside {
    /// Does what the screen wants; why it ends, if it shall.
    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<Option<Ended>> {
        for effect in effects {
            match effect {
                Effect::Desk(request) => self.desk.send(request),
                Effect::Copy(text) => {
                    // It is pasted into a shell before anybody has read it.
                    let text = showable_lines(&text).into_string();
                    self.terminal.write(CopyToClipboard::to_clipboard_from(text))?;
                }
                Effect::Edit { text, most } => self.leave_to(|| Event::Edited(edit(&text, most)))?,
                Effect::Read(text) => self.leave_to(|| Event::Read(pager::read(&text)))?,
                Effect::Redraw => self.terminal.forget(),
                Effect::Suspend => self.terminal.lend(|| {
                    // Stops the whole process until it is continued.
                    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
                })?,
                Effect::Quit => return Ok(Some(Ended::ByPerson)),
                Effect::End(signal) => return Ok(Some(Ended::BySignal(signal))),
            }
        }
        Ok(None)
    }

    /// Leaves terminal and keys to another program, and tells what came of it.
    fn leave_to(&mut self, program: impl FnOnce() -> Event) -> io::Result<()> {
        let Outside { terminal, gate, events, .. } = self;
        gate.closed(|| {
            terminal.lend(|| {
                // Nobody listens any more when the screen is closed.
                let _ = events.send(program());
            })
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
