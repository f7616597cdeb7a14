//! What a registry says about a network (RFC 9083 §5.4): its range, and whom it names for abuse. Asks nobody.

use super::entities::{self, Abuse, items, text};
use serde_json::Value;
use std::net::IpAddr;
use url::Url;

/// A network as a registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Network {
    /// Its first address.
    pub first: IpAddr,
    /// Its last address.
    pub last: IpAddr,
    /// Name, else handle, in the registry's words.
    pub name: String,
    /// Mail addresses of whoever has the role *abuse*, the preferred first.
    pub abuse: Vec<String>,
    /// The registry has written there and got no answer (ARIN).
    pub unvalidated: bool,
    /// Where the network around it is described.
    pub up: Option<Url>,
}

/// Reads the answer to `ip/…`; `None` when it is none.
pub(super) fn parse(body: &[u8]) -> Option<Network> {
    let root: Value = serde_json::from_slice(body).ok()?;
    let address = |key: &str| {
        let text = root.get(key)?.as_str()?;
        text.split('/').next()?.trim().parse::<IpAddr>().ok()
    };
    let (first, last) = (address("startAddress")?, address("endAddress")?);
    if first.is_ipv4() != last.is_ipv4() || first > last {
        return None;
    }
    let Abuse { mails, unvalidated } = entities::abuse(&root);
    Some(Network {
        first,
        last,
        name: text(&root, "name").or_else(|| text(&root, "handle")).unwrap_or_default().to_owned(),
        unvalidated,
        abuse: mails,
        up: up(&root),
    })
}

