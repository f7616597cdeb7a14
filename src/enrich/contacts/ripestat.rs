//! Contacts by RIPEstat's abuse contact finder, which knows the networks of all registries. Reads and asks, keeps
//! nothing of its own.

use super::add_named;
use super::kept::{Answer, Kept, shortest_prefix};
use super::polite::Polite;
use crate::model::Fact;
use ipnet::IpNet;
use serde_json::Value;
use std::net::IpAddr;
use url::Url;

/// Under which its answers are kept.
pub(super) const KIND: &str = "ripestat";

/// Whom RIPEstat names for abuse of the address.
pub(super) fn contacts(ip: IpAddr, finder: &Url, polite: &Polite<'_>, kept: &Kept<'_>) -> Fact<Vec<String>> {
    let from = format!("RIPEstat {}", finder.host_str().unwrap_or_default());
    kept.network(KIND, ip, || {
        let mut url = finder.clone();
        // Regular users are asked to name themselves.
        url.query_pairs_mut().append_pair("resource", &ip.to_string()).append_pair("sourceapp", "lafayette");
        let fail = |why: String| (from.clone(), why);
        let answered = polite.get(&url, "application/json").map_err(fail)?;
        let body = answered.response.map(|response| response.body).unwrap_or_default();
        let (found, network) = parse(&body).map_err(fail)?;
        let network = network.filter(|net| net.contains(&ip) && net.prefix_len() >= shortest_prefix(ip));
        Ok(Answer::of(found, from.clone(), network.map(|net| (net.network(), net.broadcast()))))
    })
}

/// The addresses, and the network for which they hold.
fn parse(body: &[u8]) -> Result<(Vec<String>, Option<IpNet>), String> {
    let root: Value = serde_json::from_slice(body)
        .map_err(|_| "RIPEstat answers with something that is no JSON.".to_owned())?;
    if root.get("status").and_then(Value::as_str) != Some("ok") {
        let messages = root.get("messages").map(Value::to_string).unwrap_or_default();
        let short: String = messages.chars().take(200).collect();
        return Err(format!("RIPEstat reports an error: {}.", short.escape_debug()));
    }
    let data = root.get("data").ok_or("RIPEstat answers without data.")?;
    let list = data.get("abuse_contacts").or_else(|| data.get("anti_abuse_contacts")?.get("abuse_c"));
    let Some(list) = list.and_then(Value::as_array) else {
        return Err("RIPEstat answers without a list of contacts.".to_owned());
    };
    let network =
        data.get("parameters").and_then(|parameters| parameters.get("resource")?.as_str()?.parse().ok());
    let mut named = vec![];
    for item in list {
        // Older answers have objects where newer ones have texts.
        let address = item.as_str().or_else(|| item.get("email")?.as_str());
        address.into_iter().for_each(|address| add_named(&mut named, address));
    }
    Ok((named, network))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_all_versions_are_read_and_errors_are_no_none() {
        let new = r#"{"status":"ok","data":{"abuse_contacts":["abuse@isp.example"],"parameters":{"resource":"192.0.2.0/24"}}}"#;
        let old = r#"{"status":"ok","data":{"anti_abuse_contacts":{"abuse_c":[{"email":"abuse@isp.example","key":"A"}]}}}"#;
        let wanted = vec!["abuse@isp.example".to_owned()];
        assert_eq!(parse(new.as_bytes()), Ok((wanted.clone(), "192.0.2.0/24".parse().ok())));
        assert_eq!(parse(old.as_bytes()), Ok((wanted, None)));
        let none = r#"{"status":"ok","data":{"abuse_contacts":[],"parameters":{"resource":"192.0.2.1"}}}"#;
        assert_eq!(parse(none.as_bytes()), Ok((vec![], None)));
        for wrong in [
            "",
            "{}",
            r#"{"status":"error","messages":[["error","too many"]]}"#,
            r#"{"status":"ok"}"#,
            r#"{"status":"ok","data":{"abuse_contacts":"abuse@isp.example"}}"#,
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
