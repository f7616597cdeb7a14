//! What the bytes alone do not tell: opt-outs, the ledger, DNS, the rate, our own house. Whoever knows says so in
//! [`Outside`]; what nobody says is told as not known, and never as fine.

use super::Findings;
use super::content::{Fields, from_of};
use crate::arf::address;
use crate::arf::compose::{address_problem, is_example, owner_domain, placeholder};
use crate::arf::mail::Mail;
use crate::model::ReportForm;
use crate::model::clock::Seconds;
use chrono::DateTime;

const HOUR: i64 = 3600;

/// What somebody who was asked says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Nobody here knows.
    #[default]
    NotKnown,
    /// Nothing speaks against it.
    Fine,
    /// This does, a sentence.
    Against(&'a str),
}

/// What is known besides the bytes. By default nothing is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'a> {
    /// The moment of sending; without it the report's own Date counts.
    pub now: Option<Seconds>,
    /// Our own domains; with none it is not known which are ours (rules 5 and 7).
    pub domains: &'a [String],
    /// How the contact wants its reports (rules 1 and 3).
    pub form: Option<&'a ReportForm>,
    /// The recipient takes abuse reports, has not opted out and is not dead (rule 7).
    pub recipient: Answer<'a>,
    /// This mail was not reported to this contact before (rule 9).
    pub ledger: Answer<'a>,
    /// SPF or DKIM will pass for the domain of From (rule 13).
    pub authentication: Answer<'a>,
    /// Answers are read, and bounces taken (rule 14).
    pub replies: Answer<'a>,
    /// A timer sends it, and no person (rule 15).
    pub by_timer: Option<bool>,
    /// The contact has room for one more today (rule 16).
    pub rate: Answer<'a>,
}

/// The rules that ask the outside.
pub(super) fn check(
    outer: Mail<'_>,
    fields: Option<Fields<'_>>,
    evidence: Option<Mail<'_>>,
    outside: &Outside<'_>,
    findings: &mut Findings,
) {
    check_house(outer, outside, findings);
    check_recipient(outer, fields, evidence, outside, findings);
    let ledger = "whether this mail was reported to this contact before, which the ledger tells";
    findings.answer(9, true, outside.ledger, ledger);
    check_delivery(outer, outside, findings);
    let rate = "how many reports the contact got today, which the ledger tells";
    findings.answer(16, false, outside.rate, rate);
    if let Some(fields) = fields {
        check_age(outer, fields, outside.now, findings);
    }
}

/// Rule 5: nobody reports in another's name.
fn check_house(outer: Mail<'_>, outside: &Outside<'_>, findings: &mut Findings) {
    if outside.domains.is_empty() {
        return findings.not_known(5, "which domains are ours, which [own] domains and [report] from tell");
    }
    let from = from_of(outer);
    let domain = domain_of(&from);
    if !domain.is_empty() && !is_ours(domain, outside) {
        findings.error(5, format!("From {} is in no domain of ours", from.escape_debug()));
    }
}

