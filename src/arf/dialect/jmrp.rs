//! Complaints of Hotmail and Outlook (Junk Mail Reporting Program): no fields, only the mail with headers added.
//!
//! The recipient stands in `X-HmXmrOriginalRecipient`, the source in the subject of the mail around it. The mail comes
//! attached, attached inside another attachment, or with no wrapper at all.

use super::super::address;
use super::super::mail::{Body, Mail, Part};
use super::super::original::{self, Original};
use super::{Found, Stated};
use crate::model::SourceIpFrom;
use std::borrow::Cow;

const RECIPIENT: &str = "X-HmXmrOriginalRecipient";
const SUBJECT: &str = "complaint about message from";

/// Looks for the recipient header, then for the subject with a mail attached.
pub fn find<'m>(outer: Mail<'m>, parts: &[Part<'m>]) -> Option<Found<'m>> {
    let marked =
        parts.iter().find(|p| matches!(p.body(), Body::Message(mail) if mail.header(RECIPIENT).is_some()));
    let source = source(outer, parts);
    let attached = || parts.iter().rev().find(|p| original::is_declared(**p)).filter(|_| source.is_some());
    let (original, recipient, is_bare) = match marked.or_else(attached) {
        Some(part) => {
            let recipient = match part.body() {
                Body::Message(mail) => mail.header(RECIPIENT).map(Cow::into_owned),
                _ => None,
            };
            (original::of(*part)?, recipient, false)
        }
        None => {
            let recipient = outer.header(RECIPIENT)?;
            (Original::Bytes(Cow::Borrowed(unwrapped(outer)?)), Some(recipient.into_owned()), true)
        }
    };
    let stated = Stated {
        feedback_type: Some("abuse".to_owned()),
        source: source.map(|ip| (ip, SourceIpFrom::Subject)),
        rcpt_to: recipient.map(|r| address::path(&r)).into_iter().filter(|r| !r.is_empty()).collect(),
        ..Stated::default()
    };
    Some(Found { dialect: "jmrp", fields: Vec::new(), is_bare, original: Some(original), stated })
}

/// The address in the subject of the outer mail, or of one that wraps the reported mail.
fn source(outer: Mail<'_>, parts: &[Part<'_>]) -> Option<std::net::IpAddr> {
    let inner = parts.iter().filter_map(|p| match p.body() {
        Body::Message(mail) => Some(mail),
        _ => None,
    });
    std::iter::once(outer).chain(inner).take(10).find_map(|mail| {
        let subject = mail.header("Subject")?;
        let at = subject.to_ascii_lowercase().find(SUBJECT)? + SUBJECT.len();
        address::network_address(subject.get(at..)?.trim_start()).map(|(ip, _)| ip)
    })
}

/// Without a wrapper the header of the reported mail begins where Hotmail put its own; above it stand the headers that
/// the way to us added.
fn unwrapped(outer: Mail<'_>) -> Option<&[u8]> {
    let (raw, name) = (outer.raw(), RECIPIENT.as_bytes());
    let mut start = 0;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() && start > 0 {
            return None;
        }
        if line.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
            return raw.get(start..);
        }
        start += line.len();
    }
    None
}
