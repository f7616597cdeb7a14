//! Arguments, file and environment become one validated [`Config`].
//!
//! Three types, three steps: [`Arguments`] and [`Environment`] as given, [`file::File`] as written, [`Config`] as
//! used. Knows nothing of commands and opens no database.

mod alert;
mod arguments;
mod ask;
mod error;
pub mod file;
mod key;
mod lists;
mod location;
mod report;
mod secret;
mod sending;
mod show;
mod template;
mod url_feed;
mod validate;
pub mod values;
mod web;

pub use alert::Alert;
pub use arguments::{Arguments, ColorChoice, Environment};
pub use error::{Error, nearest};
pub use file::{After, LogLevel, ThemeName, Tls};
pub use key::redaction_key;
pub use lists::UsedList;
pub use report::Report;
pub use secret::{Credential, MASK, Secret};
pub use sending::{Bounces, Dkim, Sending, WayOut};
pub use show::{Setting, settings};
pub use template::TEMPLATE;
pub use url_feed::UrlFeed;
pub use validate::COLUMNS;
pub use values::Since;

use crate::keymap::Keymap;
use crate::model::{ContactSettings, DnsSettings, FeedKind, HttpSettings, Judgement, Lookups, Own, Rule};
use ipnet::IpNet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::de::DeTable;

/// The set-up of one run: every value checked and concrete.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database file.
    pub database: PathBuf,
    /// Who named it.
    pub database_from: Origin,
    /// The configuration file that was read; `None` when there is none.
    pub file: Option<PathBuf>,
    /// Special-purpose networks that count as public.
    pub treat_as_public: Vec<IpNet>,
    /// The own house.
    pub own: Own,
    /// Where reports come from; names are unique in any letter case.
    pub feeds: Vec<Feed>,
    /// Files with networks and countries.
    pub geoip_files: Vec<PathBuf>,
    /// Whom to ask for names, if anybody.
    pub dns: DnsSettings,
    /// What may be asked of whom.
    pub lookups: Lookups,
    /// Block lists to ask, in the order in which they are shown; letters and names are unique.
    pub lists: Vec<UsedList>,
    /// Which sources of contacts are asked.
    pub contacts: ContactSettings,
    /// How HTTP is spoken.
    pub http: HttpSettings,
    /// Who writes the abuse reports.
    pub report: Report,
    /// The server that sends them; without one nothing can be sent.
    pub smtp: Option<Server>,
    /// When, how often and by which way they leave.
    pub sending: Sending,
    /// The key that signs them.
    pub dkim: Option<Dkim>,
    /// Feeds that take URLs; names are unique, in lower case.
    pub url_feeds: Vec<UrlFeed>,
    /// Whom to tell of new patterns.
    pub alert: Option<Alert>,
    /// The user's own judgements.
    pub rules: Vec<Rule>,
    /// The largest message that is read.
    pub message_bytes: u64,
    /// What is written down of a sync, and where.
    pub log: Option<(PathBuf, LogLevel)>,
    /// How the screen looks.
    pub screen: Screen,
    /// The key that hides recipients; may not exist yet, see [`redaction_key`].
    pub redaction_key_file: PathBuf,
    /// Domains that never stand in a list that blocks, besides the own ones.
    pub allowed_domains: Vec<String>,
}

/// A feed, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Its name.
    pub name: String,
    /// What it brings.
    pub kind: FeedKind,
    /// Its mailbox; without one it takes files only.
    pub server: Option<Server>,
    /// The folders to read, at least one; "/" parts their names.
    pub folders: Vec<String>,
    /// How far back the first sync of a folder reads.
    pub since: Since,
    /// The most messages that one sync takes from a folder.
    pub max_per_run: Option<usize>,
    /// The longest silence of the server.
    pub timeout: Duration,
    /// What becomes of a stored message.
    pub after: After,
    /// Where [`After::Move`] puts reports.
    pub move_to: String,
    /// Where it puts everything else.
    pub move_invalid_to: String,
    /// Addresses and domains that need no authentication.
    pub trusted_reporters: Vec<String>,
    /// What this mailbox's servers call themselves.
    pub authserv_ids: Vec<String>,
}

/// A server to connect to.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The login.
    pub user: Option<String>,
    /// Where its password comes from; a mailbox has one, a server that sends may do without until it is used.
    pub credential: Option<Credential>,
}

