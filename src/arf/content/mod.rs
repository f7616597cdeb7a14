//! What the reported mail holds: URLs, mail addresses and files of its parts. It must not know the report around
//! the mail, and never opens what it finds.
//!
//! | part | read as |
//! | --- | --- |
//! | `text/html`, AMP | HTML: attributes that hold URLs, visible text |
//! | any other `text/*`; a multipart whose boundary never comes | text |
//! | `text/rfc822-headers`, `text/css`, scripts, delivery status | not read: nobody is shown a link there |
//! | everything that is not text; text with a file name or sent as attachment | a file |
//! | a message inside | its parts count like the mail's own; a file only if it was given a name |

mod addresses;
mod collector;
mod files;
mod html;
pub mod removed;
pub mod readable;
pub mod shape;
mod urls;

#[cfg(test)]
mod tests;

use super::mail::{Body, BrokenEncoding, Mail, Part};
use super::words;
use crate::model::Attachment;
use collector::Collector;
use std::borrow::Cow;

/// URLs kept of one message.
pub const MAX_URLS: usize = 5_000;
/// Mail addresses kept of one message.
pub const MAX_ADDRESSES: usize = 1_000;
/// Files kept of one message.
pub const MAX_FILES: usize = 1_000;
/// Parts looked at.
pub const MAX_PARTS: usize = 10_000;
/// Bytes of decoded text searched in one part. The rest of a longer one is kept but not searched.
pub const MAX_TEXT_BYTES: usize = 4 << 20;
/// Bytes of one URL; browsers and the mail programs of victims take 2,083 to 65,536.
pub const MAX_URL_BYTES: usize = 8_192;

/// What was found in a mail.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// URLs in the order of the text, each once; entities decoded, defanged ones refanged, otherwise as written.
    pub urls: Vec<String>,
    /// Mail addresses in the body, each once, domain in lower case.
    pub addresses: Vec<String>,
    /// Parts that are files.
    pub files: Vec<Attachment>,
    /// Limits that were reached, each one sentence.
    pub notes: Vec<String>,
}

/// Finds URLs, addresses and files in the reported mail, those of messages inside it included. URLs whose host is
/// one of `own_domains` or below one are left out. `is_cut`: the message around it ends before its end, so that what
/// runs to the end of the bytes is not whole.
pub fn contents(mail: Mail<'_>, is_cut: bool, own_domains: &[String]) -> Contents {
    let mut found = Collector::new(is_cut, own_domains);
    let parts = mail.parts();
    if parts.len() > MAX_PARTS {
        found.note(format!("The mail has {} parts; the first {MAX_PARTS} were searched.", parts.len()));
    }
    for part in parts.into_iter().take(MAX_PARTS) {
        look_at(part, &mut found);
    }
    found.finish()
}

fn look_at(part: Part<'_>, found: &mut Collector) {
    let body = part.body();
    if let Some(note) = removed::placeholder(part) {
        return found.note(note.to_owned());
    }
    let (text, is_html) = match body {
        Body::Multipart => return,
        Body::Binary(_) | Body::Message(_) => return files::list(part, found),
        Body::Text(text) => (text, false),
        Body::Html(text) => (text, true),
    };
    let content_type = part.content_type();
    match content_type.as_str() {
        "text/rfc822-headers" | "text/rfc822-header" => return,
        kind if kind.starts_with("text/") || kind.starts_with("multipart/") => {}
        // A file whose base64 is broken is handed over as text.
        _ => return files::list(part, found),
    }
    if files::is_sent_as_file(part) {
        files::list(part, found);
    }
    let broken = part.broken_encoding();
    let repaired = broken.map(|_| part.decoded_body());
    let repaired = repaired.as_deref().map(|bytes| words::text(bytes, None));
    if broken == Some(BrokenEncoding::Base64) {
        // The footer that broke it.
        urls::scan(within_limit(text, found), found);
    }
    let text = within_limit(repaired.as_deref().unwrap_or(text), found);
    if let Some(note) = removed::stated(text, false) {
        found.note(note.to_owned());
    }
    match content_type.as_str() {
        "text/css" | "text/javascript" | "text/ecmascript" => {}
        // Broken quoted-printable makes the parser hand HTML over as text.
        "text/html" | "text/x-amp-html" => html::scan(text, found),
        _ if is_html => html::scan(text, found),
        kind => urls::scan(&unwrapped(part, kind, text), found),
    }
}

fn within_limit<'t>(text: &'t str, found: &mut Collector) -> &'t str {
    if text.len() <= MAX_TEXT_BYTES {
        return text;
    }
    found.note(format!("A text of {} bytes was searched in its first {MAX_TEXT_BYTES}.", text.len()));
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

/// The text without the line ends that its format puts into words: calendars and address cards fold (RFC 5545
/// §3.1, RFC 6350 §3.2), flowed text with DelSp breaks anywhere (RFC 3676 §4.2).
fn unwrapped<'t>(part: Part<'_>, content_type: &str, text: &'t str) -> Cow<'t, str> {
    let says = |name, value| part.parameter(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
    let joints: &[&str] = match content_type {
        "text/calendar" | "text/x-vcalendar" | "text/vcard" | "text/x-vcard" | "text/directory" => {
            &["\r\n ", "\r\n\t", "\n ", "\n\t"]
        }
        "text/plain" if says("delsp", "yes") && says("format", "flowed") => &[" \r\n", " \n"],
        _ => return Cow::Borrowed(text),
    };
    joints.iter().fold(Cow::Borrowed(text), |text, joint| {
        if text.contains(joint) { Cow::Owned(text.replace(joint, "")) } else { text }
    })
}
