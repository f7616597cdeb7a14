//! The one place that knows the mail parser: a message as headers and a flat list of parts.
//!
//! Only the headers that every message needs are parsed at once; the others are cut out of the bytes when asked
//! for, which saves a third of the time.

use super::limits::{self, Limits};
use super::words;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::parsers::MessageStream;
use mail_parser::{
    Encoding, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Without transfer encodings, for messages that would nest too deep once decoded.
static UNDECODED: LazyLock<MessageParser> =
    LazyLock::new(|| PARSER.clone().ignore_header(HeaderName::ContentTransferEncoding));

static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new().with_mime_headers().header_text(HeaderName::Subject).default_header_ignore()
});

/// Parses a message within its [`limits`]; `None` when not even one header is found.
pub fn parse(raw: &[u8]) -> Option<Message<'_>> {
    parse_within(raw, limits::of(raw))
}

/// Parses a message whose limits are known already.
pub fn parse_within(raw: &[u8], limits: Limits) -> Option<Message<'_>> {
    let parser = if limits.undecoded { &UNDECODED } else { &PARSER };
    parser.parse(raw.get(..limits.cut.map_or(raw.len(), |(at, _)| at))?)
}

/// Messages inside messages beyond this depth are not looked into: no honest mail gets near, and the walk recurses.
pub const MAX_DEPTH: usize = 100;

/// A mailbox of an address header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Decoded display name.
    pub name: Option<String>,
    /// The address as written.
    pub address: Option<String>,
}

/// A view of one message: the outer one, or one inside it.
#[derive(Clone, Copy)]
pub struct Mail<'m> {
    message: &'m Message<'m>,
}

/// A view of one part, of the message itself or of a message inside it.
#[derive(Clone, Copy)]
pub struct Part<'m> {
    part: &'m MessagePart<'m>,
    raw: &'m [u8],
    /// How many messages this part is inside of, counted from the message that was asked.
    pub depth: usize,
}

/// A transfer encoding that the parser gave up on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenEncoding {
    /// base64
    Base64,
    /// quoted-printable
    QuotedPrintable,
}

