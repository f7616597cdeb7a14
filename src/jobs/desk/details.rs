//! The thread that reads single reports: everything about one for the screen, its bytes for a file or a command.

use super::detail;
use super::inbox::Next;
use super::request::Event;
use super::shared::Shared;
use crate::model::ReportId;
use crate::store::{self, Store};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What this thread is asked.
pub(super) enum Wanted {
    Detail(ReportId),
    Save(ReportId, PathBuf),
    Pipe(ReportId, String),
}

/// What is shown of a command that failed.
const MOST_COMPLAINT: usize = 200;

pub(super) fn run(shared: &Arc<Shared>) {
    let mut store: Option<Store> = None;
    while let Next::Item(wanted) = shared.details.next(None) {
        if store.as_ref().is_some_and(|store| !store.is_in_place()) {
            store = None;
        }
        let opened = store.take().map_or_else(|| shared.open_store(), Ok);
        let done = opened.and_then(|open| read(shared, store.insert(open), wanted));
        if let Err(error) = done {
            store = None;
            shared.fail(error);
        }
    }
}

fn read(shared: &Arc<Shared>, store: &Store, wanted: Wanted) -> Result<(), store::Error> {
    match wanted {
        Wanted::Detail(id) => {
            let detail = detail::read(store, id)?;
            // While this was read, the cursor may have gone on.
            shared.tell(Event::Detail(id, detail.map(Box::new)));
        }
        Wanted::Save(id, path) => match store.raw(id)? {
            None => shared.fail(missing(id)),
            Some(raw) => match save(&path, &raw) {
                Ok(()) => {
                    let sentence = format!("report {id} saved to {}", path.display());
                    shared.tell(Event::Done { sentence, undoable: false });
                }
                Err(error) => shared.fail(format!("{} could not be written: {error}.", path.display())),
            },
        },
        Wanted::Pipe(id, command) => match store.raw(id)? {
            None => shared.fail(missing(id)),
            // A command may run for as long as it likes.
            Some(raw) => shared.in_background("desk-pipe", move |shared| match pipe(&command, &raw) {
                Ok(()) => {
                    let sentence = format!("report {id} given to `{command}`");
                    shared.tell(Event::Done { sentence, undoable: false });
                }
                Err(sentence) => shared.fail(format!("`{command}`: {sentence}")),
            }),
        },
    }
    Ok(())
}

fn missing(id: ReportId) -> String {
    format!("There is no report {id} any more.")
}

/// Into a new file that only its owner reads: a report names people.
fn save(path: &Path, raw: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(raw)
}

/// Its output is not shown: the screen belongs to the program. What it complains of is, when it fails.
fn pipe(command: &str, raw: &[u8]) -> Result<(), String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it could not be started: {error}"))?;
    let input = child.stdin.take();
    let ended = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that does not want to read everything ends the pipe; that is its right.
            let _ = input.map(|mut input| input.write_all(raw));
        });
        child.wait_with_output()
    });
    let output = ended.map_err(|error| format!("it could not be waited for: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let last: String = last.chars().take(MOST_COMPLAINT).collect();
    Err(if last.is_empty() { format!("it ended with {}", output.status) } else { last })
}
