//! One request to a feed at the address that the user configured. TLS is verified, nothing is followed, every answer has
//! a limit in bytes and in time; and it is known whether a body had begun to leave when something went wrong.

use super::super::reply::shown;
use crate::model::HttpSettings;
use crate::model::clock::{self, Seconds};
use crate::model::is_this_machine;
use serde_json::Value;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;
use ureq::http::{self, Method, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Body, Proxy, SendBody, Timeout};
use url::Url;

/// Feeds ask to know who they deal with (RFC 9110 §10.1.5).
const USER_AGENT: &str = concat!("lafayette/", env!("CARGO_PKG_VERSION"));
/// How much longer than a look-up the whole of a submission may take: whoever gives up earlier does not know whether it
/// arrived.
const TIMES_LONGER: u32 = 3;
/// A day is the longest that anybody is believed who asks to be left alone.
const RETRY_AFTER: std::ops::RangeInclusive<Seconds> = 1..=86_400;

/// A client.
pub(super) struct Client {
    agent: Agent,
    seconds: f32,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Answer {
    /// Its status.
    pub status: u16,
    /// For how long it asks to be left alone.
    pub retry_after: Option<Seconds>,
    /// Where it leads, to be shown.
    pub location: Option<String>,
    /// Its body, where that is JSON and was read to its end.
    pub json: Option<Value>,
    /// Its body otherwise, as far as it is of use to a person.
    pub text: String,
}

/// What became of a request with a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Exchange {
    /// An answer came.
    Answer(Answer),
    /// Nothing of the body left: why.
    NotBegun(String),
    /// Nothing of the body left, because it may not.
    Withdrawn(String),
    /// It had begun to leave, and no answer came: why.
    Lost(String),
}

impl Answer {
    /// What it says to a person: the message of its JSON, or its text.
    pub fn words(&self) -> String {
        let Some(json) = &self.json else { return shown(&self.text) };
        let names = ["message", "error", "detail", "description"];
        let mut words: Vec<String> =
            names.iter().filter_map(|name| json.get(name)?.as_str().map(str::to_owned)).collect();
        let lists = ["details", "errors"].iter().filter_map(|name| json.get(name));
        for error in lists.filter_map(Value::as_array).flatten().take(5) {
            let of = |name: &str| error.get(name).and_then(Value::as_str);
            let place =
                of("path").or_else(|| of("field")).map(|place| format!("{place}: ")).unwrap_or_default();
            let message = error.as_str().or_else(|| of("message"));
            words.extend(message.map(|message| format!("{place}{message}")));
        }
        if words.is_empty() { shown(&json.to_string()) } else { shown(&words.join("; ")) }
    }
}

/// The body on its way: the first byte is given out only when `about_to` agrees, and what it said is kept.
struct Gate<'a> {
    about_to: &'a mut dyn FnMut() -> Result<(), String>,
    rest: &'a [u8],
    opened: Option<Result<(), String>>,
}

impl Read for Gate<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let opened = self.opened.get_or_insert_with(|| (self.about_to)());
        match opened {
            Ok(()) => self.rest.read(into),
            Err(why) => Err(io::Error::other(why.clone())),
        }
    }
}

