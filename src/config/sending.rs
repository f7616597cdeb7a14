//! `[smtp]`, `[sending]` and `[dkim]`: by which way reports leave, when, how often, and signed by which key.

use super::location::Step::{Item, Key};
use super::secret::Secret;
use super::validate::{Check, Connection};
use super::{Server, Tls, file, values};
use crate::model::clock::Seconds;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// Servers that take mail from customers allow a handful of connections each.
const CONNECTIONS: RangeInclusive<u32> = 1..=10;
/// A desk that gets more of one reporter in a day stops reading them.
const PER_CONTACT_A_DAY: RangeInclusive<u32> = 1..=10_000;
/// What is held for longer is out of date when it leaves.
const LONGEST_HOLD: Seconds = 3 * 86_400;
const LONGEST_SPACING: Seconds = 86_400;
/// The local part of an address (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// What `bounces = "verp"` puts behind the local part: a plus and a token, 24 characters.
const VERP_ROOM: usize = 25;

/// By which way reports leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WayOut {
    /// The server of `[smtp]`.
    Smtp,
    /// A program with its fixed arguments.
    Sendmail(Vec<String>),
    /// Files in this folder.
    Folder(PathBuf),
}

/// Where mail about undeliverable reports comes back to: the envelope sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bounces {
    /// The address of `[report]` with the report's own token, which tells whose answer it is.
    Verp,
    /// That address as it is.
    Sender,
    /// Nowhere: the null sender.
    Null,
}

impl Bounces {
    /// The envelope sender of a report from this address with this token; empty for the null sender.
    pub fn sender(self, from: &str, token: &str) -> String {
        match (self, from.rsplit_once('@')) {
            (Bounces::Verp, Some((local, domain))) => format!("{local}+{token}@{domain}"),
            (Bounces::Verp | Bounces::Sender, _) => from.to_owned(),
            (Bounces::Null, _) => String::new(),
        }
    }
}

/// When, how often and by which way reports leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    /// The way; without one nothing can be sent.
    pub by: Option<WayOut>,
    /// What we call ourselves to a server; `None` where neither it nor `[report] from` is configured.
    pub hello_name: Option<String>,
    /// Where bounces go.
    pub bounces: Bounces,
    /// Connections to the server at once.
    pub connections: u32,
    /// How long an approved report waits, so that it can be taken back.
    pub hold: Seconds,
    /// The most reports that one contact gets in 24 hours.
    pub per_contact_a_day: u32,
    /// The least time between two of them.
    pub spacing: Seconds,
    /// When the same mail may be reported to the same contact again, with a reason.
    pub repeat_after: Seconds,
    /// Feeds that get a copy of every report of type fraud.
    pub copies_of_fraud: Vec<String>,
    /// Feeds that get a copy of every other report.
    pub copies_of_spam: Vec<String>,
    /// Approving works without a terminal.
    pub unattended: bool,
    /// How long the server, or the command, may take.
    pub timeout: Duration,
}

/// The key that signs what leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The domain that answers for the signature.
    pub domain: String,
    /// Which of its keys.
    pub selector: String,
    /// The file with the private key, PEM.
    pub key_file: PathBuf,
}

/// `[smtp]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Smtp {
    /// The server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its port; 587, 465 with implicit TLS, 25 without TLS.
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
    /// For each command.
    pub timeout_seconds: u32,
}

impl Default for Smtp {
    fn default() -> Smtp {
        Smtp {
            host: None,
            port: None,
            tls: Tls::Starttls,
            ca_file: None,
            user: None,
            password: None,
            password_command: None,
            password_file: None,
            password_env: None,
            token_command: None,
            timeout_seconds: 60,
        }
    }
}

/// `by`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// `[smtp]`
    Smtp,
    /// `command`
    Sendmail,
    /// `folder`
    Folder,
}

