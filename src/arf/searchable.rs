//! The text in which `text:` looks: headers and bodies of the report and of everything inside it, decoded.

use super::limits;
use super::mail::{self, Body, Mail};

/// Headers (as written and, for subjects and senders, decoded) and text parts, one after another. Other parts give
/// their headers only. Bytes that are no message are taken as text. Of a huge message, what is understood of it.
pub fn searchable_text(raw: &[u8]) -> String {
    let (raw, _) = limits::first_bytes(raw);
    let Some(message) = mail::parse(raw) else { return String::from_utf8_lossy(raw).into_owned() };
    let mut out = String::with_capacity(raw.len() + raw.len() / 4);
    let mail = Mail::of(&message);
    add_decoded(mail, &mut out);
    for part in mail.parts() {
        for (name, value) in part.headers() {
            add_line(&mut out, &[name, ": ", &value]);
        }
        match part.body() {
            Body::Text(text) | Body::Html(text) => add_line(&mut out, &[text]),
            Body::Message(inner) => add_decoded(inner, &mut out),
            Body::Binary(bytes) if is_textual(&part.content_type()) => {
                add_line(&mut out, &[&String::from_utf8_lossy(bytes)]);
            }
            Body::Binary(_) | Body::Multipart => {}
        }
    }
    out
}

/// Parts that are text although their type does not say so: report fields, delivery status, header blocks.
fn is_textual(content_type: &str) -> bool {
    content_type.starts_with("message/") || content_type.starts_with("text/")
}

fn add_decoded(mail: Mail<'_>, out: &mut String) {
    if let Some(subject) = mail.subject() {
        add_line(out, &[subject]);
    }
    for mailbox in [mail.from(), mail.reply_to()].into_iter().flatten() {
        add_line(
            out,
            &[
                mailbox.name.as_deref().unwrap_or_default(),
                " ",
                mailbox.address.as_deref().unwrap_or_default(),
            ],
        );
    }
}

fn add_line(out: &mut String, pieces: &[&str]) {
    pieces.iter().for_each(|piece| out.push_str(piece));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_and_encoded_bodies_are_found_in_clear() {
        let raw = b"Subject: report\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n\
            Feedback-Type: abuse\n--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?q?=C3=9Cberweisung?=\n\
            Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR2VsZCBzb2ZvcnQ=\n--b--\n";
        let text = searchable_text(raw);
        for wanted in ["Überweisung", "Geld sofort", "Feedback-Type: abuse"] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }
}
