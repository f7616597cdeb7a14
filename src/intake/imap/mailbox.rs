//! One folder of an account that is there again after the connection broke. Connects when first used; knows which
//! troubles pass, how long to wait for that, and what a UIDVALIDITY is good for.

use super::connection::{Connection, Failure};
use super::error::{Error, ErrorKind, shown};
use super::folder::Space;
use super::reply::Reply;
use super::transport::{self, Cancelled, Dialled};
use super::{Account, Listed, Login, Mode, Opened, login, uids};
use crate::model::clock::Seconds;
use chrono::DateTime;
use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::{Duration, Instant};
use tracing::{debug, info};

/// Times that something is tried again without anything having come of it.
pub(super) const RETRIES: u32 = 3;

/// Before the first of these; the next ones wait twice as long each, none longer than the account's timeout.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A server that wants to be left alone is left alone so much longer.
const THROTTLED_PAUSES: u32 = 10;

/// Names and other small talk.
pub(super) const SMALL: u64 = 16 << 10;

/// How a way to the server comes about; tests and the fuzzer have their own.
pub(super) type Dial<'a> = Box<dyn FnMut(&Account<'a>) -> Result<Dialled<'a>, Error> + Send + 'a>;

/// One folder of an account. Connects when first used, reconnects and resumes by itself when a connection is lost
/// (bounded number of tries, pauses growing), and checks that UIDVALIDITY is still the same.
///
/// A server that cannot be reached to begin with is not waited for: the next run tries again.
pub struct Mailbox<'a> {
    pub(super) account: Account<'a>,
    pub(super) folder: String,
    mode: Mode,
    pub(super) cancelled: Cancelled<'a>,
    dial: Dial<'a>,
    pub(super) first_pause: Duration,
    connection: Option<Connection<'a>>,
    selected: bool,
    pub(super) space: Option<Space>,
    name: Option<String>,
    pub(super) targets: HashMap<String, String>,
    opened: Option<Opened>,
    reconnects: u32,
    pub(super) broken_messages: u32,
    notes: Vec<String>,
}

/// Why something was given up.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server said NO to the command.
    Refused(Reply),
    /// The connection broke over the command, each time.
    Broken(Error),
    /// It could not be come to that.
    Closed(Error),
}

