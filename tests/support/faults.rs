//! What can go wrong with an IMAP server, and where.

use super::imap_mailbox::{Command, Mailbox};

/// Where in the conversation something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Capability,
    Starttls,
    Login,
    Namespace,
    List,
    Create,
    Select,
    Search,
    /// A fetch without bodies.
    Sizes,
    /// A fetch with bodies.
    Fetch,
    Store,
    Copy,
    Move,
    Expunge,
    Idle,
    Logout,
    /// Every command that is nothing of the above.
    Other,
}

impl Step {
    /// The step that a command is.
    pub fn of(command: &Command) -> Step {
        match command.name.as_str() {
            "NAMESPACE" => Step::Namespace,
            "LIST" | "LSUB" => Step::List,
            "CREATE" => Step::Create,
            "SELECT" | "EXAMINE" => Step::Select,
            "UID SEARCH" => Step::Search,
            "UID FETCH"
                if command.arguments.iter().any(|word| word.to_ascii_uppercase().contains("BODY")) =>
            {
                Step::Fetch
            }
            "UID FETCH" => Step::Sizes,
            "UID STORE" => Step::Store,
            "UID COPY" => Step::Copy,
            "UID MOVE" => Step::Move,
            "UID EXPUNGE" | "EXPUNGE" => Step::Expunge,
            _ => Step::Other,
        }
    }
}

/// What goes wrong there.
#[derive(Debug, Clone)]
pub enum Play {
    /// The command is not carried out, nothing is answered, the connection stays.
    Stall,
    /// It is carried out and so many bytes of the answer come; then nothing more.
    StallAfter(usize),
    /// The connection ends, the command is not carried out.
    Drop,
    /// It is carried out, and the connection ends after so many bytes of the answer.
    DropAfter(usize),
    /// Two bytes a second.
    Trickle,
    /// These lines come before the answer.
    Before(&'static str),
    /// This comes instead of all that would have been done; `{tag}` is the tag of the command.
    Instead(&'static str),
    /// This comes instead, and the connection ends.
    Last(&'static str),
    /// This comes and then letters without end.
    Flood(&'static str),
    /// Nothing goes wrong here; only the mailbox changes.
    Nothing,
}

/// A fault at its place.
#[derive(Clone)]
pub struct Fault {
    step: Step,
    times: usize,
    spared: usize,
    uid: Option<u32>,
    pub play: Play,
    pub change: Option<fn(&mut Mailbox)>,
}

impl Fault {
    /// Played once, the first time that it comes to this.
    pub fn at(step: Step, play: Play) -> Fault {
        Fault { step, play, times: 1, spared: 0, uid: None, change: None }
    }

    pub fn always(self) -> Fault {
        self.times(usize::MAX)
    }

    pub fn times(self, times: usize) -> Fault {
        Fault { times, ..self }
    }

    /// So many times it goes well before.
    pub fn sparing(self, spared: usize) -> Fault {
        Fault { spared, ..self }
    }

    /// Only when the command is about this message.
    pub fn about(self, uid: u32) -> Fault {
        Fault { uid: Some(uid), ..self }
    }

    /// The mailbox changes just before.
    pub fn changing(self, change: fn(&mut Mailbox)) -> Fault {
        Fault { change: Some(change), ..self }
    }

    /// Itself, when it is to be played now.
    pub fn due(&mut self, step: Step, command: &Command) -> Option<&Fault> {
        let here = self.step == step && self.uid.is_none_or(|uid| command.is_about(uid));
        if !here || self.times == 0 {
            return None;
        }
        if self.spared > 0 {
            self.spared -= 1;
            return None;
        }
        self.times -= 1;
        Some(self)
    }
}