/// What a part holds, transfer encoding and charset undone.
#[derive(Clone, Copy)]
pub enum Body<'m> {
    /// Any text but HTML, and broken parts that can only be read as text.
    Text(&'m str),
    /// HTML.
    Html(&'m str),
    /// Anything else.
    Binary(&'m [u8]),
    /// A message; its parts follow in the list with a greater depth.
    Message(Mail<'m>),
    /// A container; its parts follow in the list.
    Multipart,
}

impl<'m> Mail<'m> {
    /// The view of a parsed message.
    pub fn of(message: &'m Message<'m>) -> Mail<'m> {
        Mail { message }
    }

    fn root(self) -> Option<&'m MessagePart<'m>> {
        self.message.parts.first()
    }

    /// Every header in order: name, and value unfolded but not decoded.
    pub fn headers(self) -> impl Iterator<Item = (&'m str, Cow<'m, str>)> {
        let raw = self.raw();
        self.root().into_iter().flat_map(move |p| headers_of(p, raw))
    }

    /// Every header in order: name, and value as it stands, still folded. For readers that want few of many.
    pub fn raw_headers(self) -> impl Iterator<Item = (&'m str, &'m [u8])> {
        let raw = self.raw();
        self.root().into_iter().flat_map(|p| &p.headers).map(move |h| {
            (h.name.as_str(), raw.get(h.offset_start as usize..h.offset_end as usize).unwrap_or_default())
        })
    }

    /// The values of every header of this name (any letter case), unfolded, not decoded.
    pub fn headers_named<'n>(self, name: &'n str) -> impl Iterator<Item = Cow<'m, str>> + use<'m, 'n> {
        let raw = self.raw();
        self.root().into_iter().flat_map(move |p| {
            p.headers.iter().filter(move |h| h.name.as_str().eq_ignore_ascii_case(name)).map(move |h| {
                unfold(raw.get(h.offset_start as usize..h.offset_end as usize).unwrap_or_default())
            })
        })
    }

    /// The first header of this name, unfolded, not decoded.
    pub fn header(self, name: &str) -> Option<Cow<'m, str>> {
        self.headers_named(name).next()
    }

    /// The bytes of the first header of this name, line ends taken out: raw 8-bit text is still whole here.
    pub fn header_bytes(self, name: &str) -> Option<Cow<'m, [u8]>> {
        let header = self.root()?.headers.iter().find(|h| h.name.as_str().eq_ignore_ascii_case(name))?;
        let value = self.raw().get(header.offset_start as usize..header.offset_end as usize)?.trim_ascii();
        Some(match memchr::memchr2(b'\n', b'\r', value) {
            None => Cow::Borrowed(value),
            Some(_) => Cow::Owned(without_line_ends(value)),
        })
    }

    /// The decoded subject.
    pub fn subject(self) -> Option<&'m str> {
        match self.value(&HeaderName::Subject)? {
            HeaderValue::Text(text) => Some(text),
            HeaderValue::TextList(list) => list.last().map(AsRef::as_ref),
            _ => Some(""),
        }
    }

    /// The first mailbox of From.
    pub fn from(self) -> Option<Mailbox> {
        self.mailbox(HeaderName::From)
    }

    /// The first mailbox of Reply-To.
    pub fn reply_to(self) -> Option<Mailbox> {
        self.mailbox(HeaderName::ReplyTo)
    }

    fn mailbox(self, name: HeaderName<'static>) -> Option<Mailbox> {
        let header = self.root()?.headers.iter().find(|h| h.name == name)?;
        let value = self.raw().get(header.offset_start as usize..header.offset_end as usize)?;
        let HeaderValue::Address(address) = MessageStream::new(value).parse_address() else { return None };
        let first = address.first()?;
        let owned = |text: &Option<Cow<'_, str>>| text.as_ref().map(|t| t.trim().to_owned());
        Some(Mailbox { name: owned(&first.name), address: owned(&first.address) })
    }

    fn value(self, name: &HeaderName<'static>) -> Option<&'m HeaderValue<'m>> {
        self.root()?.headers.iter().find(|h| &h.name == name).map(|h| &h.value)
    }

    /// The bytes that this message's offsets point into: for a nested message those of the outer one.
    pub fn raw(self) -> &'m [u8] {
        &self.message.raw_message
    }

    /// The header block with the blank line that ends it.
    pub fn header_block(self) -> &'m [u8] {
        let Some(root) = self.root() else { return &[] };
        let start = root.headers.first().map_or(root.offset_header, |h| h.offset_field) as usize;
        self.raw().get(start..root.offset_body as usize).unwrap_or_default()
    }

    /// Where [`header_block`](Mail::header_block) lies in [`raw`](Mail::raw).
    pub fn header_range(self) -> std::ops::Range<usize> {
        let Some(root) = self.root() else { return 0..0 };
        let start = root.headers.first().map_or(root.offset_header, |h| h.offset_field) as usize;
        let end = (root.offset_body as usize).min(self.raw().len());
        start.min(end)..end
    }

    /// All parts in document order, those of messages inside included down to [`MAX_DEPTH`]. The first is the
    /// message's own root part.
    pub fn parts(self) -> Vec<Part<'m>> {
        let mut out = Vec::with_capacity(self.message.parts.len());
        collect(self.message, 0, &mut out);
        out
    }
}

fn collect<'m>(message: &'m Message<'m>, depth: usize, out: &mut Vec<Part<'m>>) {
    for part in &message.parts {
        out.push(Part { part, raw: &message.raw_message, depth });
        if let (PartType::Message(inner), true) = (&part.body, depth < MAX_DEPTH) {
            collect(inner, depth + 1, out);
        }
    }
}

impl<'m> Part<'m> {
    /// Content type in lower case; `text/plain` when the part has none (RFC 2045 §5.2).
    pub fn content_type(self) -> String {
        match self.part.content_type() {
            Some(c) => format!("{}/{}", c.ctype(), c.subtype().unwrap_or_default()).to_ascii_lowercase(),
            None => "text/plain".to_owned(),
        }
    }

    /// Whether the content type is this one; give it in lower case.
    pub fn is(self, kind: &str, subtype: &str) -> bool {
        self.part.content_type().is_some_and(|c| {
            c.ctype().eq_ignore_ascii_case(kind)
                && c.subtype().is_some_and(|s| s.eq_ignore_ascii_case(subtype))
        })
    }

