//! Answers to our own reports: which report they are about, and what they say. Pure; knows no ledger: whoever does
//! looks up the tokens, and believes nothing that carries none (DESIGN §6 rule 6).

use super::mail::{self, Body, Mail, Part};
use super::{kind, refusal};
use crate::model::Kind;
use regex::Regex;
use std::sync::LazyLock;

/// Hexadecimal digits of a report's token in its Message-ID,
const WHOLE: usize = 32;
/// and of its beginning in the envelope sender.
const START: usize = 24;
/// Tokens that one message is asked for; an answer is about one report.
const MOST_TOKENS: usize = 16;
/// So much of each text part is searched.
const MOST_TEXT: usize = 256 << 10;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Tokens, or their first 20 digits, that the message carries: those of its headers first, each once.
    pub tokens: Vec<String>,
    /// What it says.
    pub says: Says,
    /// Under which number the desk has it.
    pub ticket: Option<String>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// It could not be delivered.
    Undeliverable {
        /// And nothing ever will be, since the recipient cannot be reached (RFC 3463: class 5).
        permanent: bool,
        /// Status and diagnostic, or why it counts as a bounce.
        why: String,
    },
    /// A program says that it arrived.
    Acknowledged,
    /// A person answers.
    Answered,
    /// A person wants no more reports (RFC 6650 §5.1).
    Stop,
    /// It is on its way, or arrived: nothing to do.
    Underway,
}

/// Understands an answer; `None` for what is no mail.
pub fn reply(raw: &[u8]) -> Option<Reply> {
    let message = mail::parse(raw)?;
    let outer = Mail::of(&message);
    let parts = outer.parts();
    let tokens = tokens(outer, &parts);
    let status = parts.iter().find(|part| part.is("message", "delivery-status"));
    let says = match status.map(|part| delivery_status(&String::from_utf8_lossy(&part.decoded_body()))) {
        Some(Some(says)) => says,
        Some(None) => Says::Underway,
        None => match kind::kind(outer, None) {
            (Kind::Bounce, why) => Says::Undeliverable { permanent: false, why },
            (Kind::AutoReplied, _) => Says::Acknowledged,
            (Kind::Normal, _) if is_automatic(outer) => Says::Acknowledged,
            (Kind::Normal, _) if wants_no_more(&parts) => Says::Stop,
            (Kind::Normal, _) => Says::Answered,
        },
    };
    Some(Reply { tokens, says, ticket: outer.subject().and_then(ticket) })
}

/// What a delivery status says of its recipients (RFC 3464 §2.3); `None` when nothing failed.
fn delivery_status(text: &str) -> Option<Says> {
    let values = |name: &'static str| {
        text.lines().filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    if !values("Action").any(|action| action.eq_ignore_ascii_case("failed")) {
        return None;
    }
    let status = values("Status").find(|status| !status.starts_with('2')).unwrap_or_default();
    let diagnostic = values("Diagnostic-Code").next().unwrap_or_default();
    let why: String = format!("{status} {diagnostic}").trim().chars().take(300).collect();
    let code = smtp_code(diagnostic);
    let permanent = status.starts_with('5') && refusal::is_of_recipient(code, &why);
    Some(Says::Undeliverable { permanent, why })
}

/// `550` of `smtp; 550 no such user`; 0 where there is none.
fn smtp_code(diagnostic: &str) -> u16 {
    let answer = diagnostic.split_once(';').map_or(diagnostic, |(_, answer)| answer).trim_start();
    answer.get(..3).and_then(|code| code.parse().ok()).unwrap_or_default()
}

/// RFC 3834 §5: a program wrote it.
fn is_automatic(outer: Mail<'_>) -> bool {
    outer.header("Auto-Submitted").is_some_and(|value| !value.trim().eq_ignore_ascii_case("no"))
}

/// The first words of a person are that they want no more.
fn wants_no_more(parts: &[Part<'_>]) -> bool {
    let text = parts.iter().find_map(|part| match part.body() {
        Body::Text(text) if part.content_type() == "text/plain" && !part.is_attachment() => Some(text),
        _ => None,
    });
    let first = text.iter().flat_map(|text| text.lines()).map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| {
        let word = line.trim_matches(|c: char| !c.is_alphanumeric());
        ["stop", "unsubscribe"].iter().any(|wanted| word.eq_ignore_ascii_case(wanted))
    })
}

fn tokens(outer: Mail<'_>, parts: &[Part<'_>]) -> Vec<String> {
    let mut found = vec![];
    for name in ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "In-Reply-To", "References"] {
        outer.headers_named(name).for_each(|value| tokens_in(&value, &mut found));
    }
    for part in parts {
        match part.body() {
            Body::Text(text) => tokens_in(start_of(text), &mut found),
            // The headers of what came back stand in a part of their own (RFC 3462).
            _ if part.is("text", "rfc822-headers") || part.is("message", "delivery-status") => {
                tokens_in(start_of(&String::from_utf8_lossy(&part.decoded_body())), &mut found);
            }
            Body::Message(inner) => {
                inner.headers().for_each(|(_, value)| tokens_in(&value, &mut found));
            }
            _ => {}
        }
    }
    found
}

