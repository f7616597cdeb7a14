//! Checks of single values: each gives the value in its one form, or a sentence.

use crate::model::ReportId;
use crate::model::clock::{self, Seconds};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// A domain in lower case and in ASCII form.
pub fn domain(text: &str) -> Result<String, String> {
    let wrong = |why: &str| Err(format!("'{}' is no domain: {why}", text.escape_debug()));
    if let Some(rest) = text.strip_prefix("*.") {
        return wrong(&format!("write '{rest}', its subdomains are included"));
    }
    match url::Host::parse(text.trim_end_matches('.')) {
        Ok(url::Host::Domain(name)) if is_host_name(&name) => Ok(name),
        Ok(url::Host::Domain(_)) | Err(_) => wrong("write it like 'example.com'"),
        Ok(_) => wrong("it is an address"),
    }
}

/// Letters, digits, hyphens and, because people use them, underscores; labels and length by RFC 1035 §2.3.4.
fn is_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

/// A host name or an address.
pub fn host(text: &str) -> Result<String, String> {
    if text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    domain(text).map_err(|_| format!("'{}' is neither a host name nor an address", text.escape_debug()))
}

/// A network, or a single address as a network of one.
pub fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    let net = text.parse::<IpNet>().or_else(|_| single()).map_err(|_| {
        format!("'{}' is no network; write it like 192.0.2.0/24 or 2001:db8::/32", text.escape_debug())
    })?;
    if net.addr() != net.network() {
        return Err(format!("'{text}' has bits behind its prefix; the network is {}", net.trunc()));
    }
    Ok(net)
}

/// A DNS server; port 53 when none is given.
pub fn dns_server(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53)))
        .map_err(|_| format!("'{}' is no server; write it like 192.0.2.53:53", text.escape_debug()))
}

/// A mail address that can stand in a header without quoting (RFC 5321 §4.1.2, without quoted local parts).
pub fn mail_address(text: &str) -> Result<String, String> {
    let wrong = || format!("'{}' is no mail address; write it like desk@example.com", text.escape_debug());
    let (local, host) = text.rsplit_once('@').ok_or_else(wrong)?;
    let is_atom = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    if local.len() > 64 || !local.split('.').all(is_atom) {
        return Err(wrong());
    }
    Ok(format!("{local}@{}", domain(host).map_err(|_| wrong())?))
}

/// A reporter to trust: an address, or a domain.
pub fn reporter(text: &str) -> Result<String, String> {
    if text.contains('@') { mail_address(text).map(|a| a.to_lowercase()) } else { domain(text) }
}

/// Text for a header or a signature: one line, something visible.
pub fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("must be a single line without control characters".to_owned());
    }
    Ok(text.to_owned())
}

/// How far back a first sync reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So many seconds before now.
    Ago(Seconds),
    /// From this moment on.
    At(Seconds),
    /// To the oldest message.
    All,
}

impl Since {
    /// The moment, at this time; `None` means everything.
    pub fn moment(self, now: Seconds) -> Option<Seconds> {
        match self {
            Since::Ago(seconds) => Some(now.saturating_sub(seconds)),
            Since::At(moment) => Some(moment),
            Since::All => None,
        }
    }
}

/// `3d`, `12h`, `2026-11-20`, `all`.
pub fn since(text: &str) -> Result<Since, String> {
    let wrong =
        || format!("'{}' is no period; write it like 3d, 12h, 2w, 2026-11-20 or all", text.escape_debug());
    if text.eq_ignore_ascii_case("all") {
        return Ok(Since::All);
    }
    if let Some(moment) = clock::parse_start(text) {
        return Ok(Since::At(moment));
    }
    period(text).map(Since::Ago).map_err(|_| wrong())
}

/// `10m`, `60s`, `7d`: a number and its unit.
pub fn period(text: &str) -> Result<Seconds, String> {
    let wrong = || format!("'{}' is no period; write it like 60s, 10m, 12h, 3d or 2w", text.escape_debug());
    let unit = text.chars().last().ok_or_else(wrong)?;
    let amount: u32 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    let seconds = match unit.to_ascii_lowercase() {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    Ok(Seconds::from(amount) * seconds)
}

/// A tag: one word that can be typed in a query as it stands.
pub fn tag(text: &str) -> Result<String, String> {
    let good = !text.is_empty()
        && text.chars().count() <= 64
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'));
    if good {
        return Ok(text.to_owned());
    }
    Err(format!(
        "'{}' is no tag: a tag is one word of letters, digits and - _ . : (at most 64), with no - in front",
        text.escape_debug()
    ))
}

/// The number of a report.
pub fn report(text: &str) -> Result<ReportId, String> {
    text.parse().map_err(|_| {
        format!("'{}' is no number of a report; `lafayette list` shows them", text.escape_debug())
    })
}

/// A name that can be typed in a query as it stands: of a feed, a saved view.
pub fn name(text: &str) -> Result<String, String> {
    let good = !text.is_empty()
        && text.chars().count() <= 64
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '/'));
    if good {
        return Ok(text.to_owned());
    }
    Err(format!(
        "'{}' is no name: letters, digits and - _ . @ + / are, at most 64 of them",
        text.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_in_one_form() {
        assert_eq!(domain("Bücher.Example.").as_deref(), Ok("xn--bcher-kva.example"));
        assert_eq!(network("192.0.2.7").map(|n| n.to_string()).as_deref(), Ok("192.0.2.7/32"));
        assert_eq!(dns_server("2001:db8::1").map(|s| s.to_string()).as_deref(), Ok("[2001:db8::1]:53"));
        assert_eq!(mail_address("Desk+a@EXAMPLE.com").as_deref(), Ok("Desk+a@example.com"));
        assert_eq!(reporter("Example.NET").as_deref(), Ok("example.net"));
        assert_eq!(since("3d"), Ok(Since::Ago(259_200)));
        assert_eq!(since("2026-11-20"), Ok(Since::At(1_795_132_800)));
        assert_eq!(since("ALL").map(|s| s.moment(7)), Ok(None));
        assert_eq!(period("10m"), Ok(600));
        assert_eq!(host("2001:db8::1").as_deref(), Ok("2001:db8::1"));
    }

    #[test]
    fn wrong_values_are_refused_with_what_would_be_right() {
        for (got, part) in [
            (domain("*.example.com").err(), "write 'example.com'"),
            (domain("192.0.2.1").err(), "it is an address"),
            (domain("a b").err(), "no domain"),
            (domain("").err(), "no domain"),
            (network("192.0.2.1/24").err().map(|e| e.to_string()), "the network is 192.0.2.0/24"),
            (network("192.0.2.0/33").err().map(|e| e.to_string()), "write it like"),
            (mail_address("desk").err(), "no mail address"),
            (mail_address("a@b\r\nBcc: x@example.com").err(), "no mail address"),
            (mail_address("a..b@example.com").err(), "no mail address"),
            (line("a\nb").err(), "single line"),
            (since("3 days").err(), "write it like 3d"),
            (since("d").err(), "write it like 3d"),
            (since("").err(), "write it like 3d"),
            (period("10").err(), "write it like 60s"),
            (period("2026-11-20").err(), "write it like 60s"),
            (since("3µ").err(), "write it like 3d"),
            (name("a b").err(), "no name"),
            (name("").err(), "no name"),
        ] {
            assert!(got.as_deref().is_some_and(|e| e.contains(part)), "{got:?} lacks {part}");
        }
    }
}
