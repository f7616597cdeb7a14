//! From letters to rows of the ledger, and what a person decides about them.

use super::plan::Letter;
use crate::config::Config;
use crate::jobs::way_out;
use crate::model::{Draft, Held, OutgoingId, clock};
use crate::store::{self, Looked, Store};
use std::sync::Arc;

/// Whether anything can be sent.
///
/// # Errors
/// A sentence that says what to set.
pub fn can_send(config: &Config) -> Result<(), String> {
    if config.report.from.is_none() {
        return Err("Nothing can be sent without a sender: set 'from' in [report].".to_owned());
    }
    way_out::way(config).map(drop)
}

/// Holds letters in the ledger. Nothing leaves before it is approved.
///
/// # Errors
/// The database. Then none of them is held.
pub fn hold(store: &Store, letters: &[Arc<Letter>], by: &str) -> Result<Vec<Held>, store::Error> {
    let drafts: Vec<Draft> = letters.iter().map(|letter| draft(letter)).collect();
    store.hold(&drafts, by, clock::now())
}

fn draft(letter: &Letter) -> Draft {
    Draft {
        kind: letter.kind,
        recipient: letter.to.clone(),
        source: letter.source,
        subject: letter.subject.clone(),
        report_type: letter.report_type,
        message_id: letter.message_id.clone(),
        token: letter.token.clone(),
        bytes: letter.bytes.to_vec(),
        mails: letter.mails.clone(),
        submission: None,
        incidents: letter.incidents,
        warnings: letter.concerns.iter().map(|concern| concern.text.clone()).collect(),
        singly: letter.singly.clone(),
        reason: letter.reason.clone(),
        repeats: letter.repeats,
    }
}

/// Approves exactly these rows with exactly these bytes, all or none. They leave when the time to take them back is over.
///
/// # Errors
/// A sentence: there is no way out, or the ledger refuses it.
pub fn approve(
    store: &Store,
    config: &Config,
    what: &[(OutgoingId, [u8; 32])],
    by: &str,
) -> Result<(), ApproveError> {
    can_send(config).map_err(ApproveError::NoWayOut)?;
    let now = clock::now();
    Ok(store.approve(what, Looked::Together, now + config.sending.hold, by, now)?)
}

/// Why nothing was approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// Nothing could leave.
    #[error("{0}")]
    NoWayOut(String),
    /// The ledger.
    #[error(transparent)]
    Store(#[from] store::Error),
}