/// Rule 7.
fn check_recipient(
    outer: Mail<'_>,
    fields: Option<Fields<'_>>,
    evidence: Option<Mail<'_>>,
    outside: &Outside<'_>,
    findings: &mut Findings,
) {
    let asked = "whether the recipient opted out or is dead, which the contacts tell";
    findings.answer(7, true, outside.recipient, asked);
    let Some(to) = outer.header("To") else { return };
    let to = super::content::address_of(&to).to_ascii_lowercase();
    if address_problem(&to).is_some() {
        // Rule 5 has told.
        return;
    }
    let domain = domain_of(&to);
    if is_ours(domain, outside) {
        findings.error(7, format!("the recipient {to} is our own"));
    }
    match placeholder(&to) {
        Some(why) if is_example(domain) => findings.warning(7, format!("the recipient {to} {why}")),
        Some(why) => findings.error(7, format!("the recipient {to} {why}")),
        None => {}
    }
    let is_named = to.split('@').next().is_some_and(|local| local.contains("abuse"));
    findings.warning_if(
        !is_named && outside.recipient != Answer::Fine,
        7,
        &format!("nothing says that {to} is meant for abuse reports"),
    );
    let owner = owner_domain(domain);
    let involved = |address: &str| !address.is_empty() && owner_domain(domain_of(address)) == owner;
    let evidence_from = evidence.map(from_of).unwrap_or_default();
    let reply_to = evidence.and_then(Mail::reply_to).and_then(|m| m.address).unwrap_or_default();
    let mail_from = fields.and_then(|f| f.first("Original-Mail-From")).unwrap_or_default();
    let url = |uri: &str| crate::text::url::host(uri).is_some_and(|host| owner_domain(&host) == owner);
    let place = if involved(&evidence_from) {
        "From"
    } else if involved(mail_from.trim_end_matches('>')) {
        "MAIL FROM"
    } else if involved(&reply_to) {
        "Reply-To"
    } else if fields.is_some_and(|f| f.all("Reported-URI").any(url)) {
        "URLs"
    } else {
        return;
    };
    let sentence =
        format!("the recipient's domain {owner} stands in the mail's own {place}: it may be the abuser's");
    findings.error(7, sentence);
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('.'))
}

fn is_ours(domain: &str, outside: &Outside<'_>) -> bool {
    outside.domains.iter().any(|own| address::is_under(&domain.to_ascii_lowercase(), own))
}

/// Rules 13, 14 and 15.
fn check_delivery(outer: Mail<'_>, outside: &Outside<'_>, findings: &mut Findings) {
    if outer.header("DKIM-Signature").is_none() {
        let asked = "whether SPF passes for the domain of From or the smarthost signs, which DNS tells";
        findings.answer(13, false, outside.authentication, asked);
        findings.warning_if(
            outside.authentication == Answer::NotKnown,
            13,
            "there is no DKIM signature for the domain of From",
        );
    }
    let answers =
        outer.reply_to().and_then(|m| m.address).unwrap_or_else(|| from_of(outer)).to_ascii_lowercase();
    let local = answers.split('@').next().unwrap_or_default().replace(['-', '_', '.'], "");
    findings.warning_if(
        local.starts_with("noreply") || local.starts_with("donotreply"),
        14,
        "answers go to a no-reply address: desks must be able to answer",
    );
    findings.answer(14, false, outside.replies, "whether somebody reads the answers, which the feeds tell");
    let automatic = outer.header("Auto-Submitted").is_some_and(|v| !v.trim().eq_ignore_ascii_case("no"));
    match outside.by_timer {
        Some(true) => findings.warning_if(
            !automatic,
            15,
            "a timer sends this and Auto-Submitted is missing (RFC 3834 §5)",
        ),
        Some(false) | None => findings.warning_if(
            automatic,
            15,
            "Auto-Submitted says that no person sent this: right for a timer only (RFC 3834 §5.2)",
        ),
    }
}

/// Rule 17.
fn check_age(outer: Mail<'_>, fields: Fields<'_>, now: Option<Seconds>, findings: &mut Findings) {
    let arrival = fields.first("Arrival-Date").or_else(|| fields.first("Received-Date"));
    findings.warning_if(
        arrival.is_some_and(|d| d.trim_end().ends_with("-0000")),
        17,
        "Arrival-Date has no time zone (-0000): give UTC or an offset",
    );
    let moment = |text: &str| DateTime::parse_from_rfc2822(text).ok().map(|d| d.timestamp());
    let arrival = arrival.and_then(moment);
    let sent = now.or_else(|| outer.header("Date").and_then(|d| moment(&d)));
    if let (Some(arrival), Some(sent)) = (arrival, sent) {
        let age = sent.saturating_sub(arrival);
        if age > 72 * HOUR {
            findings.warning(17, format!("the evidence is {} hours old; 72 is what desks take", age / HOUR));
        }
    }
}
