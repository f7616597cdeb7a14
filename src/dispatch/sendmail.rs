//! Mail by a command on this machine that takes a message on its input, as every mail server brings one along. No shell
//! reads anything; the command has an end.

use super::reply::shown;
use super::{Delivery, Message, Sink, envelope};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// sysexits.h: try again later.
const TEMPORARY_FAILURE: i32 = 75;
/// EX_NOUSER and EX_NOHOST.
const NO_SUCH_RECIPIENT: [i32; 2] = [67, 68];
/// As much of what the command says as is kept for a person.
const LONGEST_WORDS: u64 = 4 << 10;
/// How often a command that still runs is looked at.
const GLANCE: Duration = Duration::from_millis(5);
/// What it started may hold its output open longer than it lives.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its fixed arguments. `-i -f SENDER -- RECIPIENT` comes behind them.
    pub words: Vec<String>,
    /// How long it may take for one message.
    pub timeout: Duration,
}

/// A way out by a command.
#[derive(Debug)]
pub struct Sendmail {
    command: Command,
}

impl Sendmail {
    /// By this command.
    ///
    /// # Errors
    /// A sentence, when there is no such program.
    pub fn new(command: Command) -> Result<Sendmail, String> {
        let Some(program) = command.words.first() else {
            return Err("There is no command to send with. Set 'command' in [sending].".to_owned());
        };
        let path = Path::new(program);
        if !path.is_absolute() {
            return Err(format!(
                "The command '{program}' is no path that begins with /. Mend 'command' in [sending]."
            ));
        }
        match std::fs::metadata(path) {
            Ok(file) if file.is_file() && file.permissions().mode() & 0o111 != 0 => Ok(Sendmail { command }),
            Ok(_) => Err(format!("{program} is no program that can be run. Mend 'command' in [sending].")),
            Err(error) => Err(format!("{program} cannot be run: {error}. Mend 'command' in [sending].")),
        }
    }

    fn start(&self, message: &Message<'_>) -> std::io::Result<Child> {
        let (program, arguments) = self.command.words.split_first().ok_or(ErrorKind::NotFound)?;
        // The null sender has no other form that all of them take.
        let sender = if message.sender.is_empty() { "<>" } else { message.sender };
        std::process::Command::new(program)
            .args(arguments)
            .args(["-i", "-f", sender, "--", message.recipient])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that it can be ended with all that it started.
            .process_group(0)
            .spawn()
    }
}

impl Sink for Sendmail {
    /// Such a command takes the recipient with the message: before it runs nobody has accepted anything.
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
        let program = self.command.words.first().map_or("", String::as_str);
        let mut child = match self.start(message) {
            Ok(child) => child,
            Err(error) => {
                let answer = format!("{program} cannot be run: {error}. Mend 'command' in [sending].");
                return Delivery::Deferred { answer, all: true };
            }
        };
        let written = child.stdin.take().map(|input| write(input, local_lines(message.bytes)));
        let words = [child.stdout.take().map(read), child.stderr.take().map(read)];
        let status = wait(&mut child, self.command.timeout);
        let words: Vec<String> =
            words.iter().flatten().filter_map(|r| r.recv_timeout(LAST_WORDS).ok()).collect();
        let words = shown(&words.join(" "));
        let said = if words.is_empty() { String::new() } else { format!(" ({words})") };
        match status {
            Err(why) => Delivery::Unknown(format!(
                "{program} {why}{said}. Whether the message was taken is not known."
            )),
            Ok(status) => {
                let whole =
                    written.and_then(|written| written.recv_timeout(LAST_WORDS).ok()).unwrap_or(false);
                told(program, status, whole, &said)
            }
        }
    }
}

/// What the end of the command says about the message.
fn told(program: &str, status: ExitStatus, whole: bool, said: &str) -> Delivery {
    match status.code() {
        Some(0) if whole => Delivery::Sent(format!("{program} took it{said}")),
        Some(0) => Delivery::Unknown(format!(
            "{program} ended as if all were well and had not read the whole message{said}. Is it a sendmail command?"
        )),
        Some(TEMPORARY_FAILURE) => Delivery::Deferred {
            answer: format!("{program} does not take the message for now (exit code 75){said}."),
            all: false,
        },
        Some(code) => Delivery::Failed {
            answer: format!("{program} refuses the message (exit code {code}){said}."),
            of_recipient: NO_SUCH_RECIPIENT.contains(&code),
        },
        None => Delivery::Unknown(format!(
            "{program} was ended by a signal{said}. Whether the message was taken is not known."
        )),
    }
}

/// Programs on this machine end lines as the machine does; the mail server makes CRLF of it again.
fn local_lines(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}

/// Writes on a thread, since a command that does not read would keep us; whether all was taken.
fn write(mut input: ChildStdin, bytes: Vec<u8>) -> Receiver<bool> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let whole = input.write_all(&bytes).and_then(|()| input.flush()).is_ok();
        drop(input);
        let _ = sender.send(whole);
    });
    receiver
}

/// Reads on a thread all that it says, so that it never waits for us, and keeps the beginning.
fn read(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut output = output;
        let mut words = vec![];
        let _ = output.by_ref().take(LONGEST_WORDS).read_to_end(&mut words);
        // What it says beyond that is let go.
        let _ = std::io::copy(&mut output, &mut std::io::sink());
        let _ = sender.send(String::from_utf8_lossy(&words).into_owned());
    });
    receiver
}

/// Waits for its end; ends it with all that it started when its time is over.
fn wait(child: &mut Child, time: Duration) -> Result<ExitStatus, String> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if began.elapsed() < time => thread::sleep(GLANCE),
            Ok(None) => {
                end(child);
                return Err(format!("did not end within {} s and was ended", time.as_secs_f32()));
            }
            Err(error) => {
                end(child);
                return Err(format!("cannot be waited for ({error})"));
            }
        }
    }
}

fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait();
}
