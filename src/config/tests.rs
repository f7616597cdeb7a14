//! Right and wrong files, and what is said about them.

use super::*;
use crate::model::{EvidenceForm, Ipv6Form};
use std::os::unix::fs::PermissionsExt;

const PATH: &str = "/etc/lafayette/config.toml";

pub(super) fn load(text: &str) -> Result<Config, Error> {
    let source = Source::parse(PathBuf::from(PATH), text.to_owned())?;
    let environment = Environment { home: Some(PathBuf::from("/home/a")), ..Environment::default() };
    let arguments = Arguments { db: Some(PathBuf::from("/tmp/a.db")), ..Arguments::default() };
    Config::from_source(&source, &arguments, &environment)
}

#[test]
fn every_wrong_file_gets_its_place_its_key_and_what_would_be_right() {
    for (text, expected) in [
        ("[dns]\nserver = []\n", "2:1: key 'server' is not known in [dns]; did you mean 'servers'?"),
        ("fed = []\n", "1:1: key 'fed' is not known at the top of the file; did you mean 'feed'?"),
        ("files = []\n", "1:1: key 'files' is not known at the top of the file; it belongs into [geoip]"),
        (
            "[report]\nzzz = 1\n",
            "2:1: key 'zzz' is not known in [report]; known are from, name, reporting_mta, text, one_per_mail, evidence, zip_cipher, zip_password, ipv6, always_abuse, masked_headers, xarf",
        ),
        ("[own]\nDomains = []\n", "2:1: key 'Domains' is not known in [own]; did you mean 'domains'?"),
        (
            "[[feed]]\nname = 'a'\nkind = 'mailbx'\n",
            "3:8: key 'feed.kind': 'mailbx' is not one of mailbox, spamtrap, replies; did you mean 'mailbox'?",
        ),
        (
            "[dns]\noffline = 'no'\n",
            "2:11: key 'dns.offline': invalid type: string \"no\", expected a boolean",
        ),
        ("[smtp]\nhost = 'h.example'\nport = 70000\n", "3:8: key 'smtp.port': invalid value"),
        ("[smtp]\nhost = 'h.example'\nport = 0\n", "3:8: key 'smtp.port': must be 1 to 65535"),
        ("a = \n", "1:5: "),
        ("treat_as_public = ['10.0.0.0/33']\n", "1:20: key 'treat_as_public': '10.0.0.0/33' is no network"),
        (
            "[own]\nnetworks = [\n  '192.0.2.0/24',\n  '192.0.2.1/24',\n]\n",
            "4:3: key 'own.networks': '192.0.2.1/24'",
        ),
        (
            "[own]\ndomains = ['*.example.com']\n",
            "2:12: key 'own.domains': '*.example.com' is no domain: write 'example.com'",
        ),
        ("[dns]\nservers = ['dns.example']\n", "2:12: key 'dns.servers': 'dns.example' is no server"),
        ("[report]\nfrom = 'desk'\n", "2:8: key 'report.from': 'desk' is no mail address"),
        (
            "[report]\nmasked_headers = ['X-*-Y']\n",
            "2:19: key 'report.masked_headers': 'X-*-Y' is no header; write it like 'X-Customer' or 'X-Own-*'",
        ),
        ("[report]\nredaction = false\n", "2:1: key 'redaction' is not known in [report]"),
        (
            "[[report_form]]\nevidence = 'zip'\n",
            "1:1: key 'report_form': a [[report_form]] needs a 'contact', an address or a domain",
        ),
        (
            "[[report_form]]\ncontact = 'a.example'\nzip_password = ' '\n",
            "3:16: key 'report_form.zip_password': must be 1 to 64 letters, digits and signs without blanks",
        ),
        ("[report]\nname = 'Desk'\n", "1:1: key 'report': needs 'from'"),
        (
            "[report]\nfrom = 'a@example.com'\nname = \"a\\nBcc: b\"\n",
            "3:8: key 'report.name': must be a single line",
        ),
        ("[[feed]]\nkind = 'mailbox'\n", "1:1: key 'feed': a [[feed]] needs a 'name'"),
        ("[[feed]]\nname = 'a'\n[[feed]]\nname = 'A'\n", "4:8: key 'feed.name': two feeds are named 'A'"),
        ("[[feed]]\nname = 'a b'\n", "2:8: key 'feed.name': 'a b' is no name"),
        (
            "[[feed]]\nname = 'a'\nafter = 'move'\nfolder = ['x', 'y']\nmove_to = 'y'\n",
            "5:11: key 'feed.move_to': is a folder that the feed reads",
        ),
        (
            "[[feed]]\nname = 'a'\nfolder = 3\n",
            "3:10: key 'feed.folder': must be a name in quotes, or a list",
        ),
        ("[[feed]]\nname = 'a'\nfolder = []\n", "3:10: key 'feed.folder': is an empty list"),
        ("[[feed]]\nname = 'a'\nsince = '3 days'\n", "3:9: key 'feed.since': '3 days' is no period"),
        (
            "[[feed]]\nname = 'a'\ntimeout_seconds = 0\n",
            "3:19: key 'feed.timeout_seconds': must be 1 to 3600",
        ),
        (
            "[keys.reprot]\nx = 'note'\n",
            "1:1: key 'keys.reprot': 'reprot' is no mode; did you mean 'report'?",
        ),
        (
            "[keys.reports]\nz = 'dismis'\n",
            "2:5: key 'keys.reports.z': 'dismis' is no action; did you mean 'dismiss'?",
        ),
        (
            "[keys.reports]\nz = 'approve'\n",
            "2:5: key 'keys.reports.z': 'approve' does nothing in [keys.reports]; it belongs into [keys.report]",
        ),
        (
            "[keys.reports]\nz = 'zzzzzzzzzzzz'\n",
            "2:5: key 'keys.reports.z': 'zzzzzzzzzzzz' is no action; `lafayette keys` lists them, and 'none' takes",
        ),
        (
            "[keys.everywhere]\nX = 'help'\n",
            "2:5: key 'keys.everywhere.X': 'X' does 'reopen' in [keys.reports], 'reopen' in [keys.detail], and would",
        ),
        ("[keys.reports]\nzz = 'note'\n", "2:6: key 'keys.reports.zz': 'zz' is no key"),
        (
            "[keys.line]\nctrl-i = 'complete'\n",
            "2:10: key 'keys.line.ctrl-i': 'ctrl-i' is what terminals send for tab",
        ),
        (
            "[keys.everywhere]\nq = 'none'\nctrl-c = 'none'\n",
            "3:10: key 'keys.everywhere.ctrl-c': nothing does 'quit' any more",
        ),
        ("[keys.reports]\ng = 'note'\n", "2:5: key 'keys.reports.g': 'g' is how 'g g' begins"),
        (
            "[screen]\ncolumns = ['id', 'subjct']\n",
            "2:18: key 'screen.columns': 'subjct' is no column; did you mean 'subject'?",
        ),
        ("[screen]\nquery = 'kind:x'\n", "2:9: key 'screen.query': "),
        ("[screen]\nkeymap = 'emcas'\n", "2:10: key 'screen.keymap': 'emcas' is not one of vi, emacs"),
        (
            "[screen]\nkeymap = 'emacs'\n[keys.everywhere]\nctrl-x = 'note'\n",
            "4:10: key 'keys.everywhere.ctrl-x': 'ctrl-x' is how 'ctrl-x ctrl-c' begins",
        ),
        ("[screen]\ntheme = 'drak'\n", "2:9: key 'screen.theme': 'drak' is not one of dark, light"),
        ("[log]\nlevel = 'all'\n", "2:9: key 'log.level': 'all' is not one of error, warn, info, debug"),
        (
            "[[feed]]\nname = 'a'\nhost = 'imap.example.com'\n",
            "1:1: key 'feed': a feed with a 'host' needs a 'user'",
        ),
        ("[[feed]]\nname = 'a'\nuser = 'u'\n", "1:1: key 'feed': names a login or a port, yet no 'host'"),
        (
            "[[feed]]\nname = 'a'\nhost = 'h.example'\nuser = 'u'\n",
            "4:8: key 'feed.user': needs a password: password_command",
        ),
        (
            "[smtp]\nhost = 'h.example'\npassword_env = 'A'\n",
            "1:1: key 'smtp': has a password, yet no 'user'",
        ),
        (
            "[smtp]\nhost = 'h.example'\ntls = 'none'\n",
            "3:7: key 'smtp.tls': \"none\" is for this machine only",
        ),
        (
            "[smtp]\nhost = 'h.example'\nuser = 'u'\npassword_env = 'A'\npassword_file = 'b'\n",
            "4:16: key 'smtp.password_env': only one of password_file and password_env can be given",
        ),
        (
            "[[rule]]\nname = 'r'\nfield = 'subject'\npattern = 'a'\n",
            "1:1: key 'rule': a [[rule]] needs a 'kind'",
        ),
        (
            "[[rule]]\nname = 'r'\nfield = 'subjct'\npattern = 'a'\n",
            "3:9: key 'rule.field': 'subjct' is not one of",
        ),
        (
            "[[rule]]\nname = 'r'\nfield = 'subject'\npattern = '('\ntag = 't'\n",
            "4:11: key 'rule.pattern': is no regular expression: unclosed group",
        ),
        ("[[rule]]\nname = 'r'\nfield = 'subject'\ntag = 't'\n", "1:1: key 'rule': missing field `pattern`"),
        ("[dns]\ntimeout_seconds = 0\n", "2:19: key 'dns.timeout_seconds': must be 1 to 60"),
        ("[dns]\ntries = 11\n", "2:9: key 'dns.tries': must be 1 to 10"),
        (
            "[lookups]\norigin_zone = 'a b'\n",
            "2:15: key 'lookups.origin_zone': 'a b' is no domain: write it like",
        ),
        ("[lists]\nuse = ['zem']\n", "2:8: key 'lists.use': 'zem' is no list; did you mean 'zen'?"),
        ("[lists]\nuse = ['zen', 'zen']\n", "2:15: key 'lists.use': names 'zen' twice"),
        ("[[list]]\nletter = 'X'\n", "1:1: key 'list': a [[list]] needs a 'name'"),
        ("[[list]]\nname = 'a'\n", "1:1: key 'list': the list 'a' needs a 'zone'"),
        (
            "[[list]]\nname = 'a'\nzone = 'bl.example'\nletter = 'Z'\n",
            "1:1: key 'list': 'a' has the letter Z as 'zen' has; give it another 'letter'",
        ),
        (
            "[[list]]\nname = 'a'\nzone = 'bl.example'\nletter = 'AB'\n",
            "4:10: key 'list.letter': 'AB' is no letter",
        ),
        (
            "[[list]]\nname = 'zen'\nzone = '{key}.zen.example'\n",
            "3:8: key 'list.zone': needs a key: key_command, key_file or key_env",
        ),
        (
            "[[list]]\nname = 'zen'\nzone = 'a{key}.zen.example'\n",
            "3:8: key 'list.zone': {key} has to stand once, between dots",
        ),
        (
            "[[list]]\nname = 'zen'\nkey_env = 'A'\n",
            "1:1: key 'list': has a key, yet no {key} stands in its 'zone'",
        ),
        (
            "[[list]]\nname = 'zen'\nzone = '{key}.a.example'\nkey_env = 'A'\nkey_file = 'b'\n",
            "4:11: key 'list.key_env': only one of key_file and key_env can be given",
        ),
        (
            "[lists]\nuse = []\n[[list]]\nname = 'zen'\nzone = 'zen.example'\n",
            "3:1: key 'list': 'zen' is changed here and not asked; name it in 'use' of [lists]",
        ),
        (
            "[[list]]\nname = 'a'\nzone = 'b.example'\nsubject = 'domain'\nipv6 = true\n",
            "5:8: key 'list.ipv6': is for lists of addresses",
        ),
        (
            "[[list]]\nname = 'a'\nzone = 'b.example'\n[list.bits]\n3 = { name = 'x', meaning = 'y' }\n",
            "5:5: key 'list.bits.3': '3' is no bit: 1, 2, 4",
        ),
        (
            "[[list]]\nname = 'a'\nzone = 'b.example'\n[list.codes]\n\"192.0.2.1\" = { name = 'x', meaning = 'y' }\n",
            "5:15: key 'list.codes.192.0.2.1': '192.0.2.1' is no answer of a list",
        ),
        (
            "[[list]]\nname = 'a'\nzone = 'b.example'\n[list.errors]\nx = 'y'\n",
            "5:5: key 'list.errors.x': 'x' is no answer of a list",
        ),
        ("[limits]\nmessage_mib = 0\n", "2:15: key 'limits.message_mib': must be 1 to 1024"),
    ] {
        let error = load(text).expect_err(text).to_string();
        assert!(
            error.starts_with(&format!("{PATH}:{expected}")),
            "{text:?}\n got: {error}\nwant: {expected}"
        );
    }
}

