//! The text of a mail as far as it could be a delivery notice or an automatic answer. Must not know what is looked
//! for.

use super::fold::fold_into;
use crate::arf::mail::{Body, Part};
use memchr::memmem;

/// Of each text this much is read. Notices begin with what they have to say.
const TEXT_BYTES: usize = 64 << 10;
/// All texts together.
const TOTAL_BYTES: usize = 96 << 10;

/// What a person would read first.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Folded text of the mail's own text parts, without quoted lines and without the mail that is enclosed.
    pub folded: String,
    /// A message or its headers are enclosed, as a part or below the text.
    pub encloses_message: bool,
    /// The text holds a web address.
    pub has_link: bool,
    /// It is HTML, alone or beside the same in plain text, with a link in it: made for a person to click.
    pub is_page: bool,
}

impl Text {
    /// Reads the mail's own parts.
    pub fn of(parts: &[Part<'_>]) -> Text {
        let mut text = Text::default();
        let side_by_side =
            parts.iter().any(|p| p.is("multipart", "alternative") || p.is("multipart", "related"));
        let mut plain_seen = false;
        for part in parts {
            match part.body() {
                Body::Message(_) => text.encloses_message = true,
                // A message without the blank line above it is none to the parser.
                _ if part.is("message", "rfc822")
                    || part.is("text", "rfc822-headers")
                    || part.is("message", "rfc822-headers") =>
                {
                    text.encloses_message = true;
                }
                Body::Text(t) if !part.is_attachment() || part.is("text", "plain") => {
                    plain_seen |= !t.trim().is_empty();
                    text.add_plain(t);
                }
                Body::Html(html) => {
                    let html = head(html);
                    let link = has_link(html);
                    text.is_page |= link && (side_by_side || !plain_seen);
                    if !plain_seen {
                        text.has_link |= link;
                        text.add_plain(&without_tags(html));
                    }
                }
                _ => {}
            }
        }
        if text.folded.is_empty() && !text.encloses_message {
            // A container whose boundary is missing or never comes: it is all in one piece.
            for part in parts.iter().filter(|p| !p.is_encoded()) {
                let body = part.encoded_body();
                text.add_plain(&String::from_utf8_lossy(body.get(..TEXT_BYTES).unwrap_or(body)));
            }
        }
        text
    }

    fn add_plain(&mut self, text: &str) {
        let (own, enclosed) = split_enclosed(head(text));
        self.encloses_message |= enclosed;
        self.has_link |= has_link(own);
        for line in own.lines() {
            let room = TOTAL_BYTES.saturating_sub(self.folded.len());
            if room == 0 {
                return;
            }
            if !is_quoted(line) {
                fold_into(&mut self.folded, line, room);
            }
        }
    }
}

fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or(text)
}

/// Reporters write `hxxp` where they make links harmless (RFC 9991).
fn has_link(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), b"://").any(|at| {
        ["http", "https", "hxxp", "hxxps"].iter().any(|scheme| {
            at.checked_sub(scheme.len())
                .and_then(|start| text.get(start..at))
                .is_some_and(|s| s.eq_ignore_ascii_case(scheme))
        })
    })
}

/// A line that quotes another mail. `>>> RCPT TO` is a transcript (Sendmail), `> <user@…>` a quotation.
fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('>') && !line.starts_with(">>>")
}

/// The text above the headers of a mail that follows in the same part, and whether there is one: two header fields in
/// a row, one of them such as only a whole header block has. Notices that list From and Subject of the lost mail go on.
fn split_enclosed(text: &str) -> (&str, bool) {
    const TRACE: &[&str] = &[
        "received:",
        "return-path:",
        "message-id:",
        "mime-version:",
        "dkim-signature:",
        "delivered-to:",
        "content-type:",
        "x-received:",
        "domainkey-signature:",
        "authentication-results:",
        "x-originating-ip:",
    ];
    const COMMON: &[&str] =
        &["from:", "to:", "subject:", "date:", "reply-to:", "x-mailer:", "cc:", "sender:"];
    let begins = |line: &str, fields: &[&str]| {
        let name = memchr::memchr(b':', line.as_bytes()).and_then(|colon| line.get(..=colon));
        name.is_some_and(|name| fields.iter().any(|f| f.eq_ignore_ascii_case(name)))
    };
    let (mut at, mut start, mut fields, mut trace) = (0, 0, 0, false);
    for line in text.split_inclusive('\n') {
        let is_trace = begins(line, TRACE);
        if is_trace || begins(line, COMMON) {
            if fields == 0 {
                (start, trace) = (at, false);
            }
            fields += 1;
            trace |= is_trace;
            if trace && fields > 1 {
                return (text.get(..start).unwrap_or_default(), true);
            }
        } else if !line.starts_with([' ', '\t']) {
            fields = 0;
        }
        at += line.len();
    }
    (text, false)
}

/// Visible text, roughly: tags become blanks or line ends, the commonest entities characters. Style and script stay,
/// which does no harm here.
fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(rest.get(..open).unwrap_or_default());
        let inside = rest.get(open..).unwrap_or_default();
        let Some(close) = memchr::memchr(b'>', inside.as_bytes()) else {
            rest = "";
            break;
        };
        let tag = inside.as_bytes().get(1..3).unwrap_or_default();
        let is_block = matches!(
            tag,
            [b'b' | b'B', b'r' | b'R'] | [b'p' | b'P' | b'/', _] | [b'd' | b'D' | b't' | b'T', _]
        );
        out.push_str(if is_block { "\n" } else { " " });
        rest = inside.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    if memchr::memchr(b'&', out.as_bytes()).is_some() {
        for (entity, character) in
            [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&#39;", "'"), ("&quot;", "\""), ("&amp;", "&")]
        {
            out = out.replace(entity, character);
        }
    }
    out
}