/// How the screen looks and which keys it knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// Its colours.
    pub theme: ThemeName,
    /// Only ASCII signs.
    pub ascii: bool,
    /// Listens to the mouse.
    pub mouse: bool,
    /// The query that it begins with.
    pub query: String,
    /// Names of the columns of the list; empty means the usual ones. The screen knows which there are.
    pub columns: Vec<String>,
    /// Which keys do what.
    pub keymap: Keymap,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Argument,
    /// A variable of the environment.
    Environment,
    /// The file, at this line.
    File(usize),
    /// Nobody said anything.
    Default,
}

impl Config {
    /// The set-up for these arguments in this environment.
    pub fn load(arguments: &Arguments, environment: &Environment) -> Result<Config, Error> {
        let source = Source::find(arguments, environment)?;
        Config::from_source(&source, arguments, environment)
    }

    fn from_source(
        source: &Source,
        arguments: &Arguments,
        environment: &Environment,
    ) -> Result<Config, Error> {
        let folder = source.path.parent().unwrap_or(Path::new(""));
        let checked = validate::validate(&source.file, folder, environment.home.as_deref())
            .map_err(|problems| source.error(problems))?;
        let default = environment.data_dir.as_ref().map(|folder| folder.join("lafayette.db"));
        let (database, database_from) = [
            (arguments.db.clone(), Origin::Argument),
            (environment.db.clone(), Origin::Environment),
            (checked.database, Origin::File(source.line_of("", "database").unwrap_or(1))),
            (default, Origin::Default),
        ]
        .into_iter()
        .find_map(|(path, origin)| Some((path?, origin)))
        .ok_or_else(|| Error::one("this account has no home folder; name the database with --db PATH"))?;
        Ok(Config {
            redaction_key_file: checked.key_file.unwrap_or_else(|| key::beside(&database)),
            allowed_domains: checked.allowed_domains,
            database,
            database_from,
            file: source.exists.then(|| source.path.clone()),
            treat_as_public: checked.treat_as_public,
            own: checked.own,
            feeds: checked.feeds,
            geoip_files: checked.geoip_files,
            dns: checked.dns,
            lookups: checked.lookups,
            lists: checked.lists,
            contacts: checked.contacts,
            http: checked.http,
            report: checked.report,
            smtp: checked.smtp,
            sending: checked.sending,
            dkim: checked.dkim,
            url_feeds: checked.url_feeds,
            alert: checked.alert,
            rules: checked.rules,
            message_bytes: checked.message_bytes,
            screen: checked.screen,
            log: checked.log_file.map(|path| (path, source.file.log.level)),
        })
    }

    /// The feed of this name that takes URLs, in any letter case.
    pub fn url_feed(&self, name: &str) -> Option<&UrlFeed> {
        self.url_feeds.iter().find(|feed| feed.name.eq_ignore_ascii_case(name))
    }

    /// The feed of this name, in any letter case.
    pub fn feed(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.name.eq_ignore_ascii_case(name))
    }

    /// What judging a report of this feed takes; an unknown feed adds nothing of its own.
    pub fn judgement(&self, feed: &str) -> Judgement {
        let feed = self.feed(feed);
        let mut own = self.own.clone();
        own.authserv_ids.extend(feed.into_iter().flat_map(|feed| feed.authserv_ids.iter().cloned()));
        Judgement {
            own,
            rules: self.rules.clone(),
            treat_as_public: self.treat_as_public.clone(),
            trusted_reporters: feed.map(|feed| feed.trusted_reporters.clone()).unwrap_or_default(),
        }
    }
}

/// The place of the configuration file: as told, else in the configuration folder of the account.
pub fn path(arguments: &Arguments, environment: &Environment) -> Option<(PathBuf, Origin)> {
    let default = environment.config_dir.as_ref().map(|folder| folder.join("config.toml"));
    let told = [
        (arguments.config.clone(), Origin::Argument),
        (environment.config.clone(), Origin::Environment),
        (default, Origin::Default),
    ];
    told.into_iter().find_map(|(path, origin)| Some((path?, origin)))
}

/// The text of the configuration file with what is written in it.
struct Source {
    path: PathBuf,
    exists: bool,
    text: String,
    file: file::File,
}