#[test]
fn all_wrong_values_are_told_in_the_order_of_the_file() {
    let error =
        load("[report]\nfrom = 'x'\n[dns]\nservers = ['y']\n[own]\ndomains = ['z z']\n").expect_err("wrong");
    let keys: Vec<&str> = error.problems.iter().filter_map(|p| p.split('\'').nth(1)).collect();
    assert_eq!(keys, ["report.from", "dns.servers", "own.domains"]);
}

#[test]
fn no_error_gives_away_a_secret() {
    for text in [
        "[smtp]\npassword = ['hunter2']\n",
        "[smtp]\npassword = 4711\n",
        "[smtp]\npassword = hunter2\n",
        "[smtp]\npassword = 'hunter2\n",
        "[smtp]\npasswort = 'hunter2'\n",
        "password = 'hunter2'\n",
        "[smtp]\npassword = 'hunter2' x\n",
        "[smtp]\npassword = 'hunter2'\npassword = 'hunter2'\n",
        "[smtp]\npassword = 'hunter2'\n",
        "[smtp]\nhost = 'h.example'\npassword = 'hunter2'\npassword_command = 'echo hunter2'\n",
        "[[list]]\nname = 'zen'\nkey = 'hunter2'\n",
        "[[list]]\nname = 'zen'\nkey = ['hunter2']\n",
        "[[list]]\nname = 'zen'\nzone = '{key}.a.example'\nkey = 'hunter2'\nkey_command = 'echo hunter2'\n",
    ] {
        let error = load(text).expect_err(text).to_string();
        assert!(!error.contains("hunter2") && !error.contains("4711"), "{error}");
    }
}

