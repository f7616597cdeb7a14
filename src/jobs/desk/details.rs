//! The thread that reads single reports: everything about one for the screen, its bytes for a file or a command.

use super::detail;
use super::event::{Event, Output};
use super::inbox::Next;
use super::shared::Shared;
use crate::model::ReportId;
use crate::store::{self, Store};
use rustix::process::Pid;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What this thread is asked.
pub(super) enum Wanted {
    Detail(ReportId),
    Save { id: ReportId, path: PathBuf, replace: bool },
    Pipe(ReportId, String),
}

/// What is kept of what a command writes, of answers and complaints each; the rest is read and forgotten.
const MOST_OUTPUT: u64 = 64 * 1_024;
/// Lines of it that are told.
const MOST_LINES: usize = 500;

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
        Wanted::Save { id, path, replace } => match store.raw(id)? {
            None => shared.fail(missing(id)),
            Some(raw) => match save(&path, &raw, replace) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !replace => {
                    shared.tell(Event::FileExists { id, path });
                }
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
            Some(raw) => shared.in_background("desk-pipe", move |shared| {
                let outcome = pipe(shared, &command, &raw);
                shared.tell(Event::CommandEnded);
                match outcome {
                    _ if shared.end.is_cancelled() => {}
                    Err(error) => shared.fail(format!("`{command}` could not be run: {error}.")),
                    Ok((output, _)) if !output.lines.is_empty() => shared.tell(Event::Output(output)),
                    Ok((_, true)) => {
                        let sentence = format!("report {id} given to `{command}`, which wrote nothing");
                        shared.tell(Event::Done { sentence, undoable: false });
                    }
                    Ok((output, false)) => {
                        shared.fail(format!("`{command}` ended with {}.", output.ended));
                    }
                }
            }),
        },
    }
    Ok(())
}

fn missing(id: ReportId) -> String {
    format!("There is no report {id} any more.")
}

/// Into a new file that only its owner reads: a report names people. One that is replaced is not written into, since
/// others may read it.
pub(super) fn save(path: &Path, raw: &[u8], replace: bool) -> io::Result<()> {
    if replace {
        std::fs::remove_file(path)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(raw)
}

/// What a command wrote that got a report, and whether it ended well.
fn pipe(shared: &Shared, command: &str, raw: &[u8]) -> io::Result<(Output, bool)> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    group.into_iter().for_each(|group| shared.command_runs(group));
    let (input, answers, complaints) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (answers, complaints) = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that does not want to read everything ends the pipe; that is its right.
            let _ = input.map(|mut input| input.write_all(raw));
        });
        let complaints = scope.spawn(move || complaints.map_or(Ok(vec![]), start_of));
        let answers = answers.map_or(Ok(vec![]), start_of);
        (answers, complaints.join().unwrap_or_else(|_| Ok(vec![])))
    });
    let status = child.wait();
    group.into_iter().for_each(|group| shared.command_ended(group));
    let status = status?;
    let (answers, complaints) = (answers?, complaints?);
    let is_full = |bytes: &[u8]| bytes.len() as u64 == MOST_OUTPUT;
    let mut is_cut = is_full(&answers) || is_full(&complaints);
    let mut lines = vec![];
    for bytes in [answers, complaints] {
        lines.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
    }
    is_cut |= lines.len() > MOST_LINES;
    lines.truncate(MOST_LINES);
    let output = Output { command: command.to_owned(), ended: status.to_string(), lines, is_cut };
    Ok((output, status.success()))
}

/// The start of what is written. All of it is read, or the command would wait for ever.
fn start_of(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut start = vec![];
    from.by_ref().take(MOST_OUTPUT).read_to_end(&mut start)?;
    io::copy(&mut from, &mut io::sink())?;
    Ok(start)
}
