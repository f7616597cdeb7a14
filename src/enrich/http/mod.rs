//! HTTP to hosts that others name: each request goes to an address that was looked up once, checked, and is then the
//! only one connected to. Redirects are the caller's business. Knows nothing of what is fetched or why.
//!
//! What holds for every request:
//!
//! * unless the user himself named host and port, no special-purpose address is connected to, however it is written (`0x7f.1`, `2130706433`, `::ffff:127.0.0.1`, a
//!   name that leads there); nobody can rebind a name between check and connection, because there is one look-up;
//! * HTTPS only, unless the caller allows any; plain HTTP to this machine is for mirrors and tests;
//! * one time limit for everything from the connection to the last byte, so that a slow drip ends, too;
//! * a limit in bytes; nothing is asked for compressed and nothing is inflated;
//! * no cookies, no referrer, no login, no proxy from the environment.

mod connect;

use crate::model::address_space::special_purpose;
use crate::model::clock::{self, Seconds};
use crate::model::{Finding, HttpSettings, is_this_machine};
use connect::{Pinned, Route};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};
use ureq::http::{self, HeaderMap, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::unversioned::transport::{Connector, NativeTlsConnector};
use ureq::{Agent, Timeout, config::Config};
use url::{Host, Url};

/// What the program calls itself (RFC 9110 §10.1.5): the operators of public services ask to know who asks.
const USER_AGENT: &str = concat!("lafayette/", env!("CARGO_PKG_VERSION"));
/// How often it is looked whether an answer came or is no longer wanted.
const GLANCE: Duration = Duration::from_millis(10);
/// A day is the longest that anybody is believed who asks to be left alone.
const RETRY_AFTER: std::ops::RangeInclusive<Seconds> = 1..=86_400;

/// The addresses of a host name, by whichever name servers are in use.
pub type AddressLookup<'a> = dyn Fn(&str) -> Finding<Vec<IpAddr>> + 'a;

/// How the URL of a request may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `https:`; `http:` only to this machine itself.
    Https,
    /// `http:` too.
    Any,
}

/// How much of the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Its head (`HEAD`).
    Head,
    /// All of it; more than so many bytes are an error.
    Whole(u64),
    /// At most so many bytes; what comes later is left, and a body that breaks off is kept as far as it came.
    Beginning(u64),
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where it goes.
    pub url: &'a Url,
    /// How the URL may begin.
    pub scheme: Scheme,
    /// How much of the answer is wanted.
    pub wanted: Wanted,
    /// Media type, as the header Accept names it.
    pub accept: &'a str,
    /// Host and port are the user's own word, as those of a proxy are: they may be anywhere. Never where others lead.
    pub own_word: bool,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// The header Location as it was sent.
    pub location: Option<String>,
    /// The header Refresh as it was sent, which browsers follow like a redirect.
    pub refresh: Option<String>,
    /// For how long the server asks to be left alone.
    pub retry_after: Option<Seconds>,
    /// For how long the answer may be kept, as the server says.
    pub fresh_for: Option<Seconds>,
    /// Media type without parameters, in lower case.
    pub media_type: String,
    /// The body, as far as it was wanted.
    pub body: Vec<u8>,
    /// The addresses that the request was allowed to go to, in the order in which they were tried.
    pub addresses: Vec<IpAddr>,
    /// How long it took.
    pub took: Duration,
}

/// Why there is no answer: a sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing was sent, because it must not be.
    #[error("{0}")]
    Refused(String),
    /// Nobody was reached.
    #[error("{0}")]
    Unreachable(String),
    /// Somebody was reached and did not answer in time.
    #[error("{0}")]
    Silent(String),
    /// Somebody was reached and did not answer as HTTP wants it.
    #[error("{0}")]
    Broken(String),
}

/// A client that knows where it must not go.
pub struct Http<'a> {
    settings: HttpSettings,
    roots: RootCerts,
    lookup: &'a AddressLookup<'a>,
    cancelled: Option<&'a dyn Fn() -> bool>,
    turns: RefCell<HashMap<String, Instant>>,
}