#[test]
fn a_password_in_a_file_that_others_can_read_is_refused_and_a_command_is_not() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("config.toml");
    let arguments = Arguments { config: Some(path.clone()), db: Some("a.db".into()), ..Arguments::default() };
    let load = |secret: &str, mode| {
        std::fs::write(&path, format!("[smtp]\nhost = 'h.example'\nuser = 'u'\n{secret}\n")).expect("write");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("mode");
        Config::load(&arguments, &Environment::default())
    };
    let list = "[[list]]\nname = 'zen'\nzone = '{key}.zen.example'\nkey = 'hunter2'";
    let error = load(list, 0o644).expect_err("shared").to_string();
    assert!(error.contains(":7:7: key 'list.key': holds a key and others can read"), "{error}");
    assert!(error.contains("key_command"), "{error}");
    for mode in [0o644, 0o640, 0o604] {
        let error = load("password = 'hunter2'", mode).expect_err("shared").to_string();
        assert!(
            error.contains(":4:12: key 'smtp.password': holds a password and others can read"),
            "{error}"
        );
        assert!(load("password_command = 'pass'", mode).is_ok());
    }
    let smtp = load("password = 'hunter2'", 0o600).expect("private").smtp.expect("server");
    assert_eq!(smtp.credential, Some(Credential::Literal(Secret::new("hunter2"))));
}

