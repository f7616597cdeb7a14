//! What a person at the screen waits for: from the key to the paint, by the whole program on a terminal of 120×40.
//!
//! `cargo bench --bench screen [-- DATABASE [CONFIGURATION]]`: a database to look at instead of a made one of 20,000
//! reports. It is opened for reading only. Goals are those for a million reports. `LAFAYETTE_PROGRAM` names another
//! build of the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be measured has to be seen"
)]

mod measure;
#[path = "../../tests/support/pty.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod pty;
mod screens;

use lafayette::cli::demo::{self, Generator};
use lafayette::intake::{Item, RawMessage};
use lafayette::jobs::{Cancel, Import, Summary};
use lafayette::model::{FeedKind, clock};
use lafayette::store::{Access, Durability, Store};
use measure::{QUIET, STEPS, Times, steps, ticks};
use portable_pty::CommandBuilder;
use pty::Pty;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SIZE: (u16, u16) = (120, 40);
const MESSAGES: u64 = 20_000;
const STARTS: usize = 9;

/// The questions of PERFORMANCE §4, as they are typed.
const QUERIES: &[&str] = &[
    "\"wire transfer\"",
    "since:2d \"wire transfer\"",
    "url:*mail.htm",
    "since:2d url:*mail.htm",
    "asn:64512",
    "since:2d asn:64512",
    "kind:bounce",
    "since:2d kind:bounce",
    "country:BR",
    "since:2d country:BR",
    "since:7d account country:BR kind:normal",
];

const IN_THE_LIST: [measure::Step; 4] = [
    ("cursor down", "<down>", STEPS),
    ("cursor up", "<up>", STEPS),
    ("page down", "<pagedown>", STEPS),
    ("other column", "l", 8),
];

