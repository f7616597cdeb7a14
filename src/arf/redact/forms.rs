//! All forms in which a recipient is searched: which texts, and what they mean. Knows nothing of searching.

use super::{HIDDEN_DOMAIN, Redaction, token};
use crate::arf::address::is_under;
use base64::engine::{Engine, general_purpose::STANDARD_NO_PAD, general_purpose::URL_SAFE_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::collections::HashSet;
use std::ops::Range;

/// Recipients that are searched at all. A mail with more is a mass mailing whose recipient headers are rebuilt in
/// any case.
const MAX_RECIPIENTS: usize = 256;

/// Recipients that are searched in hashes and other spellings too, which takes 150 patterns each.
const MAX_SPELLED: usize = 64;

/// Longest address that is searched: 64 for the local part, 255 for the domain (RFC 5321 §4.5.3.1). The search takes
/// at worst this many steps for each byte.
const MAX_ADDRESS: usize = 320;

/// Shorter local parts are words that occur anywhere.
pub(super) const MIN_LOCAL: usize = 5;

/// Those of traps and those with a digit may be shorter.
const MIN_TELLING_LOCAL: usize = 4;

/// A local part of this length that is no mere word is found inside words too.
const MIN_DISTINCTIVE: usize = 8;

/// Shorter base64 occurs by chance.
const MIN_BASE64: usize = 8;

/// Characters of a hash that are searched, for those who cut it: 64 bits in hexadecimal, 96 in base64.
const HASH_PREFIX: usize = 16;

/// What may stand between local part and domain: written out, VERP, percent-encoded, spelled.
const SEPARATORS: &[&str] = &[
    "@", "=", "%40", "%2540", "#", "_at_", "-at-", " at ", "(at)", "[at]", " (at) ", " [at] ", "\"@", " @",
    "@ ", " @ ", "=40",
];

/// Local parts that name no person (RFC 2142 and custom), and words of which mail itself is made. They are hidden
/// as part of an address, never on their own.
const ORDINARY: &str = "abuse account accounts admin administrator alternative arrival arc authentication \
    authenticated auth base64 binary billing boundary canonicalized charset contact content date data delivered delivery disposition \
    dkim dmarc domain email encoding esmtp esmtps fail failure feedback file filename format forwarded from header headers hello help \
    helo hostmaster html http https identifier identity image inbox inline info iso jobs mail mailbox mailer mailfrom marketing media \
    message mime mixed multipart name network neutral newsletter news none noreply none office orders original part pass path \
    permerror plain policy post postmaster priority privacy quoted printable quarantine received recipient redacted reject related relaxed removed \
    reply report reported reports resent result results return rfc822 sales security selector sender service signature size smtp softfail \
    source spam spf subject support system team temperror test text transfer type undisclosed unknown user utf version webmaster with";

/// What a hit means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Local part and domain with something between them, in either order.
    Address,
    /// The local part.
    Local,
    /// A domain or host, as a whole name.
    Host,
    /// Another spelling, replaced whole.
    Spelling,
    /// The beginning of a hash.
    Hash,
    /// The inner characters of a base64 text.
    Base64,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Form::Address => "address",
            Form::Local => "local part",
            Form::Host => "host name",
            Form::Spelling => "other spelling of the address",
            Form::Hash => "hash of the address",
            Form::Base64 => "base64 of the address",
        }
    }
}

/// What a pattern says about whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needle {
    /// What it is.
    pub form: Form,
    /// Whose: a place in `recipients`, or in `hosts`.
    pub whose: usize,
    /// Length of the local part in an address.
    pub local: usize,
    /// The domain comes first.
    pub turned: bool,
    /// Counts inside words.
    pub distinctive: bool,
}

/// A recipient that is searched.
pub(super) struct Recipient {
    /// As it was given.
    pub address: String,
    /// What stands for it.
    pub token: String,
}

/// All patterns.
#[derive(Default)]
pub(super) struct Forms {
    /// What is searched, without regard to case.
    pub texts: Vec<Vec<u8>>,
    /// What each means.
    pub needles: Vec<Needle>,
    /// Whom they are about.
    pub recipients: Vec<Recipient>,
    /// Hosts that are hidden.
    pub hosts: Vec<String>,
}