/// These names are a contract with everybody who has a configuration.
#[test]
fn the_names_of_the_contract_are_known() {
    let config = load(
        r#"
treat_as_public = []
[own]
domains = ["example.com"]
networks = []
senders = []
authserv_ids = []
trusted_hosts = []
[[feed]]
name = "failures"
kind = "mailbox"
host = "imap.example.com"
port = 993
tls = "implicit"
ca_file = "/etc/ssl/own-ca.pem"
user = "failures"
password_command = "pass show imap"
folder = "INBOX"
after = "keep"
[geoip]
files = []
[dns]
servers = []
offline = false
[report]
from = "abuse-desk@example.com"
[smtp]
host = "smtp.example.com"
port = 587
tls = "starttls"
user = "abuse-desk"
"#,
    )
    .expect("right");
    assert_eq!(config.report.from.as_deref(), Some("abuse-desk@example.com"));
    assert_eq!(config.feed("failures").map(|feed| feed.after), Some(After::Keep));
    for (key, values) in [
        ("kind", &["mailbox", "spamtrap", "replies"][..]),
        ("tls", &["implicit", "starttls"]),
        ("after", &["keep", "seen", "delete"]),
    ] {
        for value in values {
            assert!(load(&format!("[[feed]]\nname = 'a'\n{key} = '{value}'\n")).is_ok(), "{key} = {value}");
        }
    }
}

