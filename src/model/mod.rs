//! Plain types that every room shares, and the traits by which rooms meet.
//!
//! Nothing here reads a file, a clock other than [`clock`], or a socket.

pub mod address_space;
pub mod clock;
pub mod columns;
pub mod contact;
pub mod countries;
pub mod facts;
pub mod finding;
pub mod http;
pub mod lists;
pub mod outbox;
pub mod overflow;
pub mod pattern;
pub mod record;
pub mod report;
pub mod report_form;
pub mod settings;
pub mod sources;
pub mod url_feed;

pub use columns::{ColumnSource, Dictionary, IndexRow, Segment, States};
pub use contact::{
    Contact, ContactAct, ContactEvent, ContactKind, ContactRule, ContactScope, ContactSettings, ContactState,
    contact_address, contact_key,
};
pub use facts::{
    AddressFacts, ContactChain, ContactSource, ContactStep, Country, CountryMeaning, HostFacts, HostName,
    ListCode, ListFact, Origin,
};
pub use finding::{Cache, Cached, Fact, Finding};
pub use http::{HttpSettings, is_this_machine};
pub use lists::{BlockList, ListSubject};
pub use outbox::{
    AuditEntry, Draft, Held, Outgoing, OutgoingId, OutgoingKind, OutgoingState, ReportedMail, Response,
};
pub use overflow::{Outside, Overflow};
pub use pattern::{Dimension, Pattern, Span};
pub use record::{Dismissal, FeedKind, ListRow, Note, Record, ReportId, Status};
pub use report::{
    ArrivalFrom, Attachment, Cause, Delivery, DomainPolicy, Field, Kind, Outcome, Reading, Report,
    SourceIpFrom,
};
pub use report_form::{EvidenceForm, Ipv6Form, ReportForm, ReportType, USUAL_PASSWORD, ZipCipher};
pub use settings::{DnsSettings, Judgement, Lookups, OriginZones, Own, Rule, RuleField};
pub use sources::{Listing, SourceRow};
pub use url_feed::{
    KeptSubmission, KeptUrl, Submission, SubmittedUrl, UrlAnswer, UrlFeedKind, UrlStanding, UrlState,
};
