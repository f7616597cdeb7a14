//! A scripted IMAP server on loopback: a believable one, until a fault that a test has planned is played.

use super::certificates::Identity;
use super::faults::{Fault, Play, Step};
use super::imap_mailbox::{Command, Mailbox, Session};
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod, SslStream};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

pub const USER: &str = "failures";
pub const PASSWORD: &str = "secret";
const CAPABILITIES: &str = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 IDLE NAMESPACE UIDPLUS MOVE";
/// How often a waiting connection looks whether the test is over.
const GLANCE: Duration = Duration::from_millis(20);

/// How the server is set up.
#[derive(Clone, Default)]
pub struct Options {
    /// What it says it can do; empty: everything.
    pub capabilities: &'static str,
    /// With one of these it speaks TLS, from the first byte or when asked.
    pub identity: Option<Identity>,
    pub implicit: bool,
}

struct Shared {
    options: Options,
    acceptor: Option<SslAcceptor>,
    mailbox: Mutex<Mailbox>,
    faults: Mutex<Vec<Fault>>,
    commands: Mutex<Vec<String>>,
    connections: AtomicUsize,
    over: AtomicBool,
}

/// Runs until it is dropped.
pub struct Hostile {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Hostile {
    pub fn start(mailbox: Mailbox, options: Options, faults: Vec<Fault>) -> Hostile {
        let acceptor = options.identity.as_ref().map(|identity| {
            let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
            builder.set_certificate_file(&identity.certificate, SslFiletype::PEM).unwrap();
            builder.set_private_key_file(&identity.key, SslFiletype::PEM).unwrap();
            builder.build()
        });
        let shared = Arc::new(Shared {
            options,
            acceptor,
            mailbox: Mutex::new(mailbox),
            faults: Mutex::new(faults),
            commands: Mutex::default(),
            connections: AtomicUsize::new(0),
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
                served.connections.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::clone(&served);
                std::thread::spawn(move || Conversation::begin(shared, stream));
            }
        });
        Hostile { port, shared }
    }

    /// A plain one with these messages in its INBOX.
    pub fn plain(messages: &[Vec<u8>], faults: Vec<Fault>) -> Hostile {
        Hostile::start(Mailbox::new(messages), Options::default(), faults)
    }

    pub fn mailbox(&self) -> MutexGuard<'_, Mailbox> {
        self.shared.mailbox.lock().unwrap()
    }

    /// From now on these go wrong, and nothing else.
    pub fn plan(&self, faults: Vec<Fault>) {
        *self.shared.faults.lock().unwrap() = faults;
    }

    /// The names of the commands so far, each with its first argument.
    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// A feed that reads it; `more` are further lines of its configuration.
    pub fn feed(&self, name: &str, more: &str) -> String {
        let tls = match (&self.shared.options.identity, self.shared.options.implicit) {
            (None, _) => "none",
            (Some(_), false) => "starttls",
            (Some(_), true) => "implicit",
        };
        let login = if more.contains("_command") || more.contains("password_") {
            ""
        } else {
            "password_command = 'echo secret'\n"
        };
        format!(
            "[[feed]]\nname = '{name}'\nhost = 'localhost'\nport = {}\ntls = '{tls}'\nuser = '{USER}'\n\
             timeout_seconds = 1\n{login}{more}\n",
            self.port
        )
    }
}

impl Drop for Hostile {
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

struct Conversation {
    shared: Arc<Shared>,
    stream: Option<Stream>,
    read: Vec<u8>,
    session: Session,
    logged_in: bool,
}

impl Conversation {
    fn begin(shared: Arc<Shared>, stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(GLANCE));
        let _ = stream.set_write_timeout(Some(GLANCE));
        let _ = stream.set_nodelay(true);
        let stream = Some(Stream::Plain(stream));
        let mut conversation =
            Conversation { shared, stream, read: vec![], session: Session::default(), logged_in: false };
        let implicit = conversation.shared.options.implicit;
        if implicit && conversation.protect().is_err() {
            return;
        }
        let _ = conversation.serve();
    }

    fn serve(&mut self) -> Result<(), Gone> {
        let greeting = Command { tag: "*".to_owned(), name: String::new(), arguments: vec![] };
        self.play(Step::Greeting, &greeting, |_| Some(b"* OK at your service\r\n".to_vec()))?;
        loop {
            let line = self.line()?;
            let Some(command) = Command::parse(&line) else {
                self.write(b"* BAD what is this\r\n")?;
                continue;
            };
            let about = command.arguments.first().filter(|_| command.name.starts_with("UID"));
            let logged = [command.name.as_str(), about.map_or("", String::as_str)].join(" ");
            self.shared.commands.lock().unwrap().push(logged.trim().to_owned());
            self.carry_out(&command)?;
        }
    }

