//! The rules of the house that no compiler checks: who may know whom, which crate lives where, who may print, where
//! the clock is. Every rule is shown to bite on a made-up offence.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up, and what each may know. The order is that of lib.rs.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &["model"]),
    ("keymap", &["model"]),
    ("query", &["model"]),
    ("arf", &["model", "text"]),
    ("config", &["model", "query", "keymap"]),
    ("store", &["model"]),
    ("index", &["model", "query"]),
    ("intake", &["model"]),
    ("enrich", &["model"]),
    ("dispatch", &["model", "arf"]),
    ("export", &["model", "text"]),
    (
        "jobs",
        &[
            "model", "text", "keymap", "query", "arf", "config", "store", "index", "intake", "enrich",
            "dispatch", "export",
        ],
    ),
    ("tui", &["model", "text", "query", "keymap", "config", "jobs"]),
    (
        "cli",
        &[
            "model", "text", "keymap", "query", "arf", "config", "store", "index", "intake", "enrich",
            "dispatch", "export", "jobs", "tui",
        ],
    ),
];

/// Crates that live in some rooms only.
const FENCES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("imap", &["intake"]),
    ("native_tls", &["intake", "dispatch"]),
    ("openssl", &["intake", "dispatch"]),
    ("maxminddb", &["enrich"]),
    ("simple_dns", &["enrich"]),
    ("ureq", &["enrich", "dispatch"]),
    ("zip", &["arf"]),
    ("clap", &["cli", "config"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli"]),
    ("terminal_size", &["cli"]),
    ("tracing_subscriber", &["cli"]),
];

const MAX_LINES: usize = 600;

/// A source file: its path under `src/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many modules deep its items are: `room/mod.rs` is 1, `room/file.rs` is 2.
    fn depth(&self) -> usize {
        let names: Vec<&str> = self.path.split('/').collect();
        names.len() - usize::from(names.last() == Some(&"mod.rs"))
    }
}

fn sources(folder: &Path, root: &Path, out: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, root, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(root).expect("under the root").to_string_lossy().into_owned();
            out.push(Source { path: name, text: fs::read_to_string(&path).expect("a text") });
        }
    }
}

fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut out = vec![];
    sources(&root, &root, &mut out);
    assert!(out.len() > 10, "the sources were not found");
    out
}

/// The code without comments and without what stands in literals.
fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let word_before = out.last().is_some_and(|b: &u8| b.is_ascii_alphanumeric() || *b == b'_');
        let skipped = if rest.starts_with(b"//") {
            rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            find(rest, b"*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest).filter(|_| !word_before) {
            let start = find(rest, b"\"").unwrap_or(0) + 1;
            let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            find(&rest[start..], &end).map_or(rest.len(), |close| start + close + end.len())
        } else if rest.starts_with(b"\"") {
            let mut end = 1;
            while end < rest.len() && rest[end] != b'"' {
                end += 1 + usize::from(rest[end] == b'\\');
            }
            end + 1
        } else if rest.starts_with(b"'\\") {
            // A quoted escape such as '\'' or '\u{e9}'; lifetimes have no backslash.
            find(&rest[3..], b"'").map_or(rest.len(), |end| end + 4)
        } else if rest.len() > 2 && rest[0] == b'\'' && rest[2] == b'\'' {
            3
        } else {
            out.push(rest[0]);
            at += 1;
            continue;
        };
        out.push(b' ');
        at += skipped;
    }
    String::from_utf8(out).expect("only whole literals were cut")
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// How many `#` a raw string that begins here has.
fn raw_string(text: &[u8]) -> Option<usize> {
    let text = text.strip_prefix(b"b").unwrap_or(text).strip_prefix(b"r")?;
    let hashes = text.iter().take_while(|b| **b == b'#').count();
    (text.get(hashes) == Some(&b'"')).then_some(hashes)
}

/// The places where `word` stands as a whole word; what comes behind each.
fn uses<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).filter_map(move |(at, _)| {
        let behind = &code[at + word.len()..];
        let whole = !code[..at].ends_with(is_word) && !behind.starts_with(is_word);
        whole.then_some((at, behind))
    })
}

/// The names that a path goes on with: `::a` one, `::{a::b, c}` two.
fn heads(behind: &str) -> Vec<String> {
    let Some(path) = behind.trim_start().strip_prefix("::") else { return vec![] };
    let path = path.trim_start();
    let name =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0;
    let mut names = vec![name(group)];
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}

