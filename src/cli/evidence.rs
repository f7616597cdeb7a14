//! The files that `export` makes: messages with a manifest beside them, all of them or none. Nothing that is there
//! already is touched. Knows nothing of queries.

use super::failure::Failure;
use crate::arf::redact::Redactor;
use crate::export::{hex, json, mbox};
use crate::model::clock::rfc3339;
use crate::model::{FeedKind, Record, ReportId};
use crate::store::sha256;
use serde::Serialize;
use std::borrow::Cow;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The manifest's name in a folder; beside an mbox it has the mbox's name before it.
const MANIFEST: &str = "manifest.jsonl";

/// A line of the manifest.
#[derive(Serialize)]
struct Line<'r> {
    id: ReportId,
    feed: Cow<'r, str>,
    /// Left out of a spamtrap's manifest: mailbox, folder and host say where the trap is.
    origin: Option<Cow<'r, str>>,
    arrival: String,
    /// Of the bytes in the database.
    sha256: String,
    /// Of the bytes as they leave, and how many those are.
    written_sha256: String,
    written_size: usize,
    /// The file in the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Where the message's `From ` line begins in the mbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    redacted: bool,
}

/// Evidence being written. Dropped before [`Evidence::finish`], it takes away all that it made.
pub struct Evidence {
    target: Target,
    manifest: BufWriter<File>,
    manifest_path: PathBuf,
    made: Made,
}

enum Target {
    Mbox { path: PathBuf, file: BufWriter<File>, position: u64 },
    Folder(PathBuf),
}

/// What was made so far, in order.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folder: Option<PathBuf>,
}

impl Drop for Made {
    fn drop(&mut self) {
        // Half of the evidence is worse than none; that taking it away fails too is no news.
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl Made {
    fn file(&mut self, path: &Path) -> Result<File, Failure> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => {
                self.files.push(path.to_owned());
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::failed(format!(
                "'{}' is there already and evidence is never written over; nothing was exported, choose another name",
                path.display()
            ))),
            Err(error) => Err(cannot_write(path, &error)),
        }
    }
}

impl Evidence {
    /// Into an mbox that must not be there yet.
    pub fn mbox(path: &Path) -> Result<Evidence, Failure> {
        let mut manifest = path.as_os_str().to_owned();
        manifest.push(format!(".{MANIFEST}"));
        let mut made = Made::default();
        let file = BufWriter::new(made.file(path)?);
        let target = Target::Mbox { path: path.to_owned(), file, position: 0 };
        Evidence::with_manifest(target, PathBuf::from(manifest), made)
    }

    /// Into a folder, which is made where there is none.
    pub fn folder(path: &Path) -> Result<Evidence, Failure> {
        let mut made = Made::default();
        if !path.is_dir() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(|error| cannot_write(path, &error))?;
            made.folder = Some(path.to_owned());
        }
        Evidence::with_manifest(Target::Folder(path.to_owned()), path.join(MANIFEST), made)
    }

    fn with_manifest(target: Target, manifest_path: PathBuf, mut made: Made) -> Result<Evidence, Failure> {
        let manifest = BufWriter::new(made.file(&manifest_path)?);
        Ok(Evidence { target, manifest, manifest_path, made })
    }

    /// Adds a message as it leaves; `hidden` is what hid its recipients. `false` when it cannot keep its exact bytes
    /// there.
    pub fn add(
        &mut self,
        record: &Record,
        message: &[u8],
        hidden: Option<&Redactor<'_>>,
    ) -> Result<bool, Failure> {
        let (mut line, mut exact) = (Line::of(record, message, hidden), true);
        match &mut self.target {
            Target::Folder(folder) => {
                let name = format!("{:010}.eml", record.id);
                let path = folder.join(&name);
                let mut file = self.made.file(&path)?;
                // Not synced one by one: the database has the bytes, the manifest tells whether a copy is whole.
                file.write_all(message).map_err(|error| cannot_write(&path, &error))?;
                line.file = Some(name);
            }
            Target::Mbox { path, file, position } => {
                let mut counted = Counted { out: file, count: 0 };
                mbox::write(&mut counted, record.stored_at, message)
                    .map_err(|error| cannot_write(path, &error))?;
                line.position = Some(*position);
                *position += counted.count;
                exact = mbox::is_exact(message);
            }
        }
        json::write_line(&mut self.manifest, &line)
            .map_err(|error| cannot_write(&self.manifest_path, &error))?;
        Ok(exact)
    }

    /// Brings all to the disk and keeps it. Returns where the messages and where the manifest are.
    pub fn finish(mut self) -> Result<(PathBuf, PathBuf), Failure> {
        let durable = |out: &mut BufWriter<File>| out.flush().and_then(|()| out.get_ref().sync_all());
        let path = match &mut self.target {
            Target::Mbox { path, file, .. } => {
                durable(file).map_err(|error| cannot_write(path, &error))?;
                path.clone()
            }
            Target::Folder(path) => path.clone(),
        };
        durable(&mut self.manifest).map_err(|error| cannot_write(&self.manifest_path, &error))?;
        // The names are durable only once their folder is.
        let folder = self.manifest_path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| cannot_write(folder, &error))?;
        self.made.files.clear();
        self.made.folder = None;
        Ok((path, self.manifest_path.clone()))
    }
}

impl<'r> Line<'r> {
    fn of(record: &'r Record, message: &[u8], hidden: Option<&Redactor<'_>>) -> Line<'r> {
        let shown = |text: &'r str| match hidden {
            Some(redactor) => Cow::Owned(redactor.text(text)),
            None => Cow::Borrowed(text),
        };
        let tells = hidden.is_none() || record.feed_kind != FeedKind::Spamtrap;
        Line {
            id: record.id,
            feed: shown(&record.feed),
            origin: tells.then(|| shown(&record.origin)),
            arrival: rfc3339(record.report.arrival),
            sha256: hex(&record.sha256),
            written_sha256: hex(&sha256(message)),
            written_size: message.len(),
            file: None,
            position: None,
            redacted: hidden.is_some(),
        }
    }
}

/// Counts what goes through.
struct Counted<'o> {
    out: &'o mut dyn Write,
    count: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!(
        "cannot write '{}': {error}; nothing of this export was left, make room or choose another place",
        path.display()
    ))
}
