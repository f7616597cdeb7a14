//! What a command ends with, and the exit code that tells a script (DESIGN §3). The codes are a contract.

use crate::config;
use std::io;
use std::process::ExitCode;

/// A command that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Done,
    /// Some inputs failed while others went well.
    Partly,
    /// `patterns --new` found some.
    FoundNew,
}

impl Outcome {
    /// 0, 3 or 10.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Partly => 3,
            Outcome::FoundNew => 10,
        }
    }
}

/// A command that did not. The text is a sentence: what failed, on what, why, what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It was tried and did not work.
    #[error("{0}")]
    Failed(String),
    /// The command line, the query or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// Another process writes to this database.
    #[error("{0}")]
    Locked(String),
    /// The user pressed Ctrl-C; what was committed until then stays.
    #[error("interrupted")]
    Interrupted,
    /// The system ended the screen with the signal of this number; as with Ctrl-C, what was committed stays.
    #[error("ended by signal {0}")]
    Signal(i32),
    /// Nobody reads the answer any more (`lafayette list | head`), which is no error.
    #[error("the reader of the answer is gone")]
    BrokenPipe,
}

impl Failure {
    /// It was tried and did not work: exit code 1.
    pub fn failed(sentence: impl Into<String>) -> Failure {
        Failure::Failed(sentence.into())
    }

    /// Something is wrong with what was asked: exit code 2.
    pub fn usage(sentence: impl Into<String>) -> Failure {
        Failure::Usage(sentence.into())
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Failure::BrokenPipe => 0,
            Failure::Failed(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Locked(_) => 4,
            Failure::Interrupted => 130,
            // As a shell tells of a program that a signal ended: 129 SIGHUP, 143 SIGTERM.
            Failure::Signal(number) => 128u8.saturating_add(u8::try_from(*number).unwrap_or(u8::MAX)),
        }
    }

    /// Whether there is anything to say about it.
    pub fn is_silent(&self) -> bool {
        matches!(self, Failure::BrokenPipe | Failure::Signal(_))
    }
}

/// Of writing the answer. Errors of other files say which file and become [`Failure::failed`] where they happen.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::BrokenPipe;
        }
        Failure::Failed(format!("cannot write the answer: {error}"))
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Failure {
        Failure::Usage(error.to_string())
    }
}

/// The code for the system.
pub fn exit_code(result: &Result<Outcome, Failure>) -> ExitCode {
    ExitCode::from(result.as_ref().map_or_else(Failure::code, |outcome| outcome.code()))
}