    fn carry_out(&mut self, command: &Command) -> Result<(), Gone> {
        let tag = command.tag.clone();
        let done = |outcome: &str| Some(format!("{tag} {outcome}\r\n").into_bytes());
        match command.name.as_str() {
            "CAPABILITY" => {
                let line = format!("* CAPABILITY {}\r\n{tag} OK done\r\n", self.capabilities());
                self.play(Step::Capability, command, |_| Some(line.into_bytes()))
            }
            "STARTTLS" if self.shared.acceptor.is_some() => {
                self.play(Step::Starttls, command, |_| done("OK go ahead"))?;
                self.protect()
            }
            "LOGIN" => {
                let good = command.arguments == [USER, PASSWORD];
                self.log_in(command, good)
            }
            "AUTHENTICATE" => self.authenticate(command),
            "LOGOUT" => {
                let line = format!("* BYE until next time\r\n{tag} OK done\r\n");
                self.play(Step::Logout, command, |_| Some(line.into_bytes()))?;
                Err(Gone)
            }
            "IDLE" => self.idle(command),
            _ if !self.logged_in => self.write(format!("{tag} NO log in first\r\n").as_bytes()),
            _ => self.play(Step::of(command), command, |conversation| {
                let mut mailbox = conversation.shared.mailbox.lock().unwrap();
                mailbox.answer(&mut conversation.session, command).or_else(|| done("BAD unknown"))
            }),
        }
    }

    fn capabilities(&self) -> String {
        let given = self.shared.options.capabilities;
        let mut out = if given.is_empty() { CAPABILITIES } else { given }.to_owned();
        if self.shared.acceptor.is_some() && !matches!(self.stream, Some(Stream::Tls(_))) {
            out.push_str(" STARTTLS");
        }
        out
    }

    fn log_in(&mut self, command: &Command, good: bool) -> Result<(), Gone> {
        let tag = &command.tag;
        let line = match good {
            true => format!("{tag} OK logged in\r\n"),
            false => format!("{tag} NO [AUTHENTICATIONFAILED] who are you\r\n"),
        };
        self.play(Step::Login, command, |conversation| {
            conversation.logged_in = good;
            Some(line.into_bytes())
        })
    }

