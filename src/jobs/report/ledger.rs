//! From letters to rows of the ledger, and what a person decides about them.

use super::plan::Letter;
use crate::config::Config;
use crate::jobs::{submit, way_out};
use crate::model::clock::{self, Seconds};
use crate::model::{Draft, Held, Outgoing, OutgoingId, OutgoingKind, UrlFeedKind};
use crate::store::{self, Looked, Store};
use std::sync::Arc;

/// Whether anything can be sent: mail, or URLs to a feed.
///
/// # Errors
/// A sentence that says what to set.
pub fn can_send(config: &Config) -> Result<(), String> {
    if submit::has_http_feed(config) { Ok(()) } else { can_mail(config) }
}

/// Whether rows of this kind can leave: a submission wants its feed, all others a way for mail.
///
/// # Errors
/// A sentence that says what to set.
pub fn can_leave(config: &Config, row: &Outgoing) -> Result<(), String> {
    if row.kind != OutgoingKind::Submission {
        return can_mail(config);
    }
    match config.url_feed(&row.recipient) {
        Some(feed) if feed.kind == UrlFeedKind::Mail => can_mail(config),
        Some(_) => Ok(()),
        None => {
            Err(format!("Nothing can be submitted to '{}': no [[url_feed]] has that name.", row.recipient))
        }
    }
}

/// Whether mail can be sent.
///
/// # Errors
/// A sentence that says what to set.
pub(super) fn can_mail(config: &Config) -> Result<(), String> {
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

/// Approves exactly these rows with exactly these bytes, all or none. They leave when the time to take them back is over,
/// which is said.
///
/// # Errors
/// A sentence: there is no way out, or the ledger refuses it.
pub fn approve(
    store: &Store,
    config: &Config,
    what: &[(OutgoingId, [u8; 32])],
    by: &str,
) -> Result<Seconds, ApproveError> {
    for (id, _) in what {
        // One that is not there is refused by the ledger.
        let row = store.outgoing(*id)?;
        row.map_or(Ok(()), |row| can_leave(config, &row)).map_err(ApproveError::NoWayOut)?;
    }
    let now = clock::now();
    let due = now.saturating_add(config.sending.hold);
    store.approve(what, Looked::Together, due, by, now)?;
    Ok(due)
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