#[test]
fn a_full_file_becomes_concrete_values() {
    let config = load(
        "treat_as_public = ['240.0.0.0/6']\n[own]\ndomains = ['Example.COM']\nauthserv_ids = ['mx.example.com']\n\
         [geoip]\nfiles = ['a.mmdb', '~/b.mmdb', '/c.mmdb']\n[dns]\nservers = ['192.0.2.53']\n\
         [smtp]\nhost = '127.0.0.1'\ntls = 'none'\n\
         [[feed]]\nname = 'trap'\nkind = 'spamtrap'\ntrusted_reporters = ['FBL@isp.example', 'Isp.example']\n\
         authserv_ids = ['mx2.example.com']\n\
         [[feed]]\nname = 'box'\nhost = 'imap.example.com'\ntls = 'starttls'\nuser = 'u'\ntoken_command = 'token'\n\
         [[rule]]\nname = 'r'\nfield = 'fromname'\npattern = '^ceo$'\ncause = 'own-esp'\n",
    )
    .expect("right");
    let paths = ["/etc/lafayette/a.mmdb", "/home/a/b.mmdb", "/c.mmdb"];
    assert_eq!(config.geoip_files, paths.map(PathBuf::from));
    assert_eq!(config.dns.servers, ["192.0.2.53:53".parse().expect("address")]);
    assert_eq!((config.dns.timeout, config.dns.tries), (Duration::from_secs(3), 2));
    assert_eq!(config.smtp.as_ref().map(|s| s.port), Some(25));
    let server = config.feed("BOX").and_then(|f| f.server.as_ref()).expect("server");
    assert_eq!((server.port, &server.credential), (143, &Some(Credential::TokenCommand("token".into()))));
    let judgement = config.judgement("trap");
    assert_eq!(judgement.own.domains, ["example.com"]);
    assert_eq!(judgement.own.authserv_ids, ["mx.example.com", "mx2.example.com"]);
    assert_eq!(judgement.trusted_reporters, ["fbl@isp.example", "isp.example"]);
    assert!(judgement.rules[0].pattern.is_match("CEO"));
    assert_eq!(config.judgement("unknown").own.authserv_ids, ["mx.example.com"]);
    assert_eq!(config.redaction_key_file, PathBuf::from("/tmp/a.db.key"));
}

#[test]
fn the_database_is_named_by_argument_then_environment_then_file_then_account() {
    let text = "database = 'of-file.db'\n";
    let name = |argument: bool, environment: bool, text: &str| {
        let arguments = Arguments { db: argument.then(|| "of-argument.db".into()), ..Arguments::default() };
        let environment = Environment {
            db: environment.then(|| "of-environment.db".into()),
            data_dir: Some("/data".into()),
            ..Environment::default()
        };
        let source = Source::parse(PathBuf::from(PATH), text.to_owned()).expect("source");
        let config = Config::from_source(&source, &arguments, &environment).expect("config");
        (config.database.display().to_string(), config.database_from)
    };
    assert_eq!(name(true, true, text), ("of-argument.db".into(), Origin::Argument));
    assert_eq!(name(false, true, text), ("of-environment.db".into(), Origin::Environment));
    assert_eq!(name(false, false, text), ("/etc/lafayette/of-file.db".into(), Origin::File(1)));
    assert_eq!(name(false, false, ""), ("/data/lafayette.db".into(), Origin::Default));
}

#[test]
fn a_missing_file_is_an_error_only_when_somebody_named_it() {
    let environment = Environment { config_dir: Some("/nowhere".into()), ..Environment::default() };
    let database = Some(PathBuf::from("a.db"));
    let arguments = Arguments { db: database.clone(), ..Arguments::default() };
    assert_eq!(Config::load(&arguments, &environment).expect("defaults").file, None);
    let arguments =
        Arguments { db: database, config: Some("/nowhere/x.toml".into()), ..Arguments::default() };
    let error = Config::load(&arguments, &environment).expect_err("missing").to_string();
    assert!(error.contains("/nowhere/x.toml") && error.contains("config template"), "{error}");
}

