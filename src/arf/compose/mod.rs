//! Writes the report that goes out: RFC 5965, one source, one recipient, one reported mail as evidence, which may
//! stand for a flood of them ([`floods`]). Pure; knows no ledger, no clock and no network.
//!
//! The order matters: what forbids the report comes first (`checks`), then the evidence is redacted, then the
//! parts are written from the redacted evidence, and at the end the finished bytes are searched for recipients.

mod archive;
mod checks;
mod evidence;
mod fields;
mod flood;
mod prose;
mod text;
mod urls;
mod xarf;

use super::redact::{Leak, Parties, Redaction, Redactor};
use super::{mail, wire};
use crate::model::clock::{self, Seconds};
use crate::model::{Cause, EvidenceForm, FeedKind, Own, Record, ReportForm, ReportId, ReportType};
use ipnet::IpNet;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

pub use checks::{address_problem, placeholder};
pub(super) use checks::{is_example, owner_domain};
pub use flood::{Candidate, Flood, floods};
pub use text::{PLACEHOLDERS, Placeholder, ReportText, TextError};
pub use urls::{UrlMail, compose_urls};

/// Product name and version, as User-Agent wants it (RFC 5965 §3.1).
pub const USER_AGENT: &str = concat!("Lafayette/", env!("CARGO_PKG_VERSION"));

/// The words that MIME puts around every report.
const FRAME: &str = "multipart report feedback-report boundary text plain charset quoted-printable message rfc822 \
    rfc822-headers";

/// What a person should know where redaction is switched off.
const UNHIDDEN: &str = "nothing is hidden in it: by its [[report_form]] this desk sees who received the mail";

/// The zip file's part.
const ARCHIVE_HEADERS: &str = "Content-Type: application/zip; name=\"mail.zip\"\r\n\
    Content-Disposition: attachment; filename=\"mail.zip\"\r\nContent-Transfer-Encoding: base64\r\n";

/// Longest subject before encoding, in bytes; who sends longer ones fills screens and breaks readers.
pub(super) const MAX_SUBJECT: usize = 998;

/// Characters that a [`Stamp`]'s token needs to be unguessable: 64 bits in hexadecimal.
const MIN_TOKEN: usize = 16;

/// What is reported.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What is known about the stored report.
    pub record: &'a Record,
    /// The exact bytes of the reported mail, or of its header block when nothing else was reported.
    pub reported_mail: &'a [u8],
    /// The mails like this one for which it stands.
    pub flood: Option<&'a Flood>,
}

impl Evidence<'_> {
    /// How many mails the report is about.
    fn incidents(&self) -> u32 {
        self.flood.map_or(0, |flood| flood.incidents).max(self.record.report.incidents)
    }
}

/// To whom, and how they want it.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The address of the abuse desk.
    pub to: &'a str,
    /// What it takes.
    pub form: &'a ReportForm,
}

/// What a report about this is called: fraud where the mail was sent in our name and DMARC shows it, unless the
/// contact takes nothing but abuse. Spamtraps tell of unwanted mail.
pub fn report_type(record: &Record, form: &ReportForm) -> ReportType {
    let is_fraud = record.report.cause == Cause::Fraud && record.feed_kind != FeedKind::Spamtrap;
    if is_fraud && !form.always_abuse { ReportType::Fraud } else { ReportType::Abuse }
}

/// Who reports.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// `[report] from`: an address in a domain of our own whose mailbox is read.
    pub from: &'a str,
    /// The name shown with it.
    pub name: Option<&'a str>,
    /// The host that Reporting-MTA names; left out when nothing is configured, so that no host name leaks.
    pub reporting_mta: Option<&'a str>,
    /// The own house.
    pub own: &'a Own,
    /// Special-purpose networks that count as public (demo, tests).
    pub treat_as_public: &'a [IpNet],
    /// The secret behind the tokens that stand for recipients.
    pub redaction_key: &'a [u8],
    /// The text for a person.
    pub text: &'a ReportText,
}

