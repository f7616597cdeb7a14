//! Netcraft's report API, version 3: many URLs in one submission, judged one by one.

use super::super::reply::shown;
use super::http::Client;
use super::{Asked, Feed, Verdicts, Words};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;

/// Where URLs go, behind the endpoint.
pub(super) const ADD: &str = "report/urls";
/// Its lists have 25 lines unless more are asked for.
const A_PAGE: usize = 1_000;
/// A line of the list has some hundred bytes, and a URL.
const MOST_LIST: u64 = 8 << 20;
/// By these names it goes on looking at a URL.
const PENDING: &[&str] = &["processing", "pending", "queued", "unclassified"];

#[derive(Serialize)]
struct Body<'a> {
    email: &'a str,
    reason: &'a str,
    urls: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    url: &'a str,
}

pub(super) fn body(urls: &[&str], words: &Words<'_>) -> Vec<u8> {
    let urls = urls.iter().map(|url| Line { url }).collect();
    // Text into memory cannot fail.
    serde_json::to_vec_pretty(&Body { email: words.from, reason: words.reason, urls }).unwrap_or_default()
}

/// The identifier of a submission.
pub(super) fn reference(json: Option<&Value>) -> Option<String> {
    identifier(json?.get("uuid")?.as_str()?)
}

/// Letters, digits and hyphens: it becomes part of an address.
fn identifier(text: &str) -> Option<String> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    ((1..=100).contains(&text.len()) && text.bytes().all(is_name)).then(|| text.to_owned())
}

pub(super) fn verdicts(client: &Client, feed: &Feed, asked: &Asked<'_>) -> Result<Verdicts, String> {
    let place = |tail: &str| {
        feed.endpoint
            .join(&format!("submission/{}{tail}", asked.reference))
            .map_err(|error| error.to_string())
    };
    let submission = client.get(&place("")?, feed.key.as_deref(), MOST_LIST)?;
    let state = submission.get("state").and_then(Value::as_str).map(normal).unwrap_or_default();
    let list = client.get(&place(&format!("/urls?count={A_PAGE}"))?, feed.key.as_deref(), MOST_LIST)?;
    Ok(judged(&list, &state, &asked.urls))
}

/// What the list says of each URL that was submitted.
fn judged(list: &Value, state: &str, urls: &[&str]) -> Verdicts {
    let wanted: HashSet<&str> = urls.iter().copied().collect();
    let lines = list.get("urls").and_then(Value::as_array);
    let mut of = vec![];
    for line in lines.into_iter().flatten() {
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        let (Some(url), Some(state)) = (text("url"), text("url_state").or_else(|| text("state"))) else {
            continue;
        };
        let state = normal(state);
        if wanted.contains(url) && !state.is_empty() && !PENDING.contains(&state.as_str()) {
            of.push((url.to_owned(), state));
        }
    }
    // Of a single URL it may write the text in another way than it was submitted.
    if let ([url], true) = (urls, of.is_empty())
        && !state.is_empty()
        && !PENDING.contains(&state)
    {
        of.push(((*url).to_owned(), state.to_owned()));
    }
    let known: HashSet<&str> = of.iter().map(|(url, _)| url.as_str()).collect();
    let is_final = wanted.is_subset(&known);
    Verdicts { of, is_final }
}

fn normal(state: &str) -> String {
    shown(&state.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_urls_of_ours_that_are_judged_have_a_verdict() {
        let (a, b) = ("http://a.example/", "http://b.example/");
        let list = json!({ "total_count": 3, "urls": [
            { "url": a, "url_state": "Malicious" }, { "url": b, "url_state": "processing" },
            { "url": "http://other.example/", "url_state": "malicious" }, 7, { "url": b },
        ]});
        let judged = judged(&list, "processing", &[a, b]);
        assert_eq!(judged, Verdicts { of: vec![(a.to_owned(), "malicious".to_owned())], is_final: false });
    }

    #[test]
    fn a_single_url_has_the_state_of_its_submission_where_the_list_names_it_otherwise() {
        let list = json!({ "urls": [{ "url": "http://a.example", "url_state": "no threats" }] });
        let verdicts = judged(&list, "no threats", &["http://A.example/"]);
        assert_eq!(verdicts.of, [("http://A.example/".to_owned(), "no threats".to_owned())]);
        assert!(verdicts.is_final && !judged(&list, "processing", &["http://A.example/"]).is_final);
        assert!(!judged(&json!("nonsense"), "", &["http://A.example/"]).is_final);
    }

    #[test]
    fn an_identifier_cannot_lead_to_another_page() {
        let of = |uuid: &str| reference(Some(&json!({ "uuid": uuid })));
        assert_eq!(of("aB3-9_x").as_deref(), Some("aB3-9_x"));
        for wrong in ["", "../urls", "a/b", "a?b", "a b", &"x".repeat(101)] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