fn main() {
    let mut files = std::env::args().skip(1).filter(|a| !a.starts_with("--")).map(PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let database = files.next().unwrap_or_else(|| {
        let made = folder.path().join("bench.db");
        make(&made);
        made
    });
    let program = Program { home: folder.path().to_owned(), database, configuration: files.next() };
    starts(&program);
    let mut pty = program.start();
    pty.sees(" match");
    pty.settle(Duration::from_secs(1));
    steps(&mut pty, &IN_THE_LIST);
    memory(&pty, "list and filters");
    screens::all(&mut pty);
    typing(&mut pty);
    panes(&mut pty);
    idle(&mut pty);
    memory(&pty, "every column in use");
    pty.keys("q");
    println!("{:<58} {:>9}", "exit", format!("{:?}", pty.ended()));
}

fn make(path: &Path) {
    let store = Store::open(path, Access::ReadWrite).unwrap();
    let mut writer = store.writer("bench", Durability::Normal).unwrap();
    let items = Generator::new(1, MESSAGES, clock::now())
        .map(|made| Item::Message(RawMessage::of_file(format!("made#{}", made.index), made.bytes)));
    let judgement = demo::judgement();
    let import = Import {
        store: &store,
        judgement: &judgement,
        feed: "bench",
        feed_kind: FeedKind::Mailbox,
        place: &|ip| demo::place(ip).unwrap_or_default(),
        each: None,
    };
    import.run(&mut writer, items, None, &Cancel::default(), &mut Summary::default(), &mut |_| {}).unwrap();
}

struct Program {
    home: PathBuf,
    database: PathBuf,
    configuration: Option<PathBuf>,
}

impl Program {
    fn start(&self) -> Pty {
        let other = std::env::var_os("LAFAYETTE_PROGRAM");
        let program = other.unwrap_or_else(|| env!("CARGO_BIN_EXE_lafayette").into());
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("HOME", &self.home);
        command.env("TERM", "xterm-256color");
        command.cwd(&self.home);
        command.arg("--read-only");
        command.arg("--db");
        command.arg(&self.database);
        if let Some(file) = &self.configuration {
            command.arg("--config");
            command.arg(file);
        }
        Pty::start(command, SIZE)
    }
}

/// From the start of the process to the first rows, and to the count of all that matches.
fn starts(program: &Program) {
    let (mut rows, mut counts) = (vec![], vec![]);
    // Once before it counts, so that the database is warm.
    for turn in 0..=STARTS {
        let start = Instant::now();
        let mut pty = program.start();
        let first = pty.until("the first rows are painted", |screen| screen.contents().contains('▸'));
        let counted = pty.sees(" match");
        pty.keys("q");
        assert_eq!(pty.ended(), Ok(0));
        if turn > 0 {
            rows.push(first - start);
            counts.push(counted - start);
        }
    }
    println!("{:<58} {:>9} {:>9} {:>9}   goal", "120×40, milliseconds", "median", "p99", "least");
    Times::of(rows).print("start to first page", "20");
    Times::of(counts).print("start to count, filters ready", "100");
}

/// The line of the query with its count and time, which changes with each answer.
fn counts(screen: &vt100::Screen) -> String {
    let line = screen.rows(0, SIZE.0).nth(1).unwrap_or_default();
    line.rsplit("  ").next().unwrap_or_default().to_owned()
}

/// What changes when counts come: the line of the last 72 hours with the kinds, and the panes at the left.
fn panes_of(screen: &vt100::Screen) -> String {
    const PANES_WIDTH: u16 = 20;
    let hours = screen.rows(0, SIZE.0).nth(2).unwrap_or_default();
    screen.rows(0, PANES_WIDTH).skip(3).fold(hours, |all, row| all + "\n" + &row)
}

/// What came of one key: to its own paint, from there to the results, from there to the panes; bytes.
struct Typed {
    own: Duration,
    results: Option<Duration>,
    panes: Option<Duration>,
    bytes: usize,
}

fn press(pty: &mut Pty, key: &str) -> Typed {
    let before = counts(pty.screen());
    let pressed = pty.keys(key);
    let frames = pty.frames(QUIET, |screen| counts(screen) + "\r" + &panes_of(screen));
    let counts_in = |frame: &str| frame.split('\r').next().unwrap_or_default().to_owned();
    let panes_in = |frame: &str| frame.split('\r').nth(1).unwrap_or_default().to_owned();
    let own = frames.first().map_or(pressed, |(at, ..)| *at);
    let changed = frames.iter().position(|(.., frame)| counts_in(frame) != before);
    // The time that an answer took may be the same as that of the one before: then the frame after the key's own.
    let answered = changed.or((frames.len() > 1).then_some(1));
    let results = answered.map(|at| frames[at].0);
    // The last frame that changes the panes: further lines of the list may follow it.
    let mut after = frames.iter().enumerate().skip(answered.unwrap_or(0) + 1);
    let panes_changed = |at: usize| panes_in(&frames[at].2) != panes_in(&frames[at - 1].2);
    let counted = after.rfind(|(at, _)| panes_changed(*at)).map(|(_, frame)| frame.0);
    Typed {
        own: own - pressed,
        results: results.map(|at| at - own),
        panes: results.zip(counted).map(|(results, counted)| counted - results),
        bytes: frames.iter().map(|(_, bytes, _)| bytes).sum(),
    }
}

/// Every query typed key by key.
fn typing(pty: &mut Pty) {
    let mut all = vec![];
    for query in QUERIES {
        pty.keys("/");
        pty.keys("<ctrl-u>");
        pty.settle(QUIET);
        let typed: Vec<Typed> = query.chars().map(|key| press(pty, &key.to_string())).collect();
        let name = format!("{query} [{}]", counts(pty.screen()).split(" match").next().unwrap_or_default());
        let after = |pick: fn(&Typed) -> Option<Duration>| Times::of(typed.iter().filter_map(pick));
        after(|typed| typed.results).print(&format!("{name}: key painted to results"), "16");
        after(|typed| typed.panes).print("    results to panes", "10");
        all.extend(typed);
        // An escape by itself: with a key behind it, it would be Alt and that key.
        pty.keys("<esc>");
        pty.settle(QUIET);
    }
    Times::of(all.iter().map(|typed| typed.own)).print("typed character: key to paint", "p99 16");
    Times::numbers(all.iter().map(|typed| typed.bytes as f64))
        .print("typed character: bytes, with results and panes", "6000");
}

/// Values of the panes on and off.
fn panes(pty: &mut Pty) {
    pty.keys("f");
    pty.settle(QUIET);
    pty.keys("<tab>");
    pty.keys("<tab>");
    pty.settle(QUIET);
    let typed: Vec<Typed> = (0..30)
        .map(|turn| {
            if turn % 3 == 0 {
                pty.keys("<down>");
                pty.settle(QUIET);
            }
            press(pty, " ")
        })
        .collect();
    Times::of(typed.iter().map(|typed| typed.own)).print("value of a pane toggled: key to paint", "p99 16");
    Times::of(typed.iter().filter_map(|typed| typed.results)).print("    to results", "16");
    Times::of(typed.iter().filter_map(|typed| typed.panes)).print("    to panes", "10");
    pty.keys("<esc>");
    pty.settle(QUIET);
}

/// Ten seconds of nothing.
fn idle(pty: &mut Pty) {
    let before = ticks(pty.id());
    let (bytes, _) = pty.settle(Duration::from_secs(10));
    let used = ticks(pty.id()) - before;
    println!("{:<58} {:>9} {:>9} {:>9}   0", "ten idle seconds: hundredths of CPU, bytes", used, bytes, "");
}

fn memory(pty: &Pty, of_what: &str) {
    let name = format!("private memory, MB: {of_what}");
    println!("{name:<58} {:>9.1} {:>9} {:>9}   200", private_megabytes(pty.id()), "", "");
}

fn private_megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1_024.0
}
