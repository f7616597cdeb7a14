//! What happens to the screen, and what it wants to happen.

use crate::jobs::desk;
use crate::keymap::Key;

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse, at a column and a line.
    Mouse(Mouse, u16, u16),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The system speaks.
    Signal(Signal),
    /// The desk answers.
    Desk(desk::Event),
    /// The editor has ended: the text as it is now, or why there is none, a sentence.
    Edited(Result<Vec<u8>, String>),
    /// The pager has ended, or why nothing was shown, a sentence.
    Read(Result<(), String>),
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button.
    Click,
    /// The wheel, towards the person.
    ScrollDown,
    /// The wheel, away.
    ScrollUp,
}

/// What the system wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Leave, because of the signal of this number.
    End(i32),
    /// Go into the background.
    Stop,
    /// Come back from there.
    Continue,
}

/// The screen wants something from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the desk.
    Desk(desk::Request),
    /// Put this on the clipboard, by OSC 52.
    Copy(String),
    /// Let a person edit this in an editor.
    Edit {
        /// What stands there at first.
        text: Vec<u8>,
        /// At most so many bytes come back.
        most: u64,
    },
    /// Let a person read this in a pager. It was made showable.
    Read(String),
    /// Draw everything anew.
    Redraw,
    /// Go into the background.
    Suspend,
    /// Leave the program: a person wants it.
    Quit,
    /// Leave the program: the system wants it, by the signal of this number.
    End(i32),
}
