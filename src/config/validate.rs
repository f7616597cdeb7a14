//! From the file's keys to a `Config` whose values are right and concrete. Every wrong value is told, not only the
//! first. Reads nothing.

use super::alert::Alert;
use super::file::{self, After, File, OneOrMany, Tls};
use super::lists::UsedList;
use super::location::Step::{self, Item, Key, Named};
use super::report::Report;
use super::secret::{Credential, Secret};
use super::sending::{Dkim, Sending};
use super::url_feed::UrlFeed;
use super::{Feed, Screen, Server, error, values};
use crate::keymap::{Action, Change, Keymap, Mode, Preset};
use crate::model::{ContactSettings, DnsSettings, HttpSettings, Lookups, OriginZones, Own, Rule};
use ipnet::IpNet;
use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Wrong values: where each is, and a sentence.
pub type Problems = Vec<(Vec<Step>, String)>;

/// Largest size of a compiled rule; a pattern beyond it would take megabytes for each rule.
const RULE_BYTES: usize = 1 << 20;
/// A message is kept in memory while it is read.
const MESSAGE_MIB_LIMIT: u32 = 1024;
/// The columns of the list of reports; a test of the screen holds that these are they.
pub const COLUMNS: &[&str] = &[
    "state",
    "id",
    "arrival",
    "kind",
    "feedback",
    "domain",
    "source",
    "country",
    "asn",
    "list",
    "delivery",
    "cause",
    "feed",
    "reporter",
    "from",
    "urls",
    "files",
    "incidents",
    "subject",
];
/// A name server that needs longer is none; a try that is shorter than a way round the world loses answers.
const DNS_TIMEOUT_SECONDS: RangeInclusive<u32> = 1..=60;
const DNS_TRIES: RangeInclusive<u8> = 1..=10;
/// As many as a question remembers to have asked.
const MOST_DNS_SERVERS: usize = 8;
/// An hour of silence is no patience any more.
const TIMEOUT_SECONDS: RangeInclusive<u32> = 1..=3_600;

/// The file's values, checked; paths absolute or relative to the working folder.
pub struct Checked {
    pub database: Option<PathBuf>,
    pub treat_as_public: Vec<IpNet>,
    pub own: Own,
    pub feeds: Vec<Feed>,
    pub geoip_files: Vec<PathBuf>,
    pub dns: DnsSettings,
    pub lookups: Lookups,
    pub lists: Vec<UsedList>,
    pub contacts: ContactSettings,
    pub http: HttpSettings,
    pub report: Report,
    pub smtp: Option<Server>,
    pub sending: Sending,
    pub dkim: Option<Dkim>,
    pub url_feeds: Vec<UrlFeed>,
    pub alert: Option<Alert>,
    pub rules: Vec<Rule>,
    pub message_bytes: u64,
    pub screen: Screen,
    pub log_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
    pub allowed_domains: Vec<String>,
}

/// Checks all values. `folder` is that of the file, against which relative paths are taken.
pub fn validate(file: &File, folder: &Path, home: Option<&Path>) -> Result<Checked, Problems> {
    let mut check = Check { folder, home, problems: vec![] };
    let treat_as_public = check.list(&[Key("treat_as_public")], &file.treat_as_public, values::network);
    let checked = Checked {
        database: file.database.as_deref().map(|p| check.path(p)),
        own: check.own(&file.own),
        feeds: check.feeds(&file.feed),
        geoip_files: file.geoip.files.iter().map(|p| check.path(p)).collect(),
        dns: check.dns(&file.dns),
        lookups: check.lookups(&file.lookups),
        lists: check.lists(file),
        contacts: check.contacts(&file.contacts),
        http: check.http(&file.http, &treat_as_public),
        treat_as_public,
        report: check.report(file),
        smtp: check.smtp(&file.smtp),
        sending: check.sending(file),
        dkim: check.dkim(file),
        url_feeds: check.url_feeds(file),
        alert: check.alert(&file.alert),
        rules: check.rules(&file.rule),
        message_bytes: check.message_bytes(file.limits.message_mib),
        screen: check.screen(file),
        log_file: file.log.file.as_deref().map(|p| check.path(p)),
        key_file: file.redaction.key_file.as_deref().map(|p| check.path(p)),
        allowed_domains: check.list(
            &[Key("export"), Key("allowed_domains")],
            &file.export.allowed_domains,
            values::domain,
        ),
    };
    if check.problems.is_empty() { Ok(checked) } else { Err(check.problems) }
}

/// The checks, and what they found wrong.
pub struct Check<'a> {
    folder: &'a Path,
    home: Option<&'a Path>,
    problems: Problems,
}

