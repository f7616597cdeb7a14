//! Of whom a refusal for good speaks: of the recipient, who cannot be reached, or of us and of this one message. Pure;
//! knows codes and words (RFC 3463, RFC 5321 §4.2.3), and nobody who sends.

/// Words by which servers that write no enhanced code say that they do not want us. A desk behind such an answer is
/// there, and reads what comes another way.
const ABOUT_US: [&str; 22] = [
    "authenticat",
    "banned",
    "black",
    "block",
    "content",
    "denied",
    "dkim",
    "dmarc",
    "dnsbl",
    "not permitted",
    "policy",
    "prohibited",
    "rbl",
    "relay",
    "reputation",
    "reverse dns",
    "sender",
    "size",
    "spam",
    "spf",
    "too large",
    "virus",
];

/// Whether this answer of class 5 says that the recipient cannot be reached, whatever is sent. In doubt it does not:
/// an address that counts as dead gets nothing any more.
pub fn is_of_recipient(code: u16, answer: &str) -> bool {
    match answer.split(|c: char| c != '.' && !c.is_ascii_alphanumeric()).find_map(enhanced) {
        // Addresses: wrong, moved, without a mail server; 7 and 8 are about the sender's.
        Some((1, detail)) => !matches!(detail, 7 | 8),
        // Mailboxes: disabled, full; 3 is about the length of the message, 4 about a list.
        Some((2, detail)) => matches!(detail, 0..=2),
        // Systems: not taking mail at all.
        Some((3, detail)) => matches!(detail, 2),
        // Routes: there is none.
        Some((4, detail)) => matches!(detail, 1..=4),
        // Something without a name: the words have to do.
        Some((0, _)) | None => {
            let words = answer.to_ascii_lowercase();
            matches!(code, 521 | 550 | 551 | 553 | 556) && !ABOUT_US.iter().any(|word| words.contains(word))
        }
        // Protocol, content, policy.
        Some(_) => false,
    }
}

/// Subject and detail of `5.1.1`.
fn enhanced(word: &str) -> Option<(u16, u16)> {
    let (subject, detail) = word.trim_end_matches('.').strip_prefix("5.")?.split_once('.')?;
    let number = |digits: &str| digits.parse().ok().filter(|_| (1..=3).contains(&digits.len()));
    Some((number(subject)?, number(detail)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_the_recipient_counts_against_it() {
        for (code, answer, expected) in [
            (550, "550 5.1.1 <abuse@isp.example>: no such user", true),
            (550, "550 5.1.10 null MX", true),
            (554, "554 5.2.1 mailbox disabled", true),
            (550, "550 5.4.4 no route", true),
            (550, "550 No such user here", true),
            (551, "551 user not local", true),
            (556, "556 domain does not accept mail", true),
            (550, "550 5.7.1 rejected by policy", false),
            (550, "550 5.1.8 sender's domain does not exist", false),
            (552, "552 5.3.4 too large", false),
            (552, "552 5.2.3 too long for this mailbox", false),
            (554, "554 5.6.0 content refused", false),
            (550, "550 Your host is listed at zen.spamhaus.org", false),
            (554, "554 Service unavailable; client blocked", false),
            (550, "550 relaying not allowed", false),
            (554, "554 Transaction failed", false),
            (503, "503 bad sequence", false),
            (0, "5.1.1 smtp; 550 unknown", true),
            (0, "5.7.1 smtp; 550 blocked", false),
            (0, "5.0.0 smtp; 550 unknown", false),
            // A date or an address is no code.
            (550, "550 no mailbox here since 5.11.2025", true),
            (550, "550 unknown at 5.1.8.9", true),
        ] {
            assert_eq!(is_of_recipient(code, answer), expected, "{answer}");
        }
    }
}
