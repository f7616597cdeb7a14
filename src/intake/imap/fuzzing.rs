//! The mailbox over a server that says any bytes, for the fuzzer.

use super::error::{Error, ErrorKind};
use super::mailbox::Mailbox;
use super::transport::{Dialled, Patience, Stream};
use super::{Account, Listed, Login, Mode, Protection};
use std::io::{self, Cursor, Read, Write};
use std::time::Duration;

/// Answers without being asked; what is said to it goes nowhere.
struct Recorded(Cursor<Vec<u8>>);

impl Read for Recorded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Recorded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Recorded {
    fn allow(&mut self, _: Patience) {}
}

/// Reads, moves and waits while the server says `words`: one connection after the other up to each NUL, then none.
/// Gives back how many bytes of messages came of it.
pub fn converse(words: &[u8]) -> usize {
    let mut connections =
        words.split(|byte| *byte == 0).map(<[u8]>::to_vec).take(8).collect::<Vec<_>>().into_iter();
    let account = Account {
        host: "mail.example".to_owned(),
        port: 993,
        protection: Protection::Implicit,
        ca_file: None,
        user: "user".to_owned(),
        login: Login::Password(&|| Ok("secret".to_owned())),
        timeout: Duration::from_secs(1),
        message_limit: 1 << 16,
    };
    let dial = move |_: &Account<'_>| match connections.next() {
        Some(words) => Ok(Dialled { stream: Box::new(Recorded(Cursor::new(words))), greets: true }),
        None => Err(Error::new(ErrorKind::Unreachable, "The recording is at its end.")),
    };
    let mut mailbox = Mailbox::over(Box::new(dial), account, "Reports/été", Mode::ReadWrite, &|| false);
    mailbox.first_pause = Duration::ZERO;
    let mut bytes = 0;
    if mailbox.open().is_ok() {
        let uids = mailbox.search(0, None).unwrap_or_default();
        let listed = mailbox.sizes(&uids).unwrap_or_default();
        let sized = [
            Listed { uid: 1, size: 100, internal_date: None },
            Listed { uid: 2, size: 9 << 20, internal_date: None },
        ];
        for batch in super::batches(&listed).take(2).chain([&sized[..]]) {
            let fetched = mailbox.fetch(batch).unwrap_or_default();
            bytes += fetched.iter().flatten().map(|message| message.bytes.len()).sum::<usize>();
        }
        let _ = mailbox.flag_seen(&[1, 2, 4]);
        let _ = mailbox.move_to(&[1, 2, 4], "Archive/Done");
        let _ = mailbox.delete(&[3]);
        let _ = mailbox.wait(Duration::from_millis(1));
    }
    let _ = mailbox.notes();
    mailbox.close();
    bytes
}
