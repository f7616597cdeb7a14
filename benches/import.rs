//! How fast reports are taken in: messages a second of a whole import into a new database, and its size on disk.
//!
//! `cargo bench --bench import [-- FILE]`: an mbox to import instead of a made mailbox of 20,000.

use lafayette::cli::demo::{self, Generator};
use lafayette::intake::{self, Item, Limits, RawMessage};
use lafayette::jobs::{Cancel, Import, Summary};
use lafayette::model::FeedKind;
use lafayette::store::{Access, Durability, Store};
use std::path::PathBuf;
use std::time::Instant;

const MESSAGES: u64 = 20_000;
const ROUNDS: usize = 5;
const NOON: i64 = 1_790_000_000;

fn main() {
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--")).map(PathBuf::from);
    let made: Vec<Item> = match &file {
        Some(_) => vec![],
        None => Generator::new(1, MESSAGES, NOON)
            .map(|made| {
                let origin = format!("made#{}", made.index);
                Item::Message(RawMessage::of_file(origin, made.bytes))
            })
            .collect(),
    };
    let mut rates = vec![];
    let mut last = String::new();
    for _ in 0..ROUNDS {
        let Ok(folder) = tempfile::tempdir() else { return eprintln!("no temporary folder can be made") };
        let path = folder.path().join("bench.db");
        let items: Box<dyn Iterator<Item = Item> + Send> = match &file {
            Some(path) => Box::new(intake::open(std::slice::from_ref(path), None, &Limits::default())),
            None => Box::new(made.clone().into_iter()),
        };
        match import(&path, items) {
            Ok((summary, seconds)) => {
                rates.push(summary.read as f64 / seconds);
                let bytes = std::fs::metadata(&path).map_or(0, |m| m.len());
                last = format!(
                    "{} messages, {} bytes each on disk",
                    summary.read,
                    bytes / summary.read.max(1) as u64
                );
            }
            Err(error) => return eprintln!("{error}"),
        }
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "import: {last}; median {:.0} a second (slowest {:.0}, fastest {:.0})",
        rates[ROUNDS / 2],
        rates[0],
        rates[ROUNDS - 1]
    );
}

fn import(
    path: &std::path::Path,
    items: Box<dyn Iterator<Item = Item> + Send>,
) -> Result<(Summary, f64), lafayette::store::Error> {
    let store = Store::open(path, Access::ReadWrite)?;
    let judgement = demo::judgement();
    let import = Import {
        store: &store,
        judgement: &judgement,
        feed: "bench",
        feed_kind: FeedKind::Mailbox,
        place: &|ip| demo::place(ip).unwrap_or_default(),
        each: None,
    };
    let mut summary = Summary::default();
    let start = Instant::now();
    let mut writer = store.writer("bench", Durability::Normal)?;
    import.run(&mut writer, items, None, &Cancel::default(), &mut summary, &mut |_| {})?;
    Ok((summary, start.elapsed().as_secs_f64()))
}
