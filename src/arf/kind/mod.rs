//! Normal, bounce or auto-replied: what the reported mail is, and why. Must not know the report around it, except for
//! the envelope sender it names: the outer mail never decides.
//!
//! Cheap signs first. Headers and structure are read always; the text only where those give cause to.

mod auto_reply;
mod bounce;
mod clues;
mod fold;
mod notice;
mod phrases;
#[cfg(test)]
mod tests;

use crate::arf::mail::{self, Mail};
use crate::model::Kind;
use clues::Clues;

/// The kind of the reported mail with a reason for a person.
///
/// `mail` is the reported mail, never the outer one. `original_mail_from` is the report's field: `None` when it is
/// absent, `Some("")` when it is blank or `<>`.
pub fn kind(mail: Mail<'_>, original_mail_from: Option<&str>) -> (Kind, String) {
    match headers_below(mail).and_then(mail::parse) {
        Some(below) => decide(Mail::of(&below), original_mail_from),
        None => decide(mail, original_mail_from),
    }
}

fn decide(mail: Mail<'_>, original_mail_from: Option<&str>) -> (Kind, String) {
    let clues = Clues::of(mail, original_mail_from);
    let dressed = match bounce::judge(&clues) {
        bounce::Finding::Bounce(reason) => return explained(Kind::Bounce, &reason),
        bounce::Finding::Imitation(reason) => Some(reason),
        bounce::Finding::Nothing => None,
    };
    match auto_reply::judge(&clues) {
        auto_reply::Finding::Answer(reason) => explained(Kind::AutoReplied, &reason),
        auto_reply::Finding::Imitation(reason) => explained(Kind::Normal, reason),
        auto_reply::Finding::Nothing => {
            explained(Kind::Normal, dressed.unwrap_or("no sign of a bounce or of an automatic answer"))
        }
    }
}

/// The headers, where a line of blanks above hid them (mails saved from a browser have one).
fn headers_below(mail: Mail<'_>) -> Option<&[u8]> {
    if mail.headers().next().is_some_and(|(name, _)| !name.trim().is_empty()) {
        return None;
    }
    let body = mail.parts().first()?.encoded_body().trim_ascii_start();
    let name = body.get(..memchr::memchr(b':', body.get(..80).unwrap_or(body))?)?;
    name.iter().all(u8::is_ascii_graphic).then_some(body)
}

fn explained(kind: Kind, reason: &str) -> (Kind, String) {
    (kind, format!("{kind}: {reason}"))
}
