//! What may be handed to anybody at all: addresses that are nothing but addresses, and bytes that are nothing but a
//! mail. The last look before a message leaves, whoever wrote it and whatever stood in the ledger. Pure.

use super::Message;
use crate::arf::compose::address_problem;

/// RFC 5321 §4.5.3.1.6, without CRLF.
const LONGEST_LINE: usize = 998;

/// Why the message must not leave as it is.
pub(super) fn problem(message: &Message<'_>) -> Option<String> {
    let address = |what: &str, address: &str| {
        let why = address_problem(address)?;
        Some(format!("The {what} '{}' {why}, so nothing was sent.", address.escape_debug()))
    };
    if !message.sender.is_empty()
        && let Some(why) = address("sender", message.sender)
    {
        return Some(why);
    }
    address("recipient", message.recipient).or_else(|| {
        let why = bytes_problem(message.bytes)?;
        Some(format!("The message {why}, so nothing was sent. Compose it anew."))
    })
}

/// A lone CR or LF is a line end to some servers and none to others: whoever writes one can end a message there and
/// begin another (SMTP smuggling, CVE-2023-51764).
fn bytes_problem(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("is empty");
    }
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            0 => return Some("holds a NUL"),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => return Some("holds a CR without LF"),
            b'\n' if at == 0 || bytes.get(at - 1) != Some(&b'\r') => return Some("holds an LF without CR"),
            b'\n' if at - 1 - start > LONGEST_LINE => return Some("has a line of more than 998 bytes"),
            b'\n' => start = at + 1,
            _ => {}
        }
    }
    (start < bytes.len()).then_some("does not end with a line end")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sender: &str, recipient: &str, bytes: &[u8]) -> Option<String> {
        problem(&Message { id: 1, sender, recipient, bytes })
    }

    #[test]
    fn an_address_is_one_address_and_a_message_has_only_whole_lines() {
        let good = b"Subject: x\r\n\r\n.\r\n..\r\n";
        assert_eq!(told("desk+0f@example.com", "abuse@example.net", good), None);
        assert_eq!(told("", "abuse@example.net", good), None, "the null sender");
        for wrong in [
            "",
            "abuse",
            "a@b.example\nBcc: x@example.org",
            "a@b.example>\r\nRCPT TO:<x@example.org",
            "a@b.example> SIZE=1",
            "\"a b\"@example.net",
            "\"a\\\"@b\"@example.net",
            "a@example.net,b@example.net",
            "<a@example.net>",
            "a\0@example.net",
            "@relay.example:a@example.net",
            "a@[127.0.0.1]",
            "ä@example.net",
            "a@exämple.net",
            "-f root",
        ] {
            assert!(told("", wrong, good).is_some_and(|why| why.contains("recipient")), "{wrong:?}");
            assert!(wrong.is_empty() || told(wrong, "abuse@example.net", good).is_some(), "{wrong:?}");
        }
        for (bytes, part) in [
            (&b""[..], "empty"),
            (b"a\r\n.\n.\r\n", "LF without CR"),
            (b"a\r\n\n", "LF without CR"),
            (b"\n", "LF without CR"),
            (b"a\rb\r\n", "CR without LF"),
            (b"a\r", "CR without LF"),
            (b"a\0\r\n", "NUL"),
            (b"a\r\nb", "does not end"),
        ] {
            let why = told("", "abuse@example.net", bytes).unwrap_or_default();
            assert!(why.contains(part), "{bytes:?}: {why}");
        }
        let line = |length: usize| [vec![b'x'; length], b"\r\n".to_vec()].concat();
        assert_eq!(told("", "abuse@example.net", &[line(998), line(998)].concat()), None);
        assert!(told("", "abuse@example.net", &[line(998), line(999)].concat()).is_some());
    }
}