/// What `[[feed]]` and `[smtp]` have in common.
pub struct Connection<'a> {
    pub host: Option<&'a str>,
    pub port: Option<u16>,
    pub tls: Tls,
    pub ca_file: Option<&'a Path>,
    pub user: Option<&'a str>,
    pub password: Option<&'a Secret>,
    pub password_command: Option<&'a str>,
    pub password_file: Option<&'a Path>,
    pub password_env: Option<&'a str>,
    pub token_command: Option<&'a str>,
}

impl Check<'_> {
    pub fn problem(&mut self, path: &[Step], sentence: impl Into<String>) {
        self.problems.push((path.to_vec(), sentence.into()));
    }

    pub fn value<T>(&mut self, path: &[Step], text: &str, check: fn(&str) -> Result<T, String>) -> Option<T> {
        check(text).map_err(|sentence| self.problem(path, sentence)).ok()
    }

    pub fn list<T>(
        &mut self,
        path: &[Step],
        items: &[String],
        check: fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let one = |(index, text): (usize, &String)| self.value(&[path, &[Item(index)]].concat(), text, check);
        items.iter().enumerate().filter_map(one).collect()
    }

    pub fn path(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => self.folder.join(path),
        }
    }

    fn own(&mut self, own: &file::Own) -> Own {
        let at = |key| [Key("own"), Key(key)];
        Own {
            domains: self.list(&at("domains"), &own.domains, values::domain),
            networks: self.list(&at("networks"), &own.networks, values::network),
            senders: self.list(&at("senders"), &own.senders, values::domain),
            authserv_ids: self.list(&at("authserv_ids"), &own.authserv_ids, values::line),
            trusted_hosts: self.list(&at("trusted_hosts"), &own.trusted_hosts, values::host),
        }
    }

    fn dns(&mut self, dns: &file::Dns) -> DnsSettings {
        let at = |key| [Key("dns"), Key(key)];
        if !DNS_TIMEOUT_SECONDS.contains(&dns.timeout_seconds) {
            let (least, most) = (DNS_TIMEOUT_SECONDS.start(), DNS_TIMEOUT_SECONDS.end());
            self.problem(&at("timeout_seconds"), format!("must be {least} to {most}"));
        }
        if !DNS_TRIES.contains(&dns.tries) {
            let (least, most) = (DNS_TRIES.start(), DNS_TRIES.end());
            self.problem(&at("tries"), format!("must be {least} to {most}"));
        }
        if dns.servers.len() > MOST_DNS_SERVERS {
            self.problem(&at("servers"), format!("names more than {MOST_DNS_SERVERS} servers"));
        }
        DnsSettings {
            servers: self.list(&at("servers"), &dns.servers, values::dns_server),
            offline: dns.offline,
            timeout: Duration::from_secs(dns.timeout_seconds.into()),
            tries: dns.tries,
        }
    }

    fn lookups(&mut self, lookups: &file::Lookups) -> Lookups {
        let mut zone = |key, text: &str| {
            self.value(&[Key("lookups"), Key(key)], text, values::domain).unwrap_or_default()
        };
        let origin_zones = OriginZones {
            ipv4: zone("origin_zone", &lookups.origin_zone),
            ipv6: zone("origin6_zone", &lookups.origin6_zone),
            asn: zone("asn_zone", &lookups.asn_zone),
        };
        let file::Lookups { names, origin, lists, contacts, url_hosts, .. } = *lookups;
        Lookups { names, origin, lists, contacts, url_hosts, origin_zones }
    }

    fn feeds(&mut self, feeds: &[file::Feed]) -> Vec<Feed> {
        let mut names = HashSet::new();
        let mut out = vec![];
        for (index, feed) in feeds.iter().enumerate() {
            let at = [Key("feed"), Item(index)];
            let key = |name| [&at[..], &[Key(name)]].concat();
            if feed.name.is_empty() {
                self.problem(&at, "a [[feed]] needs a 'name'");
            } else if self.value(&key("name"), &feed.name, values::name).is_some()
                && !names.insert(feed.name.to_lowercase())
            {
                self.problem(&key("name"), format!("two feeds are named '{}'", feed.name));
            }
            let folders = match &feed.folder {
                OneOrMany::One(name) => self.value(&key("folder"), name, values::line).into_iter().collect(),
                OneOrMany::Many(names) => self.list(&key("folder"), names, values::line),
            };
            if matches!(&feed.folder, OneOrMany::Many(names) if names.is_empty()) {
                self.problem(&key("folder"), "is an empty list; name a folder such as \"INBOX\"");
            }
            let mut target = |name, folder: &str| {
                let checked = self.value(&key(name), folder, values::line).unwrap_or_default();
                if feed.after == After::Move && folders.contains(&checked) {
                    self.problem(&key(name), "is a folder that the feed reads");
                }
                checked
            };
            let move_to = target("move_to", &feed.move_to);
            let move_invalid_to = target("move_invalid_to", &feed.move_invalid_to);
            let timeout = self.timeout(&key("timeout_seconds"), feed.timeout_seconds);
            let connection = Connection {
                host: feed.host.as_deref(),
                port: feed.port,
                tls: feed.tls,
                ca_file: feed.ca_file.as_deref(),
                user: feed.user.as_deref(),
                password: feed.password.as_ref(),
                password_command: feed.password_command.as_deref(),
                password_file: feed.password_file.as_deref(),
                password_env: feed.password_env.as_deref(),
                token_command: feed.token_command.as_deref(),
            };
            let default_port = if feed.tls == Tls::Implicit { 993 } else { 143 };
            let server = self.server(&at, &connection, default_port);
            match &server {
                Some(Server { user: None, .. }) => {
                    self.problem(&at, "a feed with a 'host' needs a 'user' and where the password comes from");
                }
                Some(Server { credential: None, .. }) => self.problem(
                    &key("user"),
                    "needs a password: password_command, password_file, password_env or token_command tell where \
                     it comes from",
                ),
                _ => {}
            }
            out.push(Feed {
                name: feed.name.clone(),
                kind: feed.kind,
                server,
                folders,
                since: self.value(&key("since"), &feed.since, values::since).unwrap_or(values::Since::All),
                max_per_run: (feed.max_per_run > 0).then_some(feed.max_per_run as usize),
                timeout,
                after: feed.after,
                move_to,
                move_invalid_to,
                trusted_reporters: self.list(
                    &key("trusted_reporters"),
                    &feed.trusted_reporters,
                    values::reporter,
                ),
                authserv_ids: self.list(&key("authserv_ids"), &feed.authserv_ids, values::line),
            });
        }
        out
    }

    /// How long a server may take.
    pub fn timeout(&mut self, at: &[Step], seconds: u32) -> Duration {
        if !TIMEOUT_SECONDS.contains(&seconds) {
            let (least, most) = (TIMEOUT_SECONDS.start(), TIMEOUT_SECONDS.end());
            self.problem(at, format!("must be {least} to {most}"));
        }
        Duration::from_secs(seconds.into())
    }

    pub fn server(&mut self, at: &[Step], connection: &Connection<'_>, default_port: u16) -> Option<Server> {
        let key = |name| [at, &[Key(name)]].concat();
        let credential = self.credential(at, connection);
        let Some(host) = connection.host else {
            if connection.user.is_some() || credential.is_some() || connection.port.is_some() {
                self.problem(at, "names a login or a port, yet no 'host'");
            }
            return None;
        };
        if connection.port == Some(0) {
            self.problem(&key("port"), "must be 1 to 65535");
        }
        match connection.user {
            Some(user) => drop(self.value(&key("user"), user, values::line)),
            None if credential.is_some() => self.problem(at, "has a password, yet no 'user'"),
            None => {}
        }
        let host = self.value(&key("host"), host, values::host)?;
        if connection.tls == Tls::None && !is_loopback(&host) {
            self.problem(
                &key("tls"),
                format!("\"none\" is for this machine only, and '{host}' is another; use \"implicit\" or \"starttls\""),
            );
        }
        Some(Server {
            host,
            port: connection.port.unwrap_or(default_port),
            tls: connection.tls,
            ca_file: connection.ca_file.map(|p| self.path(p)),
            user: connection.user.map(str::to_owned),
            credential,
        })
    }

    fn credential(&mut self, at: &[Step], connection: &Connection<'_>) -> Option<Credential> {
        let text = |text: &str| text.trim().to_owned();
        let given = [
            connection.password.map(|p| ("password", Credential::Literal(p.clone()))),
            connection.password_command.map(|c| ("password_command", Credential::Command(text(c)))),
            connection.password_file.map(|p| ("password_file", Credential::File(self.path(p)))),
            connection.password_env.map(|v| ("password_env", Credential::Environment(text(v)))),
            connection.token_command.map(|c| ("token_command", Credential::TokenCommand(text(c)))),
        ];
        self.only_one(at, given)
    }

    /// The one place that a secret comes from.
    pub fn only_one<const N: usize>(
        &mut self,
        at: &[Step],
        given: [Option<(&'static str, Credential)>; N],
    ) -> Option<Credential> {
        let mut given: Vec<(&'static str, Credential)> = given.into_iter().flatten().collect();
        if let Some((second, _)) = given.get(1) {
            let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
            let sentence = format!("only one of {} can be given", names.join(" and "));
            self.problem(&[at, &[Key(second)]].concat(), sentence);
        }
        let (name, credential) = given.drain(..).next()?;
        let empty = match &credential {
            Credential::Literal(secret) => secret.expose().is_empty(),
            Credential::File(_) => false,
            Credential::Command(text) | Credential::Environment(text) | Credential::TokenCommand(text) => {
                text.is_empty()
            }
        };
        if empty {
            self.problem(&[at, &[Key(name)]].concat(), "is empty");
        }
        Some(credential)
    }

    fn rules(&mut self, rules: &[file::Rule]) -> Vec<Rule> {
        let mut out = vec![];
        for (index, rule) in rules.iter().enumerate() {
            let at = [Key("rule"), Item(index)];
            let key = |name| [&at[..], &[Key(name)]].concat();
            let name = self.value(&key("name"), &rule.name, values::line);
            if rule.kind.is_none() && rule.cause.is_none() && rule.tag.is_none() {
                self.problem(&at, "a [[rule]] needs a 'kind', a 'cause' or a 'tag' to give");
            }
            let tag = rule.tag.as_ref().and_then(|tag| self.value(&key("tag"), tag, values::tag));
            let pattern = regex::RegexBuilder::new(&rule.pattern)
                .case_insensitive(true)
                .size_limit(RULE_BYTES)
                .build()
                .map_err(|error| self.problem(&key("pattern"), pattern_sentence(&error)));
            if let (Some(name), Ok(pattern)) = (name, pattern) {
                out.push(Rule { name, field: rule.field, pattern, kind: rule.kind, cause: rule.cause, tag });
            }
        }
        out
    }

    fn screen(&mut self, file: &File) -> Screen {
        let file::Screen { theme, keymap: preset, ascii, mouse, query, columns } = file.screen.clone();
        if let Err(error) = crate::query::parse(&query, 0) {
            self.problem(
                &[Key("screen"), Key("query")],
                format!("{} (column {})", error.message, error.column + 1),
            );
        }
        for (index, name) in columns.iter().enumerate() {
            if !COLUMNS.contains(&name.as_str()) {
                let sentence = format!("'{}' is no column{}", name.escape_debug(), meant(name, COLUMNS));
                self.problem(&[Key("screen"), Key("columns"), Item(index)], sentence);
            }
        }
        Screen { theme, ascii, mouse, query, columns, keymap: self.keymap(preset, file) }
    }

    fn keymap(&mut self, preset: Preset, file: &File) -> Keymap {
        let mut changes = vec![];
        let mut places = vec![];
        for (mode_name, keys) in &file.keys {
            let place = |key: &str| vec![Key("keys"), Named(mode_name.clone()), Named(key.to_owned())];
            let Some(mode) = Mode::ALL.iter().copied().find(|mode| mode.name() == mode_name) else {
                let modes: Vec<&str> = Mode::ALL.iter().map(|mode| mode.name()).collect();
                let sentence =
                    format!("'{}' is no mode{}", mode_name.escape_debug(), meant(mode_name, &modes));
                self.problems.push((vec![Key("keys"), Named(mode_name.clone())], sentence));
                continue;
            };
            for (sequence, action_name) in keys {
                let names: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
                let action = match (action_name.as_str(), Action::from_name(action_name)) {
                    ("none", _) => None,
                    (_, Some(action)) => Some(action),
                    (name, None) => {
                        let sentence = match error::nearest(name, names.iter().copied().chain(["none"])) {
                            Some(near) => {
                                format!("'{}' is no action; did you mean '{near}'?", name.escape_debug())
                            }
                            None => format!(
                                "'{}' is no action; `lafayette keys` lists them, and 'none' takes a key away",
                                name.escape_debug()
                            ),
                        };
                        self.problems.push((place(sequence), sentence));
                        continue;
                    }
                };
                match sequence.parse() {
                    Ok(keys) => {
                        changes.push(Change { mode, keys, action });
                        places.push(place(sequence));
                    }
                    Err(sentence) => self.problems.push((place(sequence), sentence)),
                }
            }
        }
        Keymap::with(preset, &changes).unwrap_or_else(|conflicts| {
            for conflict in conflicts {
                let place = places.get(conflict.change).cloned().unwrap_or_default();
                self.problems.push((place, conflict.sentence));
            }
            preset.into()
        })
    }

    fn message_bytes(&mut self, mib: u32) -> u64 {
        if !(1..=MESSAGE_MIB_LIMIT).contains(&mib) {
            let sentence = format!("must be 1 to {MESSAGE_MIB_LIMIT}");
            self.problem(&[Key("limits"), Key("message_mib")], sentence);
        }
        u64::from(mib) << 20
    }
}

/// Which of the names was meant, as the end of a sentence.
pub fn meant(name: &str, names: &[&str]) -> String {
    match error::nearest(name, names.iter().copied()) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => format!("; known are {}", names.join(", ")),
    }
}

/// The last line of what `regex` says; those before draw the pattern with a caret, which needs a terminal.
fn pattern_sentence(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("is no regular expression: {}", last.trim().trim_start_matches("error: "))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}