impl<'a> Http<'a> {
    /// A client that looks up names with `lookup`. Fails when the file of certificates cannot be used.
    pub fn new(settings: &HttpSettings, lookup: &'a AddressLookup<'a>) -> Result<Http<'a>, String> {
        let roots = match &settings.ca_file {
            Some(file) => certificates(file)?,
            None => RootCerts::PlatformVerifier,
        };
        let (settings, turns) = (settings.clone(), RefCell::default());
        Ok(Http { settings, roots, lookup, cancelled: None, turns })
    }

    /// The same, which ends a request as soon as it is cancelled.
    pub fn until(self, cancelled: &'a dyn Fn() -> bool) -> Http<'a> {
        Http { cancelled: Some(cancelled), ..self }
    }

    /// When each service may be asked again, for those who ask politely.
    pub(super) fn turns(&self) -> &RefCell<HashMap<String, Instant>> {
        &self.turns
    }

    /// Sends the request and reads the answer, without following where it leads.
    pub fn ask(&self, request: &Request<'_>) -> Result<Response, Failure> {
        let began = Instant::now();
        let url = without_login(request.url);
        let addresses = self.targets(&url, request.scheme, request.own_word)?;
        let proxy = self.settings.proxy.as_ref().map(|proxy| self.proxy(proxy)).transpose()?;
        let agent = Agent::with_parts(
            self.configuration(),
            Route { proxy }.chain(NativeTlsConnector::default()),
            Pinned(addresses.clone()),
        );
        let broken = |error: ureq::Error| self.failure(&url, &error);
        let whole = http::Request::builder()
            .method(if request.wanted == Wanted::Head { http::Method::HEAD } else { http::Method::GET })
            .uri(url.as_str())
            .header(header::ACCEPT, request.accept)
            .body(())
            .map_err(|error| Failure::Refused(format!("{url} cannot be asked for ({error}).")))?;
        let wanted = request.wanted;
        let (head, body) = match self.cancelled {
            None => exchange(&agent, whole, wanted),
            Some(cancelled) => watched(agent, whole, wanted, cancelled)?,
        }
        .map_err(broken)?;
        if let Wanted::Whole(_) = wanted {
            refuse_compressed(&head.headers).map_err(Failure::Broken)?;
        }
        let text = |name| {
            head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        };
        let now = clock::now();
        Ok(Response {
            status: head.status.as_u16(),
            location: text(header::LOCATION),
            refresh: text(header::REFRESH),
            retry_after: text(header::RETRY_AFTER).and_then(|text| retry_after(&text, now)),
            fresh_for: fresh_for(text(header::CACHE_CONTROL), text(header::EXPIRES), now),
            media_type: text(header::CONTENT_TYPE).map(|text| media_type(&text)).unwrap_or_default(),
            body,
            addresses: addresses.iter().map(SocketAddr::ip).collect(),
            took: began.elapsed(),
        })
    }

    fn configuration(&self) -> Config {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(self.roots.clone());
        Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(self.settings.timeout))
            // The nearer limit is the one that is named: so a host that is not there is told from one that is silent.
            .timeout_connect(Some(self.settings.timeout.mul_f32(0.9)))
            .user_agent(USER_AGENT)
            .accept_encoding("identity")
            .max_idle_connections(0)
            .tls_config(tls.build())
            .build()
    }

    /// The addresses behind the URL that may be connected to; at least one.
    fn targets(&self, url: &Url, scheme: Scheme, own_word: bool) -> Result<Vec<SocketAddr>, Failure> {
        let host = url.host().ok_or_else(|| Failure::Refused(format!("{url} names no host.")))?;
        match url.scheme() {
            "https" => {}
            "http" if scheme == Scheme::Any || is_this_machine(&host) => {}
            "http" => {
                return Err(Failure::Refused(format!(
                    "{host} is to be asked without TLS, which is not done."
                )));
            }
            other => return Err(Failure::Refused(format!("'{other}:' is nothing that HTTP can ask for."))),
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses = self.addresses(&host)?;
        let special =
            |ip: &IpAddr| special_purpose(*ip, &self.settings.treat_as_public).filter(|_| !own_word);
        let (good, bad): (Vec<IpAddr>, Vec<IpAddr>) =
            addresses.into_iter().map(|ip| ip.to_canonical()).partition(|ip| special(ip).is_none());
        match (good.is_empty(), bad.first()) {
            (false, _) => Ok(good.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()),
            (true, Some(ip)) => Err(Failure::Refused(format!(
                "{host} leads to {ip}, {}: no request goes there.",
                special(ip).unwrap_or_default()
            ))),
            (true, None) => Err(Failure::Unreachable(format!("{host} has no address."))),
        }
    }

    fn addresses(&self, host: &Host<&str>) -> Result<Vec<IpAddr>, Failure> {
        match host {
            Host::Ipv4(ip) => Ok(vec![IpAddr::V4(*ip)]),
            Host::Ipv6(ip) => Ok(vec![IpAddr::V6(*ip)]),
            // No name server is asked about these (RFC 6761 §6.3).
            Host::Domain(_) if is_this_machine(host) => Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]),
            Host::Domain(name) => match (self.lookup)(name.trim_end_matches('.')) {
                Finding::Yes(addresses) => Ok(addresses),
                Finding::No => Err(Failure::Unreachable(format!("{name} has no address."))),
                Finding::Unknown(why) => {
                    Err(Failure::Unreachable(format!("The address of {name} is not known: {why}")))
                }
            },
        }
    }

    /// Where the proxy is. It is the user's own word, so it may be anywhere.
    fn proxy(&self, proxy: &Url) -> Result<Vec<SocketAddr>, Failure> {
        let host =
            proxy.host().ok_or_else(|| Failure::Refused(format!("The proxy {proxy} names no host.")))?;
        let port = proxy.port_or_known_default().unwrap_or(80);
        let addresses =
            self.addresses(&host).map_err(|why| Failure::Unreachable(format!("The proxy: {why}")))?;
        Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
    }

    fn failure(&self, url: &Url, error: &ureq::Error) -> Failure {
        let host = url.host_str().unwrap_or_default();
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => Failure::Unreachable(format!(
                "{host} cannot be reached within {} s ([http] timeout_seconds).",
                self.settings.timeout.as_secs_f32()
            )),
            ureq::Error::Timeout(_) => Failure::Silent(format!(
                "{host} did not finish within {} s ([http] timeout_seconds).",
                self.settings.timeout.as_secs_f32()
            )),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Failure::Unreachable(format!("{host} refuses the connection."))
            }
            ureq::Error::Io(error) if is_reach(error.kind()) => {
                Failure::Unreachable(format!("{host} cannot be reached ({error})."))
            }
            ureq::Error::ConnectProxyFailed(why) => {
                Failure::Unreachable(format!("The proxy does not connect to {host}: {why}."))
            }
            ureq::Error::NativeTls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => {
                Failure::Unreachable(format!("No trustworthy TLS with {host} ({error})."))
            }
            ureq::Error::BodyExceedsLimit(most) => {
                Failure::Broken(format!("{host} answers with more than {most} bytes; nothing of it is used."))
            }
            other => Failure::Broken(format!("{host} does not answer as HTTP wants it ({other}).")),
        }
    }
}

