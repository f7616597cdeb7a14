//! The editor of the person, on a file of its own that only its owner reads, gone afterwards. Runs while the terminal is
//! given back and nobody else reads from it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The text as a person left it, of at most so many bytes.
///
/// # Errors
/// Why there is none: a sentence.
pub fn edit(text: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let (editor, file) =
        (editor(), Scratch::new(text).map_err(|error| format!("no file to edit can be made: {error}"))?);
    // By a shell, since these variables may hold arguments; the file is one of its own.
    let script = format!("{editor} \"$1\"");
    let status = Command::new("sh").args(["-c", &script, "sh"]).arg(&file.0).status();
    let unchanged = "the text stays as it was";
    match status {
        Err(error) => Err(format!("The editor '{editor}' could not be started: {error}; {unchanged}.")),
        Ok(status) if !status.success() => Err(format!(
            "The editor '{editor}' ended with {status}; {unchanged}. $VISUAL or $EDITOR names another."
        )),
        Ok(_) => read(&file.0, most)
            .map_err(|error| format!("The edited text cannot be read: {error}; {unchanged}.")),
    }
}

/// As other programs choose it.
fn editor() -> String {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_else(|| "vi".to_owned())
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    fs::read(path)
}

/// The file, until it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &[u8]) -> io::Result<Scratch> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = std::env::temp_dir().join(format!("lafayette-{name}.txt"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let scratch = Scratch(path);
        file.write_all(text)?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Only its owner reads what cannot be removed.
        let _ = fs::remove_file(&self.0);
    }
}
