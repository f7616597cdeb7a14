//! What the ledger does not allow, as sentences with what to do instead.

use crate::model::{OutgoingId, OutgoingState};

/// Why a change of the ledger was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such row.
    #[error("there is no row {0} in the outbox")]
    NotThere(OutgoingId),
    /// A row in this state is past that, or not so far.
    #[error("row {id} of the outbox is {state} and cannot be {act}")]
    State {
        /// The row.
        id: OutgoingId,
        /// Its state.
        state: OutgoingState,
        /// What was asked for, as a participle.
        act: &'static str,
    },
    /// Its bytes are not the ones that were looked at.
    #[error("row {0} of the outbox was changed since it was looked at: look at it again")]
    Changed(OutgoingId),
    /// It has to be looked at by itself.
    #[error("row {id} of the outbox is approved singly: {why}")]
    Singly {
        /// The row.
        id: OutgoingId,
        /// The sentence that says why.
        why: String,
    },
    /// No mail goes there.
    #[error(
        "row {0} of the outbox is the text for a form: copy it there, then record it \
         (`lafayette outbox resolve {0} --by-hand`)"
    )]
    FormOnly(OutgoingId),
    /// A mail of it was told to this recipient, or is about to be, by another row.
    #[error(
        "row {id} of the outbox is about a mail that goes to the same recipient by row {by}, which is {state}"
    )]
    Already {
        /// The row.
        id: OutgoingId,
        /// The other one,
        by: OutgoingId,
        /// which is this far.
        state: OutgoingState,
    },
    /// That is no recipient for this kind.
    #[error("{0:?} is no recipient: a report goes to one mail address, a form has an https: address")]
    Recipient(String),
    /// Another message has this token.
    #[error("another message in the outbox has the token {0:?}: compose it again")]
    Token(String),
    /// No mail server takes it, and it fills the database.
    #[error("a message of {0} bytes is too large for the outbox, which takes 64 MiB")]
    TooLarge(usize),
    /// Nothing came back from a row that has not left.
    #[error("row {id} of the outbox is {state}: nobody can have answered it")]
    NotTold {
        /// The row.
        id: OutgoingId,
        /// Its state.
        state: OutgoingState,
    },
}

/// Why a transaction ended early.
pub(super) enum Stop {
    Refused(Refusal),
    Failed(rusqlite::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Stop {
        Stop::Failed(error)
    }
}
