//! Is the mail a delivery status notification? Must not know about automatic answers.
//!
//! A delivery-status part says so by itself (RFC 3464, RFC 6533). Everything older or stranger is weighed: who sent it
//! (*context*) against what in it only a mail system writes (*proof*). Phishing copies subjects, senders and single
//! sentences; it has no reason to copy the diagnostics, and it needs a link.

use super::clues::{Clues, Opening, Sender};
use super::phrases::{bounces, says};
use crate::arf::mail::{Body, Part};

/// Proof that needs no context.
const ALONE: u32 = 20;
/// A notice begins with what it is; somebody who talks about one comes to it later.
const OPENING_BYTES: usize = 400;
/// A delivery-status part is read up to here.
const STATUS_BYTES: usize = 16 << 10;

/// What the mail is, as far as bounces go.
pub(super) enum Finding {
    /// A bounce, and why.
    Bounce(String),
    /// It wears something of a bounce and is none, and why.
    Imitation(&'static str),
    /// Nothing says so.
    Nothing,
}

/// Decides.
pub(super) fn judge(clues: &Clues<'_>) -> Finding {
    let (opening, subject) = clues.opening();
    let quotes = opening == Opening::Quoted && clues.sender == Sender::Person && !clues.null_sender;
    // A person's mail program keeps the parts of a notice that is forwarded inline, but not its report type.
    let status = clues
        .parts
        .iter()
        .filter(|_| !quotes || clues.report_type.is_some())
        .find(|p| is_delivery_status(**p));
    if let Some(reason) = status.and_then(|p| status_reason(*p)) {
        return Finding::Bounce(reason);
    }
    let subject_says = says(&bounces::BOUNCE_SUBJECTS, subject);
    let context = Context { clues, subject_says };
    if !context.gives_cause() {
        return Finding::Nothing;
    }
    if quotes && clues.notice_header.is_none() {
        return if subject_says {
            Finding::Imitation("it only quotes the subject of a bounce")
        } else {
            Finding::Nothing
        };
    }
    if clues.only_headers() {
        return context.headers_alone();
    }
    context.weigh()
}

/// An attachment that is neither text nor a message. Exchange adds `winmail.dat` to its notices.
fn is_file(part: Part<'_>) -> bool {
    let opened = match part.body() {
        Body::Binary(_) => !part.is("application", "ms-tnef") && !part.content_type().starts_with("message/"),
        Body::Html(_) => part.is_attachment(),
        _ => false,
    };
    opened && (part.is_attachment() || part.file_name().is_some())
}

fn is_delivery_status(part: Part<'_>) -> bool {
    part.is("message", "delivery-status") || part.is("message", "global-delivery-status")
}

/// What the part says; `None` when it holds no field of RFC 3464.
fn status_reason(part: Part<'_>) -> Option<String> {
    const FIELDS: &[&str] =
        &["reporting-mta", "final-recipient", "original-recipient", "status", "diagnostic-code"];
    let bytes = match part.body() {
        Body::Text(t) | Body::Html(t) => t.as_bytes(),
        Body::Binary(b) => b,
        Body::Message(_) | Body::Multipart => part.encoded_body(),
    };
    let mut known = false;
    for line in bytes.get(..STATUS_BYTES).unwrap_or(bytes).split(|b| matches!(b, b'\n' | b'\r')) {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let name = line.get(..colon).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"action") {
            let word = line.get(colon + 1..).unwrap_or_default().trim_ascii();
            let word = word.split(|b| !b.is_ascii_alphabetic()).next().unwrap_or_default();
            if let Some(action) = ["failed", "delayed", "delivered", "relayed", "expanded"]
                .into_iter()
                .find(|a| word.eq_ignore_ascii_case(a.as_bytes()))
            {
                return Some(format!("a delivery-status part (RFC 3464) says {action}"));
            }
        }
        known |= FIELDS.iter().any(|f| name.eq_ignore_ascii_case(f.as_bytes()));
    }
    known.then(|| "it has a delivery-status part (RFC 3464)".to_owned())
}

/// Who sent it and what the headers say.
struct Context<'c, 'm> {
    clues: &'c Clues<'m>,
    subject_says: bool,
}

impl Context<'_, '_> {
    /// Whether to look at the body at all.
    fn gives_cause(&self) -> bool {
        let clues = self.clues;
        clues.sender != Sender::Person
            || clues.null_sender
            || clues.notice_header.is_some()
            || self.subject_says
            || clues.report_type.is_some()
    }

    fn points(&self) -> u32 {
        let sender = match self.clues.sender {
            Sender::MailSystem => 2,
            Sender::Program | Sender::Nobody => 1,
            Sender::Person => 0,
        };
        sender + 2 * u32::from(self.subject_says) + u32::from(self.clues.null_sender)
    }

