//! The way to the server: a socket on which every read and write has an end, TLS, STARTTLS. Knows of IMAP only what
//! STARTTLS takes.

use super::error::{Error, ErrorKind, cause, shown};
use super::{Account, Protection};
use native_tls::{Certificate, HandshakeError, TlsConnector, TlsStream};
use std::io::{self, BufReader, ErrorKind as Io, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a person waits at most until a blocked read or write notices that it is to end.
const SLICE: Duration = Duration::from_millis(250);

/// What one read of the socket takes. TLS alone would ask for every record twice, first for the five bytes of its head:
/// 26,000 reads for 10,000 messages of 4 kB.
const INCOMING: usize = 64 << 10;

/// Asked again and again whether the person wants to end.
pub(super) type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

/// How long the other side may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// When everything has to be done.
    pub deadline: Instant,
    /// The longest silence before that.
    pub silence: Duration,
    /// Silence is what we wait for to end (IDLE): the deadline is then `WouldBlock`, after which one may read on.
    pub waiting: bool,
    /// The last words are said even when the person wants to end.
    pub parting: bool,
}

impl Patience {
    pub fn new(silence: Duration, longest: Duration) -> Patience {
        Patience { deadline: after(longest), silence, waiting: false, parting: false }
    }
}

/// The moment when so much time is over. What no clock can express is as good as a year.
pub(super) fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or(now + Duration::from_secs(365 * 86_400))
}

/// What bytes go over.
pub(super) trait Stream: Read + Write + Send {
    /// Sets how long reads and writes may take from now on.
    fn allow(&mut self, patience: Patience);
}

/// Why a read or write ended before its time: the person wanted it so.
#[derive(Debug)]
pub(super) struct Ended;

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ended by the person")
    }
}

impl std::error::Error for Ended {}

/// A socket with patience. A read timeout of the system counts per read: two bytes a second would never meet it.
struct Timed<'a> {
    socket: BufReader<TcpStream>,
    /// As the system was told last, reading and writing.
    timeouts: [Duration; 2],
    patience: Patience,
    cancelled: Cancelled<'a>,
}

impl<'a> Timed<'a> {
    fn new(socket: TcpStream, patience: Patience, cancelled: Cancelled<'a>) -> Timed<'a> {
        let socket = BufReader::with_capacity(INCOMING, socket);
        Timed { socket, timeouts: [Duration::ZERO; 2], patience, cancelled }
    }

    /// Tries in slices until it works or patience ends.
    fn within<T>(&mut self, mut act: impl FnMut(&mut Self, Duration) -> io::Result<T>) -> io::Result<T> {
        let began = Instant::now();
        let Patience { deadline, silence, waiting, parting } = self.patience;
        let until =
            if waiting { deadline } else { deadline.min(began.checked_add(silence).unwrap_or(deadline)) };
        loop {
            let ended = !parting && (self.cancelled)();
            let left = until.saturating_duration_since(Instant::now());
            if waiting && (ended || left.is_zero()) {
                return Err(Io::WouldBlock.into());
            }
            if ended {
                return Err(io::Error::other(Ended));
            }
            if left.is_zero() {
                return Err(Io::TimedOut.into());
            }
            match act(self, left.min(SLICE)) {
                Err(error) if matches!(error.kind(), Io::WouldBlock | Io::TimedOut | Io::Interrupted) => {}
                done => return done,
            }
        }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.socket.buffer().is_empty() {
            return self.socket.read(buffer);
        }
        self.within(|timed, slice| {
            if timed.timeouts[0] != slice {
                timed.socket.get_ref().set_read_timeout(Some(slice))?;
                timed.timeouts[0] = slice;
            }
            timed.socket.read(buffer)
        })
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.within(|timed, slice| {
            let socket = timed.socket.get_mut();
            if timed.timeouts[1] != slice {
                socket.set_write_timeout(Some(slice))?;
                timed.timeouts[1] = slice;
            }
            socket.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.get_mut().flush()
    }
}

impl Stream for Timed<'_> {
    fn allow(&mut self, patience: Patience) {
        self.patience = patience;
    }
}

impl Stream for TlsStream<Timed<'_>> {
    fn allow(&mut self, patience: Patience) {
        self.get_mut().patience = patience;
    }
}

/// A way to the server, protected as the account says.
pub(super) struct Dialled<'a> {
    pub stream: Box<dyn Stream + 'a>,
    /// The server still has to greet; it has done so before STARTTLS.
    pub greets: bool,
}

