//! Keys, pastes, the mouse, the size and signals become events. Knows nothing of what they mean.

use super::event::{Event, Mouse, Signal};
use super::terminal;
use crate::keymap::{Key, Named, Press};
use crossterm::event::{
    Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use rustix::event::{PollFd, PollFlags};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// Starts the threads that listen. They end with the program: one sits in a read that nothing ends.
///
/// # Errors
/// When the system allows no more threads or handlers.
pub fn listen(events: &Sender<Event>) -> io::Result<()> {
    let to = events.clone();
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT, SIGWINCH])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            // They are for the program that has the terminal: it is in our group, and is stopped and ended with us.
            if terminal::is_lent() {
                match signal {
                    SIGINT => continue,
                    SIGTSTP => {
                        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                        continue;
                    }
                    _ => {}
                }
            }
            if signal == SIGWINCH {
                let resized = crossterm::terminal::size().map(|(width, height)| Event::Resize(width, height));
                if resized.is_ok_and(|resized| to.send(resized).is_err()) {
                    return;
                }
                continue;
            }
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
        while let Ok(is_gone) = wait_for_keys() {
            // Whoever has the terminal for a while reads what came.
            let keys = terminal::reading();
            let mut came = 0;
            let read = loop {
                match next_event() {
                    Ok(Some(raw)) => {
                        came += 1;
                        if let Some(event) = event(raw)
                            && to.send(event).is_err()
                        {
                            return;
                        }
                    }
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            drop(keys);
            if read.is_err() || is_gone && came == 0 {
                break;
            }
        }
        // The terminal is gone, and with it the person.
        let _ = to.send(Event::Signal(Signal::End(SIGHUP)));
    })?;
    Ok(())
}

/// Waits for keys without reading them; whether the terminal is gone.
fn wait_for_keys() -> io::Result<bool> {
    let stdin = io::stdin();
    let mut wanted = [PollFd::new(&stdin, PollFlags::IN)];
    match rustix::event::poll(&mut wanted, None) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    Ok(wanted.iter().any(|wanted| wanted.revents().intersects(gone)))
}

/// What came, without waiting for more.
fn next_event() -> io::Result<Option<Raw>> {
    match crossterm::event::poll(Duration::ZERO) {
        Ok(true) => crossterm::event::read().map(Some),
        Ok(false) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
        Err(error) => Err(error),
    }
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