/// What makes this message different from every other.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The present moment.
    pub now: Seconds,
    /// Random letters and digits, at least 16; never used before.
    pub token: &'a str,
}

/// A finished report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The bytes to send, CRLF line ends.
    pub bytes: Vec<u8>,
    /// Message-ID without brackets.
    pub message_id: String,
    /// The subject before encoding.
    pub subject: String,
    /// Abuse or fraud.
    pub report_type: ReportType,
    /// The reported mails that this settles: the one that is the evidence first, then those that it covers.
    pub covers: Vec<ReportId>,
    /// What a person should know before approving, each one sentence.
    pub warnings: Vec<String>,
}

/// Why no report can be written. Each sentence ends with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The sender's address is unusable.
    #[error("[report] from = '{0}' {1}: set an address in a domain of your own")]
    From(String, String),
    /// The recipient's address is unusable.
    #[error("the recipient '{0}' {1}: give another abuse address")]
    Recipient(String, String),
    /// The recipient is in our own house.
    #[error(
        "the recipient '{0}' is our own address: a report about others does not go to ourselves (rule 7)"
    )]
    OwnRecipient(String),
    /// The recipient may be the abuser.
    #[error(
        "the recipient's domain {0} stands in the reported mail's own {1}: the report could reach its sender \
         (rule 7). A hoster lends its domain to customers, too: where {0} is one, name another desk for the \
         network, at the hoster under another domain or at its provider"
    )]
    InvolvedRecipient(String, &'static str),
    /// No source.
    #[error("{name} has no source address: there is no network to report it to (rule 3)", name = Name(*.0))]
    NoSource(u32),
    /// The source belongs to nobody.
    #[error("the source {0} is {1}: no network answers for it (rule 3)")]
    SpecialSource(IpAddr, &'static str),
    /// The source is ours.
    #[error("the source {0} is in our own network {1}: mend it at home instead of reporting it")]
    OwnSource(IpAddr, IpNet),
    /// Our signature is on it.
    #[error(
        "the mail carries a valid DKIM signature of our own domain {0}: it is our mail, or our key is lost"
    )]
    OwnSignature(String),
    /// A bounce or an automatic answer.
    #[error(
        "{name} is about a mail of kind {1} ({2}): it is not reported; `lafayette kind` corrects a wrong kind",
        name = Name(*.0)
    )]
    Kind(u32, crate::model::Kind, String),
    /// No spam.
    #[error("{name} says not-spam: there is nothing to report (rule 8)", name = Name(*.0))]
    NotSpam(u32),
    /// A report about a report.
    #[error(
        "the reported mail of {name} is itself an abuse report{1}: reporting it would go in circles (rule 8)",
        name = Name(*.0)
    )]
    Loop(u32, &'static str),
    /// Too old.
    #[error(
        "the evidence of {name} is {1} days old: desks act on fresh evidence only, 14 days are the limit",
        name = Name(*.0)
    )]
    TooOld(u32, i64),
    /// Nothing to show.
    #[error(
        "{name} holds nothing of the reported mail: a report needs its headers as evidence (rule 1)",
        name = Name(*.0)
    )]
    NoEvidence(u32),
    /// The archive could not be made.
    #[error(
        "the zip file for {name} cannot be made: {1}; choose evidence = \"headers\" for this contact",
        name = Name(*.0)
    )]
    Archive(ReportId, String),
    /// The flood is of another mail.
    #[error(
        "{name} is not the one that stands for its flood: compose from the flood's own specimen",
        name = Name(*.0)
    )]
    Flood(ReportId),
    /// The stamp's token is too short.
    #[error("the token of the message needs at least 16 letters and digits")]
    Token,
    /// A recipient could be found in the finished bytes.
    #[error("{0}: the report is held back (rule 18)")]
    Leak(Leak),
}

