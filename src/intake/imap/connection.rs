//! A connection that is logged in. Every command has a deadline, a budget and a guard against panics of the crate, and
//! after anything but a plain NO the connection is not used again. Knows nothing of retries.

use super::Account;
use super::error::{Error, ErrorKind};
use super::reply::{Reply, Stop};
use super::shared::Shared;
use super::transport;
use imap::Session;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::time::Duration;

/// Why a command did not do what it should.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said NO; the connection is as good as before.
    Refused(Reply),
    /// The connection is to be dropped.
    Broken(Error),
}

/// A session, and our end of its wire.
pub(super) struct Connection<'a> {
    pub(super) session: Session<Shared<'a>>,
    pub(super) wire: Shared<'a>,
    /// In capitals.
    pub(super) capabilities: Vec<String>,
    pub(super) server: String,
    pub(super) timeout: Duration,
}

impl<'a> Connection<'a> {
    /// The server has told that it can.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|word| word == capability)
    }

    /// Runs one command, whose answer should have about so many bytes. `what` is what it does, for a sentence:
    /// "reading messages".
    pub fn run<R>(
        &mut self,
        what: &str,
        expected: u64,
        act: impl FnOnce(&mut Session<Shared<'a>>) -> imap::Result<R>,
    ) -> Result<R, Failure> {
        let session = &mut self.session;
        let result = guarded(&self.wire, &self.server, self.timeout, what, expected, || act(session));
        // News that nobody asked for would pile up.
        session.take_all_unsolicited().for_each(drop);
        result
    }

    /// Says goodbye, and waits for the answer no longer than is polite.
    pub fn close(mut self) {
        const POLITE: Duration = Duration::from_secs(2);
        {
            let mut wire = self.wire.lock();
            wire.parting = true;
            wire.begin(self.timeout.min(POLITE), budget(0));
        }
        let session = &mut self.session;
        let _ = quietly(|| session.logout());
    }
}

/// What a command comes to, by what the crate says and what was seen on the wire.
pub(super) fn guarded<'a, R>(
    wire: &Shared<'a>,
    server: &str,
    timeout: Duration,
    what: &str,
    expected: u64,
    act: impl FnOnce() -> imap::Result<R>,
) -> Result<R, Failure> {
    wire.lock().begin(longest(timeout, expected), budget(expected));
    let result = quietly(act);
    let mut wire = wire.lock();
    if let Some(stop) = &wire.stop {
        return Err(Failure::Broken(stopped(stop, server, what)));
    }
    let failed = match result {
        Some(Ok(done)) => return Ok(done),
        Some(Err(imap::Error::No(_))) => return Err(Failure::Refused(wire.heard.reply.clone())),
        Some(Err(imap::Error::ConnectionLost)) => Stop::Lost(String::new()),
        Some(Err(imap::Error::Validate(_))) => {
            let sentence = format!(
                "{what} on {server} takes a name with a line break in it, which no command can hold."
            );
            return Err(Failure::Broken(Error::new(ErrorKind::Refused, sentence)));
        }
        Some(Err(imap::Error::Bad(_))) => {
            let sentence = format!(
                "{server} does not understand our command for {what} (\"{}\"). It may be no IMAP4rev1 server.",
                wire.heard.reply.text
            );
            wire.stop = Some(Stop::Nonsense(""));
            return Err(Failure::Broken(Error::new(ErrorKind::Protocol, sentence)));
        }
        Some(Err(_)) | None => Stop::Nonsense("no reader of IMAP makes sense of it"),
    };
    let error = stopped(&failed, server, what);
    wire.stop = Some(failed);
    Err(Failure::Broken(error))
}

