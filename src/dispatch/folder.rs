//! Reports as .eml files in a folder: for `report --out`, and as a way out for those who send by other means. Knows no
//! ledger and no network.

use super::{Delivery, Message, Sink, envelope};
use crate::model::ReportId;
use crate::model::clock::{self, Seconds};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Files of one name that are tried before giving up.
const MAX_SAME_NAME: u32 = 10_000;

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder cannot be used.
    #[error("cannot use the folder '{path}': {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written. Nothing of it is left.
    #[error("cannot write '{path}': {source}; nothing was left there, free the space or choose another folder", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A folder that takes reports.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Sink for Folder {
    /// One file a message, named after its number, so that the same message is never there twice. It appears whole or
    /// not at all, and one that is there already is never touched.
    fn deliver(
        &mut self,
        message: &Message<'_>,
        about_to: &mut dyn FnMut() -> Result<(), String>,
    ) -> Delivery {
        if let Some(why) = envelope::problem(message) {
            return Delivery::failed(why);
        }
        if let Err(why) = about_to() {
            return Delivery::Withdrawn(why);
        }
        let path = self.path.join(format!("{:010}-{}.eml", message.id, file_name(message.recipient)));
        match self.place(&path, message.bytes) {
            Ok(()) => Delivery::Sent(format!("It lies in {}", path.display())),
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => match fs::read(&path) {
                Ok(there) if there == message.bytes => {
                    Delivery::Sent(format!("It lies in {} already", path.display()))
                }
                _ => Delivery::failed(format!(
                    "There is another file in its place: {}. Move that away.",
                    path.display()
                )),
            },
            Err(source) => {
                Delivery::Deferred { answer: FolderError::File { path, source }.to_string(), all: true }
            }
        }
    }
}

impl Folder {
    /// Under another name first: whoever collects the files never finds half of one, not even after a power failure.
    fn place(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let partial = path.with_extension("part");
        // What an earlier try left there is none of ours any more.
        let _ = fs::remove_file(&partial);
        let written = create(&partial).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::hard_link(&partial, path)?;
            File::open(&self.path)?.sync_all()
        });
        let _ = fs::remove_file(&partial);
        written
    }

    /// Opens a folder and makes it where there is none; a new one is for its owner alone.
    ///
    /// # Errors
    /// When it cannot be made or is no folder.
    pub fn open(path: &Path) -> Result<Folder, FolderError> {
        let failed = |source| FolderError::Folder { path: path.to_owned(), source };
        if !path.is_dir() {
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(path).map_err(failed)?;
        }
        Ok(Folder { path: path.to_owned() })
    }

    /// Writes one report durably and returns its path. Names sort by time, then by the number of the report:
    /// `20261120T095900Z-0000000017-abuse@example.net.eml`. A file that is there already is never touched.
    ///
    /// # Errors
    /// When the file cannot be written whole.
    pub fn write(&self, at: Seconds, id: ReportId, to: &str, bytes: &[u8]) -> Result<PathBuf, FolderError> {
        let stem = format!("{}-{id:010}-{}", compact(at), file_name(to));
        let mut path = self.path.join(format!("{stem}.eml"));
        for number in 2..=MAX_SAME_NAME {
            match create(&path) {
                Ok(file) => return self.fill(file, path, bytes),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    path = self.path.join(format!("{stem}-{number}.eml"));
                }
                Err(source) => return Err(FolderError::File { path, source }),
            }
        }
        let source = io::Error::new(io::ErrorKind::AlreadyExists, "too many files of this name");
        Err(FolderError::File { path, source })
    }

    fn fill(&self, mut file: File, path: PathBuf, bytes: &[u8]) -> Result<PathBuf, FolderError> {
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        // The name is durable only once the folder is.
        match written.and_then(|()| File::open(&self.path)?.sync_all()) {
            Ok(()) => Ok(path),
            Err(source) => {
                // Half a report is worse than none; that this fails too is no news.
                let _ = fs::remove_file(&path);
                Err(FolderError::File { path, source })
            }
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `20261120T095900Z`
fn compact(at: Seconds) -> String {
    clock::rfc3339(at).replace(['-', ':'], "")
}

/// An address as a file name: no separator, no leading dot, not too long.
fn file_name(address: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "@.-_+".contains(c) { c } else { '_' };
    address.chars().map(safe).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_never_overwritten() {
        let directory = tempfile::tempdir().expect("directory");
        let folder = Folder::open(&directory.path().join("new/out")).expect("folder");
        let first = folder.write(1_795_000_000, 7, "abuse@example.net", b"one").expect("first");
        let second = folder.write(1_795_000_000, 7, "abuse@example.net", b"two").expect("second");
        assert_ne!(first, second);
        assert_eq!(fs::read(&first).expect("read"), b"one");
        assert_eq!(fs::read(&second).expect("read"), b"two");
    }

    fn deliver(folder: &mut Folder, bytes: &[u8]) -> Delivery {
        let message = Message { id: 17, sender: "", recipient: "abuse@example.net", bytes };
        folder.deliver(&message, &mut || Ok(()))
    }

    #[test]
    fn the_same_message_lies_there_once_and_another_never_takes_its_place() {
        let directory = tempfile::tempdir().expect("directory");
        let mut folder = Folder::open(directory.path()).expect("folder");
        for _ in 0..2 {
            assert!(matches!(deliver(&mut folder, b"one\r\n"), Delivery::Sent(_)));
        }
        assert!(matches!(deliver(&mut folder, b"two\r\n"), Delivery::Failed { .. }));
        let path = directory.path().join("0000000017-abuse@example.net.eml");
        assert_eq!(fs::read(&path).expect("read"), b"one\r\n");
        assert_eq!(fs::read_dir(directory.path()).expect("list").count(), 1, "nothing is left lying about");
        let message = Message { id: 18, sender: "", recipient: "abuse@example.net", bytes: b"x\r\n" };
        let withdrawn = folder.deliver(&message, &mut || Err("no".to_owned()));
        assert_eq!(withdrawn, Delivery::Withdrawn("no".to_owned()));
        assert_eq!(fs::read_dir(directory.path()).expect("list").count(), 1);
        fs::remove_dir_all(directory.path()).expect("removed");
        assert!(matches!(deliver(&mut folder, b"one\r\n"), Delivery::Deferred { all: true, .. }));
    }

    #[test]
    fn names_sort_by_time_and_number_and_stay_in_the_folder() {
        let directory = tempfile::tempdir().expect("directory");
        let folder = Folder::open(directory.path()).expect("folder");
        let names: Vec<PathBuf> = [(0, 9), (0, 10), (1_795_000_000, 1)]
            .map(|(at, id)| folder.write(at, id, "../../etc/x@example.net", b"").expect("written"))
            .to_vec();
        assert!(names.is_sorted(), "{names:?}");
        assert!(names.iter().all(|name| name.parent() == Some(directory.path())), "{names:?}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("directory");
        let folder = Folder::open(&directory.path().join("out")).expect("folder");
        let path = folder.write(0, 1, "abuse@example.net", b"x").expect("written");
        assert_eq!(fs::metadata(&path).expect("file").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder.path).expect("folder").permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let file = tempfile::NamedTempFile::new().expect("file");
        let error = Folder::open(file.path()).expect_err("no folder");
        assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    }
}