/// `[sending]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileSending {
    /// The way; `[smtp]` where that has a host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// The program and its fixed arguments.
    pub command: String,
    /// The folder for files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// What we call ourselves; the domain of `[report] from` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hello_name: Option<String>,
    /// Where bounces go.
    pub bounces: Bounces,
    /// Connections at once.
    pub connections: u32,
    /// How long an approved report can be taken back.
    pub hold: String,
    /// The most reports that one contact gets in 24 hours.
    pub per_contact_a_day: u32,
    /// The least time between two of them.
    pub spacing: String,
    /// When the same mail may be reported again.
    pub repeat_after: String,
    /// Feeds that get copies of fraud.
    pub copies_of_fraud: Vec<String>,
    /// Feeds that get copies of the rest.
    pub copies_of_spam: Vec<String>,
    /// Approving works without a terminal.
    pub unattended: bool,
}

impl Default for FileSending {
    fn default() -> FileSending {
        FileSending {
            by: None,
            command: "/usr/sbin/sendmail".to_owned(),
            folder: None,
            hello_name: None,
            bounces: Bounces::Verp,
            connections: 2,
            hold: "10m".to_owned(),
            per_contact_a_day: 10,
            spacing: "60s".to_owned(),
            repeat_after: "7d".to_owned(),
            copies_of_fraud: vec![],
            copies_of_spam: vec![],
            unattended: false,
        }
    }
}

/// `[dkim]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileDkim {
    /// The domain that answers for the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Which of its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The file with the private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