    fn sender_words(&self) -> &'static str {
        match (self.clues.sender, self.clues.null_sender) {
            (Sender::MailSystem, _) => "a mail system sent it",
            (_, true) => "the envelope sender is empty",
            (Sender::Program, _) => "a program sent it",
            (Sender::Nobody, _) => "it names no author",
            (Sender::Person, _) => "its subject is one of a bounce",
        }
    }

    /// Only headers came (`text/rfc822-headers`), so there is no more to ask for.
    fn headers_alone(&self) -> Finding {
        let clues = self.clues;
        let typed = clues.reports("delivery-status");
        if clues.notice_header.is_some() || typed && (clues.sender == Sender::MailSystem || clues.null_sender)
        {
            return Finding::Bounce(format!(
                "{} and its headers are those of a delivery report",
                self.sender_words()
            ));
        }
        let is_page = clues.parts.first().is_some_and(|root| {
            root.is("text", "html") || root.is("multipart", "alternative") || root.is("multipart", "related")
        });
        if clues.sender == Sender::MailSystem && self.subject_says && !is_page {
            return Finding::Bounce(
                "a mail system sent it and its subject says that a delivery failed".to_owned(),
            );
        }
        self.rest()
    }

    fn weigh(&self) -> Finding {
        let clues = self.clues;
        let proof = Proof::of(clues);
        let text = clues.text();
        let found = |what: &str| Finding::Bounce(format!("{}, with {what}", self.sender_words()));
        let looks_so = self.subject_says || clues.sender == Sender::MailSystem || proof.prose;
        if looks_so && !text.encloses_message && clues.notice_header.is_none() {
            if text.is_page {
                return Finding::Imitation(
                    "it looks like a bounce, but is a page with a link to click and no delivery report",
                );
            }
            // Worms since 2004 come as bounces with the "message" as a file.
            if clues.parts.iter().any(|p| is_file(*p)) {
                return Finding::Imitation(
                    "it looks like a bounce, but has a file to open and no delivery report",
                );
            }
        }
        // The more people write from such an address, the more proof is needed: people talk about bounces, and
        // programs send logs of mail servers.
        let opens = self.subject_says || proof.opens;
        // Gateways put links below what a mail system wrote; then the envelope has to be a mail system's, too.
        let lures = text.has_link && !(clues.null_sender && clues.automatic);
        let needed = match clues.sender {
            Sender::MailSystem if lures && !text.encloses_message => 5,
            Sender::MailSystem => 2,
            Sender::Nobody => 3,
            Sender::Program | Sender::Person if clues.notice_header.is_some() => 4,
            Sender::Program if opens && (self.subject_says || clues.null_sender || text.encloses_message) => {
                3
            }
            Sender::Person if opens && clues.null_sender => 4,
            Sender::Person
                if self.subject_says && proof.opens && !clues.through_list && !clues.in_reply_to =>
            {
                5
            }
            Sender::Program | Sender::Person => ALONE,
        };
        if proof.points >= needed && (proof.machine || proof.prose && !lures) {
            return found(&proof.words());
        }
        // A mail system whose language we do not know.
        if self.points() >= 4 && clues.sender == Sender::MailSystem && !text.has_link {
            return found("the subject of a bounce and nothing to click");
        }
        self.rest()
    }

    fn rest(&self) -> Finding {
        if self.clues.report_type.as_deref() == Some("feedback-report") {
            Finding::Imitation("it is a report about another mail (RFC 5965), not about a delivery")
        } else if self.clues.report_type.is_some() {
            Finding::Imitation("it is dressed as multipart/report, but has no delivery-status part")
        } else if self.subject_says {
            Finding::Imitation("its subject is one of a bounce, but nothing in it comes from a mail system")
        } else if self.clues.null_sender {
            Finding::Imitation("its envelope sender is empty, which alone makes no bounce")
        } else {
            Finding::Nothing
        }
    }
}

/// What only mail systems write.
#[derive(Default)]
struct Proof {
    points: u32,
    /// Something that nobody writes by hand and that phishing has no use for.
    machine: bool,
    /// A sentence of a mail system, which phishing likes to copy above its link.
    prose: bool,
    /// Such a sentence stands at the beginning.
    opens: bool,
    what: Vec<&'static str>,
}

impl Proof {
    fn of(clues: &Clues<'_>) -> Proof {
        let mut proof = Proof::default();
        let text = clues.text();
        let folded = text.folded.as_str();
        if let Some(header) = clues.notice_header {
            proof.add(3, header);
        }
        for (is_there, points, words) in [
            (says(&bounces::AMAZON, folded), ALONE, "a notification of Amazon SES"),
            (says(&bounces::STATUS_FIELDS, folded), 3, "delivery status fields (RFC 3464)"),
            (bounces::says_smtp_reply(folded), 2, "an SMTP error reply"),
            (says(&bounces::TRANSCRIPT, folded), 2, "an SMTP transcript"),
        ] {
            if is_there {
                proof.add(points, words);
            }
        }
        proof.machine = proof.points > 0;
        proof.prose = says(&bounces::NOTICES, folded);
        if proof.prose {
            let opening = folded.get(..folded.floor_char_boundary(OPENING_BYTES)).unwrap_or_default();
            proof.opens = says(&bounces::NOTICES, opening);
            proof.add(3, "a mail system's own words");
        }
        let failure = says(&bounces::FAILURES, folded);
        if failure {
            proof.add(1, "words of failure");
        }
        if folded.contains('@') && says(&bounces::RECIPIENT, folded) {
            proof.add(1, "a failed recipient");
        }
        // An enclosed mail proves nothing by itself: people forward, too.
        if proof.points > 0 && text.encloses_message {
            proof.add(1, "the lost mail enclosed");
            proof.machine |= proof.prose || failure;
        }
        proof
    }

    fn add(&mut self, points: u32, words: &'static str) {
        self.points += points;
        self.what.push(words);
    }

    fn words(&self) -> String {
        self.what.iter().take(3).copied().collect::<Vec<_>>().join(", ")
    }
}
