//! Getting a secret from where the configuration says it is, at the moment a server asks for it. Knows no server.

use super::Server;
use super::secret::{Credential, Secret};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// A password manager that waits for a person longer than this waits in vain: cron has no person.
const PATIENCE: Duration = Duration::from_secs(60);
/// Access tokens of large providers have 2 to 4 kB.
const LONGEST: u64 = 64 << 10;

impl Credential {
    /// The secret: the first line of what the command prints, the file holds or the variable says.
    ///
    /// # Errors
    /// A sentence: what was asked, why it gave nothing, what to do. It never quotes the secret, nor a command's words
    /// beyond its name, which may hold one.
    pub fn ask(&self) -> Result<Secret, String> {
        let (text, whence) = match self {
            Credential::Literal(secret) => return Ok(secret.clone()),
            Credential::Environment(name) => {
                let text = std::env::var(name).map_err(|error| match error {
                    std::env::VarError::NotPresent => {
                        format!("the variable {name}, named in the configuration, is not set")
                    }
                    std::env::VarError::NotUnicode(_) => {
                        format!("the variable {name}, named in the configuration, is not UTF-8")
                    }
                })?;
                (text, format!("the variable {name}"))
            }
            Credential::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    format!("the file {} with the secret cannot be read: {error}", path.display())
                })?;
                (text, format!("the file {} with the secret", path.display()))
            }
            Credential::Command(line) => output_of(line, PATIENCE)?,
            Credential::TokenCommand(line) => output_of(line, PATIENCE)?,
        };
        match text.lines().next().map(str::trim_end) {
            Some(secret) if !secret.is_empty() => Ok(Secret::new(secret)),
            _ => Err(format!("{whence} gave nothing; its first line has to be the secret")),
        }
    }
}

impl Server {
    /// Its password or token, as [`Credential::ask`] gets it.
    ///
    /// # Errors
    /// A sentence, as there, and when none is configured.
    pub fn ask_secret(&self) -> Result<String, String> {
        match &self.credential {
            Some(credential) => credential.ask().map(|secret| secret.expose().to_owned()),
            None => Err("no password is configured".to_owned()),
        }
    }
}

/// A command line by its program alone.
fn shown(line: &str) -> String {
    let program = line.split_whitespace().next().unwrap_or_default().escape_debug();
    format!("the command '{program}', named in the configuration,")
}

/// What a shell command prints, and the command for a sentence. What it complains about goes where our own complaints go.
fn output_of(line: &str, patience: Duration) -> Result<(String, String), String> {
    let whence = shown(line);
    let mut child = Command::new("/bin/sh")
        .args(["-c", line])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // A group of its own, so that Ctrl-C ends us first and a stuck command can be ended whole.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{whence} cannot be run: {error}"))?;
    let Some(output) = child.stdout.take() else { return Err(format!("{whence} has no output")) };
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = output.take(LONGEST).read_to_string(&mut text).map(|_| text);
        // Nobody listens any more when it took too long.
        let _ = sender.send(read);
    });
    let Ok(read) = receiver.recv_timeout(patience) else {
        end(&mut child);
        return Err(format!(
            "{whence} gave nothing within {} s and was ended; it must not wait for a person",
            patience.as_secs()
        ));
    };
    let status = child.wait().map_err(|error| format!("{whence} cannot be waited for: {error}"))?;
    if !status.success() {
        return Err(format!("{whence} failed ({status}); run it by hand to see why"));
    }
    match read {
        Ok(text) => Ok((text, whence)),
        Err(error) => Err(format!("{whence} printed something that is no text: {error}")),
    }
}

/// Ends a command with all that it started.
fn end(child: &mut std::process::Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(command: &str) -> Result<String, String> {
        Credential::Command(command.to_owned()).ask().map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn the_first_line_is_the_secret() {
        assert_eq!(ask("printf 'one two \\nthree\\n'").as_deref(), Ok("one two"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "from a file\r\n").unwrap();
        assert_eq!(Credential::File(path).ask().unwrap().expose(), "from a file");
    }

    #[test]
    fn failures_say_what_was_asked_and_never_what_the_command_line_holds() {
        for (command, part) in [
            ("exit 3", "failed (exit status: 3)"),
            ("true", "gave nothing"),
            ("echo", "gave nothing"),
            ("printf '\\377\\n'", "no text"),
        ] {
            let sentence = ask(&format!("{command} #hunter2")).unwrap_err();
            assert!(sentence.contains(part), "{sentence}");
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
        let missing = Credential::Environment("LAFAYETTE_TEST_UNSET".to_owned()).ask().unwrap_err();
        assert!(missing.contains("LAFAYETTE_TEST_UNSET"), "{missing}");
    }

    #[test]
    fn a_command_that_waits_is_ended_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let line = format!("sleep 300 & echo $! > '{}'; wait", file.display());
        assert!(output_of(&line, Duration::from_millis(300)).unwrap_err().contains("must not wait"));
        let child = std::fs::read_to_string(file).unwrap();
        let proc_file = format!("/proc/{}/stat", child.trim());
        let gone = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            std::fs::read_to_string(&proc_file).map_or(true, |stat| stat.contains(") Z "))
        });
        assert!(gone, "the sleep lives on");
    }
}
