//! URLs and addresses in HTML: the attributes that hold URLs, and the text that is seen. Scripts, styles, comments,
//! the document type and namespaces hold none.

use super::collector::Collector;
use super::{addresses, urls};
use crate::arf::words;
use crate::text::refang;
use html5gum::{Emitter, Error, State, Tokenizer, naive_next_state};
use std::borrow::Cow;
use std::convert::Infallible;

/// Attributes whose value is always a URL; in others a value that begins with a scheme is one, too (hidden form
/// fields, `data-saferedirecturl`, Outlook's `originalsrc`).
const URL_ATTRIBUTES: [&[u8]; 20] = [
    b"href",
    b"src",
    b"action",
    b"formaction",
    b"background",
    b"data",
    b"poster",
    b"cite",
    b"longdesc",
    b"codebase",
    b"classid",
    b"lowsrc",
    b"dynsrc",
    b"ping",
    b"manifest",
    b"icon",
    b"usemap",
    b"xlink:href",
    b"imagesrc",
    b"url",
];

/// Attributes that name a vocabulary by a URL which nobody opens.
const VOCABULARY_ATTRIBUTES: [&[u8]; 8] =
    [b"itemtype", b"vocab", b"typeof", b"prefix", b"profile", b"rel", b"property", b"datatype"];

/// Elements inside a line: text goes on through them, so that `http://<b>bad</b>.example` is one URL.
const INLINE: [&[u8]; 14] = [
    b"b", b"i", b"u", b"s", b"em", b"strong", b"font", b"span", b"wbr", b"small", b"big", b"mark", b"tt",
    b"code",
];

/// Hands every URL and mail address of the HTML to `found`, in the order of the document.
pub(super) fn scan(html: &str, found: &mut Collector) {
    let reader = Reader {
        found,
        text: Vec::new(),
        tag: Vec::new(),
        is_end_tag: false,
        last_start_tag: Vec::new(),
        attribute: Vec::new(),
        value: Vec::new(),
    };
    let Ok(()) = Tokenizer::new_with_emitter(html, reader).finish();
}

/// Takes the tokenizer's pieces as they come and keeps only what can hold a URL: half the time of its ready-made
/// emitters, which check every character for errors that nobody asks about.
struct Reader<'f> {
    found: &'f mut Collector,
    /// Visible text not searched yet.
    text: Vec<u8>,
    tag: Vec<u8>,
    is_end_tag: bool,
    last_start_tag: Vec<u8>,
    attribute: Vec<u8>,
    value: Vec<u8>,
}

impl Reader<'_> {
    fn attribute_is_complete(&mut self) {
        let is_read = !matches!(self.attribute.as_slice(), b"" | b"class" | b"id" | b"style");
        if is_read && !self.value.is_empty() && !self.is_end_tag {
            let value = std::mem::take(&mut self.value);
            self.attribute_value(&words::text(&value, None));
            self.value = value;
        }
        self.attribute.clear();
        self.value.clear();
    }

    fn attribute_value(&mut self, value: &str) {
        let name = self.attribute.as_slice();
        match name {
            b"srcset" | b"imagesrcset" => {
                for candidate in value.split_ascii_whitespace() {
                    self.url(candidate.trim_matches(','));
                }
            }
            b"content" if self.tag == b"meta" => match refresh_target(value) {
                Some(target) => self.url(target),
                None => self.any(value),
            },
            _ if URL_ATTRIBUTES.contains(&name) => self.url(value),
            _ if name.starts_with(b"xmlns") || VOCABULARY_ATTRIBUTES.contains(&name) => {}
            _ => self.any(value),
        }
    }

    /// Ends the word in the text where the tag being read ends one for the eye.
    fn break_text(&mut self) {
        if self.text.last().is_some_and(|last| *last != b'\n') && !INLINE.contains(&self.tag.as_slice()) {
            self.text.push(b'\n');
        }
    }

    /// A value that need not be a URL: `Visit http://…` in an `alt` is none.
    fn any(&mut self, value: &str) {
        let value = value.trim_ascii();
        if scheme_length(value).is_some() && !value.contains(char::is_whitespace) {
            self.url(value);
        }
    }

    fn url(&mut self, value: &str) {
        let value = as_browsers_read(value);
        let lower = |length: usize| value.get(..length).unwrap_or_default().to_ascii_lowercase();
        if scheme_length(&value).is_some() || value.starts_with("//") || lower(4) == "www." {
            let rest = value.trim_start_matches(|c: char| !matches!(c, '/' | '\\' | ':' | '.'));
            if rest.contains(char::is_alphanumeric) {
                self.flush();
                self.found.url(&refang(&value));
            }
        } else if lower(7) == "mailto:" {
            self.flush();
            addresses::scan(&percent_decoded(&value[7..]), self.found);
        } else if !matches!(lower(5).as_str(), "javas" | "vbscr" | "data:" | "cid:") && value.contains("://")
        {
            // Another scheme around it: `ms-word:ofe|u|https://…`.
            self.flush();
            urls::scan(&value, self.found);
        }
    }

    /// Searches the text that came before what is about to be handed over.
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.break_text();
            urls::scan(&words::text(&self.text, None), self.found);
            self.text.clear();
        }
    }
}

