//! What the registry of a domain or an AS says about it, by RDAP (RFC 9083 §5.3, §5.5): when it was registered, through
//! whom, and whom they name for abuse. Only the registered domain is told, never a name below it.

use super::bootstrap::{Bootstrap, Registered};
use super::entities::{self, items, text};
use super::polite::Polite;
use super::registry::ACCEPT;
use crate::model::clock::{self, Seconds};
use crate::model::{Cached, Fact, Finding};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A day is soon enough to notice that a domain was taken away.
const KEPT: Seconds = 86_400;
/// More states than that a registry does not have (RFC 8056 names 28).
const MOST_STATES: usize = 32;

/// A domain or an AS as its registry has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registration {
    /// Of an AS its name; of a domain nothing.
    pub name: Option<String>,
    /// Through whom it was registered.
    pub registrar: Option<String>,
    /// When it was registered; unix seconds.
    pub registered: Option<Seconds>,
    /// When it was changed last; unix seconds.
    pub changed: Option<Seconds>,
    /// Until when it is registered; unix seconds.
    pub expires: Option<Seconds>,
    /// States in the words of RFC 8056, such as `client hold`.
    pub states: Vec<String>,
    /// Mail addresses of whoever has the role *abuse*, the preferred first.
    pub abuse: Vec<String>,
}

/// What the registry says; kept for a day. A failure is never kept.
pub(super) fn of(
    thing: &Registered,
    bootstrap: &Bootstrap,
    polite: &Polite<'_>,
    not_before: Seconds,
) -> Fact<Registration> {
    let path = match thing {
        Registered::Address(ip) => format!("ip/{ip}"),
        Registered::System(number) => format!("autnum/{number}"),
        Registered::Domain(domain) => format!("domain/{domain}"),
    };
    let key = format!("rdap {path}");
    let kept = polite.cache.get(&key).and_then(read);
    if let Some(fact) = kept.as_ref().filter(|fact| fact.until > clock::now() && fact.at >= not_before) {
        return fact.clone();
    }
    let at = clock::now();
    match (ask(&path, thing, bootstrap, polite), kept) {
        (Ok((from, found)), _) => {
            let until = at.saturating_add(KEPT);
            if let Ok(value) = serde_json::to_string(&(&from, &found)) {
                polite.cache.put(&key, Cached { value, at, until });
            }
            Fact { finding: found.map_or(Finding::No, Finding::Yes), from, at, until }
        }
        (Err(_), Some(old)) => old,
        (Err((from, why)), None) => Fact { finding: Finding::Unknown(why), from, at, until: at },
    }
}

fn read(kept: Cached) -> Option<Fact<Registration>> {
    let (from, found): (String, Option<Registration>) = serde_json::from_str(&kept.value).ok()?;
    Some(Fact { finding: found.map_or(Finding::No, Finding::Yes), from, at: kept.at, until: kept.until })
}

/// Who said what; else who did not, and why.
fn ask(
    path: &str,
    thing: &Registered,
    bootstrap: &Bootstrap,
    polite: &Polite<'_>,
) -> Result<(String, Option<Registration>), (String, String)> {
    let known = bootstrap.registry(thing, polite).map_err(|why| ("RDAP".to_owned(), why))?;
    let Some(base) = known else {
        return Err(("RDAP".to_owned(), "Its registry has no public service (RFC 9224).".to_owned()));
    };
    let from = format!("RDAP {}", base.host_str().unwrap_or_default());
    let unknown = |why: String| (from.clone(), why);
    let url = base.join(path).map_err(|error| unknown(error.to_string()))?;
    let answered = polite.get(&url, ACCEPT).map_err(unknown)?;
    let Some(response) = answered.response else { return Ok((from, None)) };
    let host = answered.url.host_str().unwrap_or_default();
    match parse(&response.body, thing) {
        Some(registration) => Ok((format!("RDAP {host}"), Some(registration))),
        None => Err(unknown(format!("{host} answers with something else than what was asked for."))),
    }
}