impl<'a> Mailbox<'a> {
    /// Nothing is connected yet. `cancelled` is asked several times a second whatever is going on.
    pub fn new(
        account: Account<'a>,
        folder: &str,
        mode: Mode,
        cancelled: &'a (dyn Fn() -> bool + Sync),
    ) -> Mailbox<'a> {
        Mailbox::over(
            Box::new(move |account| transport::dial(account, cancelled)),
            account,
            folder,
            mode,
            cancelled,
        )
    }

    pub(super) fn over(
        dial: Dial<'a>,
        account: Account<'a>,
        folder: &str,
        mode: Mode,
        cancelled: Cancelled<'a>,
    ) -> Mailbox<'a> {
        Mailbox {
            account,
            folder: folder.to_owned(),
            mode,
            cancelled,
            dial,
            first_pause: FIRST_PAUSE,
            connection: None,
            selected: false,
            space: None,
            name: None,
            targets: HashMap::new(),
            opened: None,
            reconnects: 0,
            broken_messages: 0,
            notes: vec![],
        }
    }

    /// Opens the folder, or looks anew at the open one.
    pub fn open(&mut self) -> Result<Opened, Error> {
        self.selected = false;
        self.attempt(RETRIES, |_| Ok(())).map_err(|trouble| self.given_up(trouble, "opening"))?;
        if let Some(connection) = &self.connection {
            connection.wire.lock().grown = false;
        }
        self.opened.ok_or_else(|| self.error(ErrorKind::Folder, "was not opened"))
    }

    /// UIDs above `after`, ascending; with `since` only of messages that came into the mailbox on that day or later,
    /// by the server's idea of a day.
    pub fn search(&mut self, after: u32, since: Option<Seconds>) -> Result<Vec<u32>, Error> {
        let Some(first) = after.checked_add(1) else { return Ok(vec![]) };
        let mut query = format!("UID {first}:*");
        if let Some(day) = since.and_then(|since| DateTime::from_timestamp(since, 0)) {
            query.push_str(&day.format(" SINCE %-d-%b-%Y").to_string());
        }
        let what = self.doing("searching");
        // A UID and the space before it have at most 11 characters.
        let expected = 11 * u64::from(self.opened.map_or(0, |opened| opened.messages)) + SMALL;
        let found = self
            .attempt(RETRIES, |connection| {
                connection.wire.lock().grown = false;
                connection.run(&what, expected, |session| session.uid_search(&query))
            })
            .map_err(|trouble| self.given_up(trouble, "searching"))?;
        // `n:*` names the last message also when its UID is below n (RFC 3501 §6.4.8).
        let mut found: Vec<u32> = found.into_iter().filter(|uid| *uid > after).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Size and date of each, ascending; one that has vanished is left out.
    pub fn sizes(&mut self, uids: &[u32]) -> Result<Vec<Listed>, Error> {
        let what = self.doing("listing messages");
        let mut listed = BTreeMap::new();
        for (set, members) in uids::sets(uids) {
            let expected = 150 * members.len() as u64;
            let answers = self
                .attempt(RETRIES, |connection| {
                    connection.run(&what, expected, |session| {
                        session.uid_fetch(&set, "(UID RFC822.SIZE INTERNALDATE)")
                    })
                })
                .map_err(|trouble| self.given_up(trouble, "listing messages"))?;
            for answer in answers.iter() {
                // What has no size is news about flags that nobody asked for.
                if let (Some(uid), Some(size)) = (answer.uid, answer.size)
                    && members.binary_search(&uid).is_ok()
                {
                    let internal_date = answer.internal_date().map(|date| date.timestamp());
                    listed.insert(uid, Listed { uid, size: u64::from(size), internal_date });
                }
            }
        }
        Ok(listed.into_values().collect())
    }

    /// Sentences about what was worked around, each told once.
    pub fn notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        if self.reconnects > 0 {
            let times =
                if self.reconnects == 1 { "once".to_owned() } else { format!("{} times", self.reconnects) };
            let server = transport::server(&self.account);
            notes.push(format!("The connection to {server} broke {times} and was taken up again."));
            self.reconnects = 0;
        }
        notes
    }

    /// Logs out, if that is answered soon.
    pub fn close(self) {
        if let Some(connection) = self.connection {
            connection.close();
        }
    }

    pub(super) fn note(&mut self, sentence: String) {
        if !self.notes.contains(&sentence) {
            info!(target: "lafayette::imap", "{sentence}");
            self.notes.push(sentence);
        }
    }

    /// "reading messages in folder INBOX", for a sentence.
    pub(super) fn doing(&self, what: &str) -> String {
        format!("{what} in folder {}", self.shown_folder())
    }

    pub(super) fn shown_folder(&self) -> String {
        shown(&self.folder)
    }

    pub(super) fn server_name(&self) -> String {
        transport::server(&self.account)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.mode == Mode::ReadOnly
    }

    pub(super) fn own_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn error(&self, kind: ErrorKind, what: &str) -> Error {
        Error::new(
            kind,
            format!("Folder {} on {} {what}.", self.shown_folder(), transport::server(&self.account)),
        )
    }

    pub(super) fn given_up(&self, trouble: Trouble, what: &str) -> Error {
        match trouble {
            Trouble::Broken(error) | Trouble::Closed(error) => error,
            Trouble::Refused(reply) => {
                let server = transport::server(&self.account);
                let (doing, text) = (self.doing(what), reply.text);
                Error::new(ErrorKind::Refused, format!("{server} refused {doing} (\"{text}\")."))
            }
        }
    }

    /// Runs something on the open folder, and again after troubles that pass.
    pub(super) fn attempt<R>(
        &mut self,
        retries: u32,
        mut act: impl FnMut(&mut Connection<'a>) -> Result<R, Failure>,
    ) -> Result<R, Trouble> {
        let mut tries = 0;
        loop {
            let trouble = match self.ready() {
                Err(error) => Trouble::Closed(error),
                Ok(mut connection) => match act(&mut connection) {
                    Ok(done) => {
                        self.put_back(connection);
                        return Ok(done);
                    }
                    Err(Failure::Refused(reply)) => {
                        self.put_back(connection);
                        if !reply.is_temporary() {
                            return Err(Trouble::Refused(reply));
                        }
                        Trouble::Closed(transport::busy(&self.account, &reply.text))
                    }
                    Err(Failure::Broken(error)) => Trouble::Broken(error),
                },
            };
            tries += 1;
            let error = match &trouble {
                Trouble::Broken(error) | Trouble::Closed(error) => error,
                Trouble::Refused(_) => return Err(trouble),
            };
            if tries > self.retries(error.kind, retries) {
                return Err(trouble);
            }
            debug!(target: "lafayette::imap", tries, kind = ?error.kind, "trying again: {error}");
            self.pause(error.kind, tries);
        }
    }

    /// How often a trouble of this kind is worth another try of something that may be tried again so often.
    fn retries(&self, kind: ErrorKind, most: u32) -> u32 {
        match kind {
            ErrorKind::Lost => RETRIES.min(most),
            // Says nothing about what was tried.
            ErrorKind::Throttled => RETRIES,
            ErrorKind::Unreachable if self.opened.is_some() => RETRIES.min(most),
            // Whoever is slow or wrong twice will be so again, and each time takes a deadline.
            ErrorKind::TooSlow | ErrorKind::Protocol => 1.min(most),
            _ => 0,
        }
    }

    fn pause(&self, kind: ErrorKind, tries: u32) {
        let unit =
            if kind == ErrorKind::Throttled { self.first_pause * THROTTLED_PAUSES } else { self.first_pause };
        let pause = unit.saturating_mul(1 << (tries - 1).min(10)).min(self.account.timeout);
        let until = Instant::now() + pause;
        while !(self.cancelled)() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    /// Takes the connection out, with the folder open. Whoever does not put it back has dropped it.
    fn ready(&mut self) -> Result<Connection<'a>, Error> {
        if (self.cancelled)() {
            return Err(Error::cancelled(&transport::server(&self.account)));
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.selected = false;
                let connection = self.connect()?;
                if self.opened.is_some() {
                    self.reconnects += 1;
                }
                connection
            }
        };
        if !self.selected {
            self.select(&mut connection)?;
            self.selected = true;
        }
        Ok(connection)
    }

    fn put_back(&mut self, connection: Connection<'a>) {
        let warnings = std::mem::take(&mut connection.wire.lock().warnings);
        for warning in warnings {
            self.note(format!("{} says: \"{warning}\".", connection.server));
        }
        self.connection = Some(connection);
    }

    fn connect(&mut self) -> Result<Connection<'a>, Error> {
        let server = transport::server(&self.account);
        debug!(target: "lafayette::imap", %server, protection = ?self.account.protection, "connecting");
        let dialled = (self.dial)(&self.account)?;
        match login::establish(&self.account, dialled) {
            // A token may have expired between being made and being used.
            Err(error) if error.kind == ErrorKind::Login && matches!(self.account.login, Login::Token(_)) => {
                debug!(target: "lafayette::imap", %server, "asking for another token");
                let dialled = (self.dial)(&self.account)?;
                login::establish(&self.account, dialled)
            }
            established => established,
        }
    }

    pub(super) fn select(&mut self, connection: &mut Connection<'a>) -> Result<(), Error> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => {
                let wanted = self.folder.clone();
                match self.find(connection, &wanted)? {
                    Some(folder) if folder.selectable => folder.name,
                    Some(_) => {
                        return Err(self.error(ErrorKind::Folder, "can hold no messages, only other folders"));
                    }
                    None => return Err(self.missing(connection)),
                }
            }
        };
        let what = self.doing("opening the mailbox");
        let read_only = self.is_read_only();
        let answer = connection.run(&what, SMALL, |session| {
            if read_only { session.examine(&name) } else { session.select(&name) }
        });
        let answer = match answer {
            Ok(answer) => answer,
            Err(Failure::Broken(error)) => return Err(error),
            Err(Failure::Refused(reply)) if reply.is_temporary() => {
                return Err(transport::busy(&self.account, &reply.text));
            }
            Err(Failure::Refused(reply)) => {
                let what = format!("cannot be opened (\"{}\"). Check the account's rights to it", reply.text);
                return Err(self.error(ErrorKind::Folder, &what));
            }
        };
        let Some(uid_validity) = answer.uid_validity else {
            let what =
                "has no UIDVALIDITY, so that its messages could not be told apart from one run to the next";
            return Err(self.error(ErrorKind::Protocol, what));
        };
        if answer.is_read_only && !read_only {
            self.note(format!(
                "Folder {} on {} can only be read: nothing in it can be flagged, moved or deleted.",
                self.shown_folder(),
                connection.server
            ));
        }
        if let Some(before) = self.opened.filter(|before| before.uid_validity != uid_validity) {
            let what = format!(
                "was made anew while it was read (UIDVALIDITY {} became {uid_validity}). The next run reads it from its \
                 beginning; what is stored already is recognised",
                before.uid_validity
            );
            return Err(self.error(ErrorKind::UidValidityChanged, &what));
        }
        // What came in while there was no connection, nobody has told us.
        connection.wire.lock().grown = self.opened.is_some();
        info!(target: "lafayette::imap", folder = %self.shown_folder(), messages = answer.exists, uid_validity, "open");
        self.name = Some(name);
        self.opened = Some(Opened { uid_validity, uid_next: answer.uid_next, messages: answer.exists });
        Ok(())
    }

    /// Runs something that needs the connection and the mailbox both, and again after troubles that pass.
    pub(super) fn on_connection<R>(
        &mut self,
        mut act: impl FnMut(&mut Self, &mut Connection<'a>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut tries = 0;
        loop {
            let done = self.ready().and_then(|mut connection| {
                let done = act(self, &mut connection)?;
                self.put_back(connection);
                Ok(done)
            });
            match done {
                Err(error) if tries < self.retries(error.kind, RETRIES) => {
                    tries += 1;
                    self.pause(error.kind, tries);
                }
                done => return done,
            }
        }
    }
}