impl Check<'_> {
    /// `[smtp]`
    pub fn smtp(&mut self, smtp: &Smtp) -> Option<Server> {
        let connection = Connection {
            host: smtp.host.as_deref(),
            port: smtp.port,
            tls: smtp.tls,
            ca_file: smtp.ca_file.as_deref(),
            user: smtp.user.as_deref(),
            password: smtp.password.as_ref(),
            password_command: smtp.password_command.as_deref(),
            password_file: smtp.password_file.as_deref(),
            password_env: smtp.password_env.as_deref(),
            token_command: smtp.token_command.as_deref(),
        };
        let default_port = match smtp.tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        };
        self.server(&[Key("smtp")], &connection, default_port)
    }

    /// `[sending]`
    pub fn sending(&mut self, file: &file::File) -> Sending {
        let sending = &file.sending;
        let at = |key| [Key("sending"), Key(key)];
        for (key, number, range) in [
            ("connections", sending.connections, CONNECTIONS),
            ("per_contact_a_day", sending.per_contact_a_day, PER_CONTACT_A_DAY),
        ] {
            if !range.contains(&number) {
                self.problem(&at(key), format!("must be {} to {}", range.start(), range.end()));
            }
        }
        let mut period = |key, text: &str, most: Option<Seconds>| {
            let seconds = self.value(&at(key), text, values::period).unwrap_or_default();
            if let Some(most) = most.filter(|most| seconds > *most) {
                self.problem(&at(key), format!("must be at most {}d", most / 86_400));
            }
            seconds
        };
        let hold = period("hold", &sending.hold, Some(LONGEST_HOLD));
        let spacing = period("spacing", &sending.spacing, Some(LONGEST_SPACING));
        let repeat_after = period("repeat_after", &sending.repeat_after, None);
        let mut copies = |key, feeds: &[String]| {
            let mut out: Vec<String> = vec![];
            for (index, feed) in feeds.iter().enumerate() {
                let place = [Key("sending"), Key(key), Item(index)];
                let Some(feed) = self.value(&place, feed, values::reporter) else { continue };
                if !feed.contains('@') {
                    self.problem(
                        &place,
                        format!("'{feed}' is no mail address; write it like reports@example.net"),
                    );
                } else if out.contains(&feed) {
                    self.problem(&place, format!("'{feed}' stands here twice"));
                } else {
                    out.push(feed);
                }
            }
            out
        };
        let copies_of_fraud = copies("copies_of_fraud", &sending.copies_of_fraud);
        let copies_of_spam = copies("copies_of_spam", &sending.copies_of_spam);
        let from = file.report.from.as_deref().and_then(|from| values::mail_address(from).ok());
        let (local, domain) = from.as_deref().and_then(|from| from.rsplit_once('@')).unzip();
        if sending.bounces == Bounces::Verp
            && local.is_some_and(|local| local.len() + VERP_ROOM > LONGEST_LOCAL)
        {
            let sentence = "\"verp\" makes the local part of [report] from too long; use \"sender\"";
            self.problem(&at("bounces"), sentence);
        }
        let hello = sending.hello_name.as_deref();
        Sending {
            by: self.way_out(file),
            hello_name: match hello {
                Some(name) => self.value(&at("hello_name"), name, values::domain),
                None => domain.map(str::to_owned),
            },
            bounces: sending.bounces,
            connections: sending.connections,
            hold,
            per_contact_a_day: sending.per_contact_a_day,
            spacing,
            repeat_after,
            copies_of_fraud,
            copies_of_spam,
            unattended: sending.unattended,
            timeout: self.timeout(&[Key("smtp"), Key("timeout_seconds")], file.smtp.timeout_seconds),
        }
    }

    fn way_out(&mut self, file: &file::File) -> Option<WayOut> {
        let sending = &file.sending;
        let at = |key| [Key("sending"), Key(key)];
        let words: Vec<String> = sending.command.split_whitespace().map(str::to_owned).collect();
        if !words.first().is_some_and(|program| program.starts_with('/')) {
            self.problem(
                &at("command"),
                "must begin with the path of a program, such as \"/usr/sbin/sendmail\"",
            );
        } else if sending.command.chars().any(char::is_control) {
            self.problem(&at("command"), "must be a single line without control characters");
        }
        let folder = sending.folder.as_deref().map(|folder| self.path(folder));
        match (sending.by, file.smtp.host.is_some(), folder) {
            (Some(By::Smtp), false, _) => {
                self.problem(&at("by"), "needs a 'host' in [smtp]");
                None
            }
            (Some(By::Folder), _, None) => {
                self.problem(&at("by"), "needs a 'folder' beside it");
                None
            }
            (Some(By::Smtp) | None, true, _) => Some(WayOut::Smtp),
            (Some(By::Sendmail), _, _) => Some(WayOut::Sendmail(words)),
            (Some(By::Folder), _, Some(folder)) => Some(WayOut::Folder(folder)),
            (None, false, _) => None,
        }
    }

    /// `[dkim]`
    pub fn dkim(&mut self, file: &file::File) -> Option<Dkim> {
        let dkim = &file.dkim;
        let mut name = |key, text: &Option<String>| {
            text.as_ref().and_then(|text| self.value(&[Key("dkim"), Key(key)], text, values::domain))
        };
        let (domain, selector) = (name("domain", &dkim.domain), name("selector", &dkim.selector));
        let given = [dkim.domain.is_some(), dkim.selector.is_some(), dkim.key_file.is_some()];
        if given.contains(&true) && given.contains(&false) {
            self.problem(&[Key("dkim")], "needs all three: 'domain', 'selector' and 'key_file'");
        }
        Some(Dkim { domain: domain?, selector: selector?, key_file: self.path(dkim.key_file.as_deref()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;
    use super::*;

    const HOST: &str = "[smtp]\nhost = 'h.example'\n";

    #[test]
    fn wrong_values_get_their_place_and_what_would_be_right() {
        for (text, expected) in [
            (
                "[smtp]\nhost = 'h.example'\ntimeout_seconds = 0\n",
                ":3:19: key 'smtp.timeout_seconds': must be 1 to 3600",
            ),
            ("[smtp]\ntoken_command = 't'\n", ":1:1: key 'smtp': names a login or a port, yet no 'host'"),
            ("[sending]\nby = 'smtp'\n", ":2:6: key 'sending.by': needs a 'host' in [smtp]"),
            (
                "[sending]\nby = 'post'\n",
                ":2:6: key 'sending.by': 'post' is not one of smtp, sendmail, folder",
            ),
            ("[sending]\nby = 'folder'\n", ":2:6: key 'sending.by': needs a 'folder' beside it"),
            (
                "[sending]\ncommand = 'sendmail -t'\n",
                ":2:11: key 'sending.command': must begin with the path",
            ),
            ("[sending]\ncommand = \"/a\\nb\"\n", ":2:11: key 'sending.command': must be a single line"),
            (
                "[sending]\nhello_name = '192.0.2.1'\n",
                ":2:14: key 'sending.hello_name': '192.0.2.1' is no domain",
            ),
            ("[sending]\nhello_name = \"a\\r\\nMAIL\"\n", ":2:14: key 'sending.hello_name': "),
            (
                "[sending]\nbounces = 'all'\n",
                ":2:11: key 'sending.bounces': 'all' is not one of verp, sender, null",
            ),
            ("[sending]\nconnections = 0\n", ":2:15: key 'sending.connections': must be 1 to 10"),
            ("[sending]\nper_contact_a_day = 0\n", ":2:21: key 'sending.per_contact_a_day': must be 1 to"),
            (
                "[sending]\nhold = '10'\n",
                ":2:8: key 'sending.hold': '10' is no period; write it like 60s, 10m",
            ),
            ("[sending]\nhold = '4d'\n", ":2:8: key 'sending.hold': must be at most 3d"),
            ("[sending]\nspacing = '2d'\n", ":2:11: key 'sending.spacing': must be at most 1d"),
            ("[sending]\nrepeat_after = 'x'\n", ":2:16: key 'sending.repeat_after': 'x' is no period"),
            (
                "[sending]\ncopies_of_spam = ['a@b.example', 'b.example']\n",
                ":2:34: key 'sending.copies_of_spam': 'b.example' is no mail address",
            ),
            (
                "[sending]\ncopies_of_fraud = ['a@b.example', 'A@b.example']\n",
                ":2:35: key 'sending.copies_of_fraud': 'a@b.example' stands here twice",
            ),
            ("[dkim]\ndomain = 'a.example'\n", ":1:1: key 'dkim': needs all three: 'domain', 'selector'"),
            ("[dkim]\nselector = 'a b'\n", ":2:12: key 'dkim.selector': 'a b' is no domain"),
        ] {
            let error = load(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text:?}\n got: {error}\nwant: {expected}");
        }
        let long = format!("[report]\nfrom = '{}@a.example'\n", "x".repeat(40));
        assert!(load(&long).expect_err("verp").to_string().contains("use \"sender\""));
        assert!(load(&format!("{long}[sending]\nbounces = 'sender'\n")).is_ok());
    }

    #[test]
    fn with_nothing_configured_nothing_can_be_sent_and_what_is_configured_is_a_way() {
        let by = |text: &str| load(text).expect(text).sending.by;
        assert_eq!(by(""), None);
        assert_eq!(by("[sending]\nfolder = 'out'\n"), None, "a folder alone is no wish to send");
        assert_eq!(by(HOST), Some(WayOut::Smtp));
        assert_eq!(
            by("[sending]\nby = 'folder'\nfolder = 'out'\n"),
            Some(WayOut::Folder(PathBuf::from("/etc/lafayette/out")))
        );
        let words = ["/usr/bin/msmtp", "-a", "desk"].map(str::to_owned).to_vec();
        assert_eq!(
            by(&format!("{HOST}[sending]\nby = 'sendmail'\ncommand = '/usr/bin/msmtp  -a desk'\n")),
            Some(WayOut::Sendmail(words))
        );
        let dkim =
            load("[dkim]\ndomain = 'A.example'\nselector = 'desk'\nkey_file = 'k.pem'\n").expect("dkim").dkim;
        let key_file = PathBuf::from("/etc/lafayette/k.pem");
        assert_eq!(dkim, Some(Dkim { domain: "a.example".into(), selector: "desk".into(), key_file }));
    }

    #[test]
    fn the_defaults_are_careful_and_the_name_of_the_machine_is_nowhere() {
        let sending = load("[report]\nfrom = 'desk@example.com'\n").expect("right").sending;
        assert_eq!((sending.hold, sending.spacing, sending.repeat_after), (600, 60, 7 * 86_400));
        assert_eq!((sending.per_contact_a_day, sending.connections), (10, 2));
        assert_eq!(sending.hello_name.as_deref(), Some("example.com"));
        assert!(
            !sending.unattended && sending.copies_of_fraud.is_empty() && sending.copies_of_spam.is_empty()
        );
        assert_eq!(load("").expect("right").sending.hello_name, None);
        assert_eq!(sending.bounces.sender("desk@example.com", "0f"), "desk+0f@example.com");
        assert_eq!(Bounces::Sender.sender("desk@example.com", "0f"), "desk@example.com");
        assert_eq!(Bounces::Null.sender("desk@example.com", "0f"), "");
    }
}
