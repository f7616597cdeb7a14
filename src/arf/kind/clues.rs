//! What the headers of a mail and its outer structure tell about where it came from, gathered in one pass. Must not
//! decide anything.

use super::fold::fold;
use super::notice::Text;
use super::phrases::{self, answers, says};
use crate::arf::mail::{Body, Mail, Part, unfold};
use std::cell::OnceCell;

/// A mail with more parts is a container for something else; the notice itself is among the first.
const PARTS: usize = 32;
/// Longer subjects are read up to here.
const SUBJECT_BYTES: usize = 1000;
/// Longer header values are read up to here.
const VALUE_BYTES: usize = 500;

/// Who seems to have sent the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// A mail system: MAILER-DAEMON, postmaster, Mail Delivery System.
    MailSystem,
    /// Another program: no-reply, a list manager, an administrator role.
    Program,
    /// From is missing or holds no address.
    Nobody,
    /// Anybody else.
    Person,
}

/// How the subject begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It stands by itself.
    Fresh,
    /// `Re:`, `Fwd:` or one of their kin: what follows is quoted.
    Quoted,
}

/// The clues.
pub(super) struct Clues<'m> {
    /// Author by From.
    pub sender: Sender,
    /// The envelope sender is known to be empty or to be MAILER-DAEMON.
    pub null_sender: bool,
    /// The folded subject.
    pub subject: String,
    /// `X-Failed-Recipients` (Exim, Google) or another header that only notices carry.
    pub notice_header: Option<&'static str>,
    /// A header that only automatic answers carry, with its value.
    pub answer_header: Option<String>,
    /// The keyword of Auto-Submitted (RFC 3834 §5), lower case.
    pub auto_submitted: String,
    /// A header that automatic answers share with notifications: Auto-Submitted, Exchange's own.
    pub automatic: bool,
    /// Exchange made it by a rule of a mailbox: an answer or a forward.
    pub mailbox_rule: bool,
    /// It names the mail it answers.
    pub in_reply_to: bool,
    /// Precedence says bulk or junk, as answers, lists and newsletters do.
    pub bulk: bool,
    /// Mail to many with a way out: List-Unsubscribe.
    pub newsletter: bool,
    /// A mailing list passed it on, so list headers are no sign of a newsletter.
    pub through_list: bool,
    /// The type says multipart/report; the report-type, lower case.
    pub report_type: Option<String>,
    /// The message's own parts, not those of messages inside.
    pub parts: Vec<Part<'m>>,
    text: OnceCell<Text>,
}

