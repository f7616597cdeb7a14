//! The Received chain of a mail (RFC 5321 §4.4): who handed it over to whom, and when. Knows nothing of reports.

use super::address;
use super::date;
use super::mail::Mail;
use crate::model::address_space::special_purpose;
use crate::model::clock::Seconds;
use ipnet::IpNet;
use std::net::IpAddr;

/// More hops than any mail makes (RFC 5321 §6.3 advises a limit of 100); those below are not read.
const MAX_HOPS: usize = 200;

/// The rest of a longer hop is not read.
const MAX_HOP_BYTES: usize = 4096;

/// What one Received header says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hop {
    /// The address that the writing host saw, with the port where it wrote it down.
    pub from: Option<(IpAddr, Option<u16>)>,
    /// The name that the writing host found for that address; not the name that the sender gave in HELO.
    pub from_name: Option<String>,
    /// The host that wrote the header.
    pub by: Option<String>,
}

/// Reads one unfolded Received value.
pub fn hop(value: &str) -> Hop {
    let (stamps, _) = value.rsplit_once(';').unwrap_or((value, ""));
    let by_at = if starts_with_word(stamps, "by") { Some(0) } else { find_word(stamps, " by ") };
    let (from, by) = stamps.split_at(by_at.unwrap_or(stamps.len()));
    let by = by.trim_start().get(3..).and_then(|b| b.split_whitespace().next());
    let by = by
        .map(|b| b.trim_matches(['[', ']', ';']).split('[').next().unwrap_or_default().to_ascii_lowercase());
    let (from, from_name) =
        if starts_with_word(from, "from") { seen(from.get(4..).unwrap_or_default()) } else { (None, None) };
    Hop { from, from_name, by }
}

/// When the host that wrote this unfolded Received value took the mail.
pub fn moment(value: &str) -> Option<Seconds> {
    let (stamps, moment) = value.rsplit_once(';').unwrap_or((value, ""));
    // Some programs put no semicolon before the date: `… on Wed, 25 Sep 2013 13:00:55 Z`.
    date::parse(moment).or_else(|| date::parse(stamps.rsplit_once(" on ")?.1))
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let text = text.trim_start();
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && text.as_bytes().get(word.len()).is_some_and(u8::is_ascii_whitespace)
}

/// Where ` by ` stands, blanks of any kind around it.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let (bytes, word) = (text.as_bytes(), word.trim());
    memchr::memmem::find_iter(bytes, word).find(|at| {
        let blank = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_whitespace() || *b == b')');
        at.checked_sub(1).is_some_and(|before| blank(bytes.get(before))) && blank(bytes.get(at + word.len()))
    })
}