/// `host:port` as sentences name it.
pub(super) fn server(account: &Account<'_>) -> String {
    format!("{}:{}", shown(&account.host), account.port)
}

/// Connects. No password has gone anywhere when this returns.
pub(super) fn dial<'a>(account: &Account<'_>, cancelled: Cancelled<'a>) -> Result<Dialled<'a>, Error> {
    let trust = match account.protection {
        Protection::Plain => None,
        Protection::Implicit | Protection::Starttls => Some(connector(account)?),
    };
    let socket = connect(account, cancelled)?;
    let patience = Patience::new(account.timeout, account.timeout);
    let mut timed = Timed::new(socket, patience, cancelled);
    let Some(trust) = trust else {
        return Ok(Dialled { stream: Box::new(timed), greets: true });
    };
    let greets = account.protection == Protection::Implicit;
    if !greets {
        starttls(&mut timed, account)?;
    }
    timed.patience = Patience::new(account.timeout, account.timeout);
    let deadline = timed.patience.deadline;
    let stream = trust.connect(bare(&account.host), timed).map_err(|failure| match failure {
        _ if cancelled() => Error::cancelled(&server(account)),
        _ if Instant::now() >= deadline => too_slow(account, "the TLS handshake"),
        HandshakeError::Failure(error) => certificate_error(account, &error.to_string()),
        HandshakeError::WouldBlock(_) => too_slow(account, "the TLS handshake"),
    })?;
    Ok(Dialled { stream: Box::new(stream), greets })
}

/// An IPv6 address may be written in brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Resolving and connecting block for as long as the system likes, therefore on a thread that may be left behind.
fn connect(account: &Account<'_>, cancelled: Cancelled<'_>) -> Result<TcpStream, Error> {
    let (sender, receiver) = mpsc::channel();
    let (host, port, timeout) = (bare(&account.host).to_owned(), account.port, account.timeout);
    let local_only = account.protection == Protection::Plain;
    thread::spawn(move || {
        let _ = sender.send(reach(&host, port, timeout, local_only));
    });
    let deadline = after(timeout);
    loop {
        match receiver.recv_timeout(SLICE.min(timeout)) {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(Unreached::NotLocal)) => return Err(not_local(account)),
            Ok(Err(Unreached::Because(error))) if error.kind() == Io::TimedOut => {
                return Err(unreachable(account, "nobody answers"));
            }
            Ok(Err(Unreached::Because(error))) => return Err(unreachable(account, &cause(&error))),
            Err(_) if cancelled() => return Err(Error::cancelled(&server(account))),
            Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() < deadline + SLICE => {}
            Err(_) => return Err(unreachable(account, "nobody answers")),
        }
    }
}

enum Unreached {
    NotLocal,
    Because(io::Error),
}

/// Tries every address of the name; each gets its share of the time, so that a dead one first is not the end.
fn reach(host: &str, port: u16, timeout: Duration, local_only: bool) -> Result<TcpStream, Unreached> {
    let deadline = after(timeout);
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![(address, port).into()],
        Err(_) => (host, port).to_socket_addrs().map_err(Unreached::Because)?.collect(),
    };
    let mut why = io::Error::new(Io::NotFound, "the name has no address");
    for (at, address) in addresses.iter().enumerate() {
        if local_only && !address.ip().to_canonical().is_loopback() {
            return Err(Unreached::NotLocal);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        if share.is_zero() {
            return Err(Unreached::Because(Io::TimedOut.into()));
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => {
                // A command is one small write that waits for its answer.
                socket.set_nodelay(true).map_err(Unreached::Because)?;
                return Ok(socket);
            }
            Err(error) => why = error,
        }
    }
    Err(Unreached::Because(why))
}

