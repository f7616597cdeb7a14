//! The way to a server: a socket on which every wait has an end, TLS, lines. Knows of SMTP only that it speaks in lines.

use native_tls::{Certificate, TlsConnector, TlsStream};
use std::io::{self, ErrorKind as Io, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// RFC 5321 §4.5.3.1.5 has 512 bytes for a line of a reply; some servers write more.
const LONGEST_LINE: usize = 4 << 10;
/// What one read of the socket takes.
const INCOMING: usize = 4 << 10;
/// A message leaves in pieces; each has the whole patience, so that a slow line is no fault and a dead one is.
const OUTGOING: usize = 64 << 10;

/// Why nothing more comes from a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Its time is over.
    Slow,
    /// It is gone; with what the system says.
    Lost(String),
    /// No server says that: what it was.
    Nonsense(&'static str),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        match error.kind() {
            Io::TimedOut | Io::WouldBlock => Trouble::Slow,
            _ => Trouble::Lost(cause(&error)),
        }
    }
}

/// The system's words for what went wrong, without the number it puts behind them.
pub(super) fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// A socket with a deadline. A timeout of the system counts per read: two bytes a second would never meet it.
#[derive(Debug)]
struct Timed {
    socket: TcpStream,
    deadline: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Io::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[derive(Debug)]
enum Stream {
    Plain(Timed),
    Secure(Box<TlsStream<Timed>>),
}

/// A connection that carries lines.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    incoming: Vec<u8>,
}

impl Wire {
    fn timed(&mut self) -> &mut Timed {
        match &mut self.stream {
            Stream::Plain(timed) => timed,
            Stream::Secure(stream) => stream.get_mut(),
        }
    }

    /// All reads and writes from now on have to be done within this time together.
    pub fn allow(&mut self, time: Duration) {
        self.timed().deadline = after(time);
    }

