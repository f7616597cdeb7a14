//! Did a program answer in a person's name (RFC 3834)? Must not know about bounces, which are asked for first.
//!
//! Three kinds of signs: headers that only answering programs set, which decide; subjects that name an automatic
//! answer, which decide unless a person quotes them or a newsletter wears them; and signs that need a second one.

use super::clues::{Clues, Opening, Sender};
use super::phrases::{answers, says};

/// An automatic answer says so at once.
const ANSWER_BYTES: usize = 4 << 10;
/// Old lists and newsletters have no other mark than Precedence: there only the first sentences count.
const OPENING_BYTES: usize = 300;

/// What the mail is, as far as automatic answers go.
pub(super) enum Finding {
    /// An automatic answer, and why.
    Answer(String),
    /// It wears something of one and is none, and why.
    Imitation(&'static str),
    /// Nothing says so.
    Nothing,
}

/// Decides.
pub(super) fn judge(clues: &Clues<'_>) -> Finding {
    match clues.auto_submitted.as_str() {
        "auto-replied" | "auto-reply" | "auto_reply" | "autoreply" | "vacation" => {
            return Finding::Answer(format!("Auto-Submitted: {}", clues.auto_submitted));
        }
        _ => {}
    }
    if let Some(header) = &clues.answer_header {
        return Finding::Answer(header.clone());
    }
    if clues.parts.iter().any(|p| p.is("message", "disposition-notification")) {
        return Finding::Answer("it is a receipt (RFC 8098)".to_owned());
    }
    let (opening, subject) = clues.opening();
    let named = says(&answers::AUTOMATIC_SUBJECT, subject) || says(&answers::ABSENT_SUBJECT, subject);
    let newsletter = clues.newsletter && !clues.through_list;
    if named {
        return if opening == Opening::Quoted {
            Finding::Imitation("it answers or forwards an automatic answer, whose subject it quotes")
        } else if newsletter {
            Finding::Imitation("its subject is one of an automatic answer, but it is a newsletter")
        } else {
            Finding::Answer(format!("its subject says so: {}", shown(subject)))
        };
    }
    if clues.newsletter || clues.through_list || clues.sender == Sender::MailSystem {
        return Finding::Nothing;
    }
    let generated = clues.mailbox_rule || clues.auto_submitted == "auto-generated";
    if generated
        && clues.in_reply_to
        && (clues.null_sender || clues.mailbox_rule && opening == Opening::Fresh)
    {
        return Finding::Answer("a program generated it in reply to another mail".to_owned());
    }
    let (header, bytes) = if clues.null_sender {
        ("the envelope sender is empty", ANSWER_BYTES)
    } else if clues.automatic {
        ("a header says that a program sent it", ANSWER_BYTES)
    } else if clues.bulk && opening == Opening::Fresh {
        ("Precedence says that a program sent it", OPENING_BYTES)
    } else {
        return Finding::Nothing;
    };
    let text = clues.text();
    let beginning = text.folded.get(..text.folded.floor_char_boundary(bytes)).unwrap_or_default();
    if says(&answers::ANSWER_TEXTS, beginning) {
        return Finding::Answer(format!("{header} and its text is one of an automatic answer"));
    }
    let away = opening == Opening::Fresh && says(&answers::HOLIDAY_SUBJECT, subject);
    if away
        && (clues.null_sender || clues.automatic)
        && !text.has_link
        && !clues.parts.iter().any(|p| p.is_attachment())
    {
        return Finding::Answer(format!(
            "{header} and its subject says that somebody is away: {}",
            shown(subject)
        ));
    }
    Finding::Nothing
}

fn shown(subject: &str) -> String {
    subject.chars().take(60).collect()
}