impl Forms {
    /// Patterns for these recipients; for spamtraps also for our hosts and the recipients' domains.
    pub fn new(recipients: &[String], how: &Redaction<'_>) -> Forms {
        let mut forms = Forms::default();
        let mut known = HashSet::new();
        for address in recipients {
            let address = address.trim().trim_start_matches('<').trim_end_matches('>');
            let Some((local, domain)) = address.rsplit_once('@') else { continue };
            let local = local.trim_matches('"');
            if local.is_empty() || domain.is_empty() || address.len() > MAX_ADDRESS {
                continue;
            }
            if forms.recipients.len() == MAX_RECIPIENTS {
                break;
            }
            if known.insert(address.to_ascii_lowercase()) {
                let token = token(how.key, address);
                forms.recipients.push(Recipient { address: address.to_owned(), token });
                forms.add_recipient(local, domain, how);
            }
        }
        if how.spamtrap {
            let shown = |domain: &str| {
                how.visible_hosts.iter().any(|host| is_under(host, domain) || is_under(domain, host))
            };
            let domains: Vec<String> = forms
                .recipients
                .iter()
                .filter_map(|r| Some(r.address.rsplit_once('@')?.1.to_ascii_lowercase()))
                .filter(|domain| !shown(domain))
                .collect();
            for host in how.own_hosts.iter().chain(&domains) {
                if host.contains('.') && host != HIDDEN_DOMAIN && host.parse::<std::net::IpAddr>().is_err() {
                    let whose = forms.hosts.len();
                    forms.hosts.push(host.clone());
                    forms.add(host.as_str(), Form::Host, whose);
                }
            }
        }
        forms
    }

    fn add_recipient(&mut self, local: &str, domain: &str, how: &Redaction<'_>) {
        let whose = self.recipients.len() - 1;
        let spelled = self.recipients.len() <= MAX_SPELLED;
        let untagged = local.split_once('+').map(|(base, _)| base).filter(|base| !base.is_empty());
        let undotted = Some(local.replace('.', "")).filter(|l| l != local && l.len() >= MIN_LOCAL);
        let locals = [Some(local), untagged, undotted.as_deref()];
        for local in locals.iter().flatten() {
            for separator in SEPARATORS {
                self.add_address(format!("{local}{separator}{domain}"), local.len(), false, whose);
            }
            // SRS turns the address around.
            self.add_address(format!("{domain}={local}"), local.len(), true, whose);
        }
        let tag = local.split_once('+').map(|(_, tag)| tag);
        for (index, local) in locals.iter().chain([&tag]).enumerate() {
            let Some(local) = local.filter(|local| is_telling(local, domain, how)) else { continue };
            self.add(local, Form::Local, whose);
            if index == 0 && spelled {
                self.add_spellings(local, whose, how);
            }
        }
        if spelled {
            self.add_spellings(&format!("{local}@{domain}"), whose, how);
        }
    }

    fn push(&mut self, text: Vec<u8>, needle: Needle) {
        self.texts.push(text);
        self.needles.push(needle);
    }

    fn add(&mut self, text: impl Into<Vec<u8>>, form: Form, whose: usize) {
        let text = text.into();
        let distinctive = match form {
            Form::Local => is_distinctive(&text),
            _ => true,
        };
        self.push(text, Needle { form, whose, local: 0, turned: false, distinctive });
    }

    fn add_address(&mut self, text: String, local: usize, turned: bool, whose: usize) {
        let distinctive = local >= MIN_LOCAL;
        self.push(text.into_bytes(), Needle { form: Form::Address, whose, local, turned, distinctive });
    }

