//! What a spamtrap feed brings besides reports: the trapped mail itself, bare or attached to a note.

use super::super::address;
use super::super::mail::{Mail, Part};
use super::super::original::{self, Original};
use super::{Found, Stated};
use std::borrow::Cow;

/// Exactly one attached mail, else the whole message.
pub fn find<'m>(outer: Mail<'m>, parts: &[Part<'m>]) -> Option<Found<'m>> {
    let mut attached = parts.iter().filter(|p| p.depth == 0 && p.is("message", "rfc822"));
    let one = attached.next().filter(|_| attached.next().is_none());
    // A bounce that hit the trap carries a mail too, and is itself what was trapped.
    let is_report = parts.first().is_some_and(|root| root.is("multipart", "report"));
    let abuse = Stated { feedback_type: Some("abuse".to_owned()), ..Stated::default() };
    if let Some(original) = one.filter(|_| !is_report).and_then(|part| original::of(*part)) {
        let dialect = "forwarded mail";
        return Some(Found {
            dialect,
            fields: Vec::new(),
            is_bare: false,
            original: Some(original),
            stated: abuse,
        });
    }
    if !original::is_header_block(outer.raw(), 1) {
        return None;
    }
    let stated = Stated {
        // Our own server wrote these when it delivered the mail to the trap.
        mail_from: outer.header("Return-Path").map(|p| address::path(&p)),
        rcpt_to: ["X-Original-To", "Delivered-To", "Envelope-To"]
            .iter()
            .find_map(|name| outer.header(name))
            .map(|to| address::list(&to).take(100).map(address::path).collect())
            .unwrap_or_default(),
        ..abuse
    };
    let original = match original::mend(outer.raw()) {
        Cow::Borrowed(bytes) => Some(Original::Parsed(outer, bytes)),
        mended => Some(Original::Bytes(mended)),
    };
    Some(Found { dialect: "spamtrap mail", fields: Vec::new(), is_bare: true, original, stated })
}
