//! Values behind a field's colon: what each field takes, and how they are written.

use super::error::nearest;
use super::field::{Field, Style};
use super::pattern::Pattern;
use super::time::TimeRange;
use crate::model::clock::Seconds;
use crate::model::report::named;
use crate::model::{Cause, Delivery, DomainPolicy, Kind};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

named! {
    /// Values of `is:`.
    State {
        /// Not reported, not dismissed, nothing in the ledger.
        Open = 0 "open",
        /// Arrived since a person last looked.
        New = 1 "new",
        /// Reported to an abuse desk.
        Reported = 2 "reported",
        /// Put aside.
        Dismissed = 3 "dismissed",
        /// The source is on a block list other than a policy list.
        Listed = 4 "listed",
        /// Marked for the next action.
        Marked = 5 "marked",
        /// No report: quarantined, or something else altogether.
        Quarantined = 6 "quarantined",
        /// The reporter is not authenticated.
        Unverified = 7 "unverified",
        /// Of what is quarantined, what is something else altogether.
        NotReport = 8 "not-report",
    }
}

named! {
    /// Values of `has:`.
    Has {
        /// At least one URL.
        Url = 0 "url",
        /// At least one file.
        File = 1 "file",
    }
}

/// One value of a term.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a text or name field.
    Text(Pattern),
    /// The report has no value in this field.
    Unknown,
    /// Of `kind:`.
    Kind(Kind),
    /// Of `cause:`.
    Cause(Cause),
    /// Of `delivery:`.
    Delivery(Delivery),
    /// Of `policy:`.
    Policy(DomainPolicy),
    /// Of `ip:`; one address is a network of full length.
    Network(IpNet),
    /// Of `port:`, `asn:`, `id:`; both ends included.
    Numbers(u32, u32),
    /// Of `country:`, two capital ASCII letters.
    Country([u8; 2]),
    /// Of `since:`, `until:`, `on:`, `days:`, `ago:`.
    Time(TimeRange),
    /// Of `shape:`, `urlshape:`, sixteen hexadecimal digits.
    Shape(u64),
    /// Of `is:`.
    Is(State),
    /// Of `has:`.
    Has(Has),
}

impl Field {
    /// The values that it takes, where these are fixed.
    pub fn vocabulary(self) -> Vec<&'static str> {
        fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(|value| name(*value)).collect()
        }
        let mut values = match self {
            Field::Kind => names(Kind::ALL, Kind::name),
            Field::Cause => names(Cause::ALL, Cause::name),
            Field::Delivery => names(Delivery::ALL, Delivery::name),
            Field::Policy => names(DomainPolicy::ALL, DomainPolicy::name),
            Field::Is => names(State::ALL, State::name),
            Field::Has => names(Has::ALL, Has::name),
            _ => vec![],
        };
        if may_be_unknown(self) && !values.is_empty() {
            values.push("unknown");
        }
        values
    }
}

/// Fields of numbers, addresses and fixed names whose value a report may lack.
fn may_be_unknown(field: Field) -> bool {
    matches!(field, Field::Ip | Field::Port | Field::Asn | Field::Country | Field::Delivery | Field::Policy)
}

/// What was expected instead, and the nearest right name.
pub(super) type Expected = (String, Option<String>);

impl Value {
    /// Whether whatever has this value certainly has the other, too.
    pub(super) fn implies(&self, other: &Value, style: Option<Style>) -> bool {
        match (self, other) {
            (Value::Text(this), Value::Text(other)) => {
                this == other || style == Some(Style::Contains) && this.holds(other)
            }
            (Value::Time(this), Value::Time(other)) => other.from <= this.from && this.to <= other.to,
            (Value::Numbers(first, last), Value::Numbers(from, to)) => from <= first && last <= to,
            (this, other) => this == other,
        }
    }

