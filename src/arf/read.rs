//! One message in, everything understood of it out: the order in which the other files here are asked.

use super::authentication::{self, AuthenticationResults};
use super::cause::{self, Evidence};
use super::content::{self, shape};
use super::dialect::{self, Found, Stated};
use super::limits::{self, Limits};
use super::mail::{self, Body, Mail, Part};
use super::original::{self, Original};
use super::received::{self, Hop};
use super::{address, date, feedback, kind, other, repair, reporter, rules, words};
use crate::model::address_space::special_purpose;
use crate::model::clock::Seconds;
use crate::model::{
    ArrivalFrom, Delivery, FeedKind, Field, Judgement, Kind, Outcome, Reading, Report, SourceIpFrom,
};
use std::borrow::Cow;

/// Parts beyond this number are not looked at; a report has three.
const MAX_PARTS: usize = 10_000;

/// What the program's own reports call themselves.
const OWN_AGENT: &str = "lafayette/";

/// What understanding a message takes besides its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The own house and the user's rules.
    pub judgement: &'a Judgement,
    /// What the feed brings.
    pub feed_kind: FeedKind,
    /// When our own mailbox got the message.
    pub internal_date: Option<Seconds>,
    /// The present moment.
    pub now: Seconds,
}

/// Understands one message. Never fails: what is no report comes back as such, with a sentence.
pub fn read(raw: &[u8], context: &Context<'_>) -> Reading {
    let (bytes, limits, shortened) = within_limits(raw);
    if bytes.trim_ascii().is_empty() {
        return nothing("it is empty", context);
    }
    let is_cut = limits.cut.is_some();
    let mut reading = opened(&bytes, limits, |outer, parts| read_parts(outer, parts, is_cut, context))
        .unwrap_or_else(|| nothing("it is no mail: it has not a single header", context));
    keep_for_a_person(&mut reading, limits);
    reading.report.notes.splice(0..0, shortened);
    reading
}

/// The bytes of the reported mail inside a report, or of its header block when no more was reported; mended where
/// they were broken. The same bytes that [`read`] understood.
pub fn reported_mail(raw: &[u8], feed_kind: FeedKind) -> Option<Vec<u8>> {
    let (bytes, limits, _) = within_limits(raw);
    opened(&bytes, limits, |outer, parts| {
        dialect::find(outer, &parts, feed_kind)?.original.map(|original| original.bytes().to_vec())
    })
    .flatten()
}

/// As much of a message as is looked at, as it is looked at.
fn within_limits(raw: &[u8]) -> (Cow<'_, [u8]>, Limits, Option<String>) {
    let (first, has_more) = limits::first_bytes(without_top(raw));
    limits::shorten(with_line_feeds(first), has_more)
}

/// Parses a message, with the faults mended that hide its parts, and hands over its parts.
fn opened<T>(bytes: &[u8], limits: Limits, act: impl FnOnce(Mail<'_>, Vec<Part<'_>>) -> T) -> Option<T> {
    let message = mail::parse_within(bytes, limits)?;
    let outer = Mail::of(&message);
    let parts = outer.parts();
    let mended = repair::repair(bytes, outer, &parts);
    match mended.as_deref().and_then(mail::parse) {
        Some(message) => {
            let outer = Mail::of(&message);
            Some(act(outer, outer.parts()))
        }
        None => Some(act(outer, parts)),
    }
}

/// States the limits that were reached. What is no report as far as it was read may be one further on.
fn keep_for_a_person(reading: &mut Reading, limits: Limits) {
    let Some(note) = limits.note() else { return };
    if let (Outcome::NotReport(_), true) = (&reading.outcome, limits.cut.is_some()) {
        reading.outcome = Outcome::Quarantined(note.clone());
    }
    reading.report.notes.insert(0, note);
}

fn read_parts<'m>(outer: Mail<'m>, mut parts: Vec<Part<'m>>, is_cut: bool, context: &Context<'_>) -> Reading {
    let mut notes = Vec::new();
    if parts.len() > MAX_PARTS {
        notes.push(format!("It has {} parts; the first {MAX_PARTS} were looked at.", parts.len()));
        parts.truncate(MAX_PARTS);
    }
    if parts.iter().any(|p| p.depth >= mail::MAX_DEPTH) {
        notes.push(format!("Mails inside mails were followed {} deep, and no further.", mail::MAX_DEPTH));
    }
    let found = match context.feed_kind {
        // Whatever it quotes, it is about a report of ours.
        FeedKind::Replies => None,
        FeedKind::Mailbox | FeedKind::Spamtrap => dialect::find(outer, &parts, context.feed_kind),
    };
    let mut reading = match found {
        Some(found) => understand(found, outer, is_cut, context),
        None => not_a_report(outer, &parts, context),
    };
    if reading.dialect != "none"
        && let Some(note) = reporters_words(&parts).and_then(|text| content::removed::stated(text, true))
        && !reading.report.notes.iter().any(|known| known == note)
    {
        reading.report.notes.push(note.to_owned());
    }
    reading.report.notes.splice(0..0, notes);
    reading
}