/// With the examples taken out, nothing but the defaults is left.
#[test]
fn the_template_shows_the_defaults() {
    let mut written: file::File = toml::from_str(&template::uncommented()).expect("the template is right");
    assert!(load(&template::uncommented()).is_ok());
    let [feed] = &written.feed[..] else { panic!("one sample feed") };
    let example = file::Feed {
        name: "failures".into(),
        host: Some("imap.example.com".into()),
        port: Some(993),
        ca_file: Some("own-ca.pem".into()),
        user: Some("failures".into()),
        password_command: Some("pass show imap".into()),
        ..file::Feed::default()
    };
    assert_eq!(*feed, example);
    let [list] = &written.list[..] else { panic!("one sample list") };
    assert_eq!(list.codes.as_ref().map(|codes| codes.len()), Some(2));
    let example = sending::Smtp {
        host: Some("smtp.example.com".into()),
        port: Some(587),
        ca_file: Some("own-ca.pem".into()),
        user: Some("abuse-desk".into()),
        password_command: Some("pass show smtp".into()),
        ..sending::Smtp::default()
    };
    assert_eq!(written.smtp, example);
    assert_eq!(written.rule.len(), 1);
    let ports = load(&template::uncommented().replace("port = ", "# ")).expect("ports left out");
    assert_eq!(ports.feeds[0].server.as_ref().map(|s| s.port), Some(993));
    assert_eq!(ports.smtp.map(|s| s.port), Some(587));
    written.feed.clear();
    written.rule.clear();
    written.list.clear();
    assert_eq!(written.keys.remove("reports").map(|keys| keys.len()), Some(1));
    assert_eq!(written.log.file.take(), Some("lafayette.log".into()));
    written.alert.command.take().expect("a sample");
    assert_eq!(written.http.ca_file.take(), Some("own-ca.pem".into()));
    written.smtp = sending::Smtp::default();
    assert_eq!(written.sending.by.take(), Some(sending::By::Smtp));
    written.sending.folder.take().expect("a sample");
    written.sending.hello_name.take().expect("a sample");
    assert!(load(&template::uncommented()).expect("right").dkim.is_some());
    written.dkim = sending::FileDkim::default();
    let [form] = &written.report_form[..] else { panic!("one sample form") };
    assert_eq!(form.contact, "abuse@example.net");
    written.report_form.clear();
    assert_eq!(written.url_feed.len(), 3);
    written.url_feed.clear();
    written.report.from.take().expect("a sample");
    written.report.name.take().expect("a sample");
    written.report.reporting_mta.take().expect("a sample");
    written.report.text.take().expect("a sample");
    written.database = None;
    written.redaction = file::Redaction::default();
    assert_eq!(written, file::File::default());
    assert_eq!(toml::from_str::<file::File>(TEMPLATE).expect("commented"), file::File::default());
}

/// serde names all keys of a type when it meets one that it does not know.
#[test]
fn the_template_names_every_key_of_the_types() {
    let keys_of = |text: &str| -> Vec<String> {
        let error = toml::from_str::<file::File>(text).expect_err("unknown key");
        error.message().split('`').skip(3).step_by(2).map(str::to_owned).collect()
    };
    for table in [
        "",
        "[own]",
        "[geoip]",
        "[dns]",
        "[lookups]",
        "[lists]",
        "[[list]]",
        "[report]",
        "[[report_form]]",
        "[[url_feed]]",
        "[smtp]",
        "[sending]",
        "[dkim]",
        "[alert]",
        "[limits]",
        "[redaction]",
        "[export]",
        "[[feed]]",
        "[[rule]]",
    ] {
        let keys = keys_of(&format!("{table}\nnobody_knows = 1\n"));
        assert!(!keys.is_empty(), "{table}");
        let start = TEMPLATE.find(&format!("#{table}\n")).expect("table");
        let section = match table {
            "" => TEMPLATE,
            _ => TEMPLATE[start..].split("\n#[").next().expect("a first piece"),
        };
        let words: Vec<&str> = section.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        for key in keys {
            assert!(words.contains(&key.as_str()), "{table} lacks {key}");
        }
    }
}

