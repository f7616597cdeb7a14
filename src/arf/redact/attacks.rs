//! Hostile mails that try to carry a trap's address out, and a reader with other eyes than the redactor's.

use super::tests::hide;
use crate::arf::mail::{self, Body, Mail};
use crate::arf::wire;
use aho_corasick::AhoCorasick;
use sha2::Digest;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The trap.
pub(crate) const TRAP: &str = "Trap.Keeper17@trap.example";
const LOCAL: &str = "trap.keeper17";

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8(wire::base64(bytes.as_ref())).expect("text").replace("\r\n", "")
}

fn rot13(text: &str) -> String {
    let turn = |c: char, a: u8| char::from((c as u8 - a + 13) % 26 + a);
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            c => c,
        })
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

static FOLD: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"\r?\n[ \t]*").expect("expression"));
static SOFT: LazyLock<regex::Regex> = LazyLock::new(|| regex::Regex::new(r"=\r?\n").expect("expression"));
static QUOTED: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new("=[0-9A-Fa-f]{2}").expect("expression"));
static PERCENT: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new("%[0-9A-Fa-f]{2}").expect("expression"));
static REFERENCE: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"&#x?0*[0-9A-Fa-f]+;?").expect("expression"));
static BACKSLASH: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}").expect("expression"));
static COMMENT: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"\([^()]*\)").expect("expression"));
static TAG: LazyLock<regex::Regex> =
    LazyLock::new(|| regex::Regex::new(r"<[a-zA-Z/!][^>]*>").expect("expression"));
static RUN: LazyLock<regex::bytes::Regex> =
    LazyLock::new(|| regex::bytes::Regex::new(r"[A-Za-z0-9+/_-]{12,}").expect("expression"));

/// Everything that gives the trap away, in lower case.
fn secrets() -> Vec<String> {
    let address = TRAP.to_lowercase();
    let mut out = vec![LOCAL.to_owned(), address.clone(), "trapkeeper17".to_owned(), rot13(LOCAL)];
    for text in [address.as_str(), TRAP, LOCAL, "Trap.Keeper17"] {
        for digest in [
            md5::Md5::digest(text).to_vec(),
            sha1::Sha1::digest(text).to_vec(),
            sha2::Sha256::digest(text).to_vec(),
            sha2::Sha512::digest(text).to_vec(),
        ] {
            out.extend([hex(&digest), base64(&digest).trim_end_matches('=').to_lowercase()]);
        }
    }
    out
}

/// What an attacker makes of bytes in one step.
fn decodings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut out = vec![
        replace(&text, &FOLD, |_| Some(vec![])),
        replace(&text, &SOFT, |_| Some(vec![])),
        replace(&text, &QUOTED, |m| unhex(&m[1..])),
        replace(&text, &PERCENT, |m| unhex(&m[1..])),
        replace(&text, &REFERENCE, reference),
        replace(&text, &BACKSLASH, |m| unhex(&m[m.len() - 2..])),
        replace(&text, &COMMENT, |_| Some(vec![])),
        text.replace("&commat;", "@").replace("&period;", ".").into_bytes(),
        text.replace(['"', '\\', '\u{200b}', '\u{ad}'], "").replace('\u{ff20}', "@").into_bytes(),
        replace(&text, &TAG, |_| Some(vec![])),
        bytes.iter().copied().filter(|b| *b != 0).collect(),
    ];
    for run in RUN.find_iter(bytes).map(|m| m.as_bytes()) {
        for shift in 0..4 {
            out.push(wire::decode_base64(run.get(shift..).unwrap_or_default()));
        }
        out.extend(unhex(&String::from_utf8_lossy(run)));
    }
    if let Some(message) = mail::parse(bytes) {
        for part in Mail::of(&message).parts() {
            out.extend(part.file_name().map(|name| name.as_bytes().to_vec()));
            for (_, value) in part.headers().filter(|(_, value)| value.contains("=?")) {
                let line = format!("Subject: {value}\r\n\r\n");
                out.extend(
                    mail::parse(line.as_bytes())
                        .and_then(|m| Mail::of(&m).subject().map(|s| s.as_bytes().to_vec())),
                );
            }
            match part.body() {
                Body::Text(text) | Body::Html(text) => out.push(text.as_bytes().to_vec()),
                Body::Binary(bytes) => out.push(bytes.to_vec()),
                Body::Message(inner) => out.push(inner.raw().to_vec()),
                Body::Multipart => {}
            }
        }
    }
    out
}

