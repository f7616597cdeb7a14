//! URLs as people handle them: defanged so that nobody opens one by accident, refanged, and the host they name.
//!
//! | whole | defanged |
//! | --- | --- |
//! | `http://host.example/a.b` | `hxxp://host[.]example/a.b` |
//! | `https://…`, `ftp://…` | `hxxps://…`, `fxp://…` |
//! | `www.host.example/` | `www[.]host[.]example/` |
//! | `other://host.example` | `other[:]//host[.]example` |
//! | `mailto:a@host.example`, `a@host.example` | `mailto:a[@]host[.]example`, `a[@]host[.]example` |

use std::borrow::Cow;
use std::ops::Range;

/// Schemes and the harmless form of each.
const SCHEMES: [(&str, &str); 4] = [("https", "hxxps"), ("http", "hxxp"), ("ftps", "fxps"), ("ftp", "fxp")];

/// Other harmless forms that people write.
const OTHER_FORMS: [(&str, &str); 6] = [
    ("hxtps", "https"),
    ("hxtp", "http"),
    ("htxps", "https"),
    ("htxp", "http"),
    ("h**ps", "https"),
    ("h**p", "http"),
];

/// What people write for a dot, an at sign and a colon.
const MARKS: [(&str, &str); 13] = [
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("[@]", "@"),
    ("(@)", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("[:]", ":"),
    ("(:)", ":"),
    ("[://]", "://"),
    ("(://)", "://"),
];

/// How each of the [`MARKS`] begins.
const MARK_STARTS: [char; 3] = ['[', '(', '{'];

/// The URL or mail address in a form that no program opens and nobody clicks on.
pub fn defang(url: &str) -> String {
    let (scheme, separator, authority) = dissect(url);
    let mut out = String::with_capacity(url.len() + 8);
    let written = &url[scheme.clone()];
    match SCHEMES.iter().find(|(whole, _)| written.eq_ignore_ascii_case(whole)) {
        Some((_, harmless)) => out.push_str(harmless),
        None => out.push_str(written),
    }
    let known = SCHEMES.iter().any(|(whole, _)| written.eq_ignore_ascii_case(whole));
    if separator.ends_with('/') && !known && !written.is_empty() {
        out.push_str("[:]//");
    } else {
        out.push_str(separator);
    }
    let is_v6 = url[authority.clone()].rsplit('@').next().is_some_and(|host| host.starts_with('['));
    for c in url[authority.clone()].chars() {
        match c {
            '.' if !is_v6 => out.push_str("[.]"),
            '@' => out.push_str("[@]"),
            _ => out.push(c),
        }
    }
    out.push_str(&url[authority.end..]);
    out
}

/// The URL or mail address that a defanged one stands for; any other text as it is.
///
/// A mark such as `[.]` is undone everywhere as soon as the scheme or the host is defanged: some tools defang paths
/// too, and a path that really holds `[.]` is no valid one (RFC 3986 §3.3).
pub fn refang(url: &str) -> Cow<'_, str> {
    let (scheme, _, authority) = dissect(url);
    let written = &url[scheme.clone()];
    let whole = SCHEMES
        .iter()
        .map(|(whole, harmless)| (*harmless, *whole))
        .chain(OTHER_FORMS)
        .find(|(harmless, _)| written.eq_ignore_ascii_case(harmless))
        .map(|(_, whole)| whole);
    let mut marks = url[..authority.end].match_indices(MARK_STARTS);
    if whole.is_none() && !marks.any(|(at, _)| at >= scheme.end && mark_at(url, at).is_some()) {
        return Cow::Borrowed(url);
    }
    let mut out = String::with_capacity(url.len());
    out.push_str(whole.unwrap_or(written));
    let mut rest = scheme.end;
    while let Some(at) = url[rest..].find(MARK_STARTS).map(|at| rest + at) {
        out.push_str(&url[rest..at]);
        let (form, meaning) = mark_at(url, at).unwrap_or((&url[at..=at], &url[at..=at]));
        out.push_str(meaning);
        rest = at + form.len();
    }
    out.push_str(&url[rest..]);
    Cow::Owned(out)
}

/// What is written at this place for a dot, an at sign or a colon, and which.
fn mark_at(url: &str, at: usize) -> Option<(&str, &str)> {
    MARKS.iter().copied().find(|(form, _)| {
        url.get(at..at + form.len()).is_some_and(|written| written.eq_ignore_ascii_case(form))
    })
}

/// The host a URL names, as a browser would read it: lower case, IDNA's ASCII form, odd spellings of an IPv4 address
/// (`0x7f.1`) normal. Also of a bare `www.host/…` and of `//host/…`.
pub fn host(url: &str) -> Option<String> {
    let trimmed = url.trim();
    let absolute = if trimmed.starts_with("//") {
        Cow::Owned(format!("http:{trimmed}"))
    } else if trimmed.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("www.")) {
        Cow::Owned(format!("http://{trimmed}"))
    } else {
        Cow::Borrowed(trimmed)
    };
    let parsed = ::url::Url::parse(&absolute).ok()?;
    let host = parsed.host_str()?;
    Some(host.trim_end_matches('.').to_owned()).filter(|h| !h.is_empty())
}

