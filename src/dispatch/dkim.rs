//! DKIM signatures (RFC 6376): relaxed/relaxed, rsa-sha256 or ed25519-sha256 (RFC 8463) by the kind of the key. Made
//! once, when a message is composed: what a person approves is what leaves. Pure but for reading the key.
//!
//! Our own, since the library at hand gets only half of its settings right and brings an RSA of its own beside OpenSSL.

use crate::model::clock::Seconds;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign;
use sha2::{Digest, Sha256};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// RFC 8301 §3.2.
const SHORTEST_RSA_BITS: u32 = 1024;
/// A key in PEM form has some 3 kB.
const LARGEST_KEY_FILE: u64 = 64 << 10;
/// What is signed where it stands in the message; once more for these, so that nobody adds a second one
/// (RFC 6376 §8.15).
const SIGNED_ONCE_MORE: &[&str] =
    &["from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"];
/// Signed where they stand.
const SIGNED: &[&str] = &["cc", "content-transfer-encoding", "in-reply-to", "references", "auto-submitted"];

/// A key with the domain that answers for it.
pub struct Signer {
    domain: String,
    selector: String,
    key: PKey<Private>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads the key, PEM, which must be the owner's alone.
    ///
    /// # Errors
    /// A sentence: why the key cannot be used, and what to do.
    pub fn open(domain: &str, selector: &str, key_file: &Path) -> Result<Signer, String> {
        let shown = key_file.display();
        let wrong = |why: &str| format!("The DKIM key {shown} cannot be used: {why}.");
        let about = std::fs::metadata(key_file).map_err(|error| wrong(&error.to_string()))?;
        if about.permissions().mode() & 0o077 != 0 {
            return Err(wrong(&format!("others can reach it; run `chmod 600 '{shown}'`")));
        }
        if about.len() > LARGEST_KEY_FILE {
            return Err(wrong("it is too large for a key"));
        }
        let pem = std::fs::read(key_file).map_err(|error| wrong(&error.to_string()))?;
        // Without a question for a passphrase on the terminal.
        let key = PKey::private_key_from_pem_callback(&pem, |_| Ok(0))
            .map_err(|_| wrong("it is no private key in PEM form without a passphrase"))?;
        match key.id() {
            Id::RSA if key.bits() < SHORTEST_RSA_BITS => {
                return Err(wrong(&format!(
                    "it has {} bits, and 1,024 are the least (RFC 8301)",
                    key.bits()
                )));
            }
            Id::RSA | Id::ED25519 => {}
            _ => return Err(wrong("it is neither RSA nor Ed25519")),
        }
        Ok(Signer { domain: domain.to_owned(), selector: selector.to_owned(), key })
    }

    /// The domain that answers for the signature.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Where the public key has to stand.
    pub fn name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What has to stand there.
    ///
    /// # Errors
    /// A sentence, when OpenSSL gives the public key not away.
    pub fn record(&self) -> Result<String, String> {
        let (kind, key) = match self.key.id() {
            Id::ED25519 => ("ed25519", self.key.raw_public_key()),
            _ => ("rsa", self.key.public_key_to_der()),
        };
        let key = key.map_err(|error| format!("The public half of the DKIM key cannot be had: {error}."))?;
        Ok(format!("v=DKIM1; k={kind}; p={}", BASE64.encode(key)))
    }

    /// Whether a published record (RFC 6376 §3.6.1) holds the public half of this key.
    pub fn is_in(&self, record: &str) -> bool {
        let tag = |name: &str| {
            record.split(';').find_map(|tag| {
                let (key, value) = tag.split_once('=')?;
                (key.trim() == name).then(|| value.split_whitespace().collect::<String>())
            })
        };
        let Some(bytes) = tag("p").and_then(|text| BASE64.decode(text).ok()) else { return false };
        match (tag("k").as_deref().unwrap_or("rsa"), self.key.id()) {
            ("ed25519", Id::ED25519) => self.key.raw_public_key().is_ok_and(|ours| ours == bytes),
            ("rsa", Id::RSA) => {
                // The standard's own form, and the one that everybody publishes.
                let theirs = PKey::public_key_from_der(&bytes)
                    .or_else(|_| Rsa::public_key_from_der_pkcs1(&bytes).and_then(PKey::from_rsa));
                theirs.is_ok_and(|theirs| theirs.public_eq(&self.key))
            }
            _ => false,
        }
    }

