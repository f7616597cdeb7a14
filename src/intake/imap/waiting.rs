//! Waiting for mail (IDLE, RFC 2177).

use super::Wake;
use super::error::Error;
use super::mailbox::{Mailbox, RETRIES, SMALL, Trouble};
use super::transport;
use imap::extensions::idle::WaitOutcome;
use imap::types::UnsolicitedResponse;
use std::time::{Duration, Instant};

/// IDLE is said anew after this: servers may log off after 30 minutes (RFC 2177), and many address translators on the
/// way forget a silent connection after 10.
const IDLE_AGAIN: Duration = Duration::from_secs(9 * 60);

impl Mailbox<'_> {
    /// Waits until the folder has more messages than at the last [`Mailbox::search`] (IDLE), at most so long.
    pub fn wait(&mut self, at_most: Duration) -> Result<Wake, Error> {
        let until = transport::after(at_most);
        let what = self.doing("waiting for mail");
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Wake::Elapsed);
            }
            let slice = left.min(IDLE_AGAIN);
            let outcome = self.attempt(RETRIES, |connection| {
                if !connection.can("IDLE") {
                    return Ok(None);
                }
                if connection.wire.lock().grown {
                    return Ok(Some(WaitOutcome::MailboxChanged));
                }
                let wire = connection.wire.clone();
                connection
                    .run(&what, SMALL, |session| {
                        wire.lock().hold();
                        let mut idle = session.idle();
                        idle.timeout(slice).keepalive(false);
                        idle.wait_while(|news| !matches!(news, UnsolicitedResponse::Exists(_)))
                    })
                    .map(Some)
            });
            match outcome {
                Ok(None) => return Ok(Wake::Unsupported),
                _ if (self.cancelled)() => return Err(Error::cancelled(&transport::server(&self.account))),
                Err(Trouble::Refused(_)) => return Ok(Wake::Unsupported),
                Err(trouble) => return Err(self.given_up(trouble, "waiting for mail")),
                Ok(Some(WaitOutcome::MailboxChanged)) => return Ok(Wake::Changed),
                Ok(Some(WaitOutcome::TimedOut)) => {}
            }
        }
    }
}