fn start_of(text: &str) -> &str {
    let mut end = text.len().min(MOST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Runs of exactly so many hexadecimal digits as our tokens have.
fn tokens_in(text: &str, found: &mut Vec<String>) {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b.to_ascii_lowercase());
    for run in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let is_token = (run.len() == WHOLE || run.len() == START) && run.bytes().all(is_digit);
        let token = run.to_ascii_lowercase();
        if is_token && found.len() < MOST_TOKENS && !found.contains(&token) {
            found.push(token);
        }
    }
}

/// The number of a ticket in a subject: `[#4711]`, `[ABUSE-4711]`, `Ticket ID: 4711`.
fn ticket(subject: &str) -> Option<String> {
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\[[^\]\[]{0,40}?#?\b([a-z]{0,12}[-_#]?\d[a-z0-9_.-]{2,39})\s*\]|(?:ticket|case|request|incident)[\s_-]*(?:id|no\.?|number)?[\s:#]*\b([a-z]{0,12}[-_]?\d[a-z0-9_.-]{2,39})",
        )
        .ok()
    });
    let found = NUMBER.as_ref()?.captures(subject)?;
    found.get(1).or_else(|| found.get(2)).map(|number| number.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn says(text: &str) -> Says {
        reply(text.replace('\n', "\r\n").as_bytes()).expect("a mail").says
    }

    #[test]
    fn a_bounce_names_its_report_by_the_envelope_and_by_what_came_back() {
        let bounce = format!(
            "From: MAILER-DAEMON@isp.example\nTo: <desk+{}@example.com>\nSubject: Undelivered\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nIt could not be delivered.\n\
             --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.isp.example\n\n\
             Final-Recipient: rfc822; abuse@isp.example\nAction: failed\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550 no such user\n\n\
             --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{TOKEN}@example.com>\nSubject: x\n\n--b--\n",
            &TOKEN[..START]
        );
        let reply = reply(bounce.replace('\n', "\r\n").as_bytes()).expect("a mail");
        assert_eq!(reply.tokens, [&TOKEN[..START], TOKEN]);
        let why = "5.1.1 smtp; 550 no such user".to_owned();
        assert_eq!(reply.says, Says::Undeliverable { permanent: true, why });
        let delayed = bounce.replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1");
        assert_eq!(says(&delayed), Says::Underway);
        let later = bounce.replace("5.1.1", "4.2.2");
        assert!(matches!(says(&later), Says::Undeliverable { permanent: false, .. }));
    }

    #[test]
    fn programs_acknowledge_and_people_answer_or_want_no_more() {
        let head =
            format!("From: abuse@isp.example\nTo: desk@example.com\nIn-Reply-To: <{TOKEN}@example.com>\n");
        let automatic =
            format!("{head}Auto-Submitted: auto-replied\nSubject: [ABUSE-20471] received\n\nThank you.\n");
        let reply = reply(automatic.as_bytes()).expect("a mail");
        assert_eq!((reply.says, reply.ticket.as_deref()), (Says::Acknowledged, Some("ABUSE-20471")));
        assert_eq!(reply.tokens, [TOKEN]);
        assert_eq!(says(&format!("{head}Subject: Re: FW: x\n\nWe closed the account.\n")), Says::Answered);
        assert_eq!(says(&format!("{head}Subject: Re: FW: x\n\nSTOP\n\n> Dear desk\n")), Says::Stop);
        let quoted = format!("{head}Subject: Re: FW: x\n\nDone.\n\n> reply with the word STOP\n");
        assert_eq!(says(&quoted), Says::Answered);
    }

    #[test]
    fn a_ticket_is_a_number_and_not_any_word() {
        for (subject, number) in [
            ("[#20471] Your report", Some("20471")),
            ("[Ticket#2026112110000471] FW: Wire transfer", Some("Ticket#2026112110000471")),
            ("Re: FW: x (Case ID: 889-123)", Some("889-123")),
            ("Re: FW: [EXTERNAL] your invoice", None),
            ("Re: FW: request for payment", None),
        ] {
            assert_eq!(ticket(subject).as_deref(), number, "{subject}");
        }
    }

    #[test]
    fn what_is_no_token_of_ours_is_none() {
        let text =
            "To: x@example.com\nReferences: <0123@example.com> <0123456789abcdef0123456789abcdeg@x>\n\nhi\n";
        assert_eq!(reply(text.as_bytes()).expect("a mail").tokens, Vec::<String>::new());
    }
}