/// The message with the faults taken out that hide all of it from a parser: an mbox separator or blank lines on top,
/// and CR alone as line end.
pub(crate) fn readable(raw: &[u8]) -> Cow<'_, [u8]> {
    with_line_feeds(without_top(raw))
}

fn without_top(raw: &[u8]) -> &[u8] {
    let mut bytes = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    loop {
        bytes =
            bytes.get(bytes.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count()..).unwrap_or_default();
        let line = memchr::memchr2(b'\n', b'\r', bytes).map_or(bytes.len(), |at| at + 1);
        let (first, rest) = bytes.split_at(line);
        let is_separator = first.starts_with(b"From ") || first.starts_with(b">From ");
        if first.is_empty() || !is_separator && !first.trim_ascii().is_empty() {
            return bytes;
        }
        bytes = rest;
    }
}

fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    if has_bare_returns(bytes) {
        return bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect();
    }
    Cow::Borrowed(bytes)
}

/// CR alone ends the lines: several come before the first LF, which somebody may have put behind the last line.
fn has_bare_returns(bytes: &[u8]) -> bool {
    const SURELY: usize = 3;
    let before = bytes.get(..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())).unwrap_or(bytes);
    let alone = before.strip_suffix(b"\r").unwrap_or(before);
    memchr::memchr_iter(b'\r', alone).take(SURELY).count() == SURELY
}

fn nothing(what: &str, context: &Context<'_>) -> Reading {
    let mut report = Report::default();
    arrive(&mut report, None, || None, context);
    Reading { outcome: Outcome::NotReport(what.to_owned()), report, fields: Vec::new(), dialect: "none" }
}

fn not_a_report(outer: Mail<'_>, parts: &[Part<'_>], context: &Context<'_>) -> Reading {
    let mut report = Report { reporter: reporter::reporter(outer), ..Report::default() };
    headers(outer, &mut report);
    arrive(&mut report, None, || received::arrival(outer), context);
    let outcome = if !outer.headers().any(|(name, _)| is_plausible(name)) {
        Outcome::NotReport("it is no mail: nothing in it looks like a header".to_owned())
    } else if context.feed_kind == FeedKind::Replies {
        Outcome::NotReport("it came as an answer to our reports".to_owned())
    } else {
        Outcome::NotReport(other::describe(outer, parts))
    };
    Reading { outcome, report, fields: Vec::new(), dialect: "none" }
}