fn connector(account: &Account<'_>) -> Result<TlsConnector, Error> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    if let Some(path) = &account.ca_file {
        let wrong = |why: String| {
            let path = shown(&path.to_string_lossy());
            let sentence = format!(
                "The certificates in {path} that {} is to be checked with cannot be used: {why}. Correct `ca_file` \
                 of the feed, or remove it when the server's certificate comes from a public authority.",
                server(account)
            );
            Error::new(ErrorKind::Certificate, sentence)
        };
        let bytes = std::fs::read(path).map_err(|error| wrong(cause(&error)))?;
        let pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
        let certificates = if pem {
            Certificate::stack_from_pem(&bytes)
        } else {
            Certificate::from_der(&bytes).map(|c| vec![c])
        };
        let certificates = certificates.unwrap_or_default();
        if certificates.is_empty() {
            return Err(wrong("there is no certificate in it, neither as PEM nor as DER".to_owned()));
        }
        for certificate in certificates {
            builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|error| {
        let sentence = format!(
            "TLS for {} cannot be set up: {}. Is the system's OpenSSL in order?",
            server(account),
            shown(&error.to_string())
        );
        Error::new(ErrorKind::Certificate, sentence)
    })
}

/// OpenSSL's words, told apart by what a person has to do about them.
fn certificate_error(account: &Account<'_>, words: &str) -> Error {
    let has = |parts: &[&str]| parts.iter().any(|part| words.to_ascii_lowercase().contains(part));
    let server = server(account);
    let host = shown(&account.host);
    let (kind, sentence) = if has(&["has expired", "certificate expired"]) {
        let what = "its operator has to renew it. Check this machine's clock too";
        (ErrorKind::Certificate, format!("The certificate of {server} has expired; {what}."))
    } else if has(&["not yet valid"]) {
        let what = "check this machine's clock";
        (ErrorKind::Certificate, format!("The certificate of {server} is not valid yet; {what}."))
    } else if has(&["hostname mismatch", "ip address mismatch"]) {
        let what = "set `host` of the feed to the name in the certificate";
        let sentence = format!(
            "The certificate of {server} is not for the name {host}, or it is another server; {what}."
        );
        (ErrorKind::Certificate, sentence)
    } else if has(&["self-signed", "self signed", "issuer", "unable to verify"]) {
        let what =
            "if it is your own authority's, name the file with its certificate as `ca_file` of the feed";
        (
            ErrorKind::Certificate,
            format!("The certificate of {server} comes from an issuer that is not known here; {what}."),
        )
    } else if has(&["certificate"]) {
        let why = shown(words);
        (ErrorKind::Certificate, format!("The certificate of {server} is not accepted: {why}."))
    } else if has(&["wrong version number", "packet length", "unknown protocol", "http request"]) {
        let what = "set `tls = \"starttls\"` if the port is one that begins in the clear (143)";
        (ErrorKind::Protocol, format!("{server} does not speak TLS from the start; {what}."))
    } else {
        let what = "nothing was sent. Check host and port of the feed";
        (
            ErrorKind::Unreachable,
            format!("No TLS connection to {server} came about ({}); {what}.", shown(words)),
        )
    };
    Error::new(kind, sentence)
}

