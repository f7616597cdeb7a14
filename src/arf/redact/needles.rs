//! All forms in which a recipient hides in bytes, searched at once; knows nothing of messages.

use super::view::View;
use super::{HIDDEN_DOMAIN, Redaction, token};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::engine::{Engine, general_purpose::STANDARD_NO_PAD, general_purpose::URL_SAFE_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

/// Recipients that are searched in all forms. A mail with more is a mass mailing whose recipient headers are
/// rebuilt in any case.
pub const MAX_RECIPIENTS: usize = 256;

/// Longest address that is searched: 64 for the local part, 255 for the domain (RFC 5321 §4.5.3.1). The search takes
/// at worst this many steps for each byte.
const MAX_ADDRESS: usize = 320;

/// Longest host name (RFC 1035 §2.3.4).
const MAX_HOST: usize = 255;

/// Shorter local parts are words that occur anywhere.
const MIN_LOCAL: usize = 5;

/// Shorter base64 occurs by chance.
const MIN_BASE64: usize = 8;

/// What may stand between local part and domain: written out, VERP, percent-encoded once more, spelled.
const SEPARATORS: &[&str] =
    &["@", "=", "%40", "%2540", "#", "_at_", "-at-", " at ", "(at)", "[at]", " (at) ", " [at] "];

/// Local parts that name no person (RFC 2142 and custom), and words of which mail itself is made. They are hidden
/// as part of an address, never on their own.
const ORDINARY: &str = "abuse account accounts admin administrator alternative authentication billing boundary \
    charset contact content delivered delivery domain email encoding feedback format header headers hello help \
    hostmaster https inbox info mailbox mailer marketing media message mixed multipart network newsletter noreply \
    office orders original plain postmaster privacy quoted printable received recipient redacted removed report reports resent \
    result results return sales security sender service source subject support system transfer undisclosed unknown version webmaster";

/// What a hit means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Local part, separator, domain.
    Address,
    /// The local part as a word.
    Local,
    /// A domain or host, as a whole name.
    Host,
    /// A hash or another spelling, replaced whole.
    Digest,
    /// The inner characters of a base64 text.
    Base64,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Form::Address => "address",
            Form::Local => "local part",
            Form::Host => "host",
            Form::Digest => "hash of the address",
            Form::Base64 => "base64 of the address",
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Needle {
    form: Form,
    recipient: usize,
}

struct Recipient {
    address: String,
    local: usize,
    token: String,
}

/// The searcher for all forms of all recipients.
pub struct Needles {
    search: Option<AhoCorasick>,
    needles: Vec<Needle>,
    recipients: Vec<Recipient>,
    spamtrap: bool,
}

/// Collects patterns, each once.
#[derive(Default)]
struct Patterns {
    texts: Vec<Vec<u8>>,
    needles: Vec<Needle>,
    seen: HashMap<Vec<u8>, ()>,
}

impl Patterns {
    fn add(&mut self, text: impl Into<Vec<u8>>, form: Form, recipient: usize) {
        let text = text.into();
        if !text.is_empty() && self.seen.insert(text.to_ascii_lowercase(), ()).is_none() {
            self.texts.push(text);
            self.needles.push(Needle { form, recipient });
        }
    }

    /// Hexadecimal, base64 in all three alignments, and hashes of one text.
    fn add_spellings(&mut self, text: &str, recipient: usize) {
        let bytes = text.as_bytes();
        self.add(hex(bytes), Form::Digest, recipient);
        for shift in 0..3 {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(bytes);
            // Only characters whose six bits all come from the text stay the same in every surrounding.
            let inner = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
            if inner.len() >= MIN_BASE64 {
                for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
                    self.add(encoded.get(inner.clone()).unwrap_or_default(), Form::Base64, recipient);
                }
            }
        }
        for digest in
            [Md5::digest(bytes).to_vec(), Sha1::digest(bytes).to_vec(), Sha256::digest(bytes).to_vec()]
        {
            self.add(hex(&digest), Form::Digest, recipient);
            self.add(STANDARD_NO_PAD.encode(&digest), Form::Digest, recipient);
            self.add(URL_SAFE_NO_PAD.encode(&digest), Form::Digest, recipient);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Whether `text` has `word` with no letter or digit next to it.
fn has_word(text: &str, word: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let word = word.to_ascii_lowercase();
    text.match_indices(word.as_str()).any(|(at, _)| is_word(text.as_bytes(), &(at..at + word.len())))
}

fn is_word(bytes: &[u8], place: &Range<usize>) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
    !joins(before) && !joins(bytes.get(place.end))
}

impl Needles {
    /// The searcher for these recipients; for spamtraps also for our hosts and the recipients' domains.
    pub fn new(recipients: &[String], how: &Redaction<'_>) -> Needles {
        let mut patterns = Patterns::default();
        let mut known: Vec<Recipient> = vec![];
        for address in recipients {
            let address = address.trim().trim_start_matches('<').trim_end_matches('>');
            let Some((local, domain)) = address.rsplit_once('@') else { continue };
            let repeated = known.iter().any(|r| r.address.eq_ignore_ascii_case(address));
            if local.is_empty() || domain.is_empty() || address.len() > MAX_ADDRESS || repeated {
                continue;
            }
            if known.len() == MAX_RECIPIENTS {
                break;
            }
            let index = known.len();
            known.push(Recipient {
                address: address.to_owned(),
                local: local.len(),
                token: token(how.key, address),
            });
            for separator in SEPARATORS {
                patterns.add(format!("{local}{separator}{domain}"), Form::Address, index);
            }
            let lower = address.to_ascii_lowercase();
            for spelling in [address, &lower] {
                patterns.add_spellings(spelling, index);
            }
            let telling = local.len() >= MIN_LOCAL
                && !has_word(ORDINARY, local)
                && !has_word(how.public_text, local)
                && (how.spamtrap || !has_word(domain, local));
            if telling {
                patterns.add(local, Form::Local, index);
                patterns.add_spellings(local, index);
                patterns.add_spellings(&local.to_ascii_lowercase(), index);
            }
        }
        if how.spamtrap {
            let domains: Vec<String> =
                known.iter().filter_map(|r| Some(r.address.rsplit_once('@')?.1.to_owned())).collect();
            for host in how.own_hosts.iter().chain(&domains) {
                if host.contains('.') && host != HIDDEN_DOMAIN {
                    patterns.add(host.as_str(), Form::Host, usize::MAX);
                }
            }
        }
        // Building fails only beyond 2^31 states, which MAX_RECIPIENTS keeps out of reach.
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            // A searcher lives for one message: building costs more than searching, and a DFA most of all.
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(&patterns.texts)
            .ok()
            .filter(|_| !patterns.texts.is_empty());
        Needles { search, needles: patterns.needles, recipients: known, spamtrap: how.spamtrap }
    }

    /// All hits in one view, disjoint and in order. A hit that is none in its surroundings costs a restart behind
    /// its first byte, hence at most the length of the longest needle for each byte.
    fn find(&self, view: View, bytes: &[u8]) -> Vec<(Range<usize>, Needle)> {
        let Some(search) = &self.search else { return vec![] };
        let mut hits = vec![];
        let mut from = 0;
        while let Some(hit) = search.find(aho_corasick::Input::new(bytes).range(from..bytes.len())) {
            let Some(needle) = self.needles.get(hit.pattern().as_usize()) else { break };
            if self.counts(view, bytes, &hit.range(), *needle) {
                hits.push((hit.range(), *needle));
                from = hit.end();
            } else {
                from = hit.start() + 1;
            }
        }
        hits
    }

    fn counts(&self, view: View, bytes: &[u8], place: &Range<usize>, needle: Needle) -> bool {
        match needle.form {
            Form::Address => {
                let short = self.recipients.get(needle.recipient).is_some_and(|r| r.local < MIN_LOCAL);
                let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
                !short || !before.is_some_and(u8::is_ascii_alphanumeric)
            }
            // Joined lines make words that nobody wrote, and names of headers cannot be told there.
            Form::Local => view != View::Joined && is_word(bytes, place) && !in_header_name(bytes, place),
            Form::Host => is_word(bytes, place),
            Form::Digest | Form::Base64 => true,
        }
    }

    /// The bytes with every hit in every view replaced.
    pub fn replace(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.search.is_none() {
            return bytes;
        }
        for view in View::ALL {
            let Some(shown) = view.of(&bytes) else { continue };
            let edits = self.edits(view, &shown);
            if edits.is_empty() {
                continue;
            }
            let places: Vec<Range<usize>> = edits.iter().map(|(place, _)| place.clone()).collect();
            let places = view.locate(&bytes, &places);
            bytes = apply(&bytes, places.into_iter().zip(edits.into_iter().map(|(_, edit)| edit)));
        }
        bytes
    }

    /// Sorted, disjoint places in a view and what comes there.
    fn edits(&self, view: View, shown: &[u8]) -> Vec<(Range<usize>, Edit)> {
        let mut edits = vec![];
        for (place, needle) in self.find(view, shown) {
            let Some(recipient) = self.recipients.get(needle.recipient) else {
                // The labels in front belong to the host's name.
                let room = place.start - edits.last().map_or(0, |(last, _): &(Range<usize>, Edit)| last.end);
                let before =
                    shown.get(..place.start).unwrap_or_default().iter().rev().take(room.min(MAX_HOST));
                let labels = before.take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
                edits.push((place.start - labels..place.end, Edit::Text(HIDDEN_DOMAIN.to_owned())));
                continue;
            };
            let token = recipient.token.clone();
            match needle.form {
                Form::Address => {
                    let domain = recipient.address.len() - recipient.local - 1;
                    edits.push((place.start..place.start + recipient.local, Edit::Text(token)));
                    if self.spamtrap {
                        edits.push((place.end - domain..place.end, Edit::Text(HIDDEN_DOMAIN.to_owned())));
                    }
                }
                Form::Base64 => edits.push((place, Edit::Mask(token))),
                _ => edits.push((place, Edit::Text(token))),
            }
        }
        edits
    }

    /// What can be found in any view: recipient and form, each pair once.
    pub fn leaks(&self, bytes: &[u8]) -> Vec<(&str, &'static str)> {
        let mut found: Vec<(&str, &'static str)> = vec![];
        for view in View::ALL {
            let Some(shown) = view.of(bytes) else { continue };
            for (_, needle) in self.find(view, &shown) {
                let Some(recipient) = self.recipients.get(needle.recipient) else { continue };
                let leak = (recipient.address.as_str(), needle.form.name());
                if !found.contains(&leak) {
                    found.push(leak);
                }
            }
        }
        found
    }
}

/// A header called `X-Peter` says nothing about peter: a hit inside a longer header name does not count.
fn in_header_name(bytes: &[u8], place: &Range<usize>) -> bool {
    /// RFC 5322 sets no limit; longer names do not occur.
    const MAX_NAME: usize = 100;
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'-';
    let before =
        bytes.get(..place.start).unwrap_or_default().iter().rev().take(MAX_NAME).take_while(is_name).count();
    let start = place.start - before;
    let at_line_start = start == 0 || bytes.get(start - 1) == Some(&b'\n');
    let rest = bytes.get(place.end..).unwrap_or_default();
    let after = rest.iter().take(MAX_NAME).take_while(is_name).count();
    at_line_start && before + after > 0 && rest.get(after) == Some(&b':')
}

enum Edit {
    /// This text instead.
    Text(String),
    /// Characters of base64 instead of characters of base64: the rest of the text stays decodable, and a line break
    /// among them stays where it is.
    Mask(String),
}

fn apply(bytes: &[u8], edits: impl Iterator<Item = (Range<usize>, Edit)>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut at = 0;
    for (place, edit) in edits {
        out.extend_from_slice(bytes.get(at..place.start).unwrap_or_default());
        match edit {
            Edit::Text(text) => out.extend_from_slice(text.as_bytes()),
            Edit::Mask(token) => {
                let mut letters = token.bytes().filter(u8::is_ascii_alphanumeric).cycle();
                for byte in bytes.get(place.clone()).unwrap_or_default() {
                    let kept = byte.is_ascii_whitespace();
                    out.push(if kept { *byte } else { letters.next().unwrap_or(b'A') });
                }
            }
        }
        at = place.end;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}
