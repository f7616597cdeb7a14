//! URLs and addresses in HTML: the attributes that hold URLs, and the text that is seen. Scripts, styles, comments,
//! the document type and namespaces hold none.

use super::collector::Collector;
use super::{addresses, urls};
use crate::text::refang;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
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
    let mut reader =
        Reader { found, text: String::new(), element: Element::Other, attribute: Attribute::Ignored };
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.event(event);
        None
    });
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    reader.flush();
}

/// What the tag being read is, as far as it matters.
#[derive(Clone, Copy, PartialEq)]
enum Element {
    /// Its text is not seen.
    Unseen,
    Meta,
    Other,
    /// An end tag: its attributes mean nothing.
    None,
}

/// What the attribute being read is.
#[derive(Clone, Copy)]
enum Attribute {
    Url,
    Candidates,
    Content,
    Any,
    Ignored,
}

struct Reader<'f> {
    found: &'f mut Collector,
    /// Visible text not searched yet.
    text: String,
    element: Element,
    attribute: Attribute,
}

impl Reader<'_> {
    fn event(&mut self, event: CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.break_text(name);
                self.element = match name {
                    b"script" | b"style" => Element::Unseen,
                    b"meta" => Element::Meta,
                    _ => Element::Other,
                };
            }
            CallbackEvent::AttributeName { name } => self.attribute = self.attribute_named(name),
            CallbackEvent::AttributeValue { value } => self.value(&String::from_utf8_lossy(value)),
            CallbackEvent::CloseStartTag { .. } if self.element != Element::Unseen => {
                self.element = Element::None
            }
            CallbackEvent::EndTag { name } => {
                self.break_text(name);
                self.element = Element::None;
            }
            CallbackEvent::String { value } if self.element != Element::Unseen => {
                self.text.push_str(&String::from_utf8_lossy(value));
            }
            _ => {}
        }
    }

    fn break_text(&mut self, element: &[u8]) {
        if !self.text.is_empty() && !INLINE.contains(&element) {
            self.text.push('\n');
        }
    }

    fn attribute_named(&self, name: &[u8]) -> Attribute {
        match name {
            _ if self.element == Element::None => Attribute::Ignored,
            b"srcset" | b"imagesrcset" => Attribute::Candidates,
            b"content" if self.element == Element::Meta => Attribute::Content,
            _ if name.starts_with(b"xmlns") || VOCABULARY_ATTRIBUTES.contains(&name) => Attribute::Ignored,
            _ if URL_ATTRIBUTES.contains(&name) => Attribute::Url,
            _ => Attribute::Any,
        }
    }

    fn value(&mut self, value: &str) {
        match self.attribute {
            Attribute::Ignored => {}
            Attribute::Candidates => {
                for candidate in value.split_ascii_whitespace() {
                    self.url(candidate.trim_matches(','));
                }
            }
            Attribute::Content => match refresh_target(value) {
                Some(target) => self.url(target),
                None => self.any(value),
            },
            Attribute::Any => self.any(value),
            Attribute::Url => self.url(value),
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
            urls::scan(&self.text, self.found);
            self.text.clear();
        }
    }
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