/// The rooms that a file names: by `crate::`, and by enough `super::` to leave its own room.
fn named_rooms(source: &Source) -> Vec<String> {
    let code = code(&source.text);
    let mut names: Vec<String> = uses(&code, "crate").flat_map(|(_, behind)| heads(behind)).collect();
    for (at, _) in uses(&code, "super").filter(|(at, _)| !code[..*at].trim_end().ends_with("::")) {
        let mut behind = &code[at + "super".len()..];
        let mut levels = 1;
        while let Some(rest) = behind.trim_start().strip_prefix("::").map(str::trim_start) {
            let Some(rest) = rest.strip_prefix("super") else { break };
            behind = rest;
            levels += 1;
        }
        if levels >= source.depth() {
            names.extend(heads(behind));
        }
    }
    names.retain(|name| ROOMS.iter().any(|(room, _)| room == name));
    names
}

fn wrong_arrows(source: &Source) -> Vec<String> {
    let room = source.room();
    if room == "lib" {
        return vec![];
    }
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, allowed)| allowed);
    named_rooms(source)
        .into_iter()
        .filter(|name| name != room && !allowed.contains(&name.as_str()))
        .map(|name| format!("{}: {room} may not know {name}", source.path))
        .collect()
}

/// Whether the file imports a module of this crate under the name: then the bare name is that module.
fn is_own_module(code: &str, name: &str) -> bool {
    code.split(';').map(str::trim_start).filter_map(|line| line.rsplit_once("use ")).any(|(_, path)| {
        (path.starts_with("crate") || path.starts_with("super") || path.starts_with("self"))
            && uses(path, name).any(|(_, behind)| {
                let behind = behind.trim_start();
                behind.is_empty() || behind.starts_with([',', '}']) || behind.starts_with("::{self")
            })
    })
}

fn wrong_crates(source: &Source) -> Vec<String> {
    let code = code(&source.text);
    let named = |name: &str| {
        let own_module = is_own_module(&code, name);
        uses(&code, name).any(|(at, behind)| {
            let before = &code[..at];
            let imported = before.trim_end().ends_with("use") || before.trim_end().ends_with("extern crate");
            // `a::imap::b` and `crate::imap` are modules of somebody else, `::imap` is the crate.
            let inside = before.strip_suffix("::").is_some_and(|path| !path.ends_with(char::is_whitespace));
            imported || behind.trim_start().starts_with("::") && !inside && !own_module
        })
    };
    FENCES
        .iter()
        .filter(|(name, rooms)| !rooms.contains(&source.room()) && named(name))
        .map(|(name, rooms)| format!("{}: the crate {name} lives in {}", source.path, rooms.join(" and ")))
        .collect()
}

fn wrong_printing(source: &Source) -> Vec<String> {
    if ["cli", "main"].contains(&source.room()) {
        return vec![];
    }
    let code = code(&source.text);
    ["print", "println", "eprint", "eprintln"]
        .iter()
        .filter(|name| uses(&code, name).any(|(_, behind)| behind.starts_with('!')))
        .map(|name| format!("{}: only cli may {name}!", source.path))
        .collect()
}

fn wrong_clock(source: &Source) -> Vec<String> {
    if source.path == "model/clock.rs" {
        return vec![];
    }
    let code = code(&source.text);
    ["SystemTime", "Utc", "Local"]
        .iter()
        .filter(|name| uses(&code, name).any(|(_, behind)| heads(behind) == ["now"]))
        .map(|name| format!("{}: {name}::now is for model::clock", source.path))
        .collect()
}

fn wrong_shape(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let mut out = vec![];
    if !source.text.starts_with("//!") {
        out.push(format!("{}: the first line says what the file is for: //!", source.path));
    }
    if lines > MAX_LINES {
        out.push(format!("{}: {lines} lines; split it along a line that has a name", source.path));
    }
    out
}

