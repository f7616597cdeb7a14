//! A believable mailbox of abuse reports: bursting campaigns, complaints, spamtrap hits, bounces, automatic answers,
//! mishaps of our own, and some messages that are no reports. Pure: the same seed and moment give the same bytes.
//!
//! It serves `lafayette demo` and the tests: every message comes with the [`Facts`] that a correct reader finds.
//! All names and addresses are reserved ones; [`judgement`] has the settings under which they count as real, and
//! [`place`] knows their networks and countries.

pub mod command;
pub mod facts;
mod campaign;
mod home;
mod mail;
mod picture;
mod random;
mod report;
mod scene;
mod scripts;
mod world;

pub use facts::Facts;
pub use world::{contacts, judgement, place, treat_as_public};

use crate::model::clock::Seconds;
use campaign::Calendar;

/// How many days before `now` the messages spread over.
pub const DAYS: usize = 7;

/// One message.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Its number, from 0.
    pub index: u64,
    /// When our own mailbox got it.
    pub received: Seconds,
    /// The message.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub facts: Facts,
}

/// Makes the messages one after the other, in the order of their arrival.
pub struct Generator {
    seed: u64,
    count: u64,
    next: u64,
    calendar: Calendar,
}

impl Generator {
    /// `count` messages that arrived in the [`DAYS`] before `now`.
    pub fn new(seed: u64, count: u64, now: Seconds) -> Generator {
        Generator { seed, count, next: 0, calendar: Calendar::new(seed, count, now) }
    }
}

impl Iterator for Generator {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        if self.next >= self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        Some(scene::message(self.seed, index, self.count, &self.calendar))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.count - self.next).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Generator {}

#[cfg(test)]
mod tests;