#[test]
fn settings_tell_where_values_come_from_and_show_no_secret() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("config.toml");
    let text = "[dns]\noffline = true\n[smtp]\nhost = 'h.example'\nuser = 'u'\npassword = 'hunter2'\n\
                [[feed]]\nname = 'a'\nhost = 'i.example'\nuser = 'u'\npassword_command = 'get --key hunter2'\n\
                [[list]]\nname = 'zen'\nzone = '{key}.zen.example'\nkey = 'hunter2'\n\
                [[list]]\nname = 'own'\nzone = '{key}.own.example'\nkey_command = 'get --key hunter2'\n";
    std::fs::write(&path, text).expect("write");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("mode");
    let arguments = Arguments { config: Some(path), db: Some("a.db".into()), ..Arguments::default() };
    let settings = settings(&arguments, &Environment::default()).expect("settings");
    let find = |name: &str| settings.iter().find(|s| s.name == name).expect(name);
    assert_eq!(find("database").from, Origin::Argument);
    assert_eq!((&find("dns.offline").value, find("dns.offline").from), (&true.into(), Origin::File(2)));
    assert_eq!(find("dns.servers").from, Origin::Default);
    assert_eq!(find("feed.1.name").from, Origin::File(8));
    assert_eq!(find("smtp.password").value, MASK);
    assert_eq!(find("feed.1.password_command").value, format!("get {MASK}"));
    assert_eq!(find("list.1.key").value, MASK);
    assert_eq!(find("list.2.key_command").value, format!("get {MASK}"));
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn lists_are_those_that_are_named_and_own_ones() {
    let names = |text: &str| -> Vec<String> {
        load(text).expect("right").lists.into_iter().map(|used| used.list.name).collect()
    };
    assert_eq!(names(""), ["zen", "spamcop", "dbl", "surbl", "uribl"]);
    assert_eq!(names("[lists]\nuse = ['dbl', 'zen']\n"), ["dbl", "zen"]);
    assert_eq!(names("[lists]\nuse = []\n[[list]]\nname = 'own'\nzone = 'bl.example'\n"), ["own"]);
    let config = load(
        "[[list]]\nname = 'zen'\nzone = '{key}.zen.dq.spamhaus.net'\nkey_env = 'DQS'\n\
         [[list]]\nname = 'own'\nzone = 'BL.Example.'\nsubject = 'domain'\ntest_listed = 'bad'\n",
    )
    .expect("right");
    let zen = config.lists.iter().find(|used| used.list.name == "zen").expect("zen");
    assert_eq!(zen.key, Some(Credential::Environment("DQS".to_owned())));
    assert_eq!((zen.list.letter, zen.list.zone.as_str()), ('Z', "{key}.zen.dq.spamhaus.net"));
    assert!(zen.list.ipv6 && zen.list.codes.len() == 11, "the rest is as it is known");
    let own = config.lists.last().expect("own");
    assert_eq!((own.list.letter, own.list.zone.as_str()), ('O', "bl.example"));
    assert_eq!(own.list.test_points, Some(("bad".to_owned(), "invalid".to_owned())));
}

#[test]
fn only_what_a_network_is_for_is_policy() {
    let lists = load("").expect("defaults").lists;
    let policies: Vec<&str> = lists
        .iter()
        .flat_map(|used| {
            used.list.codes.iter().map(|(_, code)| code).chain(used.list.bits.iter().map(|(_, c)| c))
        })
        .filter(|code| code.policy)
        .map(|code| code.name.as_str())
        .collect();
    assert_eq!(policies, ["pbl", "pbl", "clicks", "grey"]);
}

#[test]
fn a_desk_gets_its_reports_in_the_most_particular_form() {
    let config = load(
        "[report]\nevidence = 'whole'\nipv6 = 'bare'\n\
         [[report_form]]\ncontact = 'Example.net'\nevidence = 'zip'\n\
         [[report_form]]\ncontact = 'mail.example.net'\nalways_abuse = true\n\
         [[report_form]]\ncontact = 'abuse@example.net'\nevidence = 'headers'\nipv6 = 'strict'\n",
    )
    .expect("right");
    for (address, evidence, ipv6, always_abuse) in [
        ("abuse@example.org", EvidenceForm::Whole, Ipv6Form::Bare, false),
        ("noc@example.net", EvidenceForm::Zip, Ipv6Form::Bare, false),
        ("noc@a.example.net", EvidenceForm::Zip, Ipv6Form::Bare, false),
        ("noc@badexample.net", EvidenceForm::Whole, Ipv6Form::Bare, false),
        ("noc@mail.example.net", EvidenceForm::Whole, Ipv6Form::Bare, true),
        ("Abuse@Example.NET", EvidenceForm::Headers, Ipv6Form::Strict, false),
    ] {
        let form = config.report.form(address);
        assert_eq!(
            (form.evidence, form.ipv6, form.always_abuse),
            (evidence, ipv6, always_abuse),
            "{address}"
        );
    }
}