/// Says STARTTLS by hand, because whatever the crate may have read beyond its answer could not be seen. Text behind
/// that answer was sent by someone who wants it taken for the server's encrypted words (CVE-2011-0411 and its kin).
fn starttls(timed: &mut Timed<'_>, account: &Account<'_>) -> Result<(), Error> {
    let mut talk = Talk { timed, buffer: vec![], budget: 16 << 10 };
    let failed = |error: io::Error| talk_failed(account, &error);
    let refused = |why: String| {
        let what = "No password was sent. Set `tls = \"implicit\"` and port 993 if the server has that";
        Error::new(ErrorKind::Refused, format!("{} {why}. {what}.", server(account)))
    };
    let greeting = talk.line().map_err(failed)?;
    if greeting.to_ascii_uppercase().starts_with("* BYE") {
        return Err(busy(account, &greeting));
    }
    if !greeting.to_ascii_uppercase().starts_with("* OK") {
        return Err(refused(format!("greets with \"{}\", after which TLS cannot begin", shown(&greeting))));
    }
    let mut offered = false;
    let answer = talk.ask("s1", "CAPABILITY", |line| offered |= offers(line, "STARTTLS")).map_err(failed)?;
    if !answer || !offered {
        return Err(refused(
            "does not offer STARTTLS, so that the connection would stay readable".to_owned(),
        ));
    }
    if !talk.ask("s2", "STARTTLS", |_| ()).map_err(failed)? {
        return Err(refused("offers STARTTLS and refuses it".to_owned()));
    }
    if !talk.buffer.is_empty() {
        let what = "somebody on the way may be tampering. Nothing was sent";
        let sentence =
            format!("{} said more in the clear after it had agreed to TLS; {what}.", server(account));
        return Err(Error::new(ErrorKind::Protocol, sentence));
    }
    Ok(())
}

fn offers(line: &str, capability: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next() == Some("*")
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case("CAPABILITY"))
        && words.any(|word| word.eq_ignore_ascii_case(capability))
}

/// The few words before TLS.
struct Talk<'t, 'a> {
    timed: &'t mut Timed<'a>,
    buffer: Vec<u8>,
    budget: usize,
}

impl Talk<'_, '_> {
    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            let mut chunk = [0; 512];
            let count = self.timed.read(&mut chunk)?;
            if count == 0 {
                return Err(Io::UnexpectedEof.into());
            }
            self.budget = self.budget.checked_sub(count).ok_or(Io::InvalidData)?;
            self.buffer.extend_from_slice(&chunk[..count]);
        }
    }

    /// Whether the server says OK; what it says before goes to `hear`.
    fn ask(&mut self, tag: &str, command: &str, mut hear: impl FnMut(&str)) -> io::Result<bool> {
        self.timed.write_all(format!("{tag} {command}\r\n").as_bytes())?;
        loop {
            let line = self.line()?;
            match line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                Some(rest) => return Ok(rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("OK"))),
                None => hear(&line),
            }
        }
    }
}

fn talk_failed(account: &Account<'_>, error: &io::Error) -> Error {
    let server = server(account);
    match error.kind() {
        _ if error.get_ref().is_some_and(|inner| inner.is::<Ended>()) => Error::cancelled(&server),
        Io::TimedOut | Io::WouldBlock => too_slow(account, "the greeting"),
        Io::InvalidData => {
            let what = "Check host and port of the feed: it may be no mail server";
            Error::new(ErrorKind::Protocol, format!("{server} says more than a greeting before TLS. {what}."))
        }
        _ => unreachable(account, "the server closed the connection before TLS began"),
    }
}

pub(super) fn too_slow(account: &Account<'_>, what: &str) -> Error {
    let sentence = format!(
        "{} took longer than the {} s it has for {what}. Raise `timeout_seconds` of the feed if the server is always \
         this slow.",
        server(account),
        account.timeout.as_secs_f32()
    );
    Error::new(ErrorKind::TooSlow, sentence)
}

/// The server turned us away at the door.
pub(super) fn busy(account: &Account<'_>, words: &str) -> Error {
    let sentence = format!(
        "{} does not serve us at the moment (\"{}\"). The next run tries again; run it less often if this stays.",
        server(account),
        shown(words)
    );
    Error::new(ErrorKind::Throttled, sentence)
}

pub(super) fn unreachable(account: &Account<'_>, why: &str) -> Error {
    let sentence = format!(
        "The mail server {} cannot be reached: {why}. Check `host` and `port` of the feed, and that the network lets \
         them through.",
        server(account)
    );
    Error::new(ErrorKind::Unreachable, sentence)
}

fn not_local(account: &Account<'_>) -> Error {
    let sentence = format!(
        "{} is not on this machine, and `tls = \"none\"` would send the password readable for everybody on the way. \
         Nothing was sent; use \"implicit\" or \"starttls\".",
        server(account)
    );
    Error::new(ErrorKind::Refused, sentence)
}
