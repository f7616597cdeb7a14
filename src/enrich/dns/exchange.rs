//! One batch of questions under way: which are where, which wait, which failed and are asked elsewhere. Knows what
//! belongs together, not what it means.

use super::liveness::{random_id, socket_to, wait};
use super::wire::{self, Failure, Reply};
use super::{Answer, MOST_SERVERS, Question, Resolver, tcp};
use crate::model::Finding;
use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// Questions under way at once. 200 overflow the receive buffer of a socket, 64 never did.
const WINDOW: usize = 64;
/// A socket asks no more than this, then another port takes over: who forges answers has to guess both id and port.
const QUESTIONS_PER_SOCKET: usize = 256;
/// The largest datagram: some servers cut nothing, though nobody asked them for more than 512 bytes.
const DATAGRAM: usize = 65_535;
/// A server that has said no to a question is not asked it again.
const NEVER_AGAIN: u8 = u8::MAX;

/// The batch.
pub struct Exchange<'a> {
    resolver: &'a Resolver,
    questions: &'a [Question],
    progress: Vec<Progress>,
    /// Questions to be sent.
    queue: VecDeque<usize>,
    /// Questions with the server whose answer did not fit.
    truncated: Vec<(usize, usize)>,
    channels: Vec<Channel>,
    /// What was sent, the oldest first; the time is the same for all.
    sent: VecDeque<Sent>,
    in_flight: usize,
    channels_made: usize,
    /// What was just received.
    message: Vec<u8>,
}

/// How far one question has come.
struct Progress {
    query: Vec<u8>,
    /// How often each server was asked.
    tried: [u8; MOST_SERVERS],
    /// What each server did instead of answering, the last of each.
    failures: Vec<(usize, Failure)>,
    /// Something came for it that did not fit.
    unfit: bool,
    answer: Option<Answer>,
}

/// A socket with the questions that wait on it.
struct Channel {
    number: usize,
    server: usize,
    socket: UdpSocket,
    asked: usize,
    waiting: HashMap<u16, usize>,
}

struct Sent {
    deadline: Instant,
    channel: usize,
    id: u16,
    question: usize,
}