fn stopped(stop: &Stop, server: &str, what: &str) -> Error {
    match stop {
        Stop::TooSlow => Error::new(
            ErrorKind::TooSlow,
            format!(
                "{server} was too slow while {what}. Nothing is lost; the next run goes on from here. Raise \
                 `timeout_seconds` of the feed if the server is always this slow."
            ),
        ),
        Stop::Cancelled => Error::cancelled(server),
        Stop::Lost(why) => {
            let why =
                if why.is_empty() { "closed the connection".to_owned() } else { format!("was lost ({why})") };
            Error::new(
                ErrorKind::Lost,
                format!("{server} {why} while {what}. Nothing is lost; the next run goes on from here."),
            )
        }
        Stop::Farewell(reply) if reply.is_temporary() => Error::new(
            ErrorKind::Throttled,
            format!(
                "{server} broke off while {what} and wants to be left alone for a while (\"{}\"). The next run goes on \
                 from here; run it less often if this stays.",
                reply.text
            ),
        ),
        Stop::Farewell(reply) => Error::new(
            ErrorKind::Lost,
            format!(
                "{server} broke off while {what} (\"{}\"). Nothing is lost; the next run goes on from here.",
                reply.text
            ),
        ),
        Stop::TooMuch => Error::new(
            ErrorKind::Protocol,
            format!(
                "{server} sent or announced far more than was asked for while {what}; the connection was ended."
            ),
        ),
        Stop::Nonsense(why) => Error::new(
            ErrorKind::Protocol,
            format!("{server} gave an answer while {what} that cannot be read: {why}."),
        ),
    }
}

/// The greeting of a server that has not been heard yet.
pub(super) fn greeting(wire: &Shared<'_>, account: &Account<'_>) -> Result<(), Error> {
    let server = transport::server(account);
    let mut wire = wire.lock();
    wire.begin(account.timeout, 8 << 10);
    let line = match wire.greeting() {
        Ok(line) => line,
        Err(_) => {
            let stop = wire.stop.clone().unwrap_or(Stop::TooSlow);
            return Err(stopped(&stop, &server, "greeting us"));
        }
    };
    let words = String::from_utf8_lossy(&line).to_ascii_uppercase();
    if words.starts_with("* OK") {
        Ok(())
    } else if words.starts_with("* BYE") {
        Err(transport::busy(account, &Reply::parse(line.get(2..).unwrap_or_default()).text))
    } else if words.starts_with("* PREAUTH") {
        let sentence = format!(
            "{server} says that we are logged in already (PREAUTH), as whom it does not say. Use a port where it asks \
             for a password."
        );
        Err(Error::new(ErrorKind::Refused, sentence))
    } else {
        let sentence = format!(
            "{server} does not greet as an IMAP server does (\"{}\"). Check host, port and `tls` of the feed.",
            super::error::shown(&String::from_utf8_lossy(&line))
        );
        Err(Error::new(ErrorKind::Protocol, sentence))
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs the crate; `None` when it panicked, which by its upstream issues #282 and #295 it may. That is an answer that
/// cannot be read, and no reason to print a panic message over the screen: while this thread is in here the hook
/// keeps quiet, and for all other panics it is the one that was there before.
fn quietly<R>(act: impl FnOnce() -> R) -> Option<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    // What a panic leaves half done is the session, which is dropped.
    let result = catch_unwind(AssertUnwindSafe(act));
    QUIET.set(false);
    result.ok()
}

/// How long a command may take whose answer has so many bytes: a line that carries less than 16 kB a second is broken.
fn longest(silence: Duration, expected: u64) -> Duration {
    silence.saturating_add(Duration::from_millis(expected / 16))
}

/// How many bytes an answer may have that should have so many: sizes are told inexactly, and there is small talk.
fn budget(expected: u64) -> u64 {
    expected.saturating_add(expected / 4).saturating_add(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_crate_is_an_answer_and_others_are_still_panics() {
        assert_eq!(quietly(|| 1), Some(1));
        assert_eq!(quietly(|| -> u8 { panic!("of the crate") }), None);
        assert!(!QUIET.get());
        assert!(std::panic::catch_unwind(|| panic!("of ours")).is_err());
    }
}