fn check(rule: fn(&Source) -> Vec<String>) {
    let wrong: Vec<String> = all().iter().flat_map(rule).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Asserts that the rule finds exactly so many offences in a made-up file.
fn bites(rule: fn(&Source) -> Vec<String>, path: &str, text: &str, count: usize) {
    let source = Source { path: path.to_owned(), text: text.to_owned() };
    let found = rule(&source);
    assert_eq!(found.len(), count, "{path}: {text}\n{found:?}");
}

#[test]
fn a_room_knows_only_rooms_above_it() {
    check(wrong_arrows);
    for (path, text, count) in [
        ("model/report.rs", "use crate::store::Store;", 1),
        ("arf/read.rs", "use crate::{model::Report, text, index::Index};", 1),
        ("arf/read.rs", "use crate::{\n    model::{Kind, clock},\n    store,\n    cli::demo,\n};", 2),
        ("query/mod.rs", "fn f() { crate::store::open() }", 1),
        ("query/mod.rs", "use super::store::Store;", 1),
        ("query/parse.rs", "use super::super::store::Store;", 1),
        ("query/parse.rs", "use super::store::Store;", 0),
        ("query/parse.rs", "use crate::query::store;", 0),
        (
            "query/parse.rs",
            "// use crate::store;\nlet s = \"crate::store\"; let r = r#\"\"crate::store\"#;",
            0,
        ),
        ("jobs/import.rs", "use crate::{store, arf, index};", 0),
        ("jobs/import.rs", "use crate::cli;", 1),
        ("tui/list.rs", "use crate::store;", 1),
        ("strange/mod.rs", "use crate::model;", 1),
    ] {
        bites(wrong_arrows, path, text, count);
    }
}

#[test]
fn the_map_in_lib_rs_has_the_rooms_in_their_order() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let modules: Vec<&str> =
        text.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mapped: Vec<&str> =
        text.lines().filter_map(|l| l.strip_prefix("//! * [`")?.split('`').next()).collect();
    assert_eq!(mapped, modules);
    let order: Vec<&str> =
        ROOMS.iter().map(|(room, _)| *room).filter(|room| modules.contains(room)).collect();
    assert_eq!(modules, order);
}

#[test]
fn a_crate_lives_in_its_room() {
    check(wrong_crates);
    for (path, text, count) in [
        ("index/mod.rs", "use rusqlite::Connection;", 1),
        ("index/mod.rs", "use rusqlite as sql;", 1),
        ("index/mod.rs", "fn f(c: &rusqlite::Connection, s: clap::Command) {}", 2),
        ("index/mod.rs", "use ::maxminddb::Reader;", 1),
        ("store/open.rs", "use rusqlite::Connection;", 0),
        ("dispatch/feed.rs", "use ureq::Agent;", 0),
        ("intake/mod.rs", "use crate::intake::imap::Session; // rusqlite::Connection", 0),
        ("jobs/sync.rs", "use crate::intake::imap::{self, Error}; fn f(m: imap::Mailbox) {}", 0),
        ("jobs/sync.rs", "use crate::intake::{imap, mbox}; fn f(m: imap::Mailbox) {}", 0),
        ("jobs/sync.rs", "use crate::intake::imap::Error; fn f(m: imap::Session) {}", 1),
    ] {
        bites(wrong_crates, path, text, count);
    }
}

#[test]
fn only_the_command_line_prints() {
    check(wrong_printing);
    bites(wrong_printing, "jobs/sync.rs", "fn f() { println!(\"x\"); eprint!(\"y\") }", 2);
    bites(wrong_printing, "jobs/sync.rs", "/* println!() */ let s = \"eprintln!\";", 0);
    bites(wrong_printing, "cli/list.rs", "println!()", 0);
}

#[test]
fn there_is_one_clock() {
    check(wrong_clock);
    bites(wrong_clock, "store/open.rs", "let t = std::time::SystemTime::now();", 1);
    bites(wrong_clock, "store/open.rs", "let t = chrono::Utc::now(); let i = Instant::now();", 1);
    bites(wrong_clock, "model/clock.rs", "Utc::now()", 0);
}

#[test]
fn a_file_says_what_it_is_for_and_has_one_subject() {
    check(wrong_shape);
    bites(wrong_shape, "store/open.rs", "use std::fs;\n", 1);
    bites(wrong_shape, "store/open.rs", &format!("//! Long.\n{}", "fn f() {}\n".repeat(MAX_LINES)), 1);
    bites(wrong_shape, "store/open.rs", "//! Short.\n", 0);
}

#[test]
fn literals_and_comments_are_no_code() {
    for (text, expected) in [
        ("a // b\nc", "a  \nc"),
        ("a /* b \n */ c", "a   c"),
        ("f(\"x\\\"y\", 'z', '\\'', b\"w\")", "f( ,  ,  , b )"),
        ("r##\"a\"# b\"## c", "  c"),
        ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
    ] {
        assert_eq!(code(text), expected);
    }
}