impl Emitter for Reader<'_> {
    type Token = Infallible;

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_error(&mut self, _: Error) {}

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn set_last_start_tag(&mut self, tag: Option<&[u8]>) {
        self.last_start_tag = tag.unwrap_or_default().to_vec();
    }

    /// A mail that was cut in the middle of a tag still shows where it led to.
    fn emit_eof(&mut self) {
        self.attribute_is_complete();
        self.flush();
    }

    fn emit_string(&mut self, text: &[u8]) {
        if !matches!(self.last_start_tag.as_slice(), b"script" | b"style") {
            self.text.extend_from_slice(text);
        }
    }

    fn init_start_tag(&mut self) {
        self.tag.clear();
        self.is_end_tag = false;
    }

    fn init_end_tag(&mut self) {
        self.tag.clear();
        self.is_end_tag = true;
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        self.tag.extend_from_slice(name);
    }

    fn init_attribute(&mut self) {
        self.attribute_is_complete();
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        self.attribute.extend_from_slice(name);
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        self.value.extend_from_slice(value);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.attribute_is_complete();
        self.break_text();
        if self.is_end_tag {
            self.last_start_tag.clear();
            return None;
        }
        self.last_start_tag.clone_from(&self.tag);
        match self.tag.as_slice() {
            // Mail programs run no scripts, so they show what stands in for them.
            b"noscript" => None,
            tag => naive_next_state(tag),
        }
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end_tag && !self.tag.is_empty() && self.tag == self.last_start_tag
    }

    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn emit_current_doctype(&mut self) {}
    fn set_self_closing(&mut self) {}
}

/// Blanks around a URL and line ends inside it mean nothing to a browser (WHATWG URL §4.4).
fn as_browsers_read(value: &str) -> Cow<'_, str> {
    let value = value.trim_matches(|c: char| c <= ' ');
    if value.contains(['\t', '\n', '\r']) {
        Cow::Owned(value.replace(['\t', '\n', '\r'], ""))
    } else {
        Cow::Borrowed(value)
    }
}

/// Length of `http:`, `https:`, `ftp:` or a defanged one; browsers need no slashes after it.
fn scheme_length(value: &str) -> Option<usize> {
    ["https:", "http:", "ftp:", "hxxps:", "hxxp:", "hxxps[:", "hxxp[:"]
        .iter()
        .find(|scheme| value.get(..scheme.len()).is_some_and(|v| v.eq_ignore_ascii_case(scheme)))
        .map(|scheme| scheme.len())
}

/// The target of `<meta http-equiv=refresh content="0; url=…">`.
fn refresh_target(content: &str) -> Option<&str> {
    let (seconds, rest) = content.split_once([';', ','])?;
    if !seconds.trim().bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let rest = rest.trim_start();
    let target = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => rest[3..].trim_start().strip_prefix('=')?,
        _ => rest,
    };
    Some(target.trim().trim_matches(['\'', '"']))
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let decoded = (byte == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()))
            .flatten();
        out.push(decoded.unwrap_or(byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