    fn authenticate(&mut self, command: &Command) -> Result<(), Gone> {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let answer = match command.arguments.get(1) {
            Some(answer) => answer.clone(),
            None => {
                self.write(b"+ \r\n")?;
                self.line()?
            }
        };
        let answer = BASE64_STANDARD.decode(answer.trim()).unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let token = answer
            .strip_prefix(&format!("user={USER}\u{1}auth=Bearer token-"))
            .and_then(|rest| rest.trim_end_matches('\u{1}').parse::<u32>().ok());
        let good = match token {
            Some(number) => number >= self.shared.mailbox.lock().unwrap().oldest_token,
            None => answer == format!("\0{USER}\0{PASSWORD}"),
        };
        if !good && command.arguments.first().is_some_and(|name| name.eq_ignore_ascii_case("XOAUTH2")) {
            // As the large providers do: the reason as a challenge, to which the client says nothing.
            self.write(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")?;
            self.line()?;
        }
        self.log_in(command, good)
    }

    /// Tells of new messages until the client is done.
    fn idle(&mut self, command: &Command) -> Result<(), Gone> {
        self.play(Step::Idle, command, |_| Some(b"+ idling\r\n".to_vec()))?;
        let count = |conversation: &Conversation| {
            let mailbox = conversation.shared.mailbox.lock().unwrap();
            let folder = conversation.session.folder.as_ref().and_then(|name| mailbox.folders.get(name));
            folder.map_or(0, |folder| folder.messages.len())
        };
        let mut known = count(self);
        loop {
            let now = count(self);
            if now > known {
                known = now;
                self.write(format!("* {now} EXISTS\r\n").as_bytes())?;
            }
            self.glance()?;
            if let Some(line) = self.whole_line() {
                assert!(line.eq_ignore_ascii_case("DONE"), "{line} during IDLE");
                return self.write(format!("{} OK done\r\n", command.tag).as_bytes());
            }
        }
    }

    /// Answers a command, with the fault that is due.
    fn play(
        &mut self,
        step: Step,
        command: &Command,
        answer: impl FnOnce(&mut Conversation) -> Option<Vec<u8>>,
    ) -> Result<(), Gone> {
        let play = self.due(step, command);
        let as_told = |text: &str| text.replace("{tag}", &command.tag).into_bytes();
        match &play {
            Play::Stall => return self.stall(),
            Play::Drop => return Err(Gone),
            Play::Instead(text) => return self.write(&as_told(text)),
            Play::Last(text) => {
                self.write(&as_told(text))?;
                return Err(Gone);
            }
            Play::Flood(text) => {
                self.write(&as_told(text))?;
                loop {
                    self.write(&[b'x'; 1 << 16])?;
                }
            }
            Play::Before(text) => self.write(&as_told(text))?,
            Play::StallAfter(_) | Play::DropAfter(_) | Play::Trickle | Play::Nothing => {}
        }
        let answer = answer(self).unwrap_or_default();
        match play {
            Play::StallAfter(bytes) => {
                self.write(&answer[..bytes.min(answer.len())])?;
                self.stall()
            }
            Play::DropAfter(bytes) => {
                self.write(&answer[..bytes.min(answer.len())])?;
                Err(Gone)
            }
            Play::Trickle => {
                for pair in answer.chunks(2) {
                    self.write(pair)?;
                    self.pause(Duration::from_secs(1))?;
                }
                Ok(())
            }
            _ => self.write(&answer),
        }
    }

    /// The fault that is planned for here and now.
    fn due(&self, step: Step, command: &Command) -> Play {
        let mut faults = self.shared.faults.lock().unwrap();
        let Some(fault) = faults.iter_mut().find_map(|fault| fault.due(step, command)) else {
            return Play::Nothing;
        };
        if let Some(change) = fault.change {
            change(&mut self.shared.mailbox.lock().unwrap());
        }
        fault.play.clone()
    }

    fn protect(&mut self) -> Result<(), Gone> {
        let (Some(acceptor), Some(Stream::Plain(stream))) = (&self.shared.acceptor, self.stream.take())
        else {
            return Err(Gone);
        };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let stream = acceptor.accept(stream).map_err(|_| Gone)?;
        let _ = stream.get_ref().set_read_timeout(Some(GLANCE));
        self.stream = Some(Stream::Tls(Box::new(stream)));
        Ok(())
    }

    /// A line with the literals in it as quoted strings.
    fn line(&mut self) -> Result<String, Gone> {
        let mut out = String::new();
        loop {
            let line = loop {
                match self.whole_line() {
                    Some(line) => break line,
                    None => self.glance()?,
                }
            };
            out.push_str(&line);
            let literal = line.strip_suffix('}').and_then(|line| line.rsplit_once('{'));
            let Some((_, size)) = literal else { return Ok(out) };
            let Ok(length) = size.trim_end_matches('+').parse::<usize>() else { return Ok(out) };
            if !size.ends_with('+') {
                self.write(b"+ go on\r\n")?;
            }
            while self.read.len() < length {
                self.glance()?;
            }
            let bytes: Vec<u8> = self.read.drain(..length).collect();
            out.truncate(out.len() - size.len() - 2);
            let text = String::from_utf8_lossy(&bytes).replace('\\', "\\\\").replace('"', "\\\"");
            out.push_str(&format!("\"{text}\""));
        }
    }

    fn whole_line(&mut self) -> Option<String> {
        let end = self.read.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.read.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Reads what there is, waiting a moment for it.
    fn glance(&mut self) -> Result<(), Gone> {
        let mut buffer = [0; 4096];
        let read = match self.stream.as_mut() {
            Some(Stream::Plain(stream)) => stream.read(&mut buffer),
            Some(Stream::Tls(stream)) => stream.read(&mut buffer),
            None => return Err(Gone),
        };
        match read {
            _ if self.shared.over.load(Ordering::Relaxed) => Err(Gone),
            Ok(0) => Err(Gone),
            Ok(length) => {
                self.read.extend(&buffer[..length]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
            Err(_) => Err(Gone),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let written = match self.stream.as_mut() {
                Some(Stream::Plain(stream)) => stream.write(bytes),
                Some(Stream::Tls(stream)) => stream.write(bytes),
                None => return Err(Gone),
            };
            match written {
                _ if self.shared.over.load(Ordering::Relaxed) => return Err(Gone),
                Ok(length) => bytes = &bytes[length..],
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }

    /// Says nothing until the other side has gone.
    fn stall(&mut self) -> Result<(), Gone> {
        loop {
            self.glance()?;
        }
    }

    fn pause(&mut self, pause: Duration) -> Result<(), Gone> {
        let began = std::time::Instant::now();
        while began.elapsed() < pause {
            self.glance()?;
        }
        Ok(())
    }
}