/// Reads the answer; `None` when it is none, or one about something else.
fn parse(body: &[u8], thing: &Registered) -> Option<Registration> {
    let root: Value = serde_json::from_slice(body).ok()?;
    let is_about_it = match thing {
        Registered::System(number) => {
            let edge = |key: &str| root.get(key).and_then(Value::as_u64);
            let first = edge("startAutnum")?;
            (first..=edge("endAutnum").unwrap_or(first)).contains(&u64::from(*number))
        }
        Registered::Domain(domain) => {
            let name = text(&root, "ldhName").or_else(|| text(&root, "unicodeName"))?;
            name.trim_end_matches('.').eq_ignore_ascii_case(domain)
        }
        Registered::Address(_) => false,
    };
    if !is_about_it {
        return None;
    }
    let event = |action: &str| {
        items(&root, "events")
            .filter(|event| text(event, "eventAction").is_some_and(|word| word.eq_ignore_ascii_case(action)))
            .find_map(|event| DateTime::parse_from_rfc3339(text(event, "eventDate")?).ok())
            .map(|when| when.timestamp())
    };
    let states = items(&root, "status").filter_map(Value::as_str).map(|state| state.trim().to_owned());
    Some(Registration {
        name: match thing {
            Registered::System(_) => text(&root, "name").map(str::to_owned),
            _ => None,
        },
        registrar: entities::name_of(&root, "registrar"),
        registered: event("registration"),
        changed: event("last changed"),
        expires: event("expiration"),
        states: states.filter(|state| !state.is_empty()).take(MOST_STATES).collect(),
        abuse: entities::abuse(&root).mails,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn registrar() -> Value {
        json!([{"objectClassName": "entity", "handle": "292", "roles": ["registrar"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Names Inc."]]],
            "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [
                ["tel", {"type": "voice"}, "uri", "tel:+1.5555"],
                ["email", {}, "text", "abuse@registrar.example"]]]}]},
            {"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "REDACTED"]]]}])
    }

    #[test]
    fn a_domain_has_its_registrar_his_desk_for_abuse_and_its_dates() {
        let answer = json!({"objectClassName": "domain", "ldhName": "FRESH.example",
            "status": ["active", "client transfer prohibited", 7],
            "events": [{"eventAction": "registration", "eventDate": "2026-11-19T04:05:06Z"},
                       {"eventAction": "expiration", "eventDate": "2027-11-19T04:05:06Z"},
                       {"eventAction": "last changed", "eventDate": "nonsense"}],
            "entities": registrar()});
        let thing = Registered::Domain("fresh.example".to_owned());
        let found = parse(answer.to_string().as_bytes(), &thing).expect("a registration");
        assert_eq!(found.registrar.as_deref(), Some("Names Inc."));
        assert_eq!(found.abuse, ["abuse@registrar.example"]);
        assert_eq!(found.registered.map(clock::rfc3339).as_deref(), Some("2026-11-19T04:05:06Z"));
        assert_eq!((found.changed, found.expires.is_some()), (None, true));
        assert_eq!(found.states, ["active", "client transfer prohibited"]);
        let other = Registered::Domain("other.example".to_owned());
        assert_eq!(parse(answer.to_string().as_bytes(), &other), None);
    }

    #[test]
    fn an_as_has_a_name_and_an_answer_about_another_is_none() {
        let answer = json!({"objectClassName": "autnum", "startAutnum": 64496, "endAutnum": 64500,
            "name": "EXAMPLE-AS", "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [
                ["email", {}, "text", "abuse@isp.example"]]]}]});
        let found = |number| parse(answer.to_string().as_bytes(), &Registered::System(number));
        let registration = found(64_499).expect("a registration");
        assert_eq!(registration.name.as_deref(), Some("EXAMPLE-AS"));
        assert_eq!(registration.abuse, ["abuse@isp.example"]);
        assert_eq!(found(64_501), None);
        for wrong in ["", "{}", "[]", r#"{"startAutnum":"x"}"#, r#"{"ldhName":{}}"#] {
            assert_eq!(parse(wrong.as_bytes(), &Registered::System(1)), None, "{wrong}");
        }
    }
}
