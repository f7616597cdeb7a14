//! Paths to files: folder trees and Maildirs, in a stable order. Opens no file.

use super::cause;
use std::collections::{HashSet, VecDeque};
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

/// What a walk comes across.
pub enum Found {
    /// A plain file.
    File(PathBuf),
    /// A path that leads to nothing readable.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// A sentence why.
        reason: String,
    },
}

/// Which entries of a folder count.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    /// Every file, every folder.
    Anything,
    /// `new/` or `cur/` of a Maildir: files. Names with a leading dot are no messages (maildir(5)).
    Messages,
    /// A Maildir itself, or a folder in one: beside `new/` and `cur/` stand indexes and subscriptions, so only
    /// folders count; they are Maildirs again (Maildir++) or hold some.
    Maildirs,
}

struct Entry {
    name: OsString,
    kind: Option<FileType>,
    /// What it holds if it is a folder.
    inside: Holds,
}

struct Level {
    folder: PathBuf,
    holds: Holds,
    entries: std::vec::IntoIter<Entry>,
}

/// Walks trees with a stack of its own, so depth costs no thread stack. Links are followed, yet every folder is
/// entered once: a link that leads back up ends there.
pub struct Walk {
    paths: VecDeque<PathBuf>,
    levels: Vec<Level>,
    entered: HashSet<PathBuf>,
}

impl Walk {
    pub fn new(paths: &[PathBuf]) -> Walk {
        Walk { paths: paths.iter().cloned().collect(), levels: vec![], entered: HashSet::new() }
    }

    fn visit(
        &mut self,
        path: PathBuf,
        kind: io::Result<FileType>,
        holds: Holds,
        inside: Holds,
    ) -> Option<Found> {
        let reason = match kind {
            Ok(kind) if kind.is_dir() && holds == Holds::Messages => return None,
            Ok(kind) if kind.is_dir() => match self.enter(&path, inside) {
                Ok(()) => return None,
                Err(error) => format!(
                    "The folder cannot be read: {}. What is in it was not imported; make it readable for this user \
                     and import it again.",
                    cause(&error)
                ),
            },
            _ if holds == Holds::Maildirs => return None,
            Ok(kind) if kind.is_file() => return Some(Found::File(path)),
            Ok(_) => {
                "This is a device, a pipe or a socket. Messages are read from files, folders and, with the \
                      argument -, from standard input."
                    .to_owned()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                "There is no such file or folder, or it has gone meanwhile.".to_owned()
            }
            Err(error) => {
                format!("It cannot be reached: {}. Check the permissions on the way.", cause(&error))
            }
        };
        Some(Found::Unreadable { path, reason })
    }

    fn enter(&mut self, folder: &Path, inside: Holds) -> io::Result<()> {
        if !self.entered.insert(fs::canonicalize(folder)?) {
            return Ok(());
        }
        let mut entries = vec![];
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            entries.push(Entry { name: entry.file_name(), kind: entry.file_type().ok(), inside });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let holds = match inside {
            Holds::Messages => {
                entries.retain(|entry| !entry.name.as_encoded_bytes().starts_with(b"."));
                Holds::Messages
            }
            _ if is_maildir(folder, &entries) => {
                entries.retain(|entry| entry.name != "tmp"); // deliveries that are not finished
                for entry in &mut entries {
                    let own = entry.name == "cur" || entry.name == "new";
                    entry.inside = if own { Holds::Messages } else { Holds::Maildirs };
                }
                Holds::Maildirs
            }
            other => other,
        };
        self.levels.push(Level { folder: folder.to_owned(), holds, entries: entries.into_iter() });
        Ok(())
    }
}

fn is_maildir(folder: &Path, entries: &[Entry]) -> bool {
    ["cur", "new"].iter().all(|&name| {
        let found = entries.binary_search_by(|entry| entry.name.as_os_str().cmp(name.as_ref()));
        found.is_ok() && folder.join(name).is_dir()
    })
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let found = if let Some(level) = self.levels.last_mut() {
                let Some(entry) = level.entries.next() else {
                    self.levels.pop();
                    continue;
                };
                let (path, holds) = (level.folder.join(&entry.name), level.holds);
                let kind = match entry.kind {
                    Some(kind) if !kind.is_symlink() => Ok(kind),
                    _ => fs::metadata(&path).map(|m| m.file_type()),
                };
                self.visit(path, kind, holds, entry.inside)
            } else {
                let path = self.paths.pop_front()?;
                let kind = fs::metadata(&path).map(|m| m.file_type());
                self.visit(path, kind, Holds::Anything, Holds::Anything)
            };
            if found.is_some() {
                return found;
            }
        }
    }
}
