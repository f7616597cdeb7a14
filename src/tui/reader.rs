//! Reading a report elsewhere: in the pager or the editor of the person, who gets the terminal meanwhile.

use super::event::Reader;
use crate::text::showable_lines;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::Command;

/// A folder of our own with one file, gone when nobody reads it any more.
struct Copy {
    folder: PathBuf,
    file: PathBuf,
}

impl Copy {
    /// For the person alone: a report names people.
    fn of(bytes: &[u8], name: &str) -> io::Result<Copy> {
        let folder = (0..100)
            .map(|number| std::env::temp_dir().join(format!("lafayette-{}-{number}", std::process::id())))
            // One that is there already belongs to somebody else.
            .find_map(|folder| match DirBuilder::new().mode(0o700).create(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
                made => Some(made.map(|()| folder)),
            })
            .unwrap_or_else(|| Err(io::ErrorKind::AlreadyExists.into()))?;
        let copy = Copy { file: folder.join(name), folder };
        let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copy.file)?;
        file.write_all(bytes)?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What an editor left beside it goes as well.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Reader {
    /// What the person has chosen, or what is nearly always there.
    fn command(self) -> String {
        let chosen = |name: &str| std::env::var(name).ok().filter(|command| !command.trim().is_empty());
        match self {
            Reader::Pager => chosen("PAGER").unwrap_or_else(|| "less".to_owned()),
            Reader::Editor => {
                chosen("VISUAL").or_else(|| chosen("EDITOR")).unwrap_or_else(|| "vi".to_owned())
            }
        }
    }
}

/// Shows it, and waits until the person has read it. A pager gets escape sequences made visible, since some pass them
/// on; an editor gets the bytes as they are, and what is changed there is forgotten.
///
/// # Errors
/// A sentence, when nothing could be shown.
pub fn show(reader: Reader, name: &str, bytes: &[u8]) -> Result<(), String> {
    let command = reader.command();
    let failed = |why: &dyn std::fmt::Display| format!("`{command}` could not show the report: {why}.");
    let copy = match reader {
        Reader::Pager => Copy::of(showable_lines(&String::from_utf8_lossy(bytes)).as_str().as_bytes(), name),
        Reader::Editor => Copy::of(bytes, name),
    }
    .map_err(|error| failed(&error))?;
    // The variables hold commands with options; the name of the file is no part of what the shell reads.
    let status = Command::new("sh")
        .args(["-c", &format!("{command} \"$1\""), "lafayette"])
        .arg(&copy.file)
        // It would hand what an attacker wrote to whatever takes files of its kind apart.
        .env_remove("LESSOPEN")
        .status()
        .map_err(|error| failed(&error))?;
    match status.code() {
        // As shells say that there is no such command.
        Some(code @ (126 | 127)) => Err(failed(&format!("exit status {code}; is it installed?"))),
        _ => Ok(()),
    }
}
