//! Mailboxes, paths, domains and network addresses out of loosely written values. Knows nothing of reports.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `text` without comments (RFC 5322 §3.2.2), quoted strings left whole.
pub fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains('(') {
        return Cow::Borrowed(text);
    }
    let (mut out, mut depth, mut quoted, mut escaped) =
        (String::with_capacity(text.len()), 0usize, false, false);
    for c in text.chars() {
        let literal = std::mem::replace(&mut escaped, false);
        match c {
            '\\' if !literal => escaped = true,
            '"' if depth == 0 && !literal => quoted = !quoted,
            '(' if !quoted && !literal => depth += 1,
            ')' if !quoted && !literal && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    // An open parenthesis that nothing closes is no comment.
    if depth > 0 { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Display name and address of the first mailbox in a header value (RFC 5322 §3.4), the name not decoded.
///
/// The address is the last `<…>` outside quotes, because display names hold anything, addresses included.
pub fn mailbox(value: &str) -> Option<(Option<String>, String)> {
    let first = list(value).next()?;
    if let Some((name, address)) = bracketed(first) {
        let name = name.trim();
        // `friends: Ann <ann@…>` opens a group (RFC 5322 §3.4).
        let name = match name.rsplit_once(": ") {
            Some((group, inside)) if !group.contains('"') && !group.contains("=?") => inside.trim(),
            _ => name,
        };
        let name = unquote(&without_comments(name));
        return Some(((!name.is_empty()).then_some(name), address.trim().to_owned()));
    }
    let bare = without_comments(first);
    let bare = bare.trim().trim_matches('"').trim();
    if bare.is_empty() {
        return None;
    }
    if let Some(address) = bare.split_whitespace().find(|w| w.contains('@')) {
        // `ann@example.org (Ann)`: the old way to give a name.
        let comment =
            first.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(name, _)| name.trim());
        let name = comment.filter(|n| !n.is_empty()).map(str::to_owned);
        return Some((name, address.trim_matches(['"', '<', '>', ';', ',']).to_owned()));
    }
    Some((Some(bare.to_owned()), String::new()))
}

/// The parts of an address list, split at commas outside quotes, comments and brackets.
pub fn list(value: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted, mut angle, mut escaped) = (0usize, false, false, false);
    value
        .split(move |c: char| {
            let literal = std::mem::replace(&mut escaped, false);
            match c {
                '\\' if !literal => escaped = true,
                '"' if depth == 0 && !literal => quoted = !quoted,
                '(' if !quoted && !literal => depth += 1,
                ')' if !quoted && !literal => depth = depth.saturating_sub(1),
                '<' if !quoted => angle = true,
                '>' if !quoted => angle = false,
                ',' => return !quoted && !angle && depth == 0,
                _ => {}
            }
            false
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Text before, and text inside, the last `<…>` that is not quoted.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let open = text.rfind('<')?;
    let inside = text.get(open + 1..)?;
    let inside = inside.get(..inside.find('>').unwrap_or(inside.len()))?;
    (text.get(..open)?.matches('"').count() % 2 == 0).then_some((text.get(..open)?, inside))
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.trim_matches('"').trim().to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out.trim().to_owned()
}

/// A reverse-path or forward-path (RFC 5321 §4.1.2) without brackets, display name, and source route; empty for `<>`.
pub fn path(value: &str) -> String {
    let value = value.trim();
    let value =
        value.split_once(';').filter(|(kind, _)| is_token(kind.trim())).map_or(value, |(_, rest)| rest);
    let address = match bracketed(value) {
        Some((_, inside)) => inside.trim().to_owned(),
        None => {
            let bare = without_comments(value);
            let bare = bare.trim();
            let quoted = bare.starts_with('"');
            bare.split_whitespace().find(|w| !quoted && w.contains('@')).unwrap_or(bare).to_owned()
        }
    };
    let address = address.trim_matches(['<', '>', ' ', ',']);
    // "@relay.example:user@example.com" (RFC 5321 appendix C)
    let address = match address.strip_prefix('@').and_then(|r| r.split_once(':')) {
        Some((_, rest)) => rest,
        None => address,
    };
    let quoted_whole = address.strip_prefix('"').and_then(|a| a.strip_suffix('"'));
    quoted_whole.unwrap_or(address).trim().to_owned()
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The domain of an address, lower case and without the final dot.
pub fn domain_of(address: &str) -> Option<String> {
    let domain = address.rsplit_once('@')?.1.trim().trim_end_matches(['.', '>']);
    (!domain.is_empty()).then(|| domain.to_ascii_lowercase())
}

/// The domain is this one or lies under it. Both in any letter case.
pub fn is_under(domain: &str, parent: &str) -> bool {
    let parent = parent.trim_start_matches('.');
    let Some(start) = domain.len().checked_sub(parent.len()) else { return false };
    !parent.is_empty()
        && domain.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(parent))
        && (start == 0 || domain.as_bytes().get(start - 1) == Some(&b'.'))
}

/// The domain that somebody registered (public suffix and one label); the domain itself where there is none.
pub fn registrable(domain: &str) -> String {
    // The list holds lower-case names only.
    let lower = domain.trim_end_matches('.').to_ascii_lowercase();
    psl::domain_str(&lower).map(str::to_owned).unwrap_or(lower)
}

/// Relaxed identifier alignment (RFC 9989 §5.3): the same registrable domain.
pub fn is_aligned(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && registrable(a) == registrable(b)
}

/// The network address, and port if given, that a field value starts with outside comments.
/// IPv4-mapped addresses become IPv4; a redacted one is `None`.
pub fn network_address(value: &str) -> Option<(IpAddr, Option<u16>)> {
    without_comments(value).split([' ', '\t', ',', ';', '"', '<', '>']).find_map(literal)
}

/// One address literal in any dress: `192.0.2.1`, `[192.0.2.1]`, `IPv6:2001:db8::1`, `[192.0.2.1:25]`, `[…]:25`.
pub fn literal(word: &str) -> Option<(IpAddr, Option<u16>)> {
    let word =
        word.trim_matches(|c: char| !c.is_ascii_hexdigit() && !matches!(c, '[' | ']' | ':' | 'I' | 'i'));
    let (inside, after) = match word.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or((rest, "")),
        None => (word.trim_end_matches(']'), ""),
    };
    let tagged = inside.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    let inside = if tagged { inside.get(5..)? } else { inside };
    let port = |text: &str| text.parse::<u16>().ok().filter(|p| *p != 0);
    let outer_port = after.strip_prefix(':').and_then(port);
    let inside = inside.split('%').next()?;
    if let Ok(v6) = inside.trim_end_matches('.').parse::<Ipv6Addr>() {
        return Some((IpAddr::V6(v6).to_canonical(), outer_port));
    }
    let (address, inner_port) = match inside.split_once(':') {
        Some((address, rest)) => (address, Some(port(rest)?)),
        None => (inside, None),
    };
    Some((IpAddr::V4(ipv4(address)?), inner_port.or(outer_port)))
}

/// Four decimal numbers, leading zeros allowed: mail logs pad with them, none means octal.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut numbers = text.trim_end_matches('.').split('.');
    for octet in &mut octets {
        let number =
            numbers.next().filter(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))?;
        *octet = number.parse().ok()?;
    }
    numbers.next().is_none().then(|| Ipv4Addr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_every_dress() {
        for (text, address, port) in [
            ("192.0.2.1", "192.0.2.1", None),
            ("54.240.8.61 (a8-61.smtp-out.example.com)", "54.240.8.61", None),
            ("(relay) [192.0.2.1]", "192.0.2.1", None),
            ("IPv6:2001:DB8:0:0:0:0:0:1", "2001:db8::1", None),
            ("[IPv6:2001:db8::1]", "2001:db8::1", None),
            ("::ffff:192.0.2.1", "192.0.2.1", None),
            ("[IPv6:::ffff:192.0.2.1]:25", "192.0.2.1", Some(25)),
            ("192.0.2.1:4227", "192.0.2.1", Some(4227)),
            ("[192.0.2.1:4227]", "192.0.2.1", Some(4227)),
            ("192.000.002.001", "192.0.2.1", None),
            ("192.0.2.1, 192.0.2.2", "192.0.2.1", None),
        ] {
            let want = Some((address.parse().expect("address"), port));
            assert_eq!(network_address(text), want, "{text}");
        }
        for text in
            ["", "x.x.x.x", "redacted", "192.0.2", "192.0.2.1.5", "192.0.2.256", "(192.0.2.1)", "192.0.2.1:x"]
        {
            assert_eq!(network_address(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_loses_brackets_names_and_routes() {
        for (text, want) in [
            ("<a@example.org>", "a@example.org"),
            ("a@example.org", "a@example.org"),
            ("<>", ""),
            ("", ""),
            ("\"A, B\" <a@example.org>", "a@example.org"),
            ("rfc822; <a@example.org>", "a@example.org"),
            ("<@relay.example:a@example.org>", "a@example.org"),
            ("a@example.org (comment)", "a@example.org"),
            ("\"a b\"@example.org", "\"a b\"@example.org"),
        ] {
            assert_eq!(path(text), want, "{text}");
        }
    }

    #[test]
    fn a_mailbox_is_the_last_angle_bracket() {
        for (text, name, address) in [
            ("\"A \\\"B\\\" C\" <a@example.org>", Some("A \"B\" C"), "a@example.org"),
            ("ann@example.com <a@example.org>", Some("ann@example.com"), "a@example.org"),
            ("<a@example.org>", None, "a@example.org"),
            ("a@example.org (Ann)", Some("Ann"), "a@example.org"),
            ("\"x, y\" <a@example.org>, b@example.org", Some("x, y"), "a@example.org"),
            ("team: Ann <a@example.org>;", Some("Ann"), "a@example.org"),
            ("a@example.org", None, "a@example.org"),
        ] {
            assert_eq!(mailbox(text), Some((name.map(str::to_owned), address.to_owned())), "{text}");
        }
        assert_eq!(mailbox("  "), None);
    }

    #[test]
    fn alignment_asks_for_the_registrable_domain() {
        assert!(is_aligned("Mail.Example.co.uk", "example.CO.UK"));
        assert!(!is_aligned("a.co.uk", "b.co.uk"));
        assert!(!is_aligned("", ""));
        assert!(is_under("mail.example.com", "EXAMPLE.com"));
        assert!(!is_under("notexample.com", "example.com"));
    }
}
