//! Keys, pastes, the mouse, the size and signals become events. Knows nothing of what they mean.

use super::event::{Event, Mouse, Signal};
use crate::keymap::{Key, Named, Press};
use crossterm::event::{
    Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// By which the keys are left to another program for a while.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<Away>, Condvar)>);

#[derive(Debug, Default)]
struct Away {
    /// Another program has the terminal.
    is_wanted: bool,
    /// Nobody reads here meanwhile.
    is_so: bool,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Away> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something that reads the keys itself.
    pub fn closed<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        /// A thread that sits in a read is woken at once; should it not be, the person is not kept waiting.
        const PATIENCE: Duration = Duration::from_secs(1);
        self.lock().is_wanted = true;
        // A read ends with the news of a size, which this signal brings.
        let _ = signal_hook::low_level::raise(SIGWINCH);
        let is_read = |away: &mut Away| !away.is_so;
        drop(self.0.1.wait_timeout_while(self.lock(), PATIENCE, is_read));
        let done = meanwhile();
        *self.lock() = Away::default();
        self.0.1.notify_all();
        done
    }

    fn is_closed(&self) -> bool {
        self.lock().is_wanted
    }

    /// Waits here while another program has the terminal.
    fn pass(&self) {
        let mut away = self.lock();
        while away.is_wanted {
            away.is_so = true;
            self.0.1.notify_all();
            away = self.0.1.wait(away).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Starts the threads that listen. They end with the program: one sits in a read that nothing ends.
///
/// # Errors
/// When the system allows no more threads or handlers.
pub fn listen(events: &Sender<Event>) -> io::Result<Gate> {
    let gate = Gate::default();
    let (to, signal_gate, key_gate) = (events.clone(), gate.clone(), gate.clone());
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let signal = match signal {
                // Meant for the program that has the terminal; to stop it, all of us have to.
                SIGTSTP if signal_gate.is_closed() => {
                    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                    continue;
                }
                SIGINT | SIGCONT if signal_gate.is_closed() => continue,
                SIGTSTP => Signal::Stop,
                SIGCONT => Signal::Continue,
                _ => Signal::End(signal),
            };
            if to.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    let to = events.clone();
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        loop {
            key_gate.pass();
            match crossterm::event::read() {
                Ok(raw) => {
                    if let Some(event) = event(raw)
                        && to.send(event).is_err()
                    {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The terminal is gone, and with it the person.
                Err(_) => {
                    let _ = to.send(Event::Signal(Signal::End(SIGHUP)));
                    return;
                }
            }
        }
    })?;
    Ok(gate)
}

fn event(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(key) => pressed(key).map(Event::Key),
        Raw::Paste(text) => Some(Event::Paste(text)),
        Raw::Resize(width, height) => Some(Event::Resize(width, height)),
        Raw::Mouse(MouseEvent { kind, column, row, .. }) => {
            let mouse = match kind {
                MouseEventKind::Down(MouseButton::Left) => Mouse::Click,
                MouseEventKind::ScrollDown => Mouse::ScrollDown,
                MouseEventKind::ScrollUp => Mouse::ScrollUp,
                _ => return None,
            };
            Some(Event::Mouse(mouse, column, row))
        }
        Raw::FocusGained | Raw::FocusLost => None,
    }
}

fn pressed(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let press = match event.code {
        KeyCode::Char(' ') => Press::Named(Named::Space),
        KeyCode::Char(c) => Press::Char(c),
        KeyCode::F(number) => Press::Function(number),
        KeyCode::Enter => Press::Named(Named::Enter),
        KeyCode::Esc => Press::Named(Named::Escape),
        KeyCode::Tab => Press::Named(Named::Tab),
        KeyCode::BackTab => Press::Named(Named::BackTab),
        KeyCode::Backspace => Press::Named(Named::Backspace),
        KeyCode::Delete => Press::Named(Named::Delete),
        KeyCode::Insert => Press::Named(Named::Insert),
        KeyCode::Up => Press::Named(Named::Up),
        KeyCode::Down => Press::Named(Named::Down),
        KeyCode::Left => Press::Named(Named::Left),
        KeyCode::Right => Press::Named(Named::Right),
        KeyCode::Home => Press::Named(Named::Home),
        KeyCode::End => Press::Named(Named::End),
        KeyCode::PageUp => Press::Named(Named::PageUp),
        KeyCode::PageDown => Press::Named(Named::PageDown),
        _ => return None,
    };
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    let press = match press {
        Press::Char(c) if ctrl => Press::Char(c.to_ascii_lowercase()),
        other => other,
    };
    Some(Key { press, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pressed_is_what_the_keymap_writes() {
        let key = |code, modifiers| pressed(KeyEvent::new(code, modifiers)).map(|key| key.to_string());
        assert_eq!(key(KeyCode::Char('G'), KeyModifiers::SHIFT).as_deref(), Some("G"));
        assert_eq!(key(KeyCode::Char('D'), KeyModifiers::CONTROL).as_deref(), Some("ctrl-d"));
        assert_eq!(key(KeyCode::Char(' '), KeyModifiers::NONE).as_deref(), Some("space"));
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::SHIFT).as_deref(), Some("backtab"));
        assert_eq!(key(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }
}