fn is_plausible(name: &str) -> bool {
    name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn understand(found: Found<'_>, outer: Mail<'_>, is_cut: bool, context: &Context<'_>) -> Reading {
    let Found { dialect, fields, is_bare, original, stated } = found;
    // The bytes and what is parsed from them have to outlive the view of the mail.
    let (bytes, message);
    let reported = match original {
        None => None,
        Some(Original::Parsed(mail, _)) => Some(mail),
        Some(Original::Bytes(mended)) => {
            bytes = mended;
            message = mail::parse(&bytes);
            message.as_ref().map(Mail::of)
        }
    };
    let mut report = Report::default();
    feedback::apply(&fields, &mut report);
    if fields.len() >= feedback::MAX_FIELDS {
        report
            .notes
            .push(format!("The report has too many fields; the first {} were read.", feedback::MAX_FIELDS));
    }
    if let Some(long) = fields.iter().find(|f| f.value.len() >= feedback::MAX_VALUE_BYTES) {
        let kept = feedback::MAX_VALUE_BYTES;
        report.notes.push(format!("The field {} is very long; its first {kept} bytes were kept.", long.name));
    }
    report.reporter = if is_bare { None } else { reporter::reporter(outer) };
    let arrival = arrival_field(&fields).or(stated.arrival);
    let (policy, delivery) = (stated.policy, stated.delivery);
    state(stated, &mut report);
    let origin = locate(&mut report, reported, context.judgement);
    arrive(&mut report, arrival, || reported.and_then(received::arrival), context);

    let results: Vec<AuthenticationResults> =
        report.authentication_results.iter().take(100).map(|value| authentication::parse(value)).collect();
    report.policy = policy.or_else(|| authentication::policy(&results));
    report.delivery = delivery.or_else(|| delivered(&fields, &results));
    if let Some(mail) = reported {
        look_into(mail, is_cut, &mut report, context.judgement);
    } else {
        report.kind_reason = "the reported mail is missing, so nothing speaks against it".to_owned();
    }
    if report.message_id.is_none() {
        report.message_id =
            feedback::values(&fields, "Message-ID").next().map(message_id).filter(|id| !id.is_empty());
    }
    let source_name = feedback::values(&fields, "Source-IP").find_map(name_in_comment);
    let evidence = Evidence {
        report: &report,
        reported,
        results: &results,
        origin: origin.as_ref(),
        source_name: source_name.as_deref(),
    };
    (report.cause, report.cause_reason) = cause::cause(&evidence, &context.judgement.own);
    report.unverified = report.feedback_type.as_deref() == Some("auth-failure")
        && !reporter::is_verified(outer, report.reporter.as_deref(), context.judgement);
    rules::apply(&context.judgement.rules, reported, &mut report);
    let outcome = outcome(&report, &fields, reported);
    Reading { outcome, report, fields, dialect }
}

/// The part for people, which comes first (RFC 5965 §2).
fn reporters_words<'m>(parts: &[Part<'m>]) -> Option<&'m str> {
    match (parts.first()?.body(), parts.get(1)?.body()) {
        (Body::Multipart, Body::Text(text)) => Some(text),
        _ => None,
    }
}

fn outcome(report: &Report, fields: &[Field], reported: Option<Mail<'_>>) -> Outcome {
    let is_own =
        |agent: &str| agent.get(..OWN_AGENT.len()).is_some_and(|a| a.eq_ignore_ascii_case(OWN_AGENT));
    if report.user_agent.as_deref().is_some_and(is_own) {
        return Outcome::NotReport("it is one of our own reports that came back".to_owned());
    }
    if fields.is_empty() && reported.is_none_or(|mail| mail.headers().next().is_none()) {
        let sentence = "it is built as an abuse report, but has neither a field nor a reported mail in it";
        return Outcome::Quarantined(sentence.to_owned());
    }
    Outcome::Report
}

/// Values from the form of the report, where no field says otherwise.
fn state(stated: Stated, report: &mut Report) {
    report.feedback_type = report.feedback_type.take().or(stated.feedback_type);
    report.auth_failure = report.auth_failure.take().or(stated.auth_failure);
    report.user_agent = report.user_agent.take().or(stated.user_agent);
    report.original_mail_from = report.original_mail_from.take().or(stated.mail_from);
    report.source_port = report.source_port.or(stated.source_port);
    if let (None, Some((ip, from))) = (report.source_ip, stated.source) {
        (report.source_ip, report.source_ip_from) = (Some(ip), Some(from));
    }
    if report.original_rcpt_to.is_empty() {
        report.original_rcpt_to = stated.rcpt_to;
    }
    if report.reported_domains.is_empty() {
        report.reported_domains = stated.domains;
    }
}

/// Fills in source and port where the report does not say them; gives the hop that belongs to the source.
fn locate(report: &mut Report, reported: Option<Mail<'_>>, judgement: &Judgement) -> Option<Hop> {
    let public = &judgement.treat_as_public;
    if report.source_ip.is_none() {
        let hops: Vec<Hop> = reported.map(|mail| received::hops(mail).collect()).unwrap_or_default();
        if let Some((ip, _)) =
            received::origin(&hops, &judgement.own.trusted_hosts, public).and_then(|hop| hop.from)
        {
            (report.source_ip, report.source_ip_from) = (Some(ip), Some(SourceIpFrom::Received));
        } else if let Some(ip) =
            reported.and_then(address_in_headers).filter(|ip| special_purpose(*ip, public).is_none())
        {
            (report.source_ip, report.source_ip_from) = (Some(ip), Some(SourceIpFrom::Header));
        }
    }
    let ip = report.source_ip?;
    let hop = received::hops(reported?).find(|hop| hop.from.is_some_and(|(from, _)| from == ip))?;
    report.source_port = report.source_port.or_else(|| hop.from.and_then(|(_, port)| port));
    Some(hop)
}

