//! Asking public services over HTTPS as they wish to be asked: at most one question a second to each, none while one
//! asked to be left alone, redirects followed a few times. Knows nothing of what is asked.

use crate::enrich::http::{Http, Request, Response, Scheme, Wanted};
use crate::model::clock::{self, Seconds};
use crate::model::{Cache, Cached};
use std::time::{Duration, Instant};
use url::{Origin, Url};

/// One question a second is what all registries bear.
const PACE: Duration = Duration::from_secs(1);
/// LACNIC refuses the eleventh question of a minute.
const SLOW: (&str, Duration) = ("lacnic.net", Duration::from_secs(6));
/// RFC 7480 §5.2: a registry redirects to the one that knows; more than a few are a mistake of theirs.
const MOST_REDIRECTS: usize = 5;
/// The largest answers of registries have some 100 KB.
const MOST_BYTES: u64 = 1 << 20;
/// For how long a service is left alone that says so without saying how long.
const PAUSE: Seconds = 60;
/// How long a wait goes on without asking whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(50);

/// An answer with status 200 or 404, and who gave it in the end.
pub(super) struct Answered {
    /// The URL that answered.
    pub url: Url,
    /// The answer; `None` for 404.
    pub response: Option<Response>,
}

/// The services of one run.
pub(super) struct Polite<'a> {
    /// `None`: nobody is asked.
    pub http: Option<&'a Http<'a>>,
    /// Where it is kept who asked to be left alone and when whose turn is next, so that the next run knows.
    pub cache: &'a dyn Cache,
    /// Whether the answer is still wanted.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Services that the user himself named: scheme, host and port.
    own_word: Vec<Origin>,
}

impl<'a> Polite<'a> {
    pub(super) fn new(
        http: Option<&'a Http<'a>>,
        cache: &'a dyn Cache,
        cancelled: &'a dyn Fn() -> bool,
        own_word: &[&Url],
    ) -> Polite<'a> {
        Polite { http, cache, cancelled, own_word: own_word.iter().map(|url| url.origin()).collect() }
    }

    /// Asks, waiting for the service's turn. What is neither an answer nor 404 is an error, a sentence.
    pub(super) fn get(&self, url: &Url, accept: &str) -> Result<Answered, String> {
        let http = self.http.ok_or("Nobody is asked over HTTP while offline.")?;
        let mut url = url.clone();
        let mut redirects = 0;
        let mut retried = false;
        loop {
            let host = url.host_str().unwrap_or_default().to_owned();
            let service = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
            self.respect_pause(&service)?;
            self.await_turn(http, &service, if host.ends_with(SLOW.0) { SLOW.1 } else { PACE })?;
            let request = Request {
                url: &url,
                scheme: Scheme::Https,
                wanted: Wanted::Whole(MOST_BYTES),
                accept,
                own_word: redirects == 0 && self.own_word.contains(&url.origin()),
            };
            let response = http.ask(&request).map_err(|failure| failure.to_string())?;
            match (response.status, &response.location) {
                (200, _) => return Ok(Answered { url, response: Some(response) }),
                (404, _) => return Ok(Answered { url, response: None }),
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    redirects += 1;
                    if redirects > MOST_REDIRECTS {
                        return Err(format!("{host} redirects more than {MOST_REDIRECTS} times."));
                    }
                    url = url
                        .join(location)
                        .map_err(|_| format!("{host} redirects to something that is no URL."))?;
                }
                (status @ (429 | 503), _) if status == 429 || response.retry_after.is_some() => {
                    return Err(self.pause(&service, response.retry_after.unwrap_or(PAUSE)));
                }
                (500..=599, _) if !retried => retried = true,
                (status, _) => return Err(format!("{host} answers with status {status}.")),
            }
        }
    }

    fn respect_pause(&self, service: &str) -> Result<(), String> {
        match self.cache.get(&pause_key(service)) {
            Some(pause) if pause.until > clock::now() => Err(left_alone(service, pause.until)),
            _ => Ok(()),
        }
    }

    fn pause(&self, service: &str, seconds: Seconds) -> String {
        let at = clock::now();
        let until = at.saturating_add(seconds);
        self.cache.put(&pause_key(service), Cached { value: String::new(), at, until });
        left_alone(service, until)
    }

    /// The turns of this run are known exactly; those of a run before, to the second.
    fn await_turn(&self, http: &Http<'_>, service: &str, pace: Duration) -> Result<(), String> {
        let key = format!("http turn {service}");
        let seconds = Seconds::try_from(pace.as_secs()).unwrap_or(PAUSE);
        let before = || {
            let until = self.cache.get(&key).map_or(0, |turn| turn.until);
            let left = until.saturating_sub(clock::now()).clamp(0, seconds);
            Instant::now() + Duration::from_secs(left.unsigned_abs())
        };
        let turn = http.turns().borrow().get(service).copied().unwrap_or_else(before);
        loop {
            let left = turn.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if (self.cancelled)() {
                return Err("It was stopped before it was asked.".to_owned());
            }
            std::thread::sleep(left.min(GLANCE));
        }
        http.turns().borrow_mut().insert(service.to_owned(), Instant::now() + pace);
        let at = clock::now();
        self.cache.put(&key, Cached { value: String::new(), at, until: at.saturating_add(seconds) });
        Ok(())
    }
}

fn pause_key(service: &str) -> String {
    format!("http pause {service}")
}

fn left_alone(service: &str, until: Seconds) -> String {
    let host = service.strip_suffix(":443").unwrap_or(service);
    format!("{host} asked to be left alone until {}.", clock::rfc3339(until))
}
