//! The reported mail as bytes: headers, text and HTML in the transfer encodings of the world, files, bounces.

use super::facts::File;
use super::random::Random;
use super::scripts;
use crate::model::clock::{Seconds, rfc5322};
use email_encoding::body::base64;
use email_encoding::headers::{rfc2047, writer::EmailWriter};
use std::fmt::Write;
use std::net::IpAddr;

/// What stands in the mail.
pub enum Body<'a> {
    /// Paragraphs, links below them.
    Written { paragraphs: Vec<String>, button: &'a str, html_only: bool },
    /// A delivery status notification (RFC 3464).
    Returned,
    /// An automatic answer in plain text.
    Absent(String),
}

/// A mail before it is written.
pub struct Mail<'a> {
    pub source: IpAddr,
    /// Who took it from that address.
    pub receiver: &'static str,
    pub arrival: Seconds,
    /// Without brackets; empty is the null sender.
    pub envelope: String,
    pub recipient: String,
    pub from: String,
    pub from_name: Option<String>,
    pub reply_to: Option<String>,
    pub subject: String,
    pub message_id: String,
    /// Further header lines, without line end.
    pub headers: Vec<String>,
    pub urls: Vec<String>,
    pub body: Body<'a>,
    pub file: Option<(&'a File, &'a [u8])>,
}

impl Mail<'_> {
    /// The header block (without the blank line) and the body.
    pub fn write(&self, random: &mut Random) -> (String, String) {
        let mut head = String::with_capacity(2048);
        let sent = self.arrival - random.below(600) as Seconds;
        let domain = self.envelope.rsplit_once('@').map_or("localhost.test", |(_, domain)| domain);
        let hop = format!("mail{}.{domain}", random.below(40));
        let known = if random.per_mille(500) { "unknown" } else { &hop };
        put(
            &mut head,
            format_args!(
                "Received: from {hop} ({known} [{}])\n\tby {} (Postfix) with ESMTPS id {}\n\tfor <{}>; {}\n",
                literal(self.source),
                self.receiver,
                random.token(11).to_uppercase(),
                self.recipient,
                rfc5322(self.arrival),
            ),
        );
        for _ in 0..random.below(3) {
            put(
                &mut head,
                format_args!(
                    "Received: from [10.{}.{}.{}] (helo={})\n\tby {hop} with esmtpa (Exim 4.94)\n\tid {}; {}\n",
                    random.below(256),
                    random.below(256),
                    random.below(256),
                    random.token(6),
                    random.token(16),
                    rfc5322(sent),
                ),
            );
        }
        if random.per_mille(600) {
            put(
                &mut head,
                format_args!(
                    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s{}; t={sent};\n\
                 \th=from:to:subject:date:message-id:mime-version:content-type;\n\tbh={}=;\n\tb={}\n\t {}\n\t {}==\n",
                    random.below(100),
                    random.token(43),
                    random.token(64),
                    random.token(68),
                    random.token(40),
                ),
            );
        }
        for line in &self.headers {
            put(&mut head, format_args!("{line}\n"));
        }
        match &self.from_name {
            Some(name) if name.is_ascii() => {
                put(&mut head, format_args!("From: \"{name}\" <{}>\n", self.from))
            }
            Some(name) => put(&mut head, format_args!("From: {} <{}>\n", encoded(name, 6), self.from)),
            None => put(&mut head, format_args!("From: <{}>\n", self.from)),
        }
        if let Some(address) = &self.reply_to {
            put(&mut head, format_args!("Reply-To: <{address}>\n"));
        }
        put(
            &mut head,
            format_args!(
                "To: <{}>\nSubject: {}\nDate: {}\nMessage-ID: <{}>\nMIME-Version: 1.0\n",
                self.recipient,
                encoded(&self.subject, 9),
                rfc5322(sent),
                self.message_id,
            ),
        );
        if random.per_mille(400) {
            let mailer =
                random.pick(&["PHPMailer 5.2.9", "Microsoft Outlook 16.0", "The Bat! 9.1", "Mailer 2.1"]);
            put(&mut head, format_args!("X-Mailer: {mailer}\n"));
        }
        let (content, mut body) = self.content(random);
        let content = match self.file {
            Some((file, data)) => attach(&content, &mut body, file, data, random),
            None => content,
        };
        head.push_str(&content);
        (head, body)
    }

    fn content(&self, random: &mut Random) -> (String, String) {
        match &self.body {
            Body::Absent(text) => part("plain", &format!("{text}\n"), random),
            Body::Returned => self.returned(random),
            Body::Written { paragraphs, button, html_only: true } => {
                part("html", &self.html(paragraphs, button, random), random)
            }
            Body::Written { paragraphs, button, html_only: false } => {
                let mark = format!("alt{}", random.token(16));
                let plain = part("plain", &self.plain(paragraphs, button), random);
                let html = part("html", &self.html(paragraphs, button, random), random);
                let mut body = String::with_capacity(plain.1.len() + html.1.len() + 300);
                for (head, text) in [plain, html] {
                    put(&mut body, format_args!("--{mark}\n{head}\n{text}\n"));
                }
                put(&mut body, format_args!("--{mark}--\n"));
                (format!("Content-Type: multipart/alternative;\n\tboundary=\"{mark}\"\n"), body)
            }
        }
    }

    fn plain(&self, paragraphs: &[String], button: &str) -> String {
        let mut out = paragraphs.join("\n\n");
        for url in &self.urls {
            put(&mut out, format_args!("\n\n{button}:\n{url}"));
        }
        out.push('\n');
        out
    }

    fn html(&self, paragraphs: &[String], button: &str, random: &mut Random) -> String {
        let mut out = String::from(
            "<html><head><style>p{margin:0 0 8px}.f{color:#888;font-size:11px}</style></head>\n\
             <body bgcolor=\"#ffffff\"><table width=\"600\" cellpadding=\"0\" cellspacing=\"0\"><tr><td>\n",
        );
        for text in paragraphs {
            put(&mut out, format_args!("<p style=\"font-family:Arial,sans-serif\">{}</p>\n", escaped(text)));
        }
        for url in &self.urls {
            put(
                &mut out,
                format_args!("<p><a class=\"b\" href=\"{}\">{}</a></p>\n", escaped(url), escaped(button)),
            );
        }
        put(
            &mut out,
            format_args!("</td></tr></table><p class=\"f\">&copy; {}</p></body></html>\n", random.token(12)),
        );
        out
    }

    fn returned(&self, random: &mut Random) -> (String, String) {
        let mark = format!("dsn{}", random.token(12));
        let (first, last) = scripts::person(random);
        let lost = format!("{}.{}@{}.test", first.to_lowercase(), last.to_lowercase(), scripts::word(random));
        let host = lost.rsplit_once('@').map_or("", |(_, domain)| domain);
        let at = rfc5322(self.arrival - 60);
        let head = format!(
            "Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status;\n\
             \tboundary=\"{mark}\"\n"
        );
        let body = format!(
            "--{mark}\nContent-Type: text/plain; charset=us-ascii\n\nThis is the mail system at host {host}.\n\n\
             I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n\
             <{lost}>: host {host} said: 550 5.1.1 User unknown\n    (in reply to RCPT TO command)\n\n\
             --{mark}\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; {host}\nArrival-Date: {at}\n\n\
             Final-Recipient: rfc822; {lost}\nAction: failed\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n\
             --{mark}\nContent-Type: text/rfc822-headers\n\nSubject: {}\nFrom: <{}>\nTo: <{lost}>\nDate: {at}\n\n\
             --{mark}--\n",
            scripts::word(random),
            self.recipient,
        );
        (head, body)
    }
}