/// An answer as far as it is wanted.
type Exchanged = Result<(http::response::Parts, Vec<u8>), ureq::Error>;

fn exchange(agent: &Agent, request: http::Request<()>, wanted: Wanted) -> Exchanged {
    let (head, mut body) = agent.run(request)?.into_parts();
    // Of something compressed nothing could be read.
    let is_plain = refuse_compressed(&head.headers).is_ok();
    let bytes = match wanted {
        Wanted::Whole(most) if is_plain => body.with_config().limit(most).read_to_vec()?,
        Wanted::Beginning(most) if is_plain => {
            let mut beginning = vec![];
            // What broke off is kept as far as it came.
            drop(body.as_reader().take(most).read_to_end(&mut beginning));
            beginning
        }
        Wanted::Head | Wanted::Whole(_) | Wanted::Beginning(_) => vec![],
    };
    Ok((head, bytes))
}

/// The same in a thread of its own, so that somebody can look meanwhile whether the answer is still wanted.
fn watched(
    agent: Agent,
    request: http::Request<()>,
    wanted: Wanted,
    cancelled: &dyn Fn() -> bool,
) -> Result<Exchanged, Failure> {
    std::thread::scope(|scope| {
        let worker = agent.clone();
        let asked = scope.spawn(move || exchange(&worker, request, wanted));
        while !asked.is_finished() {
            if cancelled() {
                agent.shutdown();
                return Err(Failure::Silent("It was stopped.".to_owned()));
            }
            std::thread::park_timeout(GLANCE);
        }
        asked.join().map_err(|_| Failure::Broken("The request ended in an error of this program.".to_owned()))
    })
}