fn replace(text: &str, expression: &regex::Regex, by: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = vec![];
    let mut at = 0;
    for hit in expression.find_iter(text) {
        out.extend_from_slice(&text.as_bytes()[at..hit.start()]);
        out.extend(by(hit.as_str()).unwrap_or_else(|| hit.as_str().as_bytes().to_vec()));
        at = hit.end();
    }
    out.extend_from_slice(&text.as_bytes()[at..]);
    out
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (text.len().is_multiple_of(2)).then(|| (0..text.len()).step_by(2).map(byte).collect())?
}

fn reference(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_start_matches("&#").trim_end_matches(';');
    let value = match digits.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    Some(char::from_u32(value.ok()?)?.to_string().into_bytes())
}

/// Looks for all secrets at once, in any letter case.
static SECRETS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).build(secrets()).expect("an automaton")
});

/// What a wrong guess makes is noise, which was searched and need not be decoded on: nine of ten guesses at base64 are
/// wrong. UTF-16 has a NUL beside each letter.
fn is_readable(bytes: &[u8]) -> bool {
    let readable = bytes.iter().filter(|b| b.is_ascii_graphic() || b.is_ascii_whitespace() || **b == 0);
    readable.count() * 10 >= bytes.len() * 7
}

/// Decodings behind each other that a reader tries.
const DEEPEST: usize = 3;

/// What gives the trap away in these bytes, found by up to three decodings behind each other.
pub(crate) fn found(bytes: &[u8]) -> Option<String> {
    let mut seen = HashSet::from([bytes.to_vec()]);
    let mut level = vec![bytes.to_vec()];
    for depth in 0..=DEEPEST {
        for text in &level {
            if let Some(hit) = SECRETS.find(text) {
                return Some(format!(
                    "{} after {depth} decodings in {}",
                    String::from_utf8_lossy(&text[hit.range()]),
                    String::from_utf8_lossy(text)
                ));
            }
        }
        // What nobody looks at any more is not decoded: the last level is by far the largest.
        if depth == DEEPEST {
            break;
        }
        level = level
            .iter()
            .filter(|t| depth == 0 || is_readable(t))
            .flat_map(|t| decodings(t))
            .filter(|t| t.len() > 8 && seen.insert(t.clone()))
            .collect();
    }
    None
}

fn with_header(header: &str) -> Vec<u8> {
    format!(
        "Received: from bad.example ([198.51.100.7]) by mx.isp.example; Fri, 20 Nov 2026 09:59:00 +0000\r\n\
        From: a@bad.example\r\n{header}\r\nSubject: s\r\n\r\nhello\r\n"
    )
    .into_bytes()
}

fn with_body(content_type: &str, encoding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: a@bad.example\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\
        Content-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    [head.as_bytes(), body, b"\r\n"].concat()
}

fn with_text(text: &str) -> Vec<u8> {
    with_body("text/plain; charset=utf-8", "8bit", text.as_bytes())
}

fn with_part(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: a@bad.example\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{headers}\r\n\r\n"
    );
    [head.as_bytes(), body, b"\r\n--b--\r\n"].concat()
}