/// The peer in a from clause. An address inside a comment is what the writing host saw; one outside may be what the
/// sender said of itself, and one after HELO always is.
fn seen(from: &str) -> (Option<(IpAddr, Option<u16>)>, Option<String>) {
    let (mut inside, mut outside) = (None, None);
    let (mut depth, mut after_helo, mut name) = (0usize, false, None);
    // Blanks and parentheses part the words; the parentheses count.
    for word in from.split_inclusive([' ', '\t', '(', ')']).take(200) {
        let body = word.trim_end_matches([' ', '\t', '(', ')']);
        let lower = body.to_ascii_lowercase();
        let said = after_helo || lower.contains("helo=") || lower.contains("ident=");
        if !body.is_empty() {
            after_helo = matches!(lower.as_str(), "helo" | "ehlo" | "lhlo");
            // `SNT1[192.0.2.1]`
            let tail = body.find('[').and_then(|at| body.get(at..)).unwrap_or(body);
            match address::literal(tail).filter(|_| tail.contains(['.', ':'])) {
                Some(found) if !said && depth > 0 => {
                    if inside.is_none() {
                        inside = Some((found, name.take()));
                    }
                }
                Some(found) if !said => {
                    if outside.is_none() {
                        outside = Some((found, None));
                    }
                }
                Some(_) => {}
                None => name = (depth > 0 && !said && lower.contains('.')).then_some(lower),
            }
        }
        match word.as_bytes().last() {
            Some(b'(') => depth += 1,
            Some(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    match inside.or(outside) {
        Some((found, name)) => (Some(found), name.map(|n| n.trim_end_matches('.').to_owned())),
        None => (None, None),
    }
}

/// Every hop of a mail, the last one first. Each is read when it is asked for.
pub fn hops(mail: Mail<'_>) -> impl Iterator<Item = Hop> {
    mail.headers_named("Received").take(MAX_HOPS).map(|value| hop(start_of(&value)))
}

/// When the last hop took the mail.
pub fn arrival(mail: Mail<'_>) -> Option<Seconds> {
    moment(start_of(&mail.header("Received")?))
}

/// An honest hop has some hundred characters.
fn start_of(value: &str) -> &str {
    &value[..value.floor_char_boundary(MAX_HOP_BYTES)]
}

/// The hop that brought the mail in from outside: where a trusted host took it from somebody else, else the topmost
/// one with a public address.
pub fn origin<'h>(hops: &'h [Hop], trusted_hosts: &[String], treat_as_public: &[IpNet]) -> Option<&'h Hop> {
    let public = |hop: &&Hop| hop.from.is_some_and(|(ip, _)| special_purpose(ip, treat_as_public).is_none());
    let is_trusted = |name: &str| is_trusted(trusted_hosts, name);
    let from_trusted = |hop: &Hop| {
        hop.from.is_some_and(|(ip, _)| is_trusted(&ip.to_string()))
            || hop.from_name.as_deref().is_some_and(is_trusted)
    };
    let mut chain = hops.iter().take_while(|hop| hop.by.as_deref().is_some_and(is_trusted));
    let border = chain.find(|hop| public(hop) && !from_trusted(hop));
    border.or_else(|| hops.iter().find(public))
}

/// The way of a whole message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chain {
    /// Its hops, the last one first.
    pub hops: Vec<Hop>,
    /// The hop that brought it in from outside, as [`origin`] finds it. Whoever wrote the mail may have made up what
    /// stands below.
    pub border: Option<usize>,
    /// A trusted host wrote the topmost one.
    pub is_trusted: bool,
}

/// Where a hop stands on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between hosts of our own.
    Inside,
    /// Where the mail came in from outside.
    Border,
    /// Before it came to us; whoever wrote the mail may have made it up.
    Outside,
}

impl Place {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Place::Inside => "inside",
            Place::Border => "border",
            Place::Outside => "outside",
        }
    }
}

impl Chain {
    /// Where the hop of this number stands.
    pub fn place(&self, hop: usize) -> Place {
        match self.border.map(|border| hop.cmp(&border)) {
            Some(std::cmp::Ordering::Less) => Place::Inside,
            Some(std::cmp::Ordering::Equal) => Place::Border,
            Some(std::cmp::Ordering::Greater) | None => Place::Outside,
        }
    }

    /// The public addresses that it came by, each once: the one that brought it in first.
    pub fn sources(&self, treat_as_public: &[IpNet]) -> Vec<IpAddr> {
        let mut sources = vec![];
        let Some(border) = self.border else { return sources };
        for (ip, _) in self.hops.iter().skip(border).filter_map(|hop| hop.from) {
            if special_purpose(ip, treat_as_public).is_none() && !sources.contains(&ip) {
                sources.push(ip);
            }
        }
        sources
    }
}

/// Reads the way of a whole message.
pub fn chain(raw: &[u8], trusted_hosts: &[String], treat_as_public: &[IpNet]) -> Chain {
    let Some(message) = super::mail::parse(raw) else { return Chain::default() };
    let hops: Vec<Hop> = hops(Mail::of(&message)).collect();
    let border = origin(&hops, trusted_hosts, treat_as_public);
    let border = border.and_then(|border| hops.iter().position(|hop| std::ptr::eq(hop, border)));
    let first = hops.first().and_then(|hop| hop.by.as_deref());
    let is_trusted = first.is_some_and(|by| is_trusted(trusted_hosts, by));
    Chain { hops, border, is_trusted }
}