/// What the path of a URL ends with, the part that its copies share: the last segment behind its last digit, hyphen or
/// underscore before the extension. `webmail.htm` of `http://host/a/x17-webmail.htm?id=1`; nothing where that is
/// nothing.
pub fn ending(url: &str) -> Option<&str> {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = behind_scheme.split(['?', '#']).next().unwrap_or_default();
    let (_, path) = target.split_once('/')?;
    // A folder keeps its slash.
    let start = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
    let segment = path.get(start..)?;
    let stem = segment.rfind('.').unwrap_or(segment.len());
    let varies = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '=' | '%' | '~' | ';' | '&');
    let from = segment.get(..stem)?.rfind(varies).map_or(0, |at| at + 1);
    segment.get(from..).filter(|ending| !ending.is_empty())
}

/// A host or domain name in the form that [`host`] gives: lower case, ASCII.
pub fn normal_host(name: &str) -> Option<String> {
    let name = name.trim().trim_matches('.');
    Some(::url::Host::parse(name).ok()?.to_string())
}

/// Whether `host` is `domain` or below it. Both in the form that [`host`] and [`normal_host`] give.
pub fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Where scheme and authority stand, and what is between them.
fn dissect(url: &str) -> (Range<usize>, &str, Range<usize>) {
    let is_scheme =
        |s: &str| s.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '*'));
    let (scheme, separator) = match url.find(':') {
        Some(colon) if url[colon..].starts_with("://") && is_scheme(&url[..colon]) => (colon, "://"),
        Some(colon) if url[..colon].eq_ignore_ascii_case("mailto") => (colon, ":"),
        _ if url.starts_with("//") => (0, "//"),
        _ => {
            let end =
                url.find(['[', '(']).filter(|&at| is_scheme(&url[..at]) && url[at + 1..].starts_with(':'));
            match end {
                Some(at) => (at, ""),
                None => (0, ""),
            }
        }
    };
    let start = scheme + separator.len();
    let after = &url[start..];
    let end = after.find(['/', '?', '#', '\\']).unwrap_or(after.len());
    (0..scheme, separator, start..start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_path_is_what_its_copies_share() {
        for (url, expected) in [
            ("http://a.example/x/webmail.htm", Some("webmail.htm")),
            ("http://a.example/x/x17-webmail.htm?id=1#y", Some("webmail.htm")),
            ("http://a.example/invoice-2231.pdf", Some(".pdf")),
            ("http://a.example/login/", Some("login/")),
            ("http://a.example/track/83838", None),
            ("http://a.example/", None),
            ("http://a.example", None),
            ("a.example/b.php", Some("b.php")),
            ("", None),
        ] {
            assert_eq!(ending(url), expected, "{url}");
        }
    }

    #[test]
    fn defanged_urls_refang_to_what_they_were() {
        for (whole, harmless) in [
            ("http://a.example/x.htm?q=a.b", "hxxp://a[.]example/x.htm?q=a.b"),
            ("https://user@a.example:8443", "hxxps://user[@]a[.]example:8443"),
            ("ftp://a.example/", "fxp://a[.]example/"),
            ("www.a.example/x.y", "www[.]a[.]example/x.y"),
            ("//a.example/x", "//a[.]example/x"),
            ("mailto:b@a.example", "mailto:b[@]a[.]example"),
            ("b@a.example", "b[@]a[.]example"),
            ("http://[2001:db8::1]/x", "hxxp://[2001:db8::1]/x"),
            ("gopher://a.example/", "gopher[:]//a[.]example/"),
            ("http://例え.example/", "hxxp://例え[.]example/"),
            ("", ""),
        ] {
            assert_eq!(defang(whole), harmless);
            assert_eq!(refang(harmless), whole);
        }
    }

    #[test]
    fn every_usual_way_to_defang_is_undone() {
        for written in [
            "hxxp://a.example/x",
            "hXXp://a[.]example/x",
            "http://a(.)example/x",
            "http[:]//a.example/x",
            "http[://]a.example/x",
            "hxxp[:]//a[dot]example/x",
            "htxp://a{.}example/x",
        ] {
            assert_eq!(refang(written), "http://a.example/x", "{written}");
        }
        for kept in [
            "http://a.example/x?list[.]=1",
            "http://a.example/x[.]y",
            "http://a.example/f(x)",
            "text (see [1])",
        ] {
            assert_eq!(refang(kept), kept);
        }
    }

    #[test]
    fn hosts_are_read_as_a_browser_reads_them() {
        for (url, want) in [
            ("http://User@A.Example:80/x", Some("a.example")),
            ("www.a.example", Some("www.a.example")),
            ("//a.example/x", Some("a.example")),
            ("http://0x7f.1/", Some("127.0.0.1")),
            ("http://bücher.example/", Some("xn--bcher-kva.example")),
            ("http://good.example\\@bad.example/", Some("good.example")),
            ("http://[2001:DB8::1]/", Some("[2001:db8::1]")),
            ("http://", None),
            ("mailto:a@b.example", None),
        ] {
            assert_eq!(host(url).as_deref(), want, "{url}");
        }
        assert!(is_under("a.example.com", "example.com") && is_under("example.com", "example.com"));
        assert!(!is_under("notexample.com", "example.com") && !is_under("example.com", "a.example.com"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_house(text in "\\PC*|[hxtp:/\\[\\]().@a-c]*") {
            let _ = (defang(&text), refang(&text).len(), host(&text));
        }
    }
}