fn is_reach(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{
        AddrNotAvailable, HostUnreachable, NetworkUnreachable, PermissionDenied, TimedOut,
    };
    matches!(kind, AddrNotAvailable | HostUnreachable | NetworkUnreachable | PermissionDenied | TimedOut)
}

/// A login in a URL that others wrote is never sent; neither is a fragment (RFC 9110 §7.1).
fn without_login(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only for a URL without a host, which is refused anyway.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

fn refuse_compressed(headers: &HeaderMap) -> Result<(), String> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"" | b"identity") => Ok(()),
        Some(other) => Err(format!(
            "The answer is compressed ({}), though none was asked for; it is not inflated.",
            String::from_utf8_lossy(other).escape_debug()
        )),
    }
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: Seconds) -> Option<Seconds> {
    let seconds = text.parse::<Seconds>().ok().or_else(|| Some(http_date(text)?.saturating_sub(now)))?;
    Some(seconds.clamp(*RETRY_AFTER.start(), *RETRY_AFTER.end()))
}

/// Cache-Control comes before Expires (RFC 9111 §4.2.1).
fn fresh_for(cache_control: Option<String>, expires: Option<String>, now: Seconds) -> Option<Seconds> {
    let max_age = cache_control.and_then(|text| {
        text.split(',').find_map(|part| {
            let (name, value) = part.trim().split_once('=')?;
            name.eq_ignore_ascii_case("max-age").then(|| value.trim_matches('"').parse::<Seconds>().ok())?
        })
    });
    max_age.or_else(|| Some(http_date(&expires?)?.saturating_sub(now))).filter(|seconds| *seconds > 0)
}

fn http_date(text: &str) -> Option<Seconds> {
    chrono::DateTime::parse_from_rfc2822(text).ok().map(|at| at.timestamp())
}

fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn certificates(file: &Path) -> Result<RootCerts, String> {
    let fail = |why: String| format!("{}: {why} Mend [http] ca_file.", file.display());
    let pem = std::fs::read(file).map_err(|error| fail(format!("The file cannot be read ({error}).")))?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(fail("The file holds no certificate in PEM.".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody(_: &str) -> Finding<Vec<IpAddr>> {
        Finding::No
    }

    fn private(name: &str) -> Finding<Vec<IpAddr>> {
        match name {
            "inside.example" => Finding::Yes(vec!["10.0.0.7".parse().expect("address")]),
            "both.example" => Finding::Yes(vec![
                "::ffff:192.168.1.1".parse().expect("address"),
                "8.8.4.4".parse().expect("address"),
            ]),
            _ => Finding::Unknown("SERVFAIL".to_owned()),
        }
    }

    fn targets(url: &str, scheme: Scheme, treat_as_public: &[&str]) -> Result<Vec<String>, Failure> {
        let nets = treat_as_public.iter().map(|net| net.parse().expect("network")).collect();
        let settings = HttpSettings { treat_as_public: nets, ..HttpSettings::default() };
        let http = Http::new(&settings, &private).expect("client");
        let url = Url::parse(url).expect("URL");
        http.targets(&url, scheme, false).map(|found| found.iter().map(SocketAddr::to_string).collect())
    }

    #[test]
    fn no_spelling_of_a_special_address_is_a_target() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[::127.0.0.1]/",
            "https://[::ffff:0:7f00:1]/",
            "https://[2001:0:7f00:1::]/",
            "https://[4000::1]/",
            "https://１２７.0.0.1/",
            "https://localhost/",
            "https://a.localhost./",
            "https://0/",
            "https://169.254.169.254/latest/meta-data/",
            "https://inside.example/",
        ] {
            let got = targets(url, Scheme::Any, &[]);
            assert!(matches!(&got, Err(Failure::Refused(why)) if why.contains("leads to")), "{url}: {got:?}");
        }
    }

    #[test]
    fn of_a_name_with_mixed_addresses_only_the_public_one_is_a_target() {
        assert_eq!(targets("https://both.example/", Scheme::Https, &[]), Ok(vec!["8.8.4.4:443".to_owned()]));
        assert_eq!(
            targets("http://[::ffff:127.0.0.1]:81/", Scheme::Https, &["127.0.0.0/8"]),
            Ok(vec!["127.0.0.1:81".to_owned()])
        );
    }

    #[test]
    fn a_name_that_cannot_be_looked_up_is_not_refused_but_unreachable() {
        let unknown = targets("https://elsewhere.example/", Scheme::Https, &[]);
        assert!(
            matches!(&unknown, Err(Failure::Unreachable(why)) if why.contains("SERVFAIL")),
            "{unknown:?}"
        );
        let http = Http::new(&HttpSettings::default(), &nobody).expect("client");
        let none = http.targets(&Url::parse("https://a.example/").expect("URL"), Scheme::Https, false);
        assert!(matches!(&none, Err(Failure::Unreachable(why)) if why.contains("no address")), "{none:?}");
    }

    #[test]
    fn plain_http_and_other_schemes_are_refused_where_they_are_not_allowed() {
        for (url, scheme) in [
            ("http://8.8.8.8/", Scheme::Https),
            ("ftp://8.8.8.8/", Scheme::Any),
            ("data:text/html,x", Scheme::Any),
            ("javascript:x", Scheme::Any),
        ] {
            assert!(matches!(targets(url, scheme, &[]), Err(Failure::Refused(_))), "{url}");
        }
        assert!(targets("http://8.8.8.8/", Scheme::Any, &[]).is_ok());
    }

    #[test]
    fn times_in_headers_are_read_in_either_form_and_bounded() {
        let now = 1_795_132_800;
        for (text, want) in [
            ("120", Some(120)),
            ("0", Some(1)),
            ("-5", Some(1)),
            ("99999999999", Some(86_400)),
            ("Fri, 20 Nov 2026 00:02:00 GMT", Some(120)),
            ("Thu, 19 Nov 2026 00:00:00 GMT", Some(1)),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(text, now), want, "{text}");
        }
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            fresh_for(text("public, max-age=60"), text("Fri, 20 Nov 2026 00:02:00 GMT"), now),
            Some(60)
        );
        assert_eq!(fresh_for(None, text("Fri, 20 Nov 2026 00:02:00 GMT"), now), Some(120));
        assert_eq!(fresh_for(text("no-store"), text("0"), now), None);
    }

    #[test]
    fn a_login_in_a_url_is_not_sent() {
        let url = without_login(&Url::parse("https://user:word@a.example/x?y#z").expect("URL"));
        assert_eq!(url.as_str(), "https://a.example/x?y");
    }
}