impl<'a> Exchange<'a> {
    pub fn new(resolver: &'a Resolver, questions: &'a [Question]) -> Exchange<'a> {
        let progress: Vec<Progress> = questions.iter().map(Progress::new).collect();
        let is_open = |index: &usize| progress.get(*index).is_some_and(|p| p.answer.is_none());
        Exchange {
            resolver,
            questions,
            queue: (0..questions.len()).filter(is_open).collect(),
            progress,
            truncated: vec![],
            channels: vec![],
            sent: VecDeque::new(),
            in_flight: 0,
            channels_made: 0,
            message: vec![0; DATAGRAM],
        }
    }

    /// Asks until every question has its answer, or it is not known.
    pub fn run(mut self, cancelled: &dyn Fn() -> bool) -> Vec<Answer> {
        let left = loop {
            if cancelled() {
                break "stopped before it was answered".to_owned();
            }
            self.send();
            if self.in_flight == 0 && self.queue.is_empty() {
                if self.truncated.is_empty() {
                    break String::new();
                }
                self.ask_whole(cancelled);
                continue;
            }
            self.receive();
            self.expire();
            if self.resolver.liveness.all_silent()
                && let Err(why) = self.look_again(cancelled)
            {
                break why;
            }
        };
        self.progress.into_iter().map(|p| p.answer.unwrap_or_else(|| Answer::unknown(left.clone()))).collect()
    }

    fn look_again(&self, cancelled: &dyn Fn() -> bool) -> Result<(), String> {
        self.resolver.liveness.look(&self.resolver.patience(), cancelled)
    }

    fn send(&mut self) {
        while self.in_flight < WINDOW {
            let Some(question) = self.queue.pop_front() else { return };
            let Some(server) = self.next_server(question) else {
                self.give_up(question);
                continue;
            };
            match self.send_to(question, server) {
                Ok(()) => {}
                Err(ErrorKind::WouldBlock) => return self.queue.push_front(question),
                Err(_) => {
                    self.resolver.liveness.dead(server);
                    self.failed(question, server, Failure::Unreachable);
                }
            }
        }
    }

    /// The least tried, among those the living first, among those the preferred. `None` when all have had their tries.
    fn next_server(&self, question: usize) -> Option<usize> {
        let tried = &self.progress.get(question)?.tried;
        let servers = tried.iter().take(self.resolver.servers.len()).copied().enumerate();
        servers
            .filter(|(_, tried)| *tried < self.resolver.tries)
            .min_by_key(|(server, tried)| (*tried, self.resolver.liveness.is_silent(*server), *server))
            .map(|(server, _)| server)
    }

    fn send_to(&mut self, question: usize, server: usize) -> Result<(), ErrorKind> {
        let at = self.channel_to(server).map_err(|error| error.kind())?;
        let (Some(channel), Some(progress)) = (self.channels.get_mut(at), self.progress.get_mut(question))
        else {
            return Err(ErrorKind::NotFound);
        };
        let mut id = random_id().ok_or(ErrorKind::Unsupported)?;
        while channel.waiting.contains_key(&id) {
            id = id.wrapping_add(1);
        }
        wire::set_id(&mut progress.query, id);
        if let Err(error) = channel.socket.send(&progress.query) {
            if error.kind() != ErrorKind::WouldBlock {
                // It is about what was sent before: nobody listens.
                channel.asked = QUESTIONS_PER_SOCKET;
            }
            return Err(error.kind());
        }
        progress.unfit = false;
        if let Some(tried) = progress.tried.get_mut(server) {
            *tried = tried.saturating_add(1);
        }
        channel.asked += 1;
        channel.waiting.insert(id, question);
        self.in_flight += 1;
        let deadline = Instant::now() + self.resolver.timeout;
        self.sent.push_back(Sent { deadline, channel: channel.number, id, question });
        Ok(())
    }

    fn channel_to(&mut self, server: usize) -> std::io::Result<usize> {
        let free = |c: &Channel| c.server == server && c.asked < QUESTIONS_PER_SOCKET;
        if let Some(at) = self.channels.iter().position(free) {
            return Ok(at);
        }
        let address = self.resolver.servers.get(server).ok_or(ErrorKind::NotFound)?;
        let socket = socket_to(*address)?;
        self.channels_made += 1;
        let number = self.channels_made;
        self.channels.push(Channel { number, server, socket, asked: 0, waiting: HashMap::new() });
        Ok(self.channels.len() - 1)
    }

    /// Waits for something to come, and takes all that is there.
    fn receive(&mut self) {
        let oldest = self.sent.front().map(|sent| sent.deadline.saturating_duration_since(Instant::now()));
        wait(self.channels.iter().map(|c| &c.socket), oldest.unwrap_or(Duration::ZERO));
        let mut message = std::mem::take(&mut self.message);
        for at in 0..self.channels.len() {
            while let Some(channel) = self.channels.get(at) {
                match channel.socket.recv(&mut message) {
                    Ok(length) => self.take(at, message.get(..length).unwrap_or_default()),
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                        self.nobody_listens(at);
                        break;
                    }
                    Err(_) => break,
                }
            }
        }
        self.message = message;
        self.channels.retain(|c| c.asked < QUESTIONS_PER_SOCKET || !c.waiting.is_empty());
    }

    /// What does not fit a question that waits is not believed; the true answer may still come.
    fn take(&mut self, at: usize, message: &[u8]) {
        let Some(channel) = self.channels.get_mut(at) else { return };
        let Some((id, question)) = wire::id(message).and_then(|id| Some((id, *channel.waiting.get(&id)?)))
        else {
            return;
        };
        let Some(progress) = self.progress.get_mut(question) else { return };
        match self.questions.get(question).and_then(|question| progress.read(message, question)) {
            Some(reply) => {
                let server = channel.server;
                channel.waiting.remove(&id);
                self.in_flight -= 1;
                self.resolver.liveness.heard(server);
                self.replied(question, server, reply);
            }
            None => progress.unfit = true,
        }
    }

    fn replied(&mut self, question: usize, server: usize, reply: Reply) {
        match reply {
            Reply::Found(data, ttl) => self.answered(question, server, Finding::Yes(data), ttl),
            Reply::Nothing(ttl) => self.answered(question, server, Finding::No, ttl),
            Reply::Truncated => self.truncated.push((question, server)),
            Reply::Failed(failure) => self.failed(question, server, failure),
        }
    }

    fn answered(&mut self, question: usize, server: usize, finding: Finding<Vec<super::Data>>, ttl: u32) {
        if let Some(progress) = self.progress.get_mut(question) {
            let server = self.resolver.servers.get(server).copied();
            progress.answer = Some(Answer { finding, ttl, server });
        }
    }

    /// To the next server, or again to this one when it said nothing.
    fn failed(&mut self, question: usize, server: usize, failure: Failure) {
        let Some(progress) = self.progress.get_mut(question) else { return };
        if !matches!(failure, Failure::Silent | Failure::Unfit)
            && let Some(tried) = progress.tried.get_mut(server)
        {
            *tried = NEVER_AGAIN;
        }
        progress.failures.retain(|(other, _)| *other != server);
        progress.failures.push((server, failure));
        self.queue.push_back(question);
    }

    fn nobody_listens(&mut self, at: usize) {
        let Some(channel) = self.channels.get_mut(at) else { return };
        channel.asked = QUESTIONS_PER_SOCKET;
        let server = channel.server;
        let waiting: Vec<usize> = channel.waiting.drain().map(|(_, question)| question).collect();
        self.resolver.liveness.dead(server);
        for question in waiting {
            self.in_flight -= 1;
            self.failed(question, server, Failure::Unreachable);
        }
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while let Some(sent) = self.sent.pop_front_if(|sent| sent.deadline <= now) {
            let Some(channel) = self.channels.iter_mut().find(|c| c.number == sent.channel) else { continue };
            if channel.waiting.get(&sent.id) != Some(&sent.question) {
                continue;
            }
            channel.waiting.remove(&sent.id);
            let server = channel.server;
            self.in_flight -= 1;
            self.resolver.liveness.not_heard(server);
            let unfit = self.progress.get(sent.question).is_some_and(|p| p.unfit);
            self.failed(sent.question, server, if unfit { Failure::Unfit } else { Failure::Silent });
        }
    }

    fn give_up(&mut self, question: usize) {
        let (Some(progress), Some(asked)) = (self.progress.get_mut(question), self.questions.get(question))
        else {
            return;
        };
        let told: Vec<String> = progress
            .failures
            .iter()
            .filter_map(|(server, failure)| {
                let address = self.resolver.servers.get(*server)?;
                let within = match failure {
                    Failure::Silent | Failure::Unfit => {
                        format!(" within {} s", self.resolver.timeout.as_secs_f32())
                    }
                    _ => String::new(),
                };
                Some(format!("{address} {}{within}", failure.words()))
            })
            .collect();
        let why = format!("no name server could tell: {}", told.join("; "));
        tracing::debug!(question = asked.key, "{why}");
        progress.answer = Some(Answer::unknown(why));
    }

    /// Asks again over TCP what did not fit into a datagram. As long as a connection brings anything, what is left gets
    /// another one: some servers close after the first answer.
    fn ask_whole(&mut self, cancelled: &dyn Fn() -> bool) {
        let Some((_, server)) = self.truncated.first().copied() else { return };
        let (mut left, others): (Vec<_>, Vec<_>) =
            self.truncated.drain(..).partition(|(_, other)| *other == server);
        self.truncated = others;
        let later = left.split_off(left.len().min(WINDOW));
        self.truncated.extend(later);
        let Some(address) = self.resolver.servers.get(server).copied() else { return };
        while !left.is_empty() && !cancelled() {
            for (number, (question, _)) in left.iter().enumerate() {
                if let Some(progress) = self.progress.get_mut(*question) {
                    // Unique within the connection; a forger would have to be in it already.
                    wire::set_id(&mut progress.query, u16::try_from(number).unwrap_or(u16::MAX));
                }
            }
            let queries: Vec<&[u8]> =
                left.iter().filter_map(|(q, _)| Some(self.progress.get(*q)?.query.as_slice())).collect();
            let messages = tcp::ask(address, &queries, self.resolver.timeout, cancelled);
            let before = left.len();
            for message in &messages {
                let fits = |(question, _): &(usize, usize)| {
                    self.progress.get(*question).is_some_and(|p| wire::id(message) == wire::id(&p.query))
                };
                let Some(at) = left.iter().position(fits) else { continue };
                let (question, _) = left[at];
                let reply = self.progress.get(question).zip(self.questions.get(question));
                let reply = reply.and_then(|(progress, asked)| progress.read(message, asked));
                left.remove(at);
                match reply {
                    Some(Reply::Truncated) | None => self.failed(question, server, Failure::NotWhole),
                    Some(reply) => self.replied(question, server, reply),
                }
            }
            if left.len() == before {
                break;
            }
        }
        for (question, server) in left {
            self.failed(question, server, Failure::NotWhole);
        }
    }
}

impl Progress {
    fn new(question: &Question) -> Progress {
        let query = wire::query(&question.name, question.record);
        let answer = query.is_none().then(|| {
            Answer::unknown(format!("'{}' is no name that can be asked about", question.key.escape_debug()))
        });
        let query = query.unwrap_or_default();
        Progress { query, tried: [0; MOST_SERVERS], failures: vec![], unfit: false, answer }
    }

    /// What the message says, when it answers this question.
    fn read(&self, message: &[u8], question: &Question) -> Option<Reply> {
        if !wire::answers(message, &self.query) {
            return None;
        }
        wire::reply(message, &question.name, question.record)
    }
}