    /// Hexadecimal, base64 in all three alignments, ROT13 and hashes of a text as it is, in lower and in upper case.
    fn add_spellings(&mut self, text: &str, whose: usize, how: &Redaction<'_>) {
        let (lower, upper) = (text.to_ascii_lowercase(), text.to_ascii_uppercase());
        for word in [rot13(text), lower.chars().rev().collect()] {
            // `trap` backwards is `part`, of which every mail has some.
            if !has_word(ORDINARY, &word) && !has_word(how.public_text, &word) {
                let distinctive = is_distinctive(word.as_bytes());
                let needle = Needle { form: Form::Spelling, whose, local: 0, turned: false, distinctive };
                self.push(word.into_bytes(), needle);
            }
        }
        // `echo address | md5sum` takes a line end with it.
        let line = format!("{lower}\n");
        let mut cases = vec![text, &lower, &upper];
        cases.dedup();
        for text in &cases {
            self.add(hex(text.as_bytes()), Form::Spelling, whose);
            // A word may be part of another word; opened runs show where it ends, their inner characters do not.
            if is_distinctive(text.as_bytes()) {
                self.add_base64(text.as_bytes(), whose);
            }
        }
        for text in cases.into_iter().chain([line.as_str()]) {
            self.add_hash(&Md5::digest(text), whose);
            self.add_hash(&Sha1::digest(text), whose);
            self.add_hash(&Sha256::digest(text), whose);
            self.add_hash(&Sha384::digest(text), whose);
            self.add_hash(&Sha512::digest(text), whose);
        }
    }

    /// The beginning of a hash: hexadecimal has two characters for one byte, base64 four for three.
    fn add_hash(&mut self, digest: &[u8], whose: usize) {
        let first = |bytes: usize| digest.get(..bytes).unwrap_or(digest);
        self.add(hex(first(HASH_PREFIX / 2)), Form::Hash, whose);
        let encoded = STANDARD_NO_PAD.encode(first(HASH_PREFIX / 4 * 3));
        if encoded.contains(['+', '/']) {
            self.add(encoded.replace('+', "-").replace('/', "_"), Form::Hash, whose);
        }
        self.add(encoded, Form::Hash, whose);
    }

    fn add_base64(&mut self, bytes: &[u8], whose: usize) {
        for shift in 0..3 {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(bytes);
            // Only characters whose six bits all come from the text stay the same in every surrounding.
            let inner = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
            if inner.len() >= MIN_BASE64 {
                for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
                    self.add(encoded.get(inner.clone()).unwrap_or_default(), Form::Base64, whose);
                }
            }
        }
    }
}

/// Whether a local part says who it is without its domain. What the sender chose so that evidence would go with it
/// (an address, a host of his own) does not.
fn is_telling(local: &str, domain: &str, how: &Redaction<'_>) -> bool {
    let short = how.spamtrap || local.bytes().any(|b| b.is_ascii_digit());
    local.len() >= if short { MIN_TELLING_LOCAL } else { MIN_LOCAL }
        && !has_word(ORDINARY, local)
        && !has_word(how.public_text, local)
        && (how.spamtrap || !has_word(&domain.to_ascii_lowercase(), local))
        && local.parse::<std::net::IpAddr>().is_err()
        && !how.visible_hosts.iter().any(|host| is_under(host, local))
}

/// Long, and no mere word or number.
pub(super) fn is_distinctive(text: &[u8]) -> bool {
    text.len() >= MIN_DISTINCTIVE
        && text.iter().any(u8::is_ascii_alphabetic)
        && text.iter().any(|b| !b.is_ascii_alphabetic())
}

fn rot13(text: &str) -> String {
    let turn = |b: u8, a: u8| char::from((b - a + 13) % 26 + a);
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' => turn(b, b'a'),
            b'A'..=b'Z' => turn(b, b'A'),
            _ => char::from(b),
        })
        .collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Whether `text`, in lower case, has `word` in any case with no letter or digit next to it.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let mut hits = memchr::memmem::find_iter(text.as_bytes(), word.as_bytes());
    hits.any(|at| is_word(text.as_bytes(), &(at..at + word.len())))
}

pub(super) fn is_word(bytes: &[u8], place: &Range<usize>) -> bool {
    let joins = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
    !joins(before) && !joins(bytes.get(place.end))
}