/// A report in a sentence; the one message that nobody reported has no number.
struct Name(ReportId);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("the message"),
            id => write!(f, "report {id}"),
        }
    }
}

/// Writes one report.
///
/// # Errors
/// When a rule forbids the report; nothing is written then.
pub fn compose(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    destination: &Destination<'_>,
    stamp: &Stamp<'_>,
) -> Result<Composed, ComposeError> {
    let to = destination.to.trim();
    prepare(evidence, sender, Some(to), destination.form, stamp, |prepared| {
        message(evidence, sender, destination, stamp, prepared)
    })
}

/// Puts the parts together.
fn message(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    destination: &Destination<'_>,
    stamp: &Stamp<'_>,
    prepared: Prepared<'_>,
) -> Result<Composed, ComposeError> {
    let Prepared { redactor, third, fields, prose, subject, feedback, xarf, warnings } = prepared;
    let to = destination.to.trim();
    let token: String = stamp.token.chars().filter(char::is_ascii_alphanumeric).collect();
    let domain = sender.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let message_id = format!("{token}@{domain}");
    let mut boundary = format!("=_report_{token}");
    // Nobody guesses the token; but then nothing depends on it either.
    let holds = |part: &[u8], boundary: &str| memchr::memmem::find(part, boundary.as_bytes()).is_some();
    let facts = fields.lines.iter().map(|(_, value)| value.as_bytes());
    let inner: Vec<&[u8]> = facts.chain([prose.as_bytes(), &third.body]).collect();
    while inner.iter().any(|part| holds(part, &boundary)) {
        boundary.push('x');
    }

    let mut out = Vec::with_capacity(third.body.len() + prose.len() + 4096);
    let mut line = |text: &str| {
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"\r\n");
    };
    line(&format!("From: {}", mailbox(sender.name, sender.from)));
    line(&format!("To: <{to}>"));
    line(&format!("Subject: {}", wire::unstructured(&subject, "Subject: ".len())));
    line(&format!("Date: {}", clock::rfc5322(stamp.now)));
    line(&format!("Message-ID: <{message_id}>"));
    line("MIME-Version: 1.0");
    line("Content-Type: multipart/report; report-type=feedback-report;");
    line(&format!("\tboundary=\"{boundary}\""));
    line(&format!("Content-Transfer-Encoding: {}", if third.encoding == "8bit" { "8bit" } else { "7bit" }));
    line("");
    line(&format!("--{boundary}"));
    let plain = prose.is_ascii() && prose.lines().all(|text| text.len() <= wire::MAX_LINE);
    line("Content-Type: text/plain; charset=utf-8");
    line(&format!("Content-Transfer-Encoding: {}", if plain { "7bit" } else { "quoted-printable" }));
    line("");
    let prose = wire::with_crlf(prose.as_bytes());
    out.extend_from_slice(&if plain { prose } else { wire::quoted_printable(&prose) });
    let mut line = |text: &str| {
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"\r\n");
    };
    // The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1), so each part gets one more.
    line("");
    line(&format!("--{boundary}"));
    line("Content-Type: message/feedback-report");
    line("Content-Transfer-Encoding: 7bit");
    line("");
    for (name, value) in &fields.lines {
        line(&format!("{name}: {value}"));
    }
    line("");
    line(&format!("--{boundary}"));
    line(&format!("Content-Type: {}", third.content_type));
    line(&format!("Content-Transfer-Encoding: {}", third.encoding));
    line("");
    out.extend_from_slice(&third.body);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    let leak = |bytes: &[u8]| {
        redactor.leaks(bytes).into_iter().next().map_or(Ok(()), |leak| Err(ComposeError::Leak(leak)))
    };
    leak(&out)?;
    if let Some(mail) = &third.archived {
        // What is locked cannot be searched any more; chance makes words in it, too.
        leak(mail)?;
        let archive = archive::archive(mail, destination.form)
            .map_err(|error| ComposeError::Archive(evidence.record.id, error.to_string()))?;
        out.extend_from_slice(format!("\r\n--{boundary}\r\n{ARCHIVE_HEADERS}\r\n").as_bytes());
        out.extend_from_slice(&wire::base64(&archive));
        out.extend_from_slice(b"\r\n");
    }
    if let Some(document) = &xarf {
        leak(document)?;
        out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&xarf::part(document));
    }
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());

    let covers = covers(evidence);
    Ok(Composed { bytes: out, message_id, subject, report_type: feedback, covers, warnings })
}