impl Source {
    /// Reads the file. A missing one is an error only when somebody named it.
    fn find(arguments: &Arguments, environment: &Environment) -> Result<Source, Error> {
        let none = |path| Source { path, exists: false, text: String::new(), file: file::File::default() };
        let Some((path, origin)) = path(arguments, environment) else { return Ok(none(PathBuf::new())) };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && origin == Origin::Default => {
                return Ok(none(path));
            }
            Err(error) => {
                let hint = if error.kind() == std::io::ErrorKind::NotFound {
                    "; `lafayette config template` prints one to start from"
                } else {
                    ""
                };
                return Err(Error::one(format!(
                    "cannot read the configuration {}: {error}{hint}",
                    path.display()
                )));
            }
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let bytes = error.as_bytes();
            let line =
                bytes.iter().take(error.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count() + 1;
            Error::one(format!("{}:{line}:1: is not UTF-8", path.display()))
        })?;
        let source = Source::parse(path, text)?;
        source.refuse_shared_secrets()?;
        Ok(source)
    }

    fn parse(path: PathBuf, text: String) -> Result<Source, Error> {
        let file = toml::from_str(&text).map_err(|error| Error::from_toml(&path, &text, &error))?;
        Ok(Source { path, exists: true, text, file })
    }

    /// Wrong values as sentences with their places, in the order of the file.
    fn error(&self, problems: validate::Problems) -> Error {
        let Ok(root) = DeTable::parse(&self.text) else { return Error::one("the configuration changed") };
        let mut placed: Vec<(usize, String)> = problems
            .into_iter()
            .map(|(steps, sentence)| {
                let start = location::span_of(&root, &steps).start;
                let names: Vec<&str> = steps.iter().filter_map(location::Step::name).collect();
                let sentence = format!("key '{}': {sentence}", names.join("."));
                (start, error::at(&self.path, &self.text, start, &sentence))
            })
            .collect();
        placed.sort_by_key(|(start, _)| *start);
        Error { problems: placed.into_iter().map(|(_, sentence)| sentence).collect() }
    }

    /// A password in a file that others can read is no longer one.
    fn refuse_shared_secrets(&self) -> Result<(), Error> {
        use location::Step::{Item, Key};
        let feed = self.file.feed.iter().position(|feed| feed.password.is_some());
        let list = self.file.list.iter().position(|list| list.key.is_some());
        let url_feed = self.file.url_feed.iter().position(|feed| feed.key.is_some());
        let place = if let Some(index) = feed {
            vec![Key("feed"), Item(index), Key("password")]
        } else if self.file.smtp.password.is_some() {
            vec![Key("smtp"), Key("password")]
        } else if let Some(index) = list {
            vec![Key("list"), Item(index), Key("key")]
        } else if let Some(index) = url_feed {
            vec![Key("url_feed"), Item(index), Key("key")]
        } else {
            return Ok(());
        };
        if !key::others_can_read(&self.path) {
            return Ok(());
        }
        let secret = place.last().and_then(location::Step::name).unwrap_or_default().to_owned();
        let sentence = format!(
            "holds a {} and others can read this file; run `chmod 600 '{}'`, or better use {}_command",
            secret,
            self.path.display(),
            secret
        );
        Err(self.error(vec![(place, sentence)]))
    }

    /// The line on which a key is written, `None` when it is not.
    fn line_of(&self, table: &str, key: &str) -> Option<usize> {
        let root = DeTable::parse(&self.text).ok()?;
        let within = if table.is_empty() {
            root.get_ref()
        } else {
            root.get_ref().get(table)?.get_ref().as_table()?
        };
        self.line_of_name(within, key)
    }

    /// The line on which a key of an item of a list of tables is written.
    fn line_in(&self, list: &str, index: usize, key: &str) -> Option<usize> {
        let root = DeTable::parse(&self.text).ok()?;
        let item = root.get_ref().get(list)?.get_ref().as_array()?.get(index)?;
        self.line_of_name(item.get_ref().as_table()?, key)
    }

    fn line_of_name(&self, table: &DeTable<'_>, key: &str) -> Option<usize> {
        let (name, _) = table.get_key_value(key)?;
        Some(location::line_and_column(&self.text, name.span().start).0)
    }
}

#[cfg(test)]
mod tests;