    /// A parameter of the content type, such as `report-type`.
    pub fn parameter(self, name: &str) -> Option<&'m str> {
        self.part.content_type()?.attribute(name)
    }

    /// Whether Content-Disposition says attachment.
    pub fn is_attachment(self) -> bool {
        self.part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
    }

    /// The decoded file name of Content-Disposition or Content-Type.
    pub fn file_name(self) -> Option<&'m str> {
        self.part.attachment_name()
    }

    /// The part's own headers in order: name, and value unfolded but not decoded.
    pub fn headers(self) -> impl Iterator<Item = (&'m str, Cow<'m, str>)> {
        headers_of(self.part, self.raw)
    }

    /// The part's header block and where it starts, if it stands in these bytes and not in decoded ones.
    pub fn header_block_of(self, raw: &[u8]) -> Option<(usize, &[u8])> {
        let start = self.part.headers.first().map_or(self.part.offset_header, |h| h.offset_field) as usize;
        let block = raw.get(start..self.part.offset_body as usize)?;
        (self.raw.as_ptr() == raw.as_ptr()).then_some((start, block))
    }

    /// What the part holds.
    pub fn body(self) -> Body<'m> {
        match &self.part.body {
            PartType::Text(text) => Body::Text(text),
            PartType::Html(text) => Body::Html(text),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => Body::Binary(bytes),
            PartType::Message(inner) => Body::Message(Mail::of(inner)),
            PartType::Multipart(_) => Body::Multipart,
        }
    }

    /// The part's bytes as they were sent, transfer encoding not undone.
    pub fn encoded_body(self) -> &'m [u8] {
        self.raw.get(self.part.offset_body as usize..self.part.offset_end as usize).unwrap_or_default()
    }

    /// The part's bytes with the transfer encoding undone, and nothing else: what hashes and sizes are about. Where
    /// the encoding is broken, undone as far as it goes.
    pub fn decoded_body(self) -> Cow<'m, [u8]> {
        let sent = self.encoded_body();
        let decoded = match (self.body(), &self.part.encoding) {
            (Body::Binary(bytes), _) => return Cow::Borrowed(bytes),
            (Body::Message(inner), encoding) if *encoding != Encoding::None => {
                return Cow::Borrowed(inner.raw());
            }
            (_, Encoding::Base64) => base64_decode(sent),
            (_, Encoding::QuotedPrintable) => quoted_printable_decode(sent),
            (_, Encoding::None) => match self.broken_encoding() {
                Some(BrokenEncoding::Base64) => lenient_base64(sent),
                Some(BrokenEncoding::QuotedPrintable) => Some(lenient_quoted_printable(sent)),
                None => None,
            },
        };
        decoded.map_or(Cow::Borrowed(sent), Cow::Owned)
    }

    /// Nothing ends it but the end of the bytes.
    pub fn is_open(self) -> bool {
        self.part.offset_end as usize >= self.raw.len()
    }

    /// Where [`encoded_body`](Part::encoded_body) lies in the bytes of `mail`; `None` for a part of a message that
    /// was itself encoded, whose offsets point into the decoded copy.
    pub fn body_range(self, mail: Mail<'_>) -> Option<std::ops::Range<usize>> {
        let range = self.part.offset_body as usize..self.part.offset_end as usize;
        let same = std::ptr::eq(self.raw.as_ptr(), mail.raw().as_ptr()) && self.raw.len() == mail.raw().len();
        (same && range.start <= range.end && range.end <= self.raw.len()).then_some(range)
    }

    /// The transfer encoding that the part claims and that the parser gave up on, so that [`Part::body`] is the text
    /// as sent: a part without closing boundary, a footer behind base64, `==` in quoted-printable.
    pub fn broken_encoding(self) -> Option<BrokenEncoding> {
        if self.part.encoding != Encoding::None
            || !matches!(self.part.body, PartType::Text(_) | PartType::Html(_))
        {
            return None;
        }
        let claimed = self.part.content_transfer_encoding()?.to_ascii_lowercase();
        match claimed {
            _ if claimed.contains("base64") => Some(BrokenEncoding::Base64),
            _ if claimed.contains("quoted-printable") => Some(BrokenEncoding::QuotedPrintable),
            _ => None,
        }
    }

    /// The part is sent in base64 or quoted-printable.
    pub fn is_encoded(self) -> bool {
        self.part.encoding != Encoding::None
    }
}

fn headers_of<'m>(
    part: &'m MessagePart<'m>,
    raw: &'m [u8],
) -> impl Iterator<Item = (&'m str, Cow<'m, str>)> + use<'m> {
    part.headers.iter().map(move |h| {
        let value = raw.get(h.offset_start as usize..h.offset_end as usize).unwrap_or_default();
        (h.name.as_str(), unfold(value))
    })
}