/// Writes what a person copies into the form of a desk that takes no mail: the subject, the text, and the headers as
/// evidence. Line ends are LF.
///
/// # Errors
/// As [`compose`]; nothing is said about a recipient.
pub fn compose_for_form(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    form: &ReportForm,
    stamp: &Stamp<'_>,
) -> Result<Composed, ComposeError> {
    // A form takes text: what would be attached to a mail stays at home.
    let form = ReportForm { evidence: EvidenceForm::Headers, xarf: false, ..form.clone() };
    prepare(evidence, sender, None, &form, stamp, |prepared| {
        let headers = String::from_utf8_lossy(&prepared.third.headers).replace("\r\n", "\n");
        let prose = prepared.prose.trim_end();
        let text = format!("{}\n\n{prose}\n\n{}\n", prepared.subject, headers.trim_end());
        // In the text the headers are no headers, and their encoded words would not be read.
        let headers_alone = prepared.redactor.leaks(&prepared.third.headers);
        if let Some(leak) = prepared.redactor.leaks(text.as_bytes()).into_iter().chain(headers_alone).next() {
            return Err(ComposeError::Leak(leak));
        }
        Ok(Composed {
            bytes: text.into_bytes(),
            message_id: String::new(),
            subject: prepared.subject,
            report_type: prepared.feedback,
            covers: covers(evidence),
            warnings: prepared.warnings,
        })
    })
}

/// A report before it gets its form.
struct Prepared<'a> {
    redactor: &'a Redactor<'a>,
    third: evidence::ThirdPart,
    fields: &'a fields::Fields,
    prose: String,
    subject: String,
    feedback: ReportType,
    /// The document for a desk that wants one.
    xarf: Option<Vec<u8>>,
    warnings: Vec<String>,
}