    /// What is written is whole with the server's system, not with the server, when this returns.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let stream: &mut dyn Write = match &mut self.stream {
            Stream::Plain(timed) => timed,
            Stream::Secure(stream) => stream,
        };
        stream.write_all(bytes)?;
        Ok(stream.flush()?)
    }

    /// As [`Wire::write`], each piece within this time.
    pub fn write_in_pieces(&mut self, bytes: &[u8], time: Duration) -> Result<(), Trouble> {
        bytes.chunks(OUTGOING).try_for_each(|piece| {
            self.allow(time);
            self.write(piece)
        })
    }

    /// More has come than was asked for.
    pub fn has_more(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// The next line without its end.
    pub fn line(&mut self) -> Result<Vec<u8>, Trouble> {
        loop {
            if let Some(end) = self.incoming.iter().position(|b| *b == b'\n') {
                let mut line: Vec<u8> = self.incoming.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.incoming.len() > LONGEST_LINE {
                return Err(Trouble::Nonsense("a line without end"));
            }
            let mut piece = [0; INCOMING];
            let stream: &mut dyn Read = match &mut self.stream {
                Stream::Plain(timed) => timed,
                Stream::Secure(stream) => stream,
            };
            match stream.read(&mut piece) {
                Ok(0) => return Err(Trouble::Lost("it closed the connection".to_owned())),
                Ok(count) => self.incoming.extend_from_slice(piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == Io::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Goes on with TLS; a sentence why not. What came before it in the clear is forgotten: anybody may have written it
    /// to have it taken for the server's protected words (CVE-2011-0411).
    pub fn secure(self, trust: &TlsConnector, host: &str) -> Result<Wire, String> {
        let Stream::Plain(timed) = self.stream else { return Ok(self) };
        let deadline = timed.deadline;
        match trust.connect(bare(host), timed) {
            Ok(stream) => Ok(Wire { stream: Stream::Secure(Box::new(stream)), incoming: vec![] }),
            Err(_) if Instant::now() >= deadline => Err("the TLS handshake took too long".to_owned()),
            Err(error) => Err(tls_sentence(&error.to_string())),
        }
    }
}

/// The moment when so much time is over. What no clock can express is as good as a year.
fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or(now + Duration::from_secs(365 * 86_400))
}

/// An IPv6 address may be written in brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Connects within this time, to this machine only where that is asked; why not. Resolving blocks for as long as the
/// system likes, therefore on a thread that may be left behind.
pub(super) fn connect(host: &str, port: u16, time: Duration, local_only: bool) -> Result<Wire, String> {
    let (sender, receiver) = mpsc::channel();
    let name = bare(host).to_owned();
    thread::spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = sender.send(reach(&name, port, time, local_only));
    });
    let socket = receiver.recv_timeout(time).unwrap_or_else(|_| Err("nobody answers".to_owned()))?;
    Ok(Wire { stream: Stream::Plain(Timed { socket, deadline: after(time) }), incoming: vec![] })
}

/// Tries every address of the name; each gets its share of the time, so that a dead one first is not the end.
fn reach(host: &str, port: u16, time: Duration, local_only: bool) -> Result<TcpStream, String> {
    let deadline = after(time);
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![(address, port).into()],
        Err(_) => (host, port).to_socket_addrs().map_err(|error| cause(&error))?.collect(),
    };
    let mut why = "the name has no address".to_owned();
    for (at, address) in addresses.iter().enumerate() {
        if local_only && !address.ip().to_canonical().is_loopback() {
            return Err(
                "it is not on this machine, and without TLS everybody on the way could read".to_owned()
            );
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        if share.is_zero() {
            return Err("nobody answers".to_owned());
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => {
                // A command is one small write that waits for its answer: 45 ms a message without it.
                socket.set_nodelay(true).map_err(|error| cause(&error))?;
                return Ok(socket);
            }
            Err(error) if error.kind() == Io::TimedOut => why = "nobody answers".to_owned(),
            Err(error) => why = cause(&error),
        }
    }
    Err(why)
}

/// Whom TLS trusts: the system's authorities, and those in the file.
pub(super) fn trust(ca_file: Option<&Path>) -> Result<TlsConnector, String> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    if let Some(path) = ca_file {
        let wrong =
            |why: &str| format!("the certificates in 'ca_file' {} cannot be used: {why}", path.display());
        let bytes = std::fs::read(path).map_err(|error| wrong(&cause(&error)))?;
        let pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
        let certificates = if pem {
            Certificate::stack_from_pem(&bytes)
        } else {
            Certificate::from_der(&bytes).map(|certificate| vec![certificate])
        };
        let certificates = certificates.unwrap_or_default();
        if certificates.is_empty() {
            return Err(wrong("there is none, neither as PEM nor as DER"));
        }
        for certificate in certificates {
            builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|error| format!("TLS cannot be set up: {error}"))
}

/// OpenSSL's words, told apart by what a person has to do about them.
fn tls_sentence(words: &str) -> String {
    let lower = words.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let (what, remedy) = if has(&["has expired", "certificate expired"]) {
        ("its certificate has expired", "its operator has to renew it; check this machine's clock too")
    } else if has(&["not yet valid"]) {
        ("its certificate is not valid yet", "check this machine's clock")
    } else if has(&["hostname mismatch", "ip address mismatch"]) {
        ("its certificate is for another name", "set 'host' to the name in the certificate")
    } else if has(&["self-signed", "self signed", "issuer", "unable to verify"]) {
        (
            "its certificate comes from an issuer that is not known here",
            "if it is your own authority's, name the file with its certificate as 'ca_file'",
        )
    } else if has(&["wrong version number", "packet length", "unknown protocol", "http request"]) {
        ("it does not speak TLS there", "set 'tls' to \"starttls\" for a port that begins in the clear (587)")
    } else {
        return format!("no TLS came about ({words})");
    };
    format!("{what}; {remedy}")
}
