//! What can be promised of every generated mailbox.

use super::*;
use crate::arf::mail::{self, Body, Mail};
use crate::model::{Kind, Status};
use std::collections::HashSet;

const NOW: Seconds = 1_795_000_000;

fn mailbox(count: u64) -> Vec<Generated> {
    Generator::new(1, count, NOW).collect()
}

#[test]
fn seed_count_and_moment_decide_every_byte() {
    let bytes = |seed, now| Generator::new(seed, 200, now).map(|m| m.bytes).collect::<Vec<_>>();
    assert_eq!(bytes(1, NOW), bytes(1, NOW));
    assert_ne!(bytes(1, NOW), bytes(2, NOW));
    assert_ne!(bytes(1, NOW), bytes(1, NOW + 60));
}

#[test]
fn no_two_messages_are_equal() {
    let messages = mailbox(3000);
    let unique: HashSet<&[u8]> = messages.iter().map(|m| m.bytes.as_slice()).collect();
    assert_eq!(unique.len(), messages.len());
}

#[test]
fn messages_arrive_in_order_within_the_days_before_now() {
    let messages = mailbox(3000);
    let first = NOW - DAYS as Seconds * 86_400;
    assert!(messages.iter().all(|m| (first..NOW).contains(&m.facts.arrival)));
    assert!(messages.iter().all(|m| m.received == m.facts.arrival + 40));
    assert!(messages.windows(2).all(|pair| pair[0].facts.arrival <= pair[1].facts.arrival + 1200));
    assert!(messages.first().is_some_and(|m| m.facts.arrival < first + 6 * 3600));
    assert!(messages.last().is_some_and(|m| m.facts.arrival > NOW - 6 * 3600));
}

#[test]
fn even_a_small_mailbox_holds_one_of_each_kind_of_message_that_is_no_report() {
    for count in [3, 50, 3000] {
        let messages = mailbox(count);
        let of = |status| messages.iter().filter(|m| m.facts.status == status).count();
        assert_eq!((of(Status::Quarantined), of(Status::NotReport)), (1, 2), "{count}");
    }
}

#[test]
fn the_examples_of_the_readme_find_something() {
    let messages = mailbox(3000);
    let recent = |m: &&Generated| m.facts.arrival > NOW - 2 * 86_400;
    let transfers = messages.iter().filter(recent).filter(|m| m.facts.subject.contains("wire transfer"));
    assert!(transfers.count() > 20);
    let mail_htm =
        messages.iter().filter(recent).filter(|m| m.facts.urls.iter().any(|u| u.ends_with("mail.htm")));
    assert!(mail_htm.count() > 20);
}

#[test]
fn it_shows_the_world() {
    let messages = mailbox(3000);
    let sources: Vec<_> = messages.iter().filter_map(|m| m.facts.source_ip).collect();
    let places: Vec<_> = sources.iter().map(|ip| place(*ip).expect("every source has a place")).collect();
    let countries: HashSet<_> = places.iter().filter_map(|p| p.country).collect();
    assert!(countries.len() > 30, "{}", countries.len());
    assert!(sources.iter().any(|ip| ip.is_ipv6()));
    for kind in Kind::ALL {
        assert!(messages.iter().filter(|m| m.facts.kind == *kind).count() > 30, "{kind}");
    }
    assert!(messages.iter().any(|m| m.facts.files.as_ref().is_some_and(|files| !files.is_empty())));
    assert!(messages.iter().any(|m| m.facts.headers_only));
}

#[test]
fn names_and_addresses_are_reserved_ones() {
    let reserved = |domain: &str| {
        let last = domain.rsplit('.').next().unwrap_or_default();
        ["test", "example"].contains(&last)
            || ["example.com", "example.net", "example.org"].iter().any(|d| domain.ends_with(d))
    };
    for message in mailbox(1000) {
        let facts = &message.facts;
        for address in facts.original_rcpt_to.iter().chain(&facts.original_mail_from).chain([&facts.from]) {
            let domain = address.rsplit_once('@').map_or("test", |(_, domain)| domain);
            assert!(reserved(domain), "{address}");
        }
        for url in &facts.urls {
            let host = url.split('/').nth(2).expect("a host");
            assert!(reserved(host), "{url}");
        }
    }
}

/// The mail parser is the judge here: what it finds in the bytes is what the facts say.
#[test]
fn the_facts_are_in_the_bytes() {
    for message in mailbox(1500).iter().filter(|m| m.facts.status == Status::Report) {
        let (facts, index) = (&message.facts, message.index);
        let parsed = mail::parse(&message.bytes).expect("a message");
        let parts = Mail::of(&parsed).parts();
        let inner = parts.iter().find_map(|part| match part.body() {
            Body::Message(inner) => Some(inner),
            _ => None,
        });
        let headers = parts
            .iter()
            .find(|part| facts.headers_only && part.is("text", "rfc822-headers"))
            .map(|part| part.body());
        let again = match headers {
            Some(Body::Text(text)) => mail::parse(text.as_bytes()),
            _ => None,
        };
        let inner = again.as_ref().map(Mail::of).or(inner).unwrap_or_else(|| panic!("{index}: no mail"));
        assert_eq!(inner.subject(), Some(facts.subject.as_str()), "{index}");
        let from = inner.from().expect("a sender");
        assert_eq!(
            (from.name, from.address.as_ref()),
            (facts.from_name.clone(), Some(&facts.from)),
            "{index}"
        );
        assert_eq!(
            inner.header("message-id").as_deref(),
            Some(&*format!("<{}>", facts.message_id)),
            "{index}"
        );
        let files: Vec<&str> = inner.parts().iter().filter_map(|part| part.file_name()).collect();
        if let Some(expected) = &facts.files {
            assert_eq!(files, expected.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), "{index}");
            for (part, file) in inner.parts().iter().filter(|part| part.is_attachment()).zip(expected) {
                let Body::Binary(data) = part.body() else { panic!("{index}: no file") };
                assert_eq!(&facts::File::new(&file.name, &file.content_type, data), file, "{index}");
            }
        }
        for part in inner.parts() {
            match part.body() {
                Body::Text(text) => {
                    assert!(
                        facts.kind != Kind::Normal || facts.urls.iter().all(|u| text.contains(u)),
                        "{index}"
                    )
                }
                Body::Html(text) => {
                    assert!(facts.urls.iter().all(|u| text.contains(&u.replace('&', "&amp;"))), "{index}")
                }
                _ => {}
            }
        }
    }
}
