//! The pager of the person, on a text that was made showable before: some pass escape sequences on. Runs while the
//! terminal is given back and nobody else reads from it.

use std::io::{self, Write};
use std::process::{Command, Stdio};

/// Shows a text, until it was read.
///
/// # Errors
/// Why it was not shown: a sentence.
pub fn read(text: &str) -> Result<(), String> {
    let pager = pager();
    let failed = |why: &dyn std::fmt::Display| format!("The pager '{pager}' {why}. $PAGER names another.");
    // By a shell, since the variable may hold arguments. The text is on no disk: keys come from the terminal.
    let mut child = Command::new("sh")
        .args(["-c", &pager])
        .stdin(Stdio::piped())
        // Hands what is read to programs that take files apart.
        .env_remove("LESSOPEN")
        .spawn()
        .map_err(|error| failed(&format!("could not be started: {error}")))?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()));
    let status = child.wait().map_err(|error| failed(&format!("was lost: {error}")))?;
    if !status.success() {
        return Err(failed(&format!("ended with {status}")));
    }
    match written {
        // Nobody has to read to the end.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed(&format!("did not take the text: {error}")))
        }
        _ => Ok(()),
    }
}

/// As other programs choose it.
fn pager() -> String {
    let named = std::env::var("PAGER").ok().filter(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| "less".to_owned())
}
