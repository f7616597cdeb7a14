//! An SMTP server on loopback: a believable one that keeps every envelope and every byte, until a fault that a test has
//! planned is played.

use super::certificates::Identity;
use base64::{Engine, prelude::BASE64_STANDARD};
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod, SslStream};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const USER: &str = "desk";
pub const PASSWORD: &str = "secret";
pub const TOKEN: &str = "token-7";
/// How often a waiting connection looks whether the test is over.
const GLANCE: Duration = Duration::from_millis(20);

/// How the server is set up.
#[derive(Clone)]
pub struct Options {
    /// With one of these it speaks TLS, from the first byte or when asked.
    pub identity: Option<Identity>,
    pub implicit: bool,
    /// Nobody sends without a login.
    pub wants_login: bool,
    /// What it says that it can, besides STARTTLS.
    pub extensions: Vec<&'static str>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            identity: None,
            implicit: false,
            wants_login: false,
            extensions: vec!["8BITMIME", "SIZE 10485760", "PIPELINING", "AUTH PLAIN LOGIN XOAUTH2"],
        }
    }
}

/// Where in the conversation something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Hello,
    Starttls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The message is on its way.
    Content,
    /// The whole message was read.
    End,
    Reset,
    Quit,
}

/// What goes wrong there.
#[derive(Debug, Clone, Copy)]
pub enum Play {
    /// This comes instead; nothing is carried out.
    Say(&'static str),
    /// This comes instead, and the connection ends.
    Last(&'static str),
    /// The connection ends.
    Drop,
    /// Nothing comes any more.
    Stall,
    /// This comes and then letters without end.
    Flood(&'static str),
    /// The right answer, two bytes a second.
    Trickle,
    /// It is carried out, and the connection ends before the answer.
    DoneThenDrop,
    /// It is carried out, and no answer comes.
    DoneThenStall,
    /// The right answer, and these lines with it before anything is asked.
    With(&'static str),
}

/// A fault at its place.
#[derive(Debug, Clone)]
pub struct Fault {
    step: Step,
    play: Play,
    times: usize,
    spared: usize,
    recipient: Option<&'static str>,
}

impl Fault {
    /// Played once, the first time that it comes to this.
    pub fn at(step: Step, play: Play) -> Fault {
        Fault { step, play, times: 1, spared: 0, recipient: None }
    }

    pub fn always(self) -> Fault {
        self.times(usize::MAX)
    }

    pub fn times(self, times: usize) -> Fault {
        Fault { times, ..self }
    }

    /// So many times it goes well before.
    pub fn sparing(self, spared: usize) -> Fault {
        Fault { spared, ..self }
    }

    /// Only with this recipient.
    pub fn about(self, recipient: &'static str) -> Fault {
        Fault { recipient: Some(recipient), ..self }
    }

    fn due(&mut self, step: Step, recipient: Option<&str>) -> Option<Play> {
        let here = self.step == step && self.recipient.is_none_or(|wanted| recipient == Some(wanted));
        if !here || self.times == 0 {
            return None;
        }
        if self.spared > 0 {
            self.spared -= 1;
            return None;
        }
        self.times -= 1;
        Some(self.play)
    }
}

/// A message that the server has, whether or not it could say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub sender: String,
    /// What stood behind the sender: `BODY=8BITMIME`.
    pub parameters: String,
    pub recipients: Vec<String>,
    /// Without the dots that the way put in.
    pub bytes: Vec<u8>,
    pub hello: String,
    pub is_protected: bool,
    pub login: Option<String>,
    /// The how manieth connection it came by, from 1.
    pub connection: usize,
}

struct Shared {
    options: Options,
    acceptor: Option<SslAcceptor>,
    faults: Mutex<Vec<Fault>>,
    commands: Mutex<Vec<String>>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    /// Bytes that came behind DATA, whole messages or not.
    content_bytes: AtomicUsize,
    over: AtomicBool,
}

/// Runs until it is dropped.
pub struct SmtpServer {
    pub port: u16,
    shared: Arc<Shared>,
}

impl SmtpServer {
    pub fn start(options: Options, faults: Vec<Fault>) -> SmtpServer {
        let acceptor = options.identity.as_ref().map(|identity| {
            let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
            builder.set_certificate_file(&identity.certificate, SslFiletype::PEM).unwrap();
            builder.set_private_key_file(&identity.key, SslFiletype::PEM).unwrap();
            builder.build()
        });
        let shared = Arc::new(Shared {
            options,
            acceptor,
            faults: Mutex::new(faults),
            commands: Mutex::default(),
            received: Mutex::default(),
            connections: AtomicUsize::new(0),
            content_bytes: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if served.over.load(Ordering::Relaxed) {
                    return;
                }
                let number = served.connections.fetch_add(1, Ordering::Relaxed) + 1;
                let shared = Arc::clone(&served);
                std::thread::spawn(move || Conversation::begin(shared, stream, number));
            }
        });
        SmtpServer { port, shared }
    }

    /// Without TLS and login.
    pub fn plain(faults: Vec<Fault>) -> SmtpServer {
        SmtpServer::start(Options::default(), faults)
    }

    /// From now on these go wrong, and nothing else.
    pub fn plan(&self, faults: Vec<Fault>) {
        *self.shared.faults.lock().unwrap() = faults;
    }

    /// What it has, in the order in which it came.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// All lines that it was told outside of messages and logins.
    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// How many bytes of messages it was given, whole messages or not.
    pub fn content_bytes(&self) -> usize {
        self.shared.content_bytes.load(Ordering::Relaxed)
    }

    /// The table of a configuration that sends by it; `more` are further lines of that table.
    pub fn table(&self, more: &str) -> String {
        let tls = match (&self.shared.options.identity, self.shared.options.implicit) {
            (None, _) => "none",
            (Some(_), false) => "starttls",
            (Some(_), true) => "implicit",
        };
        let login = match self.shared.options.wants_login {
            true => format!("user = '{USER}'\npassword_command = 'echo {PASSWORD}'\n"),
            false => String::new(),
        };
        format!("[smtp]\nhost = 'localhost'\nport = {}\ntls = '{tls}'\n{login}{more}\n", self.port)
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

/// The connection is over, or the test.
struct Gone;

/// A transaction.
#[derive(Default)]
struct Envelope {
    sender: Option<(String, String)>,
    recipients: Vec<String>,
}

struct Conversation {
    shared: Arc<Shared>,
    stream: Option<Stream>,
    read: Vec<u8>,
    number: usize,
    hello: String,
    login: Option<String>,
    envelope: Envelope,
}

impl Conversation {
    fn begin(shared: Arc<Shared>, stream: TcpStream, number: usize) {
        let _ = stream.set_read_timeout(Some(GLANCE));
        let _ = stream.set_write_timeout(Some(GLANCE));
        let _ = stream.set_nodelay(true);
        let mut conversation = Conversation {
            shared,
            stream: Some(Stream::Plain(stream)),
            read: vec![],
            number,
            hello: String::new(),
            login: None,
            envelope: Envelope::default(),
        };
        if conversation.shared.options.implicit && conversation.protect().is_err() {
            return;
        }
        let _ = conversation.serve();
    }

    fn serve(&mut self) -> Result<(), Gone> {
        self.play(Step::Greeting, |_| "220 mx.example ESMTP at your service".to_owned())?;
        loop {
            let line = self.line()?;
            self.shared.commands.lock().unwrap().push(line.clone());
            self.carry_out(&line)?;
        }
    }

    fn carry_out(&mut self, line: &str) -> Result<(), Gone> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                let hello = rest.to_owned();
                let lines = self.offers();
                self.play(Step::Hello, |conversation| {
                    conversation.hello = hello;
                    lines
                })
            }
            "STARTTLS" if self.shared.acceptor.is_some() && !self.is_protected() => {
                if self.play_out(Step::Starttls, |_| "220 go ahead".to_owned())? {
                    self.protect()?;
                }
                Ok(())
            }
            "AUTH" => self.authenticate(rest),
            "MAIL" => self.sender(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(),
            "RSET" => self.play(Step::Reset, |conversation| {
                conversation.envelope = Envelope::default();
                "250 2.0.0 forgotten".to_owned()
            }),
            "NOOP" => self.say("250 2.0.0 nothing done"),
            "QUIT" => {
                self.play(Step::Quit, |_| "221 2.0.0 until next time".to_owned())?;
                Err(Gone)
            }
            _ => self.say("500 5.5.1 what is this"),
        }
    }

    fn offers(&self) -> String {
        let mut lines = vec!["mx.example"];
        if self.shared.acceptor.is_some() && !self.is_protected() {
            lines.push("STARTTLS");
        }
        lines.extend(&self.shared.options.extensions);
        let last = lines.len() - 1;
        let line = |(at, text): (usize, &&str)| format!("250{}{text}", if at < last { '-' } else { ' ' });
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }

    fn authenticate(&mut self, rest: &str) -> Result<(), Gone> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let next = |conversation: &mut Conversation, prompt: &str, given: &str| {
            let line = match given {
                "" => {
                    conversation.say(&format!("334 {}", BASE64_STANDARD.encode(prompt)))?;
                    conversation.line()?
                }
                given => given.to_owned(),
            };
            let bytes = BASE64_STANDARD.decode(line.trim()).unwrap_or_default();
            Ok::<String, Gone>(String::from_utf8_lossy(&bytes).into_owned())
        };
        let good = match mechanism {
            "PLAIN" => next(self, "", initial)? == format!("\0{USER}\0{PASSWORD}"),
            "LOGIN" => {
                let user = next(self, "Username:", initial)?;
                let password = next(self, "Password:", "")?;
                user == USER && password == PASSWORD
            }
            "XOAUTH2" => {
                let good =
                    next(self, "", initial)? == format!("user={USER}\u{1}auth=Bearer {TOKEN}\u{1}\u{1}");
                if !good {
                    // As the large providers do: the reason as a challenge, to which the client says nothing.
                    assert_eq!(next(self, "{\"status\":\"401\"}", "")?, "", "an empty answer");
                }
                good
            }
            _ => return self.say("504 5.5.4 no such mechanism"),
        };
        self.play(Step::Login, |conversation| match good {
            true => {
                conversation.login = Some(USER.to_owned());
                "235 2.7.0 welcome".to_owned()
            }
            false => "535 5.7.8 who are you".to_owned(),
        })
    }

    fn sender(&mut self, rest: &str) -> Result<(), Gone> {
        if self.shared.options.wants_login && self.login.is_none() {
            return self.say("530 5.7.0 log in first");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else { return self.say("501 5.5.4 no sender") };
        if self.envelope.sender.is_some() {
            return self.say("503 5.5.1 one at a time");
        }
        self.play(Step::Sender, |conversation| {
            conversation.envelope.sender = Some((address, parameters));
            "250 2.1.0 sender accepted".to_owned()
        })
    }

    fn recipient(&mut self, rest: &str) -> Result<(), Gone> {
        let Some((address, _)) = path(rest, "TO:").filter(|(address, _)| !address.is_empty()) else {
            return self.say("501 5.5.4 no recipient");
        };
        if self.envelope.sender.is_none() {
            return self.say("503 5.5.1 who sends it");
        }
        self.envelope.recipients.push(address);
        let mut accepted = false;
        let result = self.play(Step::Recipient, |_| {
            accepted = true;
            "250 2.1.5 recipient accepted".to_owned()
        });
        if !accepted {
            self.envelope.recipients.pop();
        }
        result
    }

    fn data(&mut self) -> Result<(), Gone> {
        if self.envelope.recipients.is_empty() {
            return self.say("503 5.5.1 for whom");
        }
        if !self.play_out(Step::Data, |_| "354 go on, and end with a dot".to_owned())? {
            return Ok(());
        }
        if self.is_planned(Step::Content) {
            // Some of it has come.
            while self.read.is_empty() {
                self.glance()?;
            }
            self.count();
            return self.play(Step::Content, |_| String::new());
        }
        // As if the line end before it had come: a message may be nothing but its dot.
        let mut raw = b"\r\n".to_vec();
        let mut looked_at = 0;
        let end = loop {
            raw.append(&mut self.read);
            if let Some(at) = raw[looked_at..].windows(5).position(|window| window == b"\r\n.\r\n") {
                break looked_at + at + 2;
            }
            looked_at = raw.len().saturating_sub(4);
            self.glance()?;
        };
        self.read = raw.split_off(end + 3);
        self.shared.content_bytes.fetch_add(raw.len(), Ordering::Relaxed);
        raw.truncate(end);
        raw.drain(..2);
        let envelope = std::mem::take(&mut self.envelope);
        let (sender, parameters) = envelope.sender.unwrap_or_default();
        let received = Received {
            sender,
            parameters,
            recipients: envelope.recipients.clone(),
            bytes: unstuffed(&raw),
            hello: self.hello.clone(),
            is_protected: self.is_protected(),
            login: self.login.clone(),
            connection: self.number,
        };
        // Faults know their recipient until the end.
        self.envelope.recipients = envelope.recipients;
        let result = self.play(Step::End, |conversation| {
            conversation.shared.received.lock().unwrap().push(received);
            "250 2.0.0 queued as 4F2".to_owned()
        });
        self.envelope = Envelope::default();
        result
    }

    fn count(&mut self) {
        self.shared.content_bytes.fetch_add(self.read.len(), Ordering::Relaxed);
    }

    fn is_protected(&self) -> bool {
        matches!(self.stream, Some(Stream::Tls(_)))
    }

    fn protect(&mut self) -> Result<(), Gone> {
        let acceptor = self.shared.acceptor.clone().ok_or(Gone)?;
        let Some(Stream::Plain(stream)) = self.stream.take() else { return Err(Gone) };
        stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(|_| Gone)?;
        stream.set_write_timeout(Some(Duration::from_secs(10))).map_err(|_| Gone)?;
        let stream = acceptor.accept(stream).map_err(|_| Gone)?;
        let _ = stream.get_ref().set_read_timeout(Some(GLANCE));
        let _ = stream.get_ref().set_write_timeout(Some(GLANCE));
        self.stream = Some(Stream::Tls(Box::new(stream)));
        Ok(())
    }

    fn play(&mut self, step: Step, answer: impl FnOnce(&mut Conversation) -> String) -> Result<(), Gone> {
        self.play_out(step, answer).map(drop)
    }

    /// Carries a command out and answers it, with the fault that is due; whether it was carried out.
    fn play_out(
        &mut self,
        step: Step,
        answer: impl FnOnce(&mut Conversation) -> String,
    ) -> Result<bool, Gone> {
        let due = {
            let recipient = self.envelope.recipients.last().map(String::as_str);
            let mut faults = self.shared.faults.lock().unwrap();
            faults.iter_mut().find_map(|fault| fault.due(step, recipient))
        };
        let Some(play) = due else {
            let answer = answer(self);
            self.say(&answer)?;
            return Ok(true);
        };
        match play {
            Play::Say(text) => {
                self.say(text)?;
                return Ok(false);
            }
            Play::Last(text) => {
                self.say(text)?;
                return Err(Gone);
            }
            Play::Drop => return Err(Gone),
            Play::Stall => return self.stall(),
            Play::Flood(text) => {
                self.write(text.as_bytes())?;
                loop {
                    self.write(&[b'x'; 1 << 16])?;
                }
            }
            Play::Trickle | Play::DoneThenDrop | Play::DoneThenStall | Play::With(_) => {}
        }
        let answer = answer(self) + "\r\n";
        match play {
            Play::DoneThenDrop => return Err(Gone),
            Play::DoneThenStall => return self.stall(),
            Play::With(more) => self.write((answer + more).as_bytes())?,
            _ => {
                for pair in answer.as_bytes().chunks(2) {
                    self.write(pair)?;
                    self.pause(Duration::from_secs(1))?;
                }
            }
        }
        Ok(true)
    }

    fn is_planned(&self, step: Step) -> bool {
        self.shared.faults.lock().unwrap().iter().any(|fault| fault.step == step && fault.times > 0)
    }

    fn say(&mut self, line: &str) -> Result<(), Gone> {
        self.write(format!("{line}\r\n").as_bytes())
    }

    fn stall<T>(&mut self) -> Result<T, Gone> {
        loop {
            self.glance()?;
            // Whatever comes meanwhile is let go.
            self.read.clear();
        }
    }

    fn pause(&self, time: Duration) -> Result<(), Gone> {
        for _ in 0..time.as_millis() / GLANCE.as_millis() {
            if self.shared.over.load(Ordering::Relaxed) {
                return Err(Gone);
            }
            std::thread::sleep(GLANCE);
        }
        Ok(())
    }

    fn line(&mut self) -> Result<String, Gone> {
        loop {
            if let Some(end) = self.read.windows(2).position(|window| window == b"\r\n") {
                let line: Vec<u8> = self.read.drain(..end + 2).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            self.glance()?;
        }
    }

    /// Takes in what has come; waits a little for it.
    fn glance(&mut self) -> Result<(), Gone> {
        if self.shared.over.load(Ordering::Relaxed) {
            return Err(Gone);
        }
        let mut piece = [0; 1 << 16];
        let read = match self.stream.as_mut().ok_or(Gone)? {
            Stream::Plain(stream) => stream.read(&mut piece),
            Stream::Tls(stream) => stream.read(&mut piece),
        };
        match read {
            Ok(0) => Err(Gone),
            Ok(count) => {
                self.read.extend_from_slice(&piece[..count]);
                Ok(())
            }
            Err(error) if is_waiting(&error) => Ok(()),
            Err(_) => Err(Gone),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let mut left = bytes;
        while !left.is_empty() {
            if self.shared.over.load(Ordering::Relaxed) {
                return Err(Gone);
            }
            let written = match self.stream.as_mut().ok_or(Gone)? {
                Stream::Plain(stream) => stream.write(left),
                Stream::Tls(stream) => stream.write(left),
            };
            match written {
                Ok(count) => left = &left[count..],
                Err(error) if is_waiting(&error) => {}
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }
}

fn is_waiting(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// `FROM:<a@b> SIZE=1` as address and parameters.
fn path(rest: &str, keyword: &str) -> Option<(String, String)> {
    let rest = rest.strip_prefix(keyword)?.strip_prefix('<')?;
    let (address, parameters) = rest.split_once('>')?;
    Some((address.to_owned(), parameters.trim().to_owned()))
}

fn unstuffed(raw: &[u8]) -> Vec<u8> {
    let lines = raw.split_inclusive(|b| *b == b'\n');
    lines.flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
}
