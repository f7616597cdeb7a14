//! The configuration file as written: the names of its keys and their defaults. Knows no rule about their values
//! beyond their type; `validate` does.

use super::alert::FileAlert;
use super::report::{FileForm, FileReport};
use super::secret::Secret;
use super::sending::{FileDkim, FileSending, Smtp};
use super::url_feed::FileUrlFeed;
use super::web::{Contacts, Http};
use crate::keymap::Preset;
use crate::model::{Cause, FeedKind, Kind, ListSubject, RuleField};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// The database, unless the command line or `LAFAYETTE_DB` name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<PathBuf>,
    /// Special-purpose networks that count as public.
    pub treat_as_public: Vec<String>,
    /// The own house.
    pub own: Own,
    /// Database files with networks and countries.
    pub geoip: Geoip,
    /// Whom to ask for names.
    pub dns: Dns,
    /// What may be asked of whom.
    pub lookups: Lookups,
    /// Which block lists are asked.
    pub lists: Lists,
    /// Whom to tell.
    pub contacts: Contacts,
    /// Asking over HTTP.
    pub http: Http,
    /// Who writes the abuse reports.
    pub report: FileReport,
    /// The server that sends them.
    pub smtp: Smtp,
    /// When, how often and by which way they leave.
    pub sending: FileSending,
    /// The key that signs them.
    pub dkim: FileDkim,
    /// What is refused for its size.
    pub limits: Limits,
    /// Who is told of new patterns.
    pub alert: FileAlert,
    /// What is written down of a sync.
    pub log: Log,
    /// Hiding recipients.
    pub redaction: Redaction,
    /// Lists that are made for others.
    pub export: Export,
    /// How the screen looks.
    pub screen: Screen,
    /// Which keys do what, by mode: a sequence of keys and the name of an action, or `none`.
    pub keys: BTreeMap<String, BTreeMap<String, String>>,
    /// Where reports come from.
    pub feed: Vec<Feed>,
    /// Own block lists, and what is to be another way with those that are known.
    pub list: Vec<List>,
    /// Desks that get their reports in another form.
    pub report_form: Vec<FileForm>,
    /// Feeds that take URLs.
    pub url_feed: Vec<FileUrlFeed>,
    /// The user's own judgements.
    pub rule: Vec<Rule>,
}

/// `[own]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Own {
    /// Our domains.
    pub domains: Vec<String>,
    /// Our networks.
    pub networks: Vec<String>,
    /// Domains of services that send for us.
    pub senders: Vec<String>,
    /// What our servers call themselves in Authentication-Results.
    pub authserv_ids: Vec<String>,
    /// Hosts whose Received headers are believed.
    pub trusted_hosts: Vec<String>,
}

/// `[[feed]]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Feed {
    /// Its name; the only key without a default.
    pub name: String,
    /// What it brings.
    pub kind: FeedKind,
    /// The IMAP server; a feed without one takes files only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its port; 993, or 143 without implicit TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates to trust besides the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A command that prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_command: Option<String>,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// A variable that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// A command that prints an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_command: Option<String>,
    /// The folder to read, or several; "/" stands for whatever parts names on the server.
    pub folder: OneOrMany,
    /// How far back the first sync of a folder reads.
    pub since: String,
    /// The most messages that one sync takes from a folder; 0 takes all.
    pub max_per_run: u32,
    /// The longest silence of the server.
    pub timeout_seconds: u32,
    /// What becomes of a message once it is stored.
    pub after: After,
    /// The folder that `after = "move"` moves reports to.
    pub move_to: String,
    /// The folder that it moves everything else to.
    pub move_invalid_to: String,
    /// Addresses and domains that need no authentication.
    pub trusted_reporters: Vec<String>,
    /// As `own.authserv_ids`, for this feed's mailbox only.
    pub authserv_ids: Vec<String>,
}

impl Default for Feed {
    fn default() -> Feed {
        Feed {
            name: String::new(),
            kind: FeedKind::Mailbox,
            host: None,
            port: None,
            tls: Tls::Implicit,
            ca_file: None,
            user: None,
            password: None,
            password_command: None,
            password_file: None,
            password_env: None,
            token_command: None,
            folder: OneOrMany::One("INBOX".to_owned()),
            since: "3d".to_owned(),
            max_per_run: 4_000,
            timeout_seconds: 60,
            after: After::Keep,
            move_to: "Archive".to_owned(),
            move_invalid_to: "Archive/Invalid".to_owned(),
            trusted_reporters: vec![],
            authserv_ids: vec![],
        }
    }
}

/// One text, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a name in quotes, or a list of them")]
pub enum OneOrMany {
    /// `"a"`
    One(String),
    /// `["a", "b"]`
    Many(Vec<String>),
}

/// `[geoip]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Geoip {
    /// Files in MaxMind's format, any layout.
    pub files: Vec<PathBuf>,
}

/// `[dns]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dns {
    /// `ip:port`; empty means the system's.
    pub servers: Vec<String>,
    /// Ask nobody.
    pub offline: bool,
    /// How long one try waits for its answer.
    pub timeout_seconds: u32,
    /// How often a server that says nothing is tried.
    pub tries: u8,
}