impl Client {
    pub fn new(settings: &HttpSettings) -> Result<Client, String> {
        let roots = match &settings.ca_file {
            Some(file) => certificates(file)?,
            None => RootCerts::PlatformVerifier,
        };
        let proxy = match &settings.proxy {
            Some(proxy) => Some(
                Proxy::new(proxy.as_str())
                    .map_err(|error| format!("{proxy} is no proxy ({error}). Mend 'proxy' in [http]."))?,
            ),
            None => None,
        };
        let whole = settings.timeout.saturating_mul(TIMES_LONGER);
        let config = Agent::config_builder()
            .proxy(proxy)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(whole))
            .timeout_connect(Some(settings.timeout.min(whole.saturating_sub(Duration::from_millis(100)))))
            .user_agent(USER_AGENT)
            .accept("application/json")
            .accept_encoding("identity")
            // A connection that was closed meanwhile would leave it open whether a body arrived.
            .max_idle_connections(0)
            .tls_config(TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots).build())
            .build();
        Ok(Client { agent: config.into(), seconds: whole.as_secs_f32() })
    }

    /// Sends a body. Beyond `most` bytes of answer only its status counts.
    pub fn post(
        &self,
        url: &Url,
        key: Option<&str>,
        bytes: &[u8],
        most: u64,
        about_to: &mut dyn FnMut() -> Result<(), String>,
    ) -> Exchange {
        let mut gate = Gate { about_to, rest: bytes, opened: None };
        let sent = request(Method::POST, url, key).and_then(|builder| {
            let builder = builder
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_LENGTH, bytes.len());
            builder.body(SendBody::from_reader(&mut gate)).map_err(|error| error.to_string())
        });
        let answered = match sent {
            Ok(request) => self.agent.run(request),
            Err(why) => return Exchange::NotBegun(why),
        };
        match (answered, gate.opened) {
            (Ok(response), _) => Exchange::Answer(read(response, most)),
            (Err(error), None) => Exchange::NotBegun(self.sentence(url, &error)),
            (Err(_), Some(Err(why))) => Exchange::Withdrawn(why),
            (Err(error), Some(Ok(()))) => Exchange::Lost(self.sentence(url, &error)),
        }
    }

    /// Asks for JSON.
    pub fn get(&self, url: &Url, key: Option<&str>, most: u64) -> Result<Value, String> {
        let request = request(Method::GET, url, key)?.body(()).map_err(|error| error.to_string())?;
        let response = self.agent.run(request).map_err(|error| self.sentence(url, &error))?;
        let answer = read(response, most);
        let host = url.host_str().unwrap_or_default();
        match (answer.status, &answer.json) {
            (200, Some(_)) => Ok(answer.json.unwrap_or_default()),
            (200, None) => {
                Err(format!("{host} answers with something that is no JSON, or longer than {most} bytes."))
            }
            (status, _) => {
                Err(format!("{host} answers {status} {}", answer.words()).trim_end().to_owned() + ".")
            }
        }
    }

    fn sentence(&self, url: &Url, error: &ureq::Error) -> String {
        let host = url.host_str().unwrap_or_default();
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                format!("{host} cannot be reached in time ([http] timeout_seconds).")
            }
            ureq::Error::Timeout(_) => format!("{host} did not answer within {} s.", self.seconds),
            ureq::Error::HostNotFound => format!("{host} has no address."),
            ureq::Error::NativeTls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => {
                format!("No trustworthy TLS with {host} ({}).", shown(&error.to_string()))
            }
            other => format!("The connection with {host} failed ({}).", shown(&other.to_string())),
        }
    }
}

fn request(method: Method, url: &Url, key: Option<&str>) -> Result<http::request::Builder, String> {
    let is_safe = url.scheme() == "https" || url.host().is_some_and(|host| is_this_machine(&host));
    if !is_safe {
        return Err(format!("{url} is to be asked without TLS, which is not done."));
    }
    let builder = http::Request::builder().method(method).uri(url.as_str());
    let Some(key) = key else { return Ok(builder) };
    let mut value = header::HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| "The key has characters that no header can bear.".to_owned())?;
    value.set_sensitive(true);
    Ok(builder.header(header::AUTHORIZATION, value))
}

fn read(response: http::Response<Body>, most: u64) -> Answer {
    let (head, mut body) = response.into_parts();
    let text = |name| head.headers.get(name).map(|value| shown(&String::from_utf8_lossy(value.as_bytes())));
    let retry_after = text(header::RETRY_AFTER).and_then(|text| retry_after(&text, clock::now()));
    let location = text(header::LOCATION);
    let status = head.status.as_u16();
    let (json, text) = match body.with_config().limit(most).read_to_vec() {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(json) => (Some(json), String::new()),
            Err(_) => (None, String::from_utf8_lossy(bytes.get(..2_000).unwrap_or(&bytes)).into_owned()),
        },
        // The status was said all the same.
        Err(error) => (None, format!("the rest of its answer could not be read ({error})")),
    };
    Answer { status, retry_after, location, json, text }
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: Seconds) -> Option<Seconds> {
    let date =
        || chrono::DateTime::parse_from_rfc2822(text).ok().map(|at| at.timestamp().saturating_sub(now));
    let seconds = text.parse::<Seconds>().ok().or_else(date)?;
    Some(seconds.clamp(*RETRY_AFTER.start(), *RETRY_AFTER.end()))
}

fn certificates(file: &Path) -> Result<RootCerts, String> {
    let fail = |why: String| format!("{}: {why} Mend 'ca_file' in [http].", file.display());
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