/// The lines that are base64, decoded; `None` for a plain body under a base64 header. A first line shorter than
/// RFC 2045's 76 characters is taken for base64 only if it is the last one, too.
fn lenient_base64(sent: &[u8]) -> Option<Vec<u8>> {
    let is_base64 = |line: &&[u8]| {
        line.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b' ' | b'\t'))
    };
    let mut lines = sent.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).skip_while(|line| line.is_empty());
    let first = lines.next().filter(is_base64)?;
    let mut digits = first.to_vec();
    for line in lines.take_while(is_base64) {
        digits.extend_from_slice(line);
    }
    if first.len() < 60 && digits.len() > first.len() {
        return None;
    }
    digits.retain(|b| !b.is_ascii_whitespace());
    digits.truncate(digits.len() / 4 * 4);
    base64_decode(&digits).filter(|decoded| !decoded.is_empty())
}

/// Quoted-printable in which an equals sign that begins nothing stands for itself (RFC 2045 §6.7, note 2).
fn lenient_quoted_printable(sent: &[u8]) -> Vec<u8> {
    let digit =
        |at: usize| sent.get(at).and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut out = Vec::with_capacity(sent.len());
    let mut at = 0;
    while let Some(&byte) = sent.get(at) {
        if byte != b'=' {
            out.push(byte);
            at += 1;
            continue;
        }
        let behind = sent.get(at + 1..).unwrap_or_default();
        let blanks = behind.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match (digit(at + 1), digit(at + 2)) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ if behind.get(blanks).is_none_or(|b| *b == b'\n') => at += blanks + 2,
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// One line from a folded value (RFC 5322 §2.2.3): line ends go, the blank after them stays; ends trimmed.
/// Bytes that are not UTF-8 become U+FFFD.
pub fn unfold(value: &[u8]) -> Cow<'_, str> {
    let value = value.trim_ascii();
    if memchr::memchr2(b'\n', b'\r', value).is_none() {
        return words::text(value, None);
    }
    let unfolded = String::from_utf8(without_line_ends(value));
    Cow::Owned(unfolded.unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned()))
}

fn without_line_ends(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut from = 0;
    for end in memchr::memchr2_iter(b'\n', b'\r', value) {
        out.extend_from_slice(value.get(from..end).unwrap_or_default());
        from = end + 1;
    }
    out.extend_from_slice(value.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_transfer_encoding_is_undone_as_far_as_it_goes() {
        let line = "VGhpcyBpcyBhIGxpbmUgb2YgdGV4dCB0aGF0IGlzIGxvbmcgZW5vdWdoIHRvIGJlIG9uZS4u";
        for (encoding, sent, decoded) in [
            (
                "base64",
                format!("{line}\nIQ==\n_____\nfooter\n"),
                "This is a line of text that is long enough to be one..!",
            ),
            ("base64", "Hello\nplain body\n".to_owned(), "Hello\nplain body\n"),
            ("quoted-printable", "====\na=3Db=\nc =zz\n".to_owned(), "===a=bc =zz\n"),
        ] {
            let raw = format!(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: {encoding}\n\n{sent}"
            );
            let message = parse(raw.as_bytes()).expect("message");
            let part = Mail::of(&message).parts()[1];
            assert!(part.broken_encoding().is_some());
            assert_eq!(String::from_utf8_lossy(&part.decoded_body()), decoded);
        }
    }

    #[test]
    fn parts_of_messages_inside_come_after_them_with_their_depth() {
        let raw =
            b"Subject: =?utf-8?q?=C3=A9?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n\
            Content-Type: message/rfc822\n\nFrom: \"A B\" <a@b.example>\nX-Long: one\n two\n\nbody\n--b--\n";
        let message = parse(raw).expect("message");
        let mail = Mail::of(&message);
        assert_eq!(mail.subject(), Some("é"));
        let parts = mail.parts();
        assert_eq!(parts.iter().map(|p| p.depth).collect::<Vec<_>>(), [0, 0, 0, 1]);
        let Body::Message(inner) = parts[2].body() else { panic!("a message") };
        assert_eq!(inner.header("x-long").as_deref(), Some("one two"));
        assert_eq!(inner.from().and_then(|m| m.name).as_deref(), Some("A B"));
        assert_eq!(inner.header_block(), b"From: \"A B\" <a@b.example>\nX-Long: one\n two\n\n");
    }
}