impl Default for Dns {
    fn default() -> Dns {
        Dns { servers: vec![], offline: false, timeout_seconds: 3, tries: 2 }
    }
}

/// `[lookups]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookups {
    /// Host names of sources.
    pub names: bool,
    /// Who announces their networks.
    pub origin: bool,
    /// What block lists say.
    pub lists: bool,
    /// Whom to tell.
    pub contacts: bool,
    /// The same about hosts of URLs.
    pub url_hosts: bool,
    /// Zone of the origin service for IPv4 addresses.
    pub origin_zone: String,
    /// For IPv6 addresses.
    pub origin6_zone: String,
    /// For the numbers of ASes.
    pub asn_zone: String,
}

impl Default for Lookups {
    fn default() -> Lookups {
        let crate::model::Lookups { names, origin, lists, contacts, url_hosts, origin_zones } =
            crate::model::Lookups::default();
        Lookups {
            names,
            origin,
            lists,
            contacts,
            url_hosts,
            origin_zone: origin_zones.ipv4,
            origin6_zone: origin_zones.ipv6,
            asn_zone: origin_zones.asn,
        }
    }
}

/// `[lists]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lists {
    /// Names of the known lists that are asked, in the order in which they are shown.
    #[serde(rename = "use")]
    pub used: Vec<String>,
}

impl Default for Lists {
    fn default() -> Lists {
        Lists { used: ["zen", "spamcop", "dbl", "surbl", "uribl"].map(str::to_owned).to_vec() }
    }
}

/// `[[list]]`: what is absent is as with the known list of the name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct List {
    /// Its name; the only key without a default.
    pub name: String,
    /// The letter that stands for it in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letter: Option<String>,
    /// Its zone; `{key}` stands where the key belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What it is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<ListSubject>,
    /// It also lists IPv6 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<bool>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// A command that prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_command: Option<String>,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// A variable that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// A name that it always holds, as it stands before the zone, beside that of RFC 5782.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_listed: Option<String>,
    /// A name that it never holds, in place of that of RFC 5782.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_unlisted: Option<String>,
    /// What an answer means, by the whole address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<BTreeMap<String, Code>>,
    /// What an answer means, by bits of its last octet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<BTreeMap<String, Code>>,
    /// Answers that say nothing about the subject, by address or network, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeMap<String, String>>,
}

/// One thing that a block list says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Short name, for queries.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// It tells what a network is for, not what it did.
    #[serde(default)]
    pub policy: bool,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest message that is read, in MiB.
    pub message_mib: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { message_mib: 64 }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The file; without one nothing is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// How much of it.
    pub level: LogLevel,
}

impl Default for Log {
    fn default() -> Log {
        Log { file: None, level: LogLevel::Info }
    }
}

/// `[screen]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screen {
    /// Its colours.
    pub theme: ThemeName,
    /// The keys to begin with.
    pub keymap: Preset,
    /// Only ASCII signs.
    pub ascii: bool,
    /// Listens to the mouse.
    pub mouse: bool,
    /// The query that it begins with.
    pub query: String,
    /// The columns of the list; empty means the usual ones.
    pub columns: Vec<String>,
}

impl Default for Screen {
    fn default() -> Screen {
        Screen {
            theme: ThemeName::Dark,
            keymap: Preset::Vi,
            ascii: false,
            mouse: true,
            query: "is:open kind:normal".to_owned(),
            columns: vec![],
        }
    }
}

/// Colours by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// The terminal's own sixteen colours, for a dark background.
    Dark,
    /// The same for a light one.
    Light,
    /// No colours.
    Mono,
    /// Few colours, far apart.
    HighContrast,
    /// Blue and orange instead of green and red.
    ColourBlind,
}

impl ThemeName {
    /// All of them, with their names.
    pub const ALL: &[(ThemeName, &str)] = &[
        (ThemeName::Dark, "dark"),
        (ThemeName::Light, "light"),
        (ThemeName::Mono, "mono"),
        (ThemeName::HighContrast, "high-contrast"),
        (ThemeName::ColourBlind, "colour-blind"),
    ];
}

/// `[redaction]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redaction {
    /// The key that makes hidden recipients comparable (RFC 6590); made beside the database when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

/// `[export]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Export {
    /// Domains that never stand in a list that blocks.
    pub allowed_domains: Vec<String>,
}

/// `[[rule]]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Shown as the reason.
    pub name: String,
    /// What the pattern is held against.
    pub field: RuleField,
    /// Regular expression, case-insensitive.
    pub pattern: String,
    /// The kind it decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The cause it decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The tag it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Plain text first, then TLS; without TLS nothing is said.
    Starttls,
    /// No protection; to this machine only.
    None,
}

/// How much is written to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what was worked around.
    Warn,
    /// And what was done.
    Info,
    /// And each command to a server, without secrets and without mail.
    Debug,
}

/// What becomes of a message in its mailbox once its bytes are durably stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Nothing.
    Keep,
    /// It is flagged as seen.
    Seen,
    /// It moves to the folder `move_to`.
    Move,
    /// It is deleted.
    Delete,
}