/// The sender's address as other headers of the receiving side give it.
fn address_in_headers(mail: Mail<'_>) -> Option<std::net::IpAddr> {
    let spf = mail.header("Received-SPF").and_then(|spf| {
        let at = spf.find("client-ip=")? + "client-ip=".len();
        address::network_address(spf.get(at..)?)
    });
    let named = || {
        let names = ["X-Originating-IP", "X-Source-IP", "X-Remote-IP", "X-Sender-IP", "X-Client-IP"];
        names.iter().find_map(|name| address::network_address(&mail.header(name)?))
    };
    spf.or_else(named).map(|(ip, _)| ip)
}

fn arrival_field(fields: &[Field]) -> Option<Seconds> {
    ["Arrival-Date", "Received-Date"]
        .iter()
        .find_map(|name| feedback::values(fields, name).find_map(date::parse))
}

fn arrive(
    report: &mut Report,
    stated: Option<Seconds>,
    received: impl FnOnce() -> Option<Seconds>,
    context: &Context<'_>,
) {
    let first = stated.map(|at| (at, ArrivalFrom::Field));
    let first = first.or_else(|| received().map(|at| (at, ArrivalFrom::Received)));
    let first = first.or_else(|| context.internal_date.map(|at| (at, ArrivalFrom::Internal)));
    (report.arrival, report.arrival_from) = first.unwrap_or((context.now, ArrivalFrom::Import));
}

/// What was done with the mail. A disposition stated beside the DMARC result wins over Delivery-Result: it says what
/// DMARC did, in the words that people filter by; Delivery-Result says `delivered` for every mail that was not refused.
fn delivered(fields: &[Field], results: &[AuthenticationResults]) -> Option<Delivery> {
    authentication::disposition(results).or_else(|| {
        let value = feedback::values(fields, "Delivery-Result").find(|v| !v.is_empty())?;
        let word = address::without_comments(value).trim().to_ascii_lowercase();
        Some(match word.as_str() {
            // Symantec Brightmail
            "smg-policy-action" => Delivery::Policy,
            _ => Delivery::from_name(&word).unwrap_or(Delivery::Other),
        })
    })
}

fn look_into(mail: Mail<'_>, is_cut: bool, report: &mut Report, judgement: &Judgement) {
    headers(mail, report);
    report.headers_only = original::is_headers_only(mail);
    (report.kind, report.kind_reason) = if mail.headers().next().is_some() {
        kind::kind(mail, report.original_mail_from.as_deref())
    } else {
        (Kind::Normal, "the reporter left out the reported mail, so nothing speaks against it".to_owned())
    };
    let found = content::contents(mail, is_cut, &judgement.own.domains);
    report.url_shape = shape::url_shape(&found.urls);
    (report.urls, report.addresses, report.files) = (found.urls, found.addresses, found.files);
    report.notes.extend(found.notes);
}

/// From, Reply-To, Subject and Message-ID, decoded.
fn headers(mail: Mail<'_>, report: &mut Report) {
    // A charset for raw 8-bit bytes; hardly ever needed, so looked up only then.
    let charset = |bytes: &[u8]| {
        let is_raw = !bytes.is_ascii() && std::str::from_utf8(bytes).is_err();
        is_raw.then(|| mail.parts().iter().take(50).find_map(|p| p.parameter("charset"))).flatten()
    };
    report.subject = mail.header_bytes("Subject").map(|value| words::decode(&value, charset(&value)));
    report.subject_shape = report.subject.as_deref().map_or(0, shape::subject_shape);
    let mailbox = |name: &str| {
        let value = mail.header_bytes(name)?;
        address::mailbox(&words::text(&value, charset(&value)))
    };
    if let Some((name, address)) = mailbox("From") {
        report.from_name = name.map(|n| words::decode(n.as_bytes(), None)).filter(|n| !n.is_empty());
        report.from = Some(address).filter(|a| !a.is_empty());
    }
    report.reply_to = mailbox("Reply-To").map(|(_, address)| address).filter(|a| !a.is_empty());
    report.message_id = mail.header("Message-ID").map(|id| message_id(&id)).filter(|id| !id.is_empty());
}

fn message_id(value: &str) -> String {
    value.trim().trim_start_matches('<').trim_end_matches('>').trim().to_owned()
}

/// The host name in `192.0.2.1 (host.example)`, which the reporter looked up.
fn name_in_comment(value: &str) -> Option<String> {
    let comment = value.split_once('(')?.1.split([')', ' ']).next()?;
    let name = comment.trim_end_matches('.').to_ascii_lowercase();
    (name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'))
        .then_some(name)
}