    /// The value of a field that is not compared as text.
    pub(super) fn typed(field: Field, text: &str, now: Seconds) -> Result<Value, Expected> {
        if may_be_unknown(field) && text.eq_ignore_ascii_case("unknown") {
            return Ok(Value::Unknown);
        }
        match field {
            Field::Kind => fixed(field, text, Kind::ALL, Kind::name).map(Value::Kind),
            Field::Cause => fixed(field, text, Cause::ALL, Cause::name).map(Value::Cause),
            Field::Delivery => fixed(field, text, Delivery::ALL, Delivery::name).map(Value::Delivery),
            Field::Policy => fixed(field, text, DomainPolicy::ALL, DomainPolicy::name).map(Value::Policy),
            Field::Is => fixed(field, text, State::ALL, State::name).map(Value::Is),
            Field::Has => fixed(field, text, Has::ALL, Has::name).map(Value::Has),
            Field::Ip => network(text)
                .map(Value::Network)
                .ok_or_else(|| expected("an address such as 192.0.2.1 or a network such as 192.0.2.0/24")),
            Field::Country => country(text)
                .map(Value::Country)
                .ok_or_else(|| expected("two letters, such as DE, or 'unknown'")),
            Field::Port | Field::Asn | Field::Id => numbers(field, text),
            Field::Shape | Field::UrlShape => shape(text)
                .map(Value::Shape)
                .ok_or_else(|| expected("the sixteen hexadecimal digits that a group shows")),
            Field::Since => TimeRange::since(text, now).map(Value::Time).ok_or_else(|| expected(A_TIME)),
            Field::Until => TimeRange::until(text, now).map(Value::Time).ok_or_else(|| expected(A_TIME)),
            Field::On => {
                TimeRange::on(text).map(Value::Time).ok_or_else(|| expected("a date such as 2026-11-20"))
            }
            Field::Days => TimeRange::day_count(text)
                .map(|days| Value::Time(TimeRange::window(Some(days), None, now)))
                .ok_or_else(|| expected("a number of days")),
            Field::Ago => TimeRange::day_count(text)
                .map(|ago| Value::Time(TimeRange::window(None, Some(ago), now)))
                .ok_or_else(|| expected("a number of days")),
            _ => Err(expected("a text")),
        }
    }
}

const A_TIME: &str =
    "a span such as 36h or 2d, a date such as 2026-11-20, or a time such as 2026-11-20T10:00 (UTC)";

fn expected(what: &str) -> Expected {
    (format!("expected {what}"), None)
}

fn fixed<T: Copy>(field: Field, text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, Expected> {
    let names = || all.iter().map(|value| name(*value));
    all.iter().copied().find(|value| name(*value).eq_ignore_ascii_case(text)).ok_or_else(|| {
        let list = names().collect::<Vec<_>>().join(", ");
        (format!("{field}: takes {list}"), nearest(text, names()))
    })
}

fn shape(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(text, 16).ok().filter(|_| digits)
}

fn network(text: &str) -> Option<IpNet> {
    let net = match text.parse::<IpAddr>() {
        Ok(address) => return Some(IpNet::from(address.to_canonical())),
        Err(_) => text.parse::<IpNet>().ok()?.trunc(),
    };
    // IPv4-mapped networks are IPv4 networks, as addresses are shown everywhere.
    match (net.addr().to_canonical(), net) {
        (IpAddr::V4(address), IpNet::V6(mapped)) if mapped.prefix_len() >= 96 => {
            IpNet::new(IpAddr::V4(address), mapped.prefix_len() - 96).ok()
        }
        _ => Some(net),
    }
}

fn country(text: &str) -> Option<[u8; 2]> {
    let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
    letters.iter().all(u8::is_ascii_alphabetic).then(|| letters.map(|letter| letter.to_ascii_uppercase()))
}

fn numbers(field: Field, text: &str) -> Result<Value, Expected> {
    let highest = field.highest();
    let wrong = || match field {
        Field::Asn => expected("an AS number such as 64500 or AS64500"),
        _ => expected(&format!("a number up to {highest}, or a range such as 120..140")),
    };
    let number = |text: &str| {
        let named =
            field == Field::Asn && text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("as"));
        let digits = if named { &text[2..] } else { text };
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|number| plain && *number <= highest).ok_or_else(wrong)
    };
    let Some((first, last)) = text.split_once("..") else {
        return number(text).map(|number| Value::Numbers(number, number));
    };
    if first.is_empty() && last.is_empty() {
        return Err(wrong());
    }
    let first = if first.is_empty() { 0 } else { number(first)? };
    let last = if last.is_empty() { highest } else { number(last)? };
    if first > last {
        return Err((format!("the range {first}..{last} runs backwards; expected {last}..{first}"), None));
    }
    Ok(Value::Numbers(first, last))
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(pattern) => pattern.fmt(f),
            Value::Unknown => f.write_str("unknown"),
            Value::Kind(kind) => kind.fmt(f),
            Value::Cause(cause) => cause.fmt(f),
            Value::Delivery(delivery) => delivery.fmt(f),
            Value::Policy(policy) => policy.fmt(f),
            Value::Network(net) if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
            Value::Network(net) => net.fmt(f),
            Value::Numbers(first, last) if first == last => write!(f, "{first}"),
            Value::Numbers(first, u32::MAX) => write!(f, "{first}.."),
            Value::Numbers(first, last) => write!(f, "{first}..{last}"),
            Value::Country([first, second]) => write!(f, "{}{}", char::from(*first), char::from(*second)),
            Value::Time(range) => range.form.fmt(f),
            Value::Shape(shape) => write!(f, "{shape:016x}"),
            Value::Is(state) => state.fmt(f),
            Value::Has(part) => part.fmt(f),
        }
    }
}
