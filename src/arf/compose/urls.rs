//! Writes the mail that hands URLs to a feed: plain text, one URL a line exactly as it is submitted, for a program to
//! read. Knows neither why a URL may leave nor who takes it.

use super::{ComposeError, MIN_TOKEN, Sender, Stamp, address_problem, mailbox};
use crate::arf::wire;
use crate::model::clock;

/// A finished mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlMail {
    /// The bytes to send, CRLF line ends.
    pub bytes: Vec<u8>,
    /// Message-ID without brackets.
    pub message_id: String,
    /// Its subject.
    pub subject: String,
}

/// Writes it. A URL must not have line ends.
///
/// # Errors
/// When the sender's address is unusable or the token too short.
pub fn compose_urls(
    urls: &[&str],
    reason: &str,
    sender: &Sender<'_>,
    to: &str,
    stamp: &Stamp<'_>,
) -> Result<UrlMail, ComposeError> {
    if stamp.token.chars().filter(char::is_ascii_alphanumeric).count() < MIN_TOKEN {
        return Err(ComposeError::Token);
    }
    if let Some(problem) = address_problem(sender.from) {
        return Err(ComposeError::From(sender.from.to_owned(), problem.to_owned()));
    }
    let domain = sender.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let message_id = format!("{}@{domain}", stamp.token);
    let number = match urls.len() {
        1 => "1 URL".to_owned(),
        number => format!("{number} URLs"),
    };
    let subject = format!("{number}: {reason}");
    let body = wire::with_crlf(format!("{}\n", urls.join("\n")).as_bytes());
    let plain = body.is_ascii() && urls.iter().all(|url| url.len() <= wire::MAX_LINE);
    let mut head = String::new();
    for line in [
        format!("From: {}", mailbox(sender.name, sender.from)),
        format!("To: <{to}>"),
        format!("Subject: {}", wire::unstructured(&subject, "Subject: ".len())),
        format!("Date: {}", clock::rfc5322(stamp.now)),
        format!("Message-ID: <{message_id}>"),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        format!("Content-Transfer-Encoding: {}", if plain { "7bit" } else { "quoted-printable" }),
        String::new(),
    ] {
        head.push_str(&line);
        head.push_str("\r\n");
    }
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&if plain { body } else { wire::quoted_printable(&body) });
    Ok(UrlMail { bytes, message_id, subject })
}

#[cfg(test)]
mod tests {
    use super::super::ReportText;
    use super::*;
    use crate::arf::mail;
    use crate::model::Own;

    fn written(urls: &[&str]) -> String {
        let (own, text) = (Own::default(), ReportText::default());
        let sender = Sender {
            from: "desk@example.com",
            name: None,
            reporting_mta: None,
            own: &own,
            treat_as_public: &[],
            redaction_key: b"key",
            text: &text,
        };
        let stamp = Stamp { now: 1_795_132_800, token: "0123456789abcdef" };
        let mail =
            compose_urls(urls, "seen in mail", &sender, "feed@feeds.example", &stamp).expect("written");
        assert_eq!(mail.message_id, "0123456789abcdef@example.com");
        String::from_utf8(mail.bytes).expect("text")
    }

    #[test]
    fn the_urls_stand_one_a_line_exactly_as_they_are() {
        let text = written(&["http://evil.example/a?b=c&d", "https://b.example/"]);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains("To: <feed@feeds.example>\r\nSubject: 2 URLs: seen in mail\r\n"), "{head}");
        assert!(head.ends_with("Content-Transfer-Encoding: 7bit"));
        assert_eq!(body, "http://evil.example/a?b=c&d\r\nhttps://b.example/\r\n");
    }

    #[test]
    fn long_and_foreign_urls_arrive_whole_all_the_same() {
        let long = format!("http://evil.example/{}", "x".repeat(3_000));
        let text = written(&[&long, "http://evil.example/é=="]);
        assert!(text.lines().all(|line| line.len() <= 998));
        let message = mail::parse(text.as_bytes()).expect("a mail");
        let body = mail::Mail::of(&message).parts().first().and_then(|part| match part.body() {
            mail::Body::Text(text) => Some(text.to_string()),
            _ => None,
        });
        let lines: Vec<String> = body.expect("text").lines().map(str::to_owned).collect();
        assert_eq!(lines, [long, "http://evil.example/é==".to_owned()]);
    }
}
