//! Which servers are alive, so that a dead one is asked last and a dead network ends a run at once. Knows no questions
//! but its own, about the root and about 127.0.0.1.

use super::{RecordType, wire};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many questions in a row without an answer make a server silent: all that are under way at once. One dead zone
/// behind a good server makes fewer, because answers about others come between.
const SILENT: u32 = 64;
/// For how long a network that was found dead is not tried again.
const HOLD: Duration = Duration::from_secs(30);
/// How soon a cancellation is seen.
pub const GLANCE: Duration = Duration::from_millis(50);

/// A name that resolvers answer about without asking anybody.
const LOCAL_NAME: &str = "1.0.0.127.in-addr.arpa";

/// Whom to wait for, and how long.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    pub servers: &'a [SocketAddr],
    /// Of one try.
    pub timeout: Duration,
    /// At least one.
    pub tries: u8,
}

/// What is known of each server.
pub struct Liveness {
    /// Questions in a row that got no answer, by server.
    silences: Vec<AtomicU32>,
    /// What the last look at all of them found, and when.
    verdict: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Liveness {
    pub fn new(servers: usize) -> Liveness {
        Liveness { silences: (0..servers).map(|_| AtomicU32::new(0)).collect(), verdict: Mutex::default() }
    }

    pub fn heard(&self, server: usize) {
        self.set(server, 0);
    }

    pub fn not_heard(&self, server: usize) {
        if let Some(count) = self.silences.get(server) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Nobody listens there.
    pub fn dead(&self, server: usize) {
        self.set(server, SILENT);
    }

    fn set(&self, server: usize, silences: u32) {
        if let Some(count) = self.silences.get(server) {
            count.store(silences, Ordering::Relaxed);
        }
    }

    pub fn is_silent(&self, server: usize) -> bool {
        self.silences.get(server).is_some_and(|count| count.load(Ordering::Relaxed) >= SILENT)
    }

    /// No server has answered any of the last questions.
    pub fn all_silent(&self) -> bool {
        (0..self.silences.len()).all(|server| self.is_silent(server))
    }

    /// What the last look found; looks when there was none.
    pub fn reachable(&self, patience: &Patience<'_>, cancelled: &dyn Fn() -> bool) -> Result<(), String> {
        let known = self.verdict.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((_, Ok(()))) => Ok(()),
            Some((at, Err(why))) if at.elapsed() < HOLD => Err(why),
            _ => self.look(patience, cancelled),
        }
    }

    /// Asks every server, again where nothing comes, and waits until the preferred one has answered or the time of one
    /// try is over: a slow preferred server is still the preferred one, a public one after it may be refused by block
    /// lists.
    pub fn look(&self, patience: &Patience<'_>, cancelled: &dyn Fn() -> bool) -> Result<(), String> {
        let Patience { servers, timeout, tries } = *patience;
        let mut probes: Vec<Option<Probe>> = servers.iter().map(|server| Probe::new(*server)).collect();
        let mut alive = vec![false; servers.len()];
        let start = Instant::now();
        let mut sent = 0;
        while !alive.first().is_some_and(|first| *first) && probes.iter().any(Option::is_some) {
            if cancelled() {
                return Err("stopped before a name server was asked".to_owned());
            }
            let gone = start.elapsed();
            if gone >= timeout {
                break;
            }
            if sent < u32::from(tries) && gone >= timeout * sent / u32::from(tries) {
                sent += 1;
                probes.iter_mut().flatten().for_each(Probe::send);
            }
            let next = timeout * sent / u32::from(tries);
            wait(probes.iter().flatten().map(|probe| &probe.socket), next.saturating_sub(gone));
            for (probe, alive) in probes.iter_mut().zip(&mut alive) {
                match probe.as_ref().map(Probe::heard) {
                    Some(Heard::Answer) => *alive = true,
                    Some(Heard::Nobody) => {}
                    Some(Heard::Nothing) | None => continue,
                }
                *probe = None;
            }
        }
        for (server, alive) in alive.iter().enumerate() {
            if *alive { self.heard(server) } else { self.dead(server) }
        }
        let verdict = if alive.contains(&true) {
            Ok(())
        } else {
            let names: Vec<String> = servers.iter().map(SocketAddr::to_string).collect();
            Err(format!(
                "no name server answers ({}, within {} s); look at the network, or at servers in [dns]",
                names.join(", "),
                timeout.as_secs_f32()
            ))
        };
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), verdict.clone()));
        verdict
    }
}

/// A socket for this server alone, from a port that the system picks at random.
pub fn socket_to(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let any = match server {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0))?;
    // The system then drops what comes from anybody else, and tells when nobody listens.
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// An id that nobody can guess. `None` when the system has no random numbers, then nothing is asked.
pub fn random_id() -> Option<u16> {
    getrandom::u32().ok().map(|number| (number >> 16) as u16)
}

/// Waits until one of them has something to read, or for so long, or until it is time to look for a cancellation.
pub fn wait<'s>(sockets: impl Iterator<Item = &'s UdpSocket>, longest: Duration) {
    let mut sockets: Vec<PollFd<'_>> = sockets.map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
    let longest = longest.min(GLANCE);
    let longest = Timespec { tv_sec: 0, tv_nsec: i64::from(longest.subsec_nanos()) };
    // An interruption is a short wait.
    let _ = poll(&mut sockets, Some(&longest));
}

/// Questions to one server that only find out whether it answers.
struct Probe {
    socket: UdpSocket,
    /// What was sent, each under an id of its own.
    sent: Vec<Vec<u8>>,
}

enum Heard {
    Answer,
    Nothing,
    /// Nobody listens there.
    Nobody,
}

impl Probe {
    fn new(server: SocketAddr) -> Option<Probe> {
        Some(Probe { socket: socket_to(server).ok()?, sent: vec![] })
    }

    /// About the root first. Some servers are silent about it, so later also about 127.0.0.1, which every resolver
    /// answers by itself (RFC 6303 §4.2).
    fn send(&mut self) {
        let local = if self.sent.is_empty() { None } else { wire::query(LOCAL_NAME, RecordType::Ptr) };
        for mut query in [Some(wire::root_query()), local].into_iter().flatten() {
            let Some(id) = random_id() else { return };
            wire::set_id(&mut query, id);
            // What cannot be sent now is an error of the next receipt, or sent again.
            let _ = self.socket.send(&query);
            self.sent.push(query);
        }
    }

    /// What does not fit a question is not believed, and shows nothing either: the true answer may still come.
    fn heard(&self) -> Heard {
        let mut message = [0; 4_096];
        loop {
            match self.socket.recv(&mut message) {
                Ok(length) => {
                    let message = message.get(..length).unwrap_or_default();
                    let fits = |query: &Vec<u8>| {
                        wire::id(message) == wire::id(query) && wire::answers(message, query)
                    };
                    if self.sent.iter().any(fits) {
                        return Heard::Answer;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Heard::Nothing,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Heard::Nobody,
            }
        }
    }
}
