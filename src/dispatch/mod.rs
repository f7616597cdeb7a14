//! What goes out, and by which way: a folder of .eml files, SMTP, a command, feeds of URLs. Knows messages and no ledger: whoever
//! sends is told right before the bytes leave, and afterwards what became of them.

mod envelope;
pub mod dkim;
pub mod feed;
pub mod folder;
mod reply;
pub mod sendmail;
pub mod smtp;
mod wire;

use std::path::PathBuf;

/// By which way messages leave, with all that it needs.
#[derive(Debug, Clone)]
pub enum Way {
    /// A server that takes mail from us.
    Smtp(smtp::Server),
    /// A command on this machine.
    Sendmail(sendmail::Command),
    /// Files that somebody else takes care of.
    Folder(PathBuf),
}

/// Opens a way. No server is asked before the first message: what it says then is told with that message.
///
/// # Errors
/// A sentence, when the way cannot work as it is set up.
pub fn open(way: &Way) -> Result<Box<dyn Sink>, String> {
    Ok(match way {
        Way::Smtp(server) => Box::new(smtp::Smtp::new(server.clone())),
        Way::Sendmail(command) => Box::new(sendmail::Sendmail::new(command.clone())?),
        Way::Folder(path) => Box::new(folder::Folder::open(path).map_err(|error| error.to_string())?),
    })
}

/// One message on its way to one recipient.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its number in the ledger.
    pub id: crate::model::OutgoingId,
    /// MAIL FROM without brackets; empty for the null sender.
    pub sender: &'a str,
    /// RCPT TO.
    pub recipient: &'a str,
    /// Headers and body, CRLF line ends.
    pub bytes: &'a [u8],
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The other side answers for it now. What it said.
    Sent(String),
    /// Not taken for the moment: 4xx, or no connection before the message was on its way. Why.
    Deferred {
        /// The answer, or what went wrong.
        answer: String,
        /// Nobody's fault but the server's that we send by: others need not be tried now either.
        all: bool,
    },
    /// Refused for good: 5xx.
    Failed {
        /// The answer, or what is wrong.
        answer: String,
        /// The recipient cannot be reached, and no other message would do better. Not so where something about us or
        /// about this message is refused.
        of_recipient: bool,
    },
    /// The connection ended after the message began and before an answer came. Why.
    Unknown(String),
    /// It was not begun, because it may not leave: what `about_to` said.
    Withdrawn(String),
}

impl Delivery {
    /// Refused for good, for what says nothing of the recipient.
    pub fn failed(answer: impl Into<String>) -> Delivery {
        Delivery::Failed { answer: answer.into(), of_recipient: false }
    }
}

/// A way out.
pub trait Sink: Send {
    /// Hands a message over. `about_to` is called once, when the recipient is accepted and before the first byte of the
    /// message leaves; where it fails, nothing does.
    fn deliver(
        &mut self,
        message: &Message<'_>,
        about_to: &mut dyn FnMut() -> Result<(), String>,
    ) -> Delivery;
}
