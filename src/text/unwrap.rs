//! URLs that services wrapped into their own, unwrapped by decoding alone: what a mail filter, a search engine or a
//! social network put before the host that matters. Asks nobody, so a wrapper that holds no URL stays as it is.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;
use url::Url;

/// Filters wrap what others wrapped already; more than this is a trick.
const MOST_LAYERS: usize = 5;
/// A longer URL is left as it is.
const MOST_BYTES: usize = 64 * 1024;

/// Padding is often cut off on the way.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A URL that stood in another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// The service that had wrapped it.
    pub by: &'static str,
    /// The URL inside.
    pub url: String,
}

/// How a service hides a URL in its own.
enum Form {
    /// In this parameter of the query.
    Parameter(&'static str),
    /// In this parameter, in base64 behind so many characters.
    Base64(&'static str, usize),
    /// Percent-encoded as the rest of the path behind so many segments.
    Path(usize),
    /// Between these two marks.
    Between(&'static str, &'static str),
    /// In the parameter `u`, with `-` for `%` and `_` for `/`.
    ProofpointV2,
    /// Behind `/v3/__`, with `*` for what the end of the URL holds in base64.
    ProofpointV3,
}

/// Name of the service, host (itself and below), beginning of the path, form.
type Wrapper = (&'static str, &'static str, &'static str, Form);

const WRAPPERS: &[Wrapper] = &[
    ("Microsoft Safe Links", "safelinks.protection.outlook.com", "/", Form::Parameter("url")),
    ("Microsoft Safe Links", "safelinks.protection.office365.us", "/", Form::Parameter("url")),
    (
        "Microsoft Safe Links",
        "statics.teams.cdn.office.net",
        "/evergreen-assets/safelinks",
        Form::Parameter("url"),
    ),
    ("Proofpoint", "urldefense.proofpoint.com", "/v1/url", Form::Parameter("u")),
    ("Proofpoint", "urldefense.proofpoint.com", "/v2/url", Form::ProofpointV2),
    ("Proofpoint", "urldefense.proofpoint.com", "/v3/", Form::ProofpointV3),
    ("Proofpoint", "urldefense.com", "/v3/", Form::ProofpointV3),
    ("Proofpoint", "urldefense.us", "/v3/", Form::ProofpointV3),
    ("Barracuda", "linkprotect.cudasvc.com", "/url", Form::Parameter("a")),
    ("Trend Micro", "trendmicro.com", "/", Form::Parameter("url")),
    ("Symantec", "clicktime.symantec.com", "/", Form::Parameter("u")),
    ("Symantec", "clicktime.cloud.postoffice.net", "/", Form::Parameter("u")),
    ("Libraesva", "urlsand.esvalabs.com", "/", Form::Parameter("u")),
    ("Cisco", "secure-web.cisco.com", "/", Form::Path(1)),
    ("Avanan", "url.avanan.click", "/v2/", Form::Between("___", "___")),
    ("Sophos", "protection.sophos.com", "/", Form::Base64("u", 0)),
    ("Bing", "bing.com", "/ck/", Form::Base64("u", 2)),
    ("Yahoo", "search.yahoo.com", "/", Form::Between("/RU=", "/R")),
    ("DuckDuckGo", "duckduckgo.com", "/l/", Form::Parameter("uddg")),
    ("Facebook", "facebook.com", "/l.php", Form::Parameter("u")),
    ("Facebook", "facebook.com", "/flx/warn", Form::Parameter("u")),
    ("Instagram", "l.instagram.com", "/", Form::Parameter("u")),
    ("Threads", "l.threads.net", "/", Form::Parameter("u")),
    ("LinkedIn", "linkedin.com", "/redir", Form::Parameter("url")),
    ("LinkedIn", "linkedin.com", "/safety/go", Form::Parameter("url")),
    ("YouTube", "youtube.com", "/redirect", Form::Parameter("q")),
    ("Reddit", "out.reddit.com", "/", Form::Parameter("url")),
    ("Slack", "slack-redir.net", "/link", Form::Parameter("url")),
    ("Steam", "steamcommunity.com", "/linkfilter", Form::Parameter("url")),
    ("Steam", "steamcommunity.com", "/linkfilter", Form::Parameter("u")),
    ("VK", "vk.com", "/away.php", Form::Parameter("to")),
    ("Disqus", "disq.us", "/url", Form::Parameter("url")),
    ("Google", "googleadservices.com", "/pagead/aclk", Form::Parameter("adurl")),
    ("Google", "doubleclick.net", "/", Form::Parameter("adurl")),
    ("Google", "notifications.google.com", "/", Form::Parameter("url")),
];

/// What Google has under all its country domains.
const GOOGLE: &[(&str, Form)] = &[
    ("/url", Form::Parameter("q")),
    ("/url", Form::Parameter("url")),
    ("/imgres", Form::Parameter("imgurl")),
    ("/amp/s/", Form::Path(2)),
    ("/search", Form::Parameter("adurl")),
];

/// What stands inside the URL, layer by layer; empty for a URL that wraps none.
pub fn unwrap_url(url: &str) -> Vec<Unwrapped> {
    let mut out: Vec<Unwrapped> = vec![];
    while out.len() < MOST_LAYERS {
        let outer = out.last().map_or(url, |inner| inner.url.as_str());
        let Some(inner) = unwrap_once(outer) else { break };
        if inner.url == url || out.contains(&inner) {
            break;
        }
        out.push(inner);
    }
    out
}

fn unwrap_once(url: &str) -> Option<Unwrapped> {
    if url.len() > MOST_BYTES {
        return None;
    }
    let parsed = Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = parsed.host_str()?.trim_end_matches('.');
    let path = parsed.path();
    let named = WRAPPERS
        .iter()
        .filter(|(_, under, start, _)| super::url::is_under(host, under) && starts(path, start));
    let google = GOOGLE.iter().filter(|(start, _)| is_google(host) && starts(path, start));
    named
        .map(|(by, _, _, form)| (*by, form))
        .chain(google.map(|(_, form)| ("Google", form)))
        .find_map(|(by, form)| Some(Unwrapped { by, url: decode(&parsed, form)? }))
}

fn starts(path: &str, start: &str) -> bool {
    path.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// `google.com`, `www.google.co.uk`: a label `google` that somebody registered.
fn is_google(host: &str) -> bool {
    psl::domain_str(host).is_some_and(|domain| domain.starts_with("google."))
}

fn decode(url: &Url, form: &Form) -> Option<String> {
    match form {
        Form::Parameter(name) => whole(&parameter(url, name)?),
        Form::Base64(name, skipped) => {
            let text = parameter(url, name)?;
            whole(&base64(text.get(*skipped..)?)?)
        }
        Form::Path(segments) => {
            let mut rest = url.path();
            for _ in 0..=*segments {
                rest = rest.split_once('/')?.1;
            }
            let decoded = percent_decoded(rest);
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            let scheme = if decoded.contains("://") { "" } else { "https://" };
            whole(&format!("{scheme}{decoded}{query}"))
        }
        Form::Between(open, close) => {
            let behind = url.as_str().split_once(open)?.1;
            whole(&percent_decoded(behind.split(close).next()?))
        }
        Form::ProofpointV2 => {
            let text = parameter(url, "u")?.replace('-', "%").replace('_', "/");
            whole(&percent_decoded(&text))
        }
        Form::ProofpointV3 => proofpoint_v3(url.as_str()),
    }
}

/// `https://urldefense.com/v3/__https:/*host/path__;BASE64!!…`: each `*` stands for the next byte of the base64, `**`
/// and a letter for a run of them: A is 2, B 3 and so on.
fn proofpoint_v3(url: &str) -> Option<String> {
    let behind = url.split_once("/v3/__")?.1;
    let (body, end) = behind.rsplit_once("__;")?;
    let replaced = base64(end.split('!').next()?)?;
    let mut replaced = replaced.chars();
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once('*') {
        out.push_str(before);
        let run =
            behind.strip_prefix('*').and_then(|run| Some((run_length(run.bytes().next()?)?, run.get(1..)?)));
        let (length, behind) = run.unwrap_or((1, behind));
        out.extend(replaced.by_ref().take(length));
        rest = behind;
    }
    out.push_str(rest);
    // Browsers and mail programs fold the two slashes of the scheme into one.
    let folded = ["https:/", "http:/"].iter().find_map(|scheme| Some((*scheme, out.strip_prefix(scheme)?)));
    match folded {
        Some((scheme, rest)) if !rest.starts_with('/') => whole(&format!("{scheme}/{rest}")),
        _ => whole(&out),
    }
}

fn run_length(letter: u8) -> Option<usize> {
    let order = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(usize::from(order) + 2)
}

/// The parameter's value, decoded once.
fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}

fn base64(text: &str) -> Option<String> {
    let text = text.replace('+', "-").replace('/', "_");
    String::from_utf8(BASE64.decode(text).ok()?).ok()
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    // As a form would be, but a plus sign stays one.
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| Cow::Owned(value.into_owned()))
        .unwrap_or_default()
}

/// The text, if it is a whole URL with a host.
fn whole(text: &str) -> Option<String> {
    let text = text.trim();
    let parsed = Url::parse(text).ok()?;
    let known = matches!(parsed.scheme(), "http" | "https" | "ftp");
    (known && parsed.has_host() && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(url: &str) -> Option<String> {
        unwrap_url(url).pop().map(|found| found.url)
    }

    #[test]
    fn each_service_is_unwrapped() {
        for (url, want) in [
            (
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fbad.example%2Fx%3Fa%3D1%26b%3D2&data=05%7C01&sdata=x&reserved=0",
                "https://bad.example/x?a=1&b=2",
            ),
            ("https://urldefense.proofpoint.com/v1/url?u=http://bad.example/a&k=abc", "http://bad.example/a"),
            (
                "https://urldefense.proofpoint.com/v2/url?u=https-3A__bad.example_a-2Db_-3Fq-3D1&d=DwMF&c=x",
                "https://bad.example/a-b/?q=1",
            ),
            ("https://urldefense.com/v3/__https://bad.example/a__;!!AbC!def$", "https://bad.example/a"),
            ("https://urldefense.com/v3/__https:/bad.example/a__;!!AbC!def$", "https://bad.example/a"),
            (
                "https://urldefense.com/v3/__https://bad.example/*x*y__;IyM!!AbC!d$",
                "https://bad.example/#x#y",
            ),
            (
                "https://urldefense.com/v3/__https://bad.example/**A!z__;JSU!!AbC!d$",
                "https://bad.example/%%!z",
            ),
            ("https://www.google.com/url?sa=t&q=https%3A%2F%2Fbad.example%2F&usg=x", "https://bad.example/"),
            ("https://google.co.uk/url?url=http://bad.example/x", "http://bad.example/x"),
            ("https://www.google.de/amp/s/bad.example/p?x=1", "https://bad.example/p?x=1"),
            ("https://l.facebook.com/l.php?u=https%3A%2F%2Fbad.example%2F&h=AT", "https://bad.example/"),
            (
                "https://www.linkedin.com/redir/redirect?url=http%3A%2F%2Fbad.example&urlhash=x",
                "http://bad.example",
            ),
            (
                "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9iYWQuZXhhbXBsZS94&ntb=1",
                "https://bad.example/x",
            ),
            ("https://secure-web.cisco.com/1abcDEF/https%3A%2F%2Fbad.example%2Fx", "https://bad.example/x"),
            ("https://url.avanan.click/v2/___https://bad.example/x___.YXAz", "https://bad.example/x"),
            (
                "https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU=https%3a%2f%2fbad.example%2f/RK=2/RS=x",
                "https://bad.example/",
            ),
            (
                "https://eu-west-1.protection.sophos.com/?d=bad.example&u=aHR0cHM6Ly9iYWQuZXhhbXBsZS8=&i=x",
                "https://bad.example/",
            ),
            ("https://vk.com/away.php?to=http%3A%2F%2Fbad.example", "http://bad.example"),
        ] {
            assert_eq!(inner(url).as_deref(), Some(want), "{url}");
        }
    }

    #[test]
    fn layers_are_unwrapped_one_by_one_and_not_for_ever() {
        let google = "https://www.google.com/url?q=https%3A%2F%2Fbad.example%2F";
        let outer = Url::parse_with_params("https://x.safelinks.protection.outlook.com/", [("url", google)])
            .expect("URL");
        let found = unwrap_url(outer.as_str());
        assert_eq!(
            found.iter().map(|layer| layer.by).collect::<Vec<_>>(),
            ["Microsoft Safe Links", "Google"]
        );
        assert_eq!(
            found.iter().map(|layer| layer.url.as_str()).collect::<Vec<_>>(),
            [google, "https://bad.example/"]
        );
        let mut deep = "https://bad.example/".to_owned();
        for _ in 0..9 {
            deep = Url::parse_with_params("https://www.google.com/url", [("q", deep.as_str())])
                .expect("URL")
                .into();
        }
        assert_eq!(unwrap_url(&deep).len(), MOST_LAYERS);
    }

    #[test]
    fn what_is_no_wrapper_or_holds_no_url_stays_as_it_is() {
        for url in [
            "https://bad.example/?url=https%3A%2F%2Fother.example",
            "https://notgoogle.com/url?q=https://other.example",
            "https://google.evil.example/url?q=https://other.example",
            "https://www.google.com/url?q=weather",
            "https://www.google.com/url?q=javascript:alert(1)",
            "https://www.google.com/search?q=https%3A%2F%2Fother.example",
            "https://www.google.com/url?q=https%3A%2F%2Fother.example%0d%0aX",
            "https://urldefense.com/v3/__",
            "https://urldefense.com/v3/__https://bad.example/",
            "https://secure-web.cisco.com/1abc",
            "mailto:a@bad.example",
            "",
        ] {
            assert!(unwrap_url(url).is_empty(), "{url}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_written_into_a_wrapper_breaks_it(text in "\\PC*|[a-z*_A/:%;!=&-]*") {
            for head in ["https://urldefense.com/v3/__", "https://urldefense.proofpoint.com/v2/url?u=",
                         "https://secure-web.cisco.com/", "https://bing.com/ck/a?u=", "https://url.avanan.click/v2/___"] {
                let url = format!("{head}{text}");
                proptest::prop_assert!(unwrap_url(&url).len() <= MOST_LAYERS);
            }
        }
    }
}
