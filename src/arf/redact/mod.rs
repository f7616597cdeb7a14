//! Hides who received a mail before the mail leaves the house (RFC 6590, DESIGN §6 rule 4); knows nothing of reports.
//!
//! Two steps that check each other. [`Redactor::message`] walks the structure: recipient headers are rebuilt, parts
//! in base64 opened and closed again, and every trace that is left is replaced wherever it stands.
//! [`Redactor::leaks`] then reads the result as a receiver would and names what can still be found.
//!
//! A recipient becomes a keyed token, the same for the same address under the same key, so that reports about one
//! recipient can be joined by those who get them and undone by nobody.
//!
//! What cannot be found: compressed and encrypted attachments, pictures of text, salted hashes, and tokens whose
//! meaning only the sender's database knows. A spamtrap's evidence loses the usual carriers of the last.

mod forms;
mod headers;
mod message;
mod needles;
mod opaque;
mod parties;
mod runs;
mod trace;
mod url;
mod view;

use hmac::{Hmac, Mac};
use needles::Needles;
use sha2::Sha256;

pub(crate) use message::decoded_body;
pub(crate) use opaque::hide_in_url;
pub use parties::Parties;
pub use url::has_address;

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
    /// Hosts of the sending side: no recipient's domain or local part takes them away.
    pub visible_hosts: &'a [String],
    /// The address that handed the mail to us: Received lines above the one that names it are ours.
    pub source: Option<std::net::IpAddr>,
    /// Nothing is hidden, and nobody searched for: this desk may know the recipients.
    pub off: bool,
    /// Text that is printed anyway: a local part that is a word of it is not searched on its own.
    pub public_text: &'a str,
}

/// A recipient, or a host of a spamtrap, that can still be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{who} can be found as {form} in {place}")]
pub struct Leak {
    /// The recipient's address, or the host.
    pub who: String,
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
        if how.off {
            let how = Redaction { spamtrap: false, own_hosts: &[], ..how };
            return Redactor { needles: Needles::new(&[], &how), how };
        }
        Redactor { needles: Needles::new(recipients, &how), how }
    }

    /// The token of an address: HMAC-SHA-256 of its lower-case form, base64url, cut to 22 characters.
    pub fn token(&self, address: &str) -> String {
        if self.how.off {
            return address.rsplit_once('@').map_or(address, |(local, _)| local).to_owned();
        }
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

    /// A whole stored message, or where a recipient can be found in it all the same. A name that a
    /// neighbour hid until the neighbour was replaced is met by going over the result again, three times at most.
    pub fn checked_message(&self, raw: &[u8]) -> Result<Vec<u8>, Leak> {
        let mut redacted = message::redact(self, &message::as_read(raw), 0);
        for _ in 0..2 {
            if self.leaks(&redacted).is_empty() {
                return Ok(redacted);
            }
            redacted = message::redact(self, &redacted, 0);
        }
        match self.leaks(&redacted).into_iter().next() {
            Some(leak) => Err(leak),
            None => Ok(redacted),
        }
    }

    /// A message as it becomes part of another, which is then searched as a whole ([`Redactor::leaks`]).
    pub fn message(&self, raw: &[u8]) -> Vec<u8> {
        if self.how.off {
            return raw.to_vec();
        }
        let redacted = message::redact(self, raw, 0);
        if self.leaks(&redacted).is_empty() { redacted } else { message::redact(self, &redacted, 0) }
    }

    /// Everything of the recipients that a reader of these bytes could find. At most one leak for each recipient,
    /// form and place.
    pub fn leaks(&self, bytes: &[u8]) -> Vec<Leak> {
        message::leaks(&self.needles, bytes)
    }
}

#[cfg(test)]
pub(crate) fn decode_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    view::View::QUOTED_PRINTABLE.of(bytes).map_or_else(|| bytes.to_vec(), std::borrow::Cow::into_owned)
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
pub(crate) mod attacks;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod tests;
