//! Hides who received a mail before the mail leaves the house (RFC 6590, DESIGN §6 rule 4); knows nothing of reports.
//!
//! Two steps that check each other. [`Redactor::message`] walks the structure: recipient headers are rebuilt, parts
//! in base64 opened and closed again, and every trace that is left is replaced wherever it stands.
//! [`Redactor::leaks`] then reads the result as a receiver would and names what can still be found.
//!
//! A recipient becomes a keyed token, the same for the same address under the same key, so that reports about one
//! recipient can be joined by those who get them and undone by nobody. What cannot be looked into: compressed and
//! encrypted attachments.

mod headers;
mod message;
mod needles;
mod view;

use hmac::{Hmac, Mac};
use needles::Needles;
use sha2::Sha256;

pub(crate) use message::decoded_body;
pub use message::{receiving_host, recipients_of};

/// Characters of a token: 132 bits of the keyed hash in base64url.
const TOKEN_LENGTH: usize = 22;

/// Stands where a spamtrap's domain stood; RFC 2606 §2 reserves the name.
pub(crate) const HIDDEN_DOMAIN: &str = "redacted.invalid";

/// How to redact.
#[derive(Debug, Clone, Copy, Default)]
pub struct Redaction<'a> {
    /// The secret that makes tokens unguessable; the same for all reports of this house.
    pub key: &'a [u8],
    /// Spamtrap evidence: the recipients' domains, our receiving hosts and all opaque identifiers go too.
    pub spamtrap: bool,
    /// Hosts of ours, which spamtrap evidence loses.
    pub own_hosts: &'a [String],
    /// Text that is printed anyway: a local part that is a word of it is not searched on its own.
    pub public_text: &'a str,
}

/// A recipient that can still be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recipient {recipient} can be found as {form} in {place}")]
pub struct Leak {
    /// The address.
    pub recipient: String,
    /// In which form it was found.
    pub form: &'static str,
    /// Where.
    pub place: String,
}

/// Recipients, and all the forms in which they are searched and replaced.
pub struct Redactor<'a> {
    how: Redaction<'a>,
    needles: Needles,
}

impl<'a> Redactor<'a> {
    /// Hides these recipients. Beyond the first 256, and addresses longer than SMTP allows, are hidden in recipient
    /// headers only.
    pub fn new(recipients: &[String], how: Redaction<'a>) -> Redactor<'a> {
        Redactor { needles: Needles::new(recipients, &how), how }
    }

    /// The token of an address: HMAC-SHA-256 of its lower-case form, base64url, cut to 22 characters.
    pub fn token(&self, address: &str) -> String {
        token(self.how.key, address)
    }

    /// `token@domain`; for spamtraps the domain is hidden too.
    pub fn address(&self, address: &str) -> String {
        let domain = address.rsplit_once('@').map_or(HIDDEN_DOMAIN, |(_, domain)| domain);
        let domain = if self.how.spamtrap { HIDDEN_DOMAIN } else { domain };
        format!("{}@{domain}", self.token(address))
    }

    /// Text without structure: a field's value, a subject, a URL.
    pub fn text(&self, text: &str) -> String {
        String::from_utf8(self.needles.replace(text.as_bytes().to_vec()))
            .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
    }

    /// A whole message, or a header block alone. A name that a neighbour hid until the neighbour was replaced is met
    /// by going over the result again, three times at most: who sends it asks [`Redactor::leaks`] all the same.
    pub fn message(&self, raw: &[u8]) -> Vec<u8> {
        let mut redacted = message::redact(self, raw, 0);
        for _ in 0..2 {
            if self.leaks(&redacted).is_empty() {
                break;
            }
            redacted = message::redact(self, &redacted, 0);
        }
        redacted
    }

    /// Everything of the recipients that a reader of these bytes could find. At most one leak for each recipient,
    /// form and place.
    pub fn leaks(&self, bytes: &[u8]) -> Vec<Leak> {
        message::leaks(&self.needles, bytes)
    }
}

/// A message for `export --redact`: all recipients it names and those given are hidden.
pub fn redacted_message(raw: &[u8], recipients: &[String], key: &[u8], spamtrap: bool) -> Vec<u8> {
    let mut all = recipients.to_vec();
    all.extend(recipients_of(raw));
    let hosts: Vec<String> = receiving_host(raw).into_iter().collect();
    let how = Redaction { key, spamtrap, own_hosts: &hosts, public_text: "" };
    Redactor::new(&all, how).message(raw)
}

/// What can be found of these recipients in the final bytes.
pub fn leaks(bytes: &[u8], recipients: &[String]) -> Vec<Leak> {
    Redactor::new(recipients, Redaction::default()).leaks(bytes)
}

#[cfg(test)]
pub(crate) fn decode_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    view::View::QuotedPrintable.of(bytes).map_or_else(|| bytes.to_vec(), std::borrow::Cow::into_owned)
}

fn token(key: &[u8], address: &str) -> String {
    use base64::engine::{Engine, general_purpose::URL_SAFE_NO_PAD};
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return "redacted".to_owned() };
    mac.update(address.trim().to_lowercase().as_bytes());
    let mut token = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    token.truncate(TOKEN_LENGTH);
    token
}

#[cfg(test)]
mod tests;