fn up(root: &Value) -> Option<Url> {
    let link = items(root, "links").find(|link| {
        link.get("rel").and_then(Value::as_str).is_some_and(|rel| rel.eq_ignore_ascii_case("up"))
    })?;
    Url::parse(link.get("href")?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn card(rows: &Value) -> Value {
        let mut all = vec![json!(["version", {}, "text", "4.0"]), json!(["fn", {}, "text", "Somebody"])];
        all.extend(rows.as_array().expect("rows").iter().cloned());
        json!(["vcard", all])
    }

    fn network(entities: &Value) -> Network {
        let answer = json!({
            "objectClassName": "ip network", "handle": "NET-1", "name": "EXAMPLE", "ipVersion": "v4",
            "startAddress": "192.0.2.0", "endAddress": "192.0.2.255", "entities": entities,
            "links": [{"rel": "self", "href": "https://rdap.example/ip/192.0.2.0/24"},
                      {"rel": "up", "href": "https://rdap.example/ip/192.0.0.0/16"}],
        });
        parse(answer.to_string().as_bytes()).expect("a network")
    }

    fn mail(address: &str) -> Value {
        json!([["email", {}, "text", address]])
    }

    #[test]
    fn arin_nests_the_role_below_the_registrant_and_repeats_it() {
        let abuse = |address: &str, remarks: Value| {
            json!({"objectClassName": "entity", "handle": "ABUSE1-ARIN", "roles": ["abuse"],
                   "remarks": remarks, "vcardArray": card(&mail(address))})
        };
        let registrant = |inner: Value| {
            json!([{"objectClassName": "entity", "handle": "ORG-1", "roles": ["registrant"],
                    "vcardArray": card(&mail("owner@isp.example")),
                    "entities": [inner, {"roles": ["technical", "noc"], "vcardArray": card(&mail("noc@isp.example"))}]}])
        };
        let found = network(&registrant(abuse("abuse@isp.example", json!([]))));
        assert_eq!((found.abuse, found.unvalidated), (vec!["abuse@isp.example".to_owned()], false));
        assert_eq!(
            found.up.map(|url| url.to_string()).as_deref(),
            Some("https://rdap.example/ip/192.0.0.0/16")
        );

        let unvalidated = json!([{"title": "Unvalidated POC", "description": ["No answer in a year."]}]);
        let doubtful = abuse("old@isp.example", unvalidated);
        let found = network(&registrant(doubtful.clone()));
        assert_eq!((found.abuse, found.unvalidated), (vec!["old@isp.example".to_owned()], true));
        // One that answers the registry is better, however deep it stands.
        let both = json!([doubtful, registrant(abuse("abuse@isp.example", json!([])))[0]]);
        assert_eq!(network(&both).abuse, ["abuse@isp.example"]);
    }

    #[test]
    fn ripe_has_the_role_at_the_top_and_the_shallowest_counts() {
        let found = network(&json!([
            {"roles": ["registrant"], "entities": [{"roles": ["abuse"], "vcardArray": card(&mail("deep@isp.example"))}]},
            {"roles": ["administrative", "technical"], "vcardArray": card(&mail("admin@isp.example"))},
            {"roles": ["Abuse"], "vcardArray": card(&json!([["adr", {"label": "x"}, "text", ""],
                                                            ["email", {}, "text", "abuse@isp.example"]]))},
        ]));
        assert_eq!(found.abuse, ["abuse@isp.example"]);
    }

    #[test]
    fn apnic_prefers_one_of_two_addresses_of_the_irt() {
        for pref in [json!("1"), json!(1), json!(["1"])] {
            let found = network(&json!([{"handle": "IRT-1", "roles": ["abuse"], "vcardArray": card(&json!([
                ["email", {}, "text", "irt@isp.example"],
                ["email", {"pref": pref}, "text", "abuse@isp.example"],
                ["email", {"pref": "2"}, "text", "ABUSE@isp.example"],
            ]))}]));
            assert_eq!(found.abuse, ["abuse@isp.example", "irt@isp.example"]);
        }
    }

    #[test]
    fn of_any_number_of_addresses_a_few_are_taken() {
        let rows: Vec<Value> =
            (0..100).map(|number| json!(["email", {}, "text", format!("a{number}@isp.example")])).collect();
        let found = network(&json!([{"roles": ["abuse"], "vcardArray": card(&json!(rows))}]));
        assert_eq!((found.abuse.len(), found.abuse[0].as_str()), (16, "a0@isp.example"));
    }

    #[test]
    fn lacnic_mixes_roles_and_registro_br_leaves_the_address_out() {
        let found = network(&json!([
            {"roles": ["registrant"], "vcardArray": card(&json!([]))},
            {"roles": ["technical", "abuse"], "vcardArray": card(&mail("removed@lacnic.net"))},
            {"roles": ["routing"], "vcardArray": card(&mail("routing@isp.example"))},
        ]));
        assert_eq!(found.abuse, ["removed@lacnic.net"]);
        let without = network(
            &json!([{"roles": ["abuse"], "vcardArray": card(&json!([["tel", {}, "uri", "tel:1"]]))}]),
        );
        assert!(without.abuse.is_empty());
    }

    #[test]
    fn without_the_role_there_is_nobody_whatever_other_addresses_stand_there() {
        let found = network(&json!([
            {"roles": ["technical"], "vcardArray": card(&mail("tech@isp.example"))},
            {"roles": ["administrative", "registrant"], "vcardArray": card(&mail("owner@isp.example"))},
        ]));
        assert!(found.abuse.is_empty() && !found.unvalidated);
    }

    #[test]
    fn an_answer_that_is_no_network_is_none() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let nested = format!("{}{}", r#"{"entities":[{"roles":"#.repeat(5_000), "0");
        for text in [
            "",
            "null",
            "<html>",
            r#"{"errorCode":404}"#,
            r#"{"startAddress":"192.0.2.9","endAddress":"192.0.2.0"}"#,
            r#"{"startAddress":"192.0.2.0","endAddress":"2001:db8::1"}"#,
            deep.as_str(),
            nested.as_str(),
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{}", text.get(..40).unwrap_or(text));
        }
        let odd = r#"{"startAddress":"192.0.2.0","endAddress":"192.0.2.255","entities":[1,{"roles":"abuse","vcardArray":7},
            {"roles":["abuse"],"vcardArray":["vcard",[["email"],["email",{},"text",5],7]]}],"links":{}}"#;
        assert_eq!(parse(odd.as_bytes()).map(|network| network.abuse), Some(vec![]));
    }
}