fn is_trusted(trusted_hosts: &[String], name: &str) -> bool {
    trusted_hosts
        .iter()
        .any(|t| t.eq_ignore_ascii_case(name) || t.starts_with('.') && address::is_under(name, t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_that_the_host_saw() {
        for (value, address, port, name, by) in [
            (
                "from a.example (b.example [192.0.2.1])\tby mx.example with ESMTP id 1; 8 Mar 2005 14:00:00 -0400",
                Some("192.0.2.1"),
                None,
                Some("b.example"),
                "mx.example",
            ),
            (
                "from [10.0.0.1] (unknown [192.0.2.1]) by MX.example (Postfix); x",
                Some("192.0.2.1"),
                None,
                None,
                "mx.example",
            ),
            (
                "from [192.0.2.1] (helo=a.example) by mx.example with esmtp",
                Some("192.0.2.1"),
                None,
                None,
                "mx.example",
            ),
            (
                "from a.example ([192.0.2.1:4227] helo=[10.9.8.7]) by mx.example",
                Some("192.0.2.1"),
                Some(4227),
                None,
                "mx.example",
            ),
            (
                "from a.example ([192.0.2.1]:4227 helo=a.example) by mx.example",
                Some("192.0.2.1"),
                Some(4227),
                None,
                "mx.example",
            ),
            (
                "from unknown (HELO [10.0.0.1]) (192.0.2.1)  by mx.example with SMTP",
                Some("192.0.2.1"),
                None,
                None,
                "mx.example",
            ),
            (
                "from 127.0.0.1  (EHLO a.example) (192.0.2.2)  by mx.example with SMTPS",
                Some("192.0.2.2"),
                None,
                None,
                "mx.example",
            ),
            (
                "from A1[192.0.2.1] by mx.example[198.51.100.1] on Mon, 21 Oct 2013 09:05:39 Z",
                Some("192.0.2.1"),
                None,
                None,
                "mx.example",
            ),
            (
                "from x (localhost [IPv6:::ffff:192.0.2.1]) by mx.example",
                Some("192.0.2.1"),
                None,
                Some("localhost"),
                "mx.example",
            ),
            (
                "from host.example (2001:db8::1) by mx.example (2001:db8::2) with Microsoft",
                Some("2001:db8::1"),
                None,
                None,
                "mx.example",
            ),
            ("by mx.example with SMTP id 7", None, None, None, "mx.example"),
        ] {
            let hop = hop(value);
            let want = address.map(|a| (a.parse().expect("address"), port));
            assert_eq!((hop.from, hop.by.as_deref()), (want, Some(by)), "{value}");
            assert_eq!(
                hop.from_name.as_deref().filter(|n| n.contains('.')),
                name.filter(|n| n.contains('.')),
                "{value}"
            );
        }
        let dated = "from A1[192.0.2.1] by mx.example[198.51.100.1] on Mon, 21 Oct 2013 09:05:39 Z";
        assert_eq!(moment(dated), Some(1_382_346_339));
    }

    #[test]
    fn a_trusted_chain_is_followed_to_its_border() {
        let hops: Vec<Hop> = [
            "from relay.own.example (relay.own.example [8.8.4.4]) by in.own.example; x",
            "from evil (evil.example [9.9.9.9]) by relay.own.example; x",
            "from forged (forged.example [1.1.1.1]) by evil.example; x",
        ]
        .iter()
        .map(|v| hop(v))
        .collect();
        let from = |trusted: &[&str]| {
            let trusted: Vec<String> = trusted.iter().map(|t| (*t).to_owned()).collect();
            origin(&hops, &trusted, &[]).and_then(|h| h.from).map(|(ip, _)| ip.to_string())
        };
        assert_eq!(from(&[]).as_deref(), Some("8.8.4.4"));
        assert_eq!(from(&["in.own.example", "relay.own.example"]).as_deref(), Some("9.9.9.9"));
    }
}
