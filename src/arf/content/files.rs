//! Parts that are files, with the hashes that block lists and scanners speak.

use super::MAX_FILES;
use super::collector::Collector;
use crate::arf::mail::{Body, Part};
use crate::model::Attachment;
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Whether the sender gave the part a file name or wants it saved.
pub(super) fn is_sent_as_file(part: Part<'_>) -> bool {
    part.is_attachment() || part.file_name().is_some_and(|name| !name.trim().is_empty())
}

/// Lists the part as a file, unless it is a piece of the mail's own machinery.
pub(super) fn list(part: Part<'_>, found: &mut Collector) {
    let content_type = part.content_type();
    let is_machinery = match content_type.as_str() {
        "message/delivery-status"
        | "message/global-delivery-status"
        | "message/disposition-notification"
        | "message/global-disposition-notification"
        | "message/feedback-report"
        | "message/global-headers"
        | "message/external-body" => true,
        _ => matches!(part.body(), Body::Message(_)) && !is_sent_as_file(part),
    };
    if is_machinery {
        return;
    }
    if found.files.len() >= MAX_FILES {
        return found
            .note(format!("The mail has more than {MAX_FILES} files; the first {MAX_FILES} were kept."));
    }
    let name = part.file_name().unwrap_or_default().trim().to_owned();
    if found.is_cut && part.is_open() {
        // No hash and no size at all rather than those of a piece, which would be looked up in vain.
        found.note(format!(
            "The file '{name}' goes on beyond what was looked at; its size and hashes are not known."
        ));
        return found.files.push(Attachment {
            name,
            content_type,
            size: 0,
            sha256: String::new(),
            md5: String::new(),
        });
    }
    let bytes = part.decoded_body();
    found.files.push(Attachment {
        name,
        content_type,
        size: bytes.len() as u64,
        sha256: hexadecimal(&Sha256::digest(&bytes)),
        md5: hexadecimal(&Md5::digest(&bytes)),
    });
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