/// Each way out by name.
pub(crate) fn vectors() -> Vec<(String, Vec<u8>)> {
    let lower = TRAP.to_lowercase();
    let mut out: Vec<(String, Vec<u8>)> = vec![];
    let mut add = |name: &str, raw: Vec<u8>| out.push((name.to_owned(), raw));
    for name in [
        "To",
        "Cc",
        "Bcc",
        "Delivered-To",
        "X-Original-To",
        "X-Envelope-To",
        "Envelope-To",
        "Apparently-To",
        "Resent-To",
        "Resent-Cc",
        "Disposition-Notification-To",
        "Original-Rcpt-To",
        "Removal-Recipient",
        "Original-Envelope-Id",
        "Reported-URI",
        "X-Forwarded-For",
        "X-Failed-Recipients",
        "X-Loop",
        "X-MDRcpt-To",
        "Comments",
        "Thread-Topic",
    ] {
        add(&format!("{name}: plain"), with_header(&format!("{name}: <{lower}>")));
        add(
            &format!("{name}: quoted, upper case"),
            with_header(&format!("{name}: \"{}\"@TRAP.EXAMPLE", LOCAL.to_uppercase())),
        );
        add(
            &format!("{name}: folded with comments"),
            with_header(&format!("{name}: x (y)\r\n <trap.keeper17(c)@\r\n\ttrap.example>")),
        );
        add(
            &format!("{name}: folded inside"),
            with_header(&format!("{name}: <trap.\r\n keeper17@trap.example>")),
        );
    }
    for (name, header) in [
        (
            "Received for",
            format!("Received: from a by b\r\n\tfor <{lower}>; Fri, 20 Nov 2026 09:59:00 +0000"),
        ),
        (
            "Received for, comment",
            format!(
                "Received: from a by b (envelope-to {lower})\r\n\tfor\r\n\t<{lower}> (x); Fri, 20 Nov 2026 09:59:00 +0000"
            ),
        ),
        ("VERP", "Return-Path: <bounce-12-trap.keeper17=trap.example@bad.example>".to_owned()),
        ("SRS", "Return-Path: <SRS0=HHH=TT=trap.example=trap.keeper17@fwd.example>".to_owned()),
        (
            "SRS1",
            "Return-Path: <SRS1=HHH=x.example==HHH=TT=trap.example=trap.keeper17@fwd.example>".to_owned(),
        ),
        ("BATV", "Return-Path: <prvs=1234567890=trap.keeper17@trap.example>".to_owned()),
        (
            "DKIM i=",
            format!(
                "DKIM-Signature: v=1; a=rsa-sha256; d=bad.example; i=trap.keeper17=trap.example@bad.example;\r\n\ts=s; t=1; h=from; bh=AAAA; b=AAAA; z=To:{}",
                percent(&lower).replace('%', "=")
            ),
        ),
        (
            "Authentication-Results",
            format!("Authentication-Results: mx; spf=fail smtp.mailfrom=a@b.example smtp.rcptto={lower}"),
        ),
        (
            "ARC",
            format!("ARC-Authentication-Results: i=1; mx; spf=fail smtp.rcptto=\"{LOCAL}\"@trap.example"),
        ),
        ("encoded word q", "Subject: =?utf-8?q?Hi_trap=2Ekeeper17=40trap.example?=".to_owned()),
        (
            "encoded words split inside",
            "Subject: =?utf-8?b?SGkgdHJhcC5rZWVw?=\r\n =?utf-8?b?ZXIxN0B0cmFwLmV4YW1wbGU=?=".to_owned(),
        ),
        ("encoded word utf-16", format!("X-Note: =?utf-16le?b?{}?=", base64(utf16(&lower)))),
        ("From name", format!("From: \"{lower}\" <a@bad.example>")),
        ("Message-ID", "Message-ID: <12.trap.keeper17=trap.example@bad.example>".to_owned()),
        (
            "List-Unsubscribe",
            format!(
                "List-Unsubscribe: <https://bad.example/u/{}>,\r\n <mailto:u-{LOCAL}@bad.example>",
                base64(&lower)
            ),
        ),
        ("List-Help", format!("List-Help: <https://bad.example/u/{}>", base64(&lower))),
        ("X- hash", format!("X-Id: {}", hex(md5::Md5::digest(&lower)))),
        ("X- base64 of upper case", format!("X-Id: {}", base64(lower.to_uppercase()))),
        ("X- base64 folded", {
            let all = base64(format!("To: Some Body With A Long Name <{lower}>"));
            format!("X-Id: {}\r\n {}", &all[..44], &all[44..])
        }),
        ("X- hex of upper case", format!("X-Id: {}", hex(lower.to_uppercase()))),
        (
            "X- json",
            "X-SMTPAPI: {\"to\":\"trap.keeper17\\u0040trap.example\",\"l\":\"trap\\u002ekeeper17\"}"
                .to_owned(),
        ),
        ("other header name with blank", format!("To : <{lower}>")),
    ] {
        add(&format!("header: {name}"), with_header(&header));
    }
    let sha = |text: &str| hex(sha2::Sha256::digest(text));
    for (name, token) in [
        ("plain", lower.clone()),
        ("percent-encoded", percent(&lower)),
        ("percent-encoded twice", percent(&percent(&lower))),
        ("percent-encoded thrice", percent(&percent(&percent(LOCAL)))),
        ("base64", base64(&lower)),
        ("base64 of Title case", base64(TRAP)),
        ("base64 of upper case", base64(lower.to_uppercase())),
        (
            "base64url with more",
            base64(format!("{{\"e\":\"{lower}?>\"}}")).replace('+', "-").replace('/', "_").replace('=', ""),
        ),
        ("base64, percent-encoded padding", base64(&lower).replace('=', "%3D")),
        ("base64 twice", base64(base64(&lower))),
        ("base64 of percent", base64(percent(&lower))),
        ("base64 of utf-16", base64(utf16(&lower))),
        ("base64 of local part", base64(LOCAL)),
        ("base64 shifted", format!("a{}", base64(format!("xy{lower}")))),
        ("hex", hex(&lower)),
        ("hex of upper case", hex(lower.to_uppercase())),
        ("hex of base64", hex(base64(&lower))),
        ("percent hex", percent(&hex(&lower))),
        ("rot13", rot13(&lower)),
        ("md5", hex(md5::Md5::digest(&lower))),
        ("MD5 in upper case", hex(md5::Md5::digest(&lower)).to_uppercase()),
        ("md5 of local part", hex(md5::Md5::digest(LOCAL))),
        ("sha1", hex(sha1::Sha1::digest(&lower))),
        ("sha256", sha(&lower)),
        ("sha256 of local part", sha(LOCAL)),
        ("sha512", hex(sha2::Sha512::digest(&lower))),
        ("sha256 in base64", base64(sha2::Sha256::digest(&lower))),
        (
            "sha256 in base64url",
            base64(sha2::Sha256::digest(&lower)).replace('+', "-").replace('/', "_").replace('=', ""),
        ),
        ("base64 of md5 in hex", base64(hex(md5::Md5::digest(&lower)))),
        ("without dots", "trapkeeper17".to_owned()),
        ("with a tag", "trap.keeper17+news@trap.example".to_owned()),
        ("local part", LOCAL.to_owned()),
        ("local part, underscores around", format!("_{LOCAL}_")),
        ("VERP", "trap.keeper17=trap.example".to_owned()),
        ("domain first", "trap.example/trap.keeper17".to_owned()),
    ] {
        for (place, url) in [
            ("parameter", format!("https://bad.example/c?id=1&u={token}&x=2")),
            ("path", format!("https://bad.example/c/{token}/x")),
            ("fragment", format!("https://bad.example/#{token}")),
        ] {
            add(&format!("URL {place}: {name}"), with_text(&format!("Click {url} now\r\n")));
            add(
                &format!("URL {place} in HTML: {name}"),
                with_body(
                    "text/html; charset=utf-8",
                    "quoted-printable",
                    &wire::quoted_printable(
                        format!("<a href=\"{}\">x</a>", url.replace('&', "&amp;").replace('@', "&#64;"))
                            .as_bytes(),
                    ),
                ),
            );
            add(
                &format!("URL {place} in base64: {name}"),
                with_body("text/html", "base64", &wire::base64(format!("<a href='{url}'>x</a>").as_bytes())),
            );
        }
        add(&format!("text: {name}"), with_text(&format!("Dear {token}, hello\r\n")));
        add(
            &format!("attachment: {name}"),
            with_part(
                "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64",
                &wire::base64(format!("\u{1}\u{2} {token} \u{0}\u{3}").as_bytes()),
            ),
        );
        add(&format!("header: {name}"), with_header(&format!("X-Recipient-Token: {token}")));
        add(&format!("Content-ID: {name}"), with_part(&format!("Content-ID: <{token}>"), b"x"));
    }
    for (name, raw) in [
        ("QP, break inside", with_body("text/plain", "quoted-printable", b"Dear trap.kee=\r\nper17=40tr=\r\nap.example")),
        ("QP, all encoded", with_body("text/plain", "quoted-printable", percent(&lower).replace('%', "=").as_bytes())),
        ("QP of percent, break inside", with_body("text/plain", "quoted-printable", b"?u=3Dtrap%2=\r\nEkeeper17%4=\r\n0trap.example")),
        ("QP, blanks before break", with_body("text/plain", "quoted-printable", b"trap.kee= \r\nper17=40trap.example")),
        ("base64 broken anywhere", with_body("text/plain", "base64", base64(format!("Dear {lower}")).as_bytes().chunks(5).collect::<Vec<_>>().join(&b"\r\n"[..]).as_slice())),
        ("base64 with a footer", with_body("text/plain", "base64", format!("{}\r\n-- \r\nfooter", base64(format!("Dear {lower}, this is a line that is long enough to be one"))).as_bytes())),
        ("upper-case encoding name", with_body("text/plain", "BASE64", &wire::base64(lower.as_bytes()))),
        ("utf-16le", with_body("text/plain; charset=utf-16le", "base64", &wire::base64(&utf16(&format!("Dear {lower}"))))),
        ("utf-16 8bit", with_body("text/plain; charset=utf-16le", "8bit", &utf16(&format!("Dear {lower}")))),
        ("utf-16 said to be utf-8", with_body("text/plain; charset=utf-8", "base64", &wire::base64(&utf16(&format!("Dear {lower}"))))),
        ("utf-7", with_body("text/plain; charset=utf-7", "7bit", b"Dear trap.+AGs-eeper17+AEA-trap.example")),
        ("iso-2022-jp", with_body("text/plain; charset=iso-2022-jp", "7bit", b"trap.\x1b(Jkeeper17\x1b(B@trap.example")),
        ("entities", with_body("text/html", "7bit", b"trap&#46;keeper17&#x40;trap.example tr&#97;p.keeper17 trap&period;keeper17")),
        ("entities without semicolon", with_body("text/html", "7bit", b"trap&#46keeper17&#64trap.example")),
        ("entities around percent", with_body("text/html", "7bit", b"<a href='x?u=trap&#37;2Ekeeper17&#x25;40trap.example'>")),
        ("tags inside", with_body("text/html", "7bit", b"trap.<b></b>keeper17<!-- x -->@trap.example")),
        ("javascript", with_body("text/html", "7bit", b"var a='trap\\x2ekeeper17\\u0040trap.example'")),
        ("zero-width characters", with_text("trap.\u{200b}keeper17@trap.example trap\u{ad}.keeper17")),
        ("fullwidth at and dot", with_text("trap.keeper17\u{ff20}trap.example")),
        ("data URI", with_body("text/html", "7bit", format!("<img src='data:text/html;base64,{}'>", base64(format!("<a href='x'>{lower}</a>"))).as_bytes())),
        ("nested message", with_part("Content-Type: message/rfc822", format!("To: {lower}\r\nSubject: {LOCAL}\r\n\r\nhi {lower}").as_bytes())),
        ("nested message in base64", with_part("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", &wire::base64(format!("To: {lower}\r\nSubject: {LOCAL}\r\n\r\nhi {lower}").as_bytes()))),
        ("nested message, QP inside base64", with_part("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", &wire::base64(&with_body("text/plain", "quoted-printable", b"trap.kee=\r\nper17")))),
        ("headers part in base64", with_part("Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64", &wire::base64(format!("To: \"x\" <{lower}>\r\nSubject: y").as_bytes()))),
        ("feedback part", with_part("Content-Type: message/feedback-report", format!("Feedback-Type: abuse\r\nOriginal-Rcpt-To: {lower}\r\nRemoval-Recipient: rfc822;{lower}\r\nOriginal-Envelope-Id: {LOCAL}\r\nReported-URI: http://x.example/{LOCAL}\r\nX-More: {LOCAL}").as_bytes())),
        ("DKIM-Canonicalized-Header", { let all = base64(format!("to:Some Body with a long name <{lower}>\r\nsubject:hello")); with_part("Content-Type: message/feedback-report", format!("Feedback-Type: auth-failure\r\nDKIM-Canonicalized-Header: {}\r\n {}\r\n {}\r\nVersion: 1", &all[..24], &all[24..60], &all[60..]).as_bytes()) }),
        ("attachment name", with_part(&format!("Content-Type: text/plain; name=\"{lower}.txt\"\r\nContent-Disposition: attachment; filename=\"{LOCAL}.txt\""), b"x")),
        ("attachment name, RFC 2231", with_part("Content-Disposition: attachment; filename*=utf-8''trap%2Ekeeper17%40trap.example.txt", b"x")),
        ("attachment name, RFC 2231 in pieces", with_part("Content-Disposition: attachment; filename*0=\"trap.kee\";\r\n filename*1=\"per17@trap.example.txt\"", b"x")),
        ("attachment name, encoded word", with_part("Content-Disposition: attachment; filename=\"=?utf-8?b?dHJhcC5rZWVwZXIxNy50eHQ=?=\"", b"x")),
        ("description of a part", with_part("Content-Description: =?utf-8?q?trap=2Ekeeper17?=", b"x")),
        ("attachment in utf-16", with_part("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64", &wire::base64(&utf16(&format!("\u{1}{lower}"))))),
        ("preamble", b"From: a@bad.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\ntrap.keeper17@trap.example\r\n--b\r\n\r\nx\r\n--b--\r\ntrap%2ekeeper17\r\n".to_vec()),
        ("boundary", b"From: a@bad.example\r\nContent-Type: multipart/mixed; boundary=\"trap.keeper17\"\r\n\r\n--trap.keeper17\r\n\r\nx\r\n--trap.keeper17--\r\n".to_vec()),
        ("attachment beside a text", b"From: a@bad.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: text/plain; charset=utf-16be\r\nContent-Transfer-Encoding: base64\r\n\r\nAHQAcgBhAHAALgBrAGUAZQBwAGUAcgAxADcAQAB0AHIAYQBwAC4AZQB4AGEAbQBwAGwAZQ==\r\n--b--\r\n".to_vec()),
    ] {
        add(name, raw);
    }
    out
}

#[test]
fn no_vector_carries_the_trap_out() {
    let recipients = [TRAP.to_owned()];
    let mut failed = vec![];
    for (name, raw) in vectors() {
        for spamtrap in [true, false] {
            let out = hide(&raw, &recipients, spamtrap);
            if let Some(how) = found(&out) {
                failed.push(format!("{name} (spamtrap: {spamtrap}): {how}"));
            }
            if spamtrap && memchr::memmem::find(&out.to_ascii_lowercase(), b"trap.example").is_some() {
                failed.push(format!("{name}: the trap's domain in {}", String::from_utf8_lossy(&out)));
            }
        }
    }
    assert!(failed.is_empty(), "{} leak:\n{}", failed.len(), failed.join("\n----\n"));
}