impl<'m> Clues<'m> {
    /// Reads headers and structure of the reported mail.
    pub fn of(mail: Mail<'m>, original_mail_from: Option<&str>) -> Clues<'m> {
        let parts: Vec<_> = mail.parts().into_iter().filter(|p| p.depth == 0).take(PARTS).collect();
        let mut clues = Clues {
            sender: sender(mail),
            null_sender: original_mail_from.is_some_and(is_null),
            subject: fold(mail.subject().unwrap_or_default(), SUBJECT_BYTES),
            notice_header: None,
            answer_header: None,
            auto_submitted: String::new(),
            automatic: false,
            mailbox_rule: false,
            in_reply_to: false,
            bulk: false,
            newsletter: false,
            through_list: false,
            report_type: parts
                .first()
                .filter(|root| root.is("multipart", "report"))
                .map(|root| root.parameter("report-type").unwrap_or_default().to_ascii_lowercase()),
            parts,
            text: OnceCell::new(),
        };
        for (name, value) in mail.raw_headers() {
            clues.header(name, value.get(..VALUE_BYTES).unwrap_or(value));
        }
        clues
    }

    /// Only what is wanted is unfolded: most of a header is Received and DKIM-Signature.
    fn header(&mut self, name: &str, raw: &[u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let value = || unfold(raw);
        match name.bytes().next().unwrap_or_default().to_ascii_lowercase() {
            b'a' if is("Auto-Submitted") => self.auto_submitted(&value()),
            b'd' if is("Delivered-To") && value().eq_ignore_ascii_case("autoresponder") => {
                self.answer(name, &value());
            }
            b'i' if is("In-Reply-To") => self.in_reply_to |= !value().is_empty(),
            b'l' if is("List-Unsubscribe") => self.newsletter = true,
            b'l' if is("List-Post") => self.through_list = true,
            b'm' if is("Mailing-List") => self.through_list = true,
            b'p' if is("Precedence") || is("Preference") => self.precedence(name, &value()),
            b'r' if is("References") => self.in_reply_to |= !value().is_empty(),
            b'r' if is("Return-Path") => self.null_sender |= is_null(&value()),
            b'u' if is("User-Agent") => self.program(name, &value()),
            b'x' => self.extension(name, raw),
            _ => {}
        }
    }

    fn extension(&mut self, name: &str, raw: &[u8]) {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let folded = || fold(&unfold(raw), VALUE_BYTES);
        if is("X-Failed-Recipients") {
            if raw.contains(&b'@') {
                self.notice_header = Some("X-Failed-Recipients");
            }
        } else if is("X-MS-Exchange-Message-Is-Ndr") {
            self.notice_header = Some("X-MS-Exchange-Message-Is-Ndr");
        } else if phrases::is_answer_header(name) {
            if !matches!(folded().as_str(), "" | "no" | "false" | "0" | "none") {
                self.answer(name, &unfold(raw));
            }
        } else if is("X-Autogenerated") && folded().contains("repl")
            || is("X-Apple-Action") && folded() == "vacation"
            || is("X-POST-MessageClass") && folded().contains("autoresponder")
        {
            self.answer(name, &unfold(raw));
        } else if is("X-Precedence") {
            self.precedence(name, &unfold(raw));
        } else if is("X-Mailer") {
            self.program(name, &unfold(raw));
        } else if is("X-BeenThere") || is("X-Mailing-List") || is("X-MLServer") || is("X-ML-Name") {
            self.through_list = true;
        } else if is("X-Auto-Response-Suppress") {
            self.automatic = true;
        } else if is("X-MS-Exchange-Inbox-Rules-Loop") || is("X-MS-Exchange-Generated-Message-Source") {
            self.automatic = true;
            self.mailbox_rule = true;
        }
    }

    fn auto_submitted(&mut self, value: &str) {
        self.auto_submitted = keyword(value);
        if !matches!(self.auto_submitted.as_str(), "" | "no") {
            self.automatic = true;
        }
    }

    fn precedence(&mut self, name: &str, value: &str) {
        match keyword(value).as_str() {
            "auto_reply" | "auto-reply" | "autoreply" => self.answer(name, value),
            "bulk" | "junk" => self.bulk = true,
            _ => {}
        }
    }

    /// A mail program whose only trade is to answer.
    fn program(&mut self, name: &str, value: &str) {
        let value = fold(value, VALUE_BYTES);
        if value.starts_with("vacation") || value.contains("autorespond") || value.contains("auto-respond") {
            self.answer(name, &value);
        }
    }

    fn answer(&mut self, name: &str, value: &str) {
        let shown: String = value.chars().filter(|c| !c.is_control()).take(60).collect();
        self.answer_header.get_or_insert_with(|| format!("{name}: {shown}"));
    }

    /// The text, read at the first call: most mails are decided without.
    pub fn text(&self) -> &Text {
        self.text.get_or_init(|| Text::of(&self.parts))
    }

    /// The subject without list tags and reply marks, and whether there was a reply mark.
    pub fn opening(&self) -> (Opening, &str) {
        opening(&self.subject)
    }

    /// The type of the message itself is multipart/report with this report-type.
    pub fn reports(&self, report_type: &str) -> bool {
        self.report_type.as_deref() == Some(report_type)
    }

    /// The message has no part with anything in it: only its headers came.
    pub fn only_headers(&self) -> bool {
        self.parts.iter().all(|p| match p.body() {
            Body::Text(t) | Body::Html(t) => t.trim().is_empty(),
            Body::Binary(b) => b.trim_ascii().is_empty(),
            Body::Message(_) => false,
            Body::Multipart => true,
        })
    }
}

/// RFC 5321 §4.5.5 wants `<>`; old systems and gateways write MAILER-DAEMON instead.
fn is_null(path: &str) -> bool {
    let path = path.trim().trim_start_matches('<').trim_end_matches('>').trim();
    path.is_empty() || path.get(..13).is_some_and(|p| p.eq_ignore_ascii_case("mailer-daemon"))
}

/// A header's first word, lower case: parameters and comments follow it.
fn keyword(value: &str) -> String {
    let end = value.find([';', '(', ' ', '\t']).unwrap_or(value.len());
    value.get(..end).unwrap_or_default().trim().to_ascii_lowercase()
}

fn sender(mail: Mail<'_>) -> Sender {
    let Some(from) = mail.from() else {
        // Not an address to the parser: old systems write a bare MAILER-DAEMON or "Mail System".
        let raw = fold(&mail.header("From").unwrap_or_default(), VALUE_BYTES);
        return if phrases::is_mail_system(&letters(&raw)) { Sender::MailSystem } else { Sender::Nobody };
    };
    let address = fold(from.address.as_deref().unwrap_or_default(), VALUE_BYTES);
    let name = letters(&fold(from.name.as_deref().unwrap_or_default(), VALUE_BYTES));
    let local = address.split('@').next().unwrap_or_default();
    let local = if local.is_empty() { name.as_str() } else { local };
    let plain = letters(local);
    if phrases::is_mail_system(&plain) || phrases::is_mail_system(&name) {
        Sender::MailSystem
    } else if phrases::is_program(local, &plain) {
        Sender::Program
    } else if address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()) {
        Sender::Person
    } else {
        Sender::Nobody
    }
}

/// Letters and digits only, so that `Mailer-Daemon`, `mailer_daemon` and `Mailer Daemon` are one.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Skips `[list]`, `***spam***` and reply marks at the front of a folded subject.
fn opening(subject: &str) -> (Opening, &str) {
    let mut rest = subject;
    let mut opening = Opening::Fresh;
    loop {
        rest = rest.trim_start_matches(['*', '"', '\'', ' ', '!', '-', '<', '>']);
        if let Some(after) = reply_mark(rest) {
            opening = Opening::Quoted;
            rest = after;
            continue;
        }
        let close = match rest.bytes().next() {
            Some(b'[') => ']',
            Some(b'{') => '}',
            _ => return (opening, rest),
        };
        // A tag that is itself the phrase ("[Automatic reply] …") stays.
        if says(&answers::AUTOMATIC_SUBJECT, rest) {
            return (opening, rest);
        }
        match rest.find(close).filter(|at| *at <= 60) {
            Some(at) => rest = rest.get(at + 1..).unwrap_or_default(),
            None => return (opening, rest),
        }
    }
}

/// What follows `re:`, `aw[2]:`, `fwd :`.
fn reply_mark(subject: &str) -> Option<&str> {
    let (mark, rest) = subject.split_once(':')?;
    let mark = mark.trim_end();
    let mark = mark.split(['[', '(', '^']).next().unwrap_or_default().trim_end();
    phrases::is_reply_mark(mark).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_skipped_and_reply_marks_noticed() {
        for (subject, want) in [
            ("[list] out of office", (Opening::Fresh, "out of office")),
            ("[a] re[2]: [b] out", (Opening::Quoted, "out")),
            ("aw : x", (Opening::Quoted, "x")),
            ("***spam*** x", (Opening::Fresh, "spam*** x")),
            ("[automatic reply] hello", (Opening::Fresh, "[automatic reply] hello")),
            ("auto: x", (Opening::Fresh, "auto: x")),
            ("[never closed", (Opening::Fresh, "[never closed")),
            ("转发: x", (Opening::Quoted, "x")),
        ] {
            assert_eq!(opening(subject), want, "{subject}");
        }
    }

    #[test]
    fn empty_and_mailer_daemon_paths_are_null() {
        for path in ["", " ", "<>", "< >", "<MAILER-DAEMON>", "mailer-daemon@host.example"] {
            assert!(is_null(path), "{path}");
        }
        for path in ["<a@b.example>", "a", "éééééééé"] {
            assert!(!is_null(path), "{path}");
        }
    }
}