    /// The message with its signature in front. Header and body stay as they are.
    ///
    /// # Errors
    /// A sentence: the message has no header and body, or no From; or OpenSSL refuses the key.
    pub fn sign(&self, message: &[u8], now: Seconds) -> Result<Vec<u8>, String> {
        let (fields, body) = parts(message).ok_or("The message has no body to sign.")?;
        if !fields.iter().any(|field| field.name == "from") {
            return Err("The message has no From to sign.".to_owned());
        }
        let algorithm = if self.key.id() == Id::ED25519 { "ed25519-sha256" } else { "rsa-sha256" };
        let mut names = vec![];
        let mut signed = vec![];
        for name in SIGNED_ONCE_MORE.iter().chain(SIGNED) {
            // From the last one upwards (RFC 6376 §5.4.2).
            for field in fields.iter().rev().filter(|field| field.name == *name) {
                names.push(*name);
                relaxed_field(&field.name, field.value, &mut signed);
                signed.extend_from_slice(b"\r\n");
            }
            if SIGNED_ONCE_MORE.contains(name) {
                names.push(name);
            }
        }
        let mut header = format!(
            "v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={}; s={}; t={now};\r\n bh={};\r\n h={};\r\n b=",
            self.domain,
            self.selector,
            BASE64.encode(Sha256::digest(relaxed_body(body))),
            folded(&names.join(":"), ':'),
        );
        relaxed_field("dkim-signature", header.as_bytes(), &mut signed);
        let signature =
            self.signature(&signed).map_err(|error| format!("The DKIM key cannot sign: {error}."))?;
        header.push_str(&folded(&BASE64.encode(signature), '\0'));
        Ok([b"DKIM-Signature: ", header.as_bytes(), b"\r\n", message].concat())
    }

    fn signature(&self, signed: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
        if self.key.id() == Id::ED25519 {
            // Over the hash and not over the text (RFC 8463 §3).
            sign::Signer::new_without_digest(&self.key)?.sign_oneshot_to_vec(&Sha256::digest(signed))
        } else {
            sign::Signer::new(MessageDigest::sha256(), &self.key)?.sign_oneshot_to_vec(signed)
        }
    }
}

struct Field<'a> {
    name: String,
    /// With its folds, without its line end.
    value: &'a [u8],
}

/// The fields of the header, and the body.
fn parts(message: &[u8]) -> Option<(Vec<Field<'_>>, &[u8])> {
    let mut fields = vec![];
    let mut rest = message;
    loop {
        if let Some(body) = rest.strip_prefix(b"\r\n") {
            return Some((fields, body));
        }
        let mut end = 0;
        loop {
            end += memchr::memmem::find(rest.get(end..)?, b"\r\n")? + 2;
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let (line, behind) = rest.split_at_checked(end)?;
        let colon = memchr::memchr(b':', line)?;
        let name = String::from_utf8_lossy(line.get(..colon)?).trim().to_ascii_lowercase();
        fields.push(Field { name, value: line.get(colon + 1..end - 2)? });
        rest = behind;
    }
}

/// RFC 6376 §3.4.2, without the line end.
fn relaxed_field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let words = value.split(|b| b" \t\r\n".contains(b)).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// RFC 6376 §3.4.4: blanks become one, those at the ends of lines and empty lines at the end nothing.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut whole = 0;
    let lines = body.split_inclusive(|b| *b == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line));
    for line in lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        let mut blank = false;
        for byte in line {
            if b" \t".contains(byte) {
                blank = true;
                continue;
            }
            if std::mem::take(&mut blank) {
                out.push(b' ');
            }
            out.push(*byte);
        }
        let is_empty = !line.iter().any(|b| !b" \t".contains(b));
        out.extend_from_slice(b"\r\n");
        if !is_empty {
            whole = out.len();
        }
    }
    out.truncate(whole);
    out
}

/// In lines that fit into a header, cut behind the mark, or anywhere where there is none.
fn folded(text: &str, mark: char) -> String {
    const LINE: usize = 70;
    let mut out = String::with_capacity(text.len() + text.len() / 20);
    let mut length = 4;
    for word in text.split_inclusive(|c| mark == '\0' || c == mark) {
        if length + word.len() > LINE {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push_str(word);
        length += word.len();
    }
    out
}