/// Puts body and file into a multipart/mixed; gives the header lines.
fn attach(content: &str, body: &mut String, file: &File, data: &[u8], random: &mut Random) -> String {
    let mark = format!("mix{}", random.token(16));
    *body = format!(
        "--{mark}\n{content}\n{body}\n--{mark}\nContent-Type: {}\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"{}\"\n\n{}\n--{mark}--\n",
        file.content_type,
        file.name,
        in_base64(data),
    );
    format!("Content-Type: multipart/mixed; boundary=\"{mark}\"\n")
}

/// Header lines and body of a text part in one of the transfer encodings.
fn part(subtype: &str, text: &str, random: &mut Random) -> (String, String) {
    let roll = random.below(100);
    let (charset, encoding, body) = match text.is_ascii() {
        true if roll < 40 => ("us-ascii", "7bit", text.to_owned()),
        true if roll < 85 => ("utf-8", "quoted-printable", quoted_printable(text.as_bytes())),
        false if roll < 40 => ("utf-8", "quoted-printable", quoted_printable(text.as_bytes())),
        false if roll < 70 && text.chars().all(|c| u32::from(c) < 256) => {
            let bytes: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
            ("iso-8859-1", "quoted-printable", quoted_printable(&bytes))
        }
        _ => ("utf-8", "base64", in_base64(text.as_bytes())),
    };
    let head =
        format!("Content-Type: text/{subtype}; charset={charset}\nContent-Transfer-Encoding: {encoding}\n");
    (head, body)
}

/// Base64 in lines ended by LF.
pub fn in_base64(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len() * 3 / 2);
    // Writing to a string cannot fail.
    let _ = base64::encode(data, &mut out);
    out.retain(|c| c != '\r');
    out.push('\n');
    out
}

/// RFC 2045 §6.7, soft line breaks at 74 columns.
fn quoted_printable(data: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(data.len() * 5 / 4);
    let mut column = 0;
    for (at, &byte) in data.iter().enumerate() {
        let line_ends = data.get(at + 1).is_none_or(|next| *next == b'\n');
        let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || matches!(byte, b' ' | b'\t') && !line_ends;
        if byte == b'\n' {
            out.push('\n');
            column = 0;
            continue;
        }
        if column + if plain { 1 } else { 3 } > 74 {
            out.push_str("=\n");
            column = 0;
        }
        if plain {
            out.push(char::from(byte));
            column += 1;
        } else {
            out.extend([
                '=',
                char::from(DIGITS[usize::from(byte >> 4)]),
                char::from(DIGITS[usize::from(byte & 15)]),
            ]);
            column += 3;
        }
    }
    out
}

/// A header text; encoded words only where they are needed (RFC 2047).
pub fn encoded(text: &str, column: usize) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut writer = EmailWriter::new(&mut out, column, 0, false);
    let _ = rfc2047::encode(text, &mut writer); // a string takes everything
    drop(writer);
    out.retain(|c| c != '\r');
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As Received writes it (RFC 5321 §4.1.3).
pub fn literal(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("IPv6:{v6}"),
    }
}

/// Appends to a string, which cannot fail.
pub fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
