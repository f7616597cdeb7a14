//! Keys, pastes, the mouse, the size and signals become events. Knows nothing of what they mean.

use super::event::{Event, Mouse, Signal};
use crate::keymap::{Key, Named, Press};
use crossterm::event::{
    Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::mpsc::Sender;
use std::thread;

/// Starts the threads that listen. They end with the program: one sits in a read that nothing ends.
///
/// # Errors
/// When the system allows no more threads or handlers.
pub fn listen(events: &Sender<Event>) -> io::Result<()> {
    let to = events.clone();
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let signal = match signal {
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
    Ok(())
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
