//! The fields of the language and how each compares its values.

use crate::model::report::named;
use serde::{Deserialize, Serialize};

named! {
    /// What stands before the colon.
    Field {
        /// Subject of the reported mail; what a bare word means.
        Subject = 0 "subject",
        /// Any URL of the reported mail, as written.
        Url = 1 "url",
        /// The host of any URL.
        Host = 2 "host",
        /// The name of any file.
        File = 3 "file",
        /// SHA-256 or MD5 of any file.
        Hash = 4 "hash",
        /// From address.
        From = 5 "from",
        /// From display name.
        FromName = 6 "fromname",
        /// Reply-To address.
        ReplyTo = 7 "replyto",
        /// Original-Mail-From.
        MailFrom = 8 "mailfrom",
        /// Any Original-Rcpt-To.
        Rcpt = 9 "rcpt",
        /// Any mail address in the body.
        Addr = 10 "addr",
        /// Any Reported-Domain.
        Domain = 11 "domain",
        /// Host name of the source (PTR).
        Source = 12 "source",
        /// Source address or network.
        Ip = 13 "ip",
        /// Source port.
        Port = 14 "port",
        /// Origin AS of the source.
        Asn = 15 "asn",
        /// Country of the source.
        Country = 16 "country",
        /// Who reports: address or domain.
        Reporter = 17 "reporter",
        /// User-Agent of the report.
        Agent = 18 "agent",
        /// Name of the feed that brought it.
        Feed = 19 "feed",
        /// Normal, bounce, automatic reply.
        Kind = 20 "kind",
        /// Fraud or something more harmless.
        Cause = 21 "cause",
        /// Feedback-Type.
        Feedback = 22 "feedback",
        /// The domain's published policy.
        Policy = 23 "policy",
        /// What the reporter's system did with the mail.
        Delivery = 24 "delivery",
        /// Auth-Failure.
        Auth = 25 "auth",
        /// Message-ID of the reported mail.
        MessageId = 26 "msgid",
        /// Block list that names the source: `zen`, `zen:xbl`.
        List = 27 "list",
        /// Tag.
        Tag = 28 "tag",
        /// Abuse contact.
        Contact = 29 "contact",
        /// State in the ledger of what was sent.
        State = 30 "state",
        /// Body and headers of the whole message.
        Text = 31 "text",
        /// Arrived at this moment or later.
        Since = 32 "since",
        /// Arrived at this moment or earlier; a date includes its day.
        Until = 33 "until",
        /// Arrived on this day (UTC).
        On = 34 "on",
        /// Arrived on this day or the N days before (UTC); `ago:` moves the day back.
        Days = 35 "days",
        /// Arrived on the day that was N days ago (UTC), or the end of the `days:` beside it.
        Ago = 36 "ago",
        /// open, new, reported, dismissed, listed, marked, quarantined, unverified, not-report.
        Is = 37 "is",
        /// url, file.
        Has = 38 "has",
        /// The report's number, or a range of them.
        Id = 39 "id",
        /// Subjects that differ only in digits, names and tokens: their common shape, as groups show it.
        Shape = 40 "shape",
        /// URLs that differ only so.
        UrlShape = 41 "urlshape",
        /// What a saved view finds.
        View = 42 "view",
    }
}

/// How a text field compares a plain value; wildcards and regular expressions work alike in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The text contains the value.
    Contains,
    /// The text is the value.
    Name,
    /// The text is the value or a subdomain of it.
    Domain,
    /// The mail address is the value or lies in the domain that the value names, with or without `@`.
    Reporter,
    /// The list is the value or a part of it: `zen` is also `zen:xbl`.
    List,
}

impl Field {
    /// How the field compares texts; `None` for fields of numbers, times, addresses, and fixed names.
    pub fn style(self) -> Option<Style> {
        use Field::*;
        match self {
            Subject | Url | File | From | FromName | ReplyTo | MailFrom | Rcpt | Addr | Agent | MessageId
            | Text => Some(Style::Contains),
            Domain | Host | Source => Some(Style::Domain),
            Reporter => Some(Style::Reporter),
            List => Some(Style::List),
            Hash | Feed | Feedback | Auth | Tag | Contact | State | View => Some(Style::Name),
            Ip | Port | Asn | Country | Kind | Cause | Policy | Delivery | Since | Until | On | Days
            | Ago | Is | Has | Id | Shape | UrlShape => None,
        }
    }

    /// The field bounds the time of arrival.
    pub fn is_time(self) -> bool {
        matches!(self, Field::Since | Field::Until | Field::On | Field::Days | Field::Ago)
    }

    /// The highest number the field can hold.
    pub(super) fn highest(self) -> u32 {
        if self == Field::Port { u32::from(u16::MAX) } else { u32::MAX }
    }
}