/// What forbids it comes first, then the evidence is redacted, then the text is written from the redacted evidence.
fn prepare(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    to: Option<&str>,
    form: &ReportForm,
    stamp: &Stamp<'_>,
    finish: impl Fn(Prepared<'_>) -> Result<Composed, ComposeError>,
) -> Result<Composed, ComposeError> {
    let record = evidence.record;
    let report = &record.report;
    if evidence.flood.is_some_and(|flood| flood.specimen != record.id) {
        return Err(ComposeError::Flood(record.id));
    }
    let original = evidence::without_envelope(evidence.reported_mail);
    let (shown, is_cut) = evidence::within_limits(evidence::without_masked(original, form));
    let shown_message = mail::parse(&shown);
    // Where nothing is masked or cut, both are the same.
    let other = if matches!(shown, Cow::Borrowed(_)) { None } else { mail::parse(original) };
    let original_mail = other.as_ref().or(shown_message.as_ref()).map(mail::Mail::of);
    let shown_mail = shown_message.as_ref().map(mail::Mail::of);
    let (source, mut warnings) = checks::check(evidence, original_mail, sender, to, stamp)?;
    checks::check_evidence(record.id, shown_mail)?;

    let feedback = report_type(record, form);
    let name = sender.name.unwrap_or_default();
    let prose_text = prose::public_text(sender, form);
    let own_domains = sender.own.domains.join(" ");
    let public_text = [
        prose_text.as_str(),
        fields::NAMES,
        FRAME,
        USER_AGENT,
        feedback.name(),
        name,
        sender.from,
        to.unwrap_or_default(),
        &own_domains,
        if form.xarf { xarf::NAMES } else { "" },
    ]
    .join(" ")
    .to_ascii_lowercase();
    // Of all of it: a header that stays at home may name a recipient whom the rest names, too.
    let parties = Parties::of(original, report, record.feed_kind, sender.own);
    let mut recipients = parties.recipients.clone();
    // `to` and `from` are printed on purpose, even where the reported mail went to one of them.
    recipients
        .retain(|r| !r.eq_ignore_ascii_case(sender.from) && !to.is_some_and(|to| r.eq_ignore_ascii_case(to)));
    let redaction = parties.redaction(sender.redaction_key, &public_text);
    let redactor = Redactor::new(&recipients, Redaction { off: !form.redaction, ..redaction });
    if !form.redaction {
        warnings.push(UNHIDDEN.to_owned());
    }

    let fields = fields::fields(evidence, sender, &redactor, feedback, form, source);
    let attempt = |rounds| {
        let mut third = evidence::third_part(&redactor, &shown, shown_mail, form.evidence, rounds);
        third.is_cut = is_cut;
        let (subject, is_subject_cut) = forward_subject(&third.headers);
        let parts = prose::Parts { feedback, fields: &fields, third: &third, form, is_subject_cut };
        let prose = prose::prose(evidence, sender, &redactor, &parts, stamp);
        let mut warnings = warnings.clone();
        warnings.extend(third.warning.clone());
        warnings.extend(is_cut.then(|| evidence::CUT.to_owned()));
        let exhibit = match third.content_type {
            "message/rfc822" => (third.content_type, third.body.as_slice()),
            _ => ("text/rfc822-headers", third.headers.as_slice()),
        };
        let xarf = form
            .xarf
            .then(|| xarf::document(evidence, sender, &redactor, &fields, source, exhibit, stamp))
            .and_then(|document| {
                let missing =
                    |what| format!("no XARF goes along, since XARF demands what is not known: {what}");
                document.map_err(|what| warnings.push(missing(what))).ok()
            });
        let fields = &fields;
        finish(Prepared { redactor: &redactor, third, fields, prose, subject, feedback, xarf, warnings })
    };
    match attempt(1) {
        // A name that a neighbour hid until the neighbour was replaced is met by going over the evidence once more.
        Err(ComposeError::Leak(_)) => attempt(2),
        settled => settled,
    }
}

/// The reported mails that a report settles: the evidence first.
fn covers(evidence: &Evidence<'_>) -> Vec<ReportId> {
    let covered = evidence.flood.iter().flat_map(|flood| &flood.covered);
    std::iter::once(&evidence.record.id).chain(covered).copied().collect()
}

/// `FW: ` and the subject of the reported mail (RFC 5965 §2 f), in one line and cut at [`MAX_SUBJECT`]; and whether
/// it was cut.
fn forward_subject(headers: &[u8]) -> (String, bool) {
    let message = mail::parse(headers);
    let subject = message.as_ref().and_then(|m| mail::Mail::of(m).subject()).unwrap_or_default();
    let subject: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut subject = match subject.trim() {
        "" => "FW: (no subject)".to_owned(),
        subject => format!("FW: {subject}"),
    };
    if subject.len() <= MAX_SUBJECT {
        return (subject, false);
    }
    // Blanks that folding made of nothing would leave little of it.
    subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_cut = subject.len() > MAX_SUBJECT;
    subject.truncate(subject.floor_char_boundary(MAX_SUBJECT));
    subject.truncate(subject.trim_end().len());
    (subject, is_cut)
}

fn mailbox(name: Option<&str>, address: &str) -> String {
    let name: String =
        name.unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    let name = name.trim();
    if name.is_empty() {
        return format!("<{address}>");
    }
    if name.is_ascii() {
        return format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    format!("{}\r\n <{address}>", wire::unstructured(name, "From: ".len()))
}

#[cfg(test)]
mod tests;
