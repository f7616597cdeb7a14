//! The submission portal of Spamhaus: one URL at a time, with a key; one list tells whether it is listed by now.

use super::http::Client;
use super::{Asked, Feed, Verdicts, Words};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;

/// Where a URL goes, behind the endpoint.
pub(super) const ADD: &str = "submissions/add/url";
/// Newest first; what is older than so many pages is not looked for.
const MOST_PAGES: usize = 5;
const A_PAGE: usize = 500;
const MOST_LIST: u64 = 4 << 20;

#[derive(Serialize)]
struct Body<'a> {
    threat_type: &'a str,
    reason: &'a str,
    source: Source<'a>,
}

#[derive(Serialize)]
struct Source<'a> {
    object: &'a str,
}

pub(super) fn body(url: &str, words: &Words<'_>) -> Vec<u8> {
    let body = Body { threat_type: words.threat_type, reason: words.reason, source: Source { object: url } };
    // Text into memory cannot fail.
    serde_json::to_vec_pretty(&body).unwrap_or_default()
}

/// The identifier of a submission: a text, or a number.
pub(super) fn reference(json: Option<&Value>) -> Option<String> {
    identifier(json?.get("id")?).filter(|id| (1..=100).contains(&id.len()))
}

fn identifier(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One list for all of them.
pub(super) fn verdicts(client: &Client, feed: &Feed, asked: &[Asked<'_>]) -> Result<Vec<Verdicts>, String> {
    let mut found = vec![Verdicts::default(); asked.len()];
    let mut missing: HashMap<&str, usize> =
        asked.iter().enumerate().map(|(place, asked)| (asked.reference, place)).collect();
    for page in 1..=MOST_PAGES {
        let place = feed
            .endpoint
            .join(&format!("submissions/list?items={A_PAGE}&page={page}"))
            .map_err(|error| error.to_string())?;
        let list = client.get(&place, feed.key.as_deref(), MOST_LIST)?;
        let lines = lines(&list);
        for line in lines {
            let place = line.get("id").and_then(identifier).and_then(|id| missing.remove(id.as_str()));
            let url = place.and_then(|place| asked.get(place)?.urls.first());
            if let (Some(verdicts), Some(url)) = (place.and_then(|place| found.get_mut(place)), url) {
                *verdicts = judged(line, url);
            }
        }
        if missing.is_empty() || lines.len() < A_PAGE {
            break;
        }
    }
    Ok(found)
}

fn lines(list: &Value) -> &[Value] {
    let named =
        ["submissions", "items", "data", "results"].iter().find_map(|name| list.get(name)?.as_array());
    list.as_array().or(named).map_or(&[], Vec::as_slice)
}

/// `listed`: null while nobody has looked, the lists that name it otherwise. One that is on none may be later.
fn judged(line: &Value, url: &str) -> Verdicts {
    let of = |verdict: String, is_final| Verdicts { of: vec![(url.to_owned(), verdict)], is_final };
    match line.get("listed") {
        Some(Value::Array(lists)) if lists.is_empty() => of("not listed".to_owned(), false),
        Some(Value::Array(lists)) => {
            let names: Vec<String> =
                lists.iter().take(10).map(name).filter(|name| !name.is_empty()).collect();
            let verdict = format!("listed {}", names.join(", "));
            of(super::super::reply::shown(&verdict), true)
        }
        Some(Value::Bool(true)) => of("listed".to_owned(), true),
        Some(Value::Bool(false)) => of("not listed".to_owned(), false),
        _ => Verdicts::default(),
    }
}

fn name(list: &Value) -> String {
    let named = ["dataset", "name", "list"].iter().find_map(|name| list.get(name)?.as_str());
    list.as_str().or(named).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const URL: &str = "http://a.example/";

    #[test]
    fn listed_is_a_verdict_not_listed_may_change_and_null_is_none() {
        let judged = |listed: Value| judged(&json!({ "id": 1, "listed": listed }), URL);
        let verdict =
            |text: &str, is_final| Verdicts { of: vec![(URL.to_owned(), text.to_owned())], is_final };
        assert_eq!(judged(json!(["DBL", { "dataset": "ZRD" }])), verdict("listed DBL, ZRD", true));
        assert_eq!(judged(json!([])), verdict("not listed", false));
        assert_eq!(judged(Value::Null), Verdicts::default());
        assert_eq!(judged(json!("soon")), Verdicts::default());
    }

    #[test]
    fn the_list_is_found_with_or_without_a_frame_around_it() {
        for list in
            [json!([{ "id": 7 }]), json!({ "items": [{ "id": 7 }] }), json!({ "data": [{ "id": 7 }] })]
        {
            assert_eq!(lines(&list).len(), 1, "{list}");
        }
        assert!(lines(&json!("nonsense")).is_empty());
        assert_eq!(reference(Some(&json!({ "id": 4711 }))).as_deref(), Some("4711"));
        assert_eq!(reference(Some(&json!({ "id": "x".repeat(200) }))), None);
    }
}
