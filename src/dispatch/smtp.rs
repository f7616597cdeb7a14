//! Mail over SMTP (RFC 5321): one connection that carries message after message, each to one recipient. Where the
//! connection ends decides what is known about the message, and that is told; nothing is ever sent a second time here.
//!
//! The conversation is our own and not a library's: the one in question has no end for a line, none for a server that
//! trickles, and carries text that came before TLS over into it.

use super::reply::{Reply, shown};
use super::wire::{self, Trouble, Wire};
use super::{Delivery, Message, Sink, envelope};
use crate::arf::refusal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A server that does not say goodbye is left without.
const PARTING: Duration = Duration::from_secs(2);

/// Gets a secret at the moment when the server asks for it, or says why not.
pub type Ask = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// TLS right after the greeting (RFC 3207); without it nothing is said.
    Starttls,
    /// None; to this machine only.
    Plain,
}

/// What the secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// For PLAIN or LOGIN.
    Password,
    /// An OAuth 2.0 access token, for XOAUTH2.
    Token,
}

/// As whom we send.
#[derive(Clone)]
pub struct Login {
    /// The account.
    pub user: String,
    /// Its secret.
    pub secret: Ask,
    /// What that is.
    pub kind: SecretKind,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The server that we send by.
#[derive(Debug, Clone)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// What we call ourselves; never the name of this machine unless somebody chose it.
    pub hello_name: String,
    /// As whom; `None` where the server knows us by our address.
    pub login: Option<Login>,
    /// For connecting, and for each command with its answer.
    pub timeout: Duration,
    /// For the answer to the whole message. Long (RFC 5321 §4.5.3.2.6: ten minutes): whoever gives up earlier does not
    /// know whether it arrived.
    pub last_timeout: Duration,
}

impl Server {
    /// `host:port`, as sentences name it.
    pub fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// What a server says that it can.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The largest message that it takes; `None` where it does not say.
    pub size: Option<u64>,
    /// Bytes beyond ASCII in the text of a message (RFC 6152).
    pub eight_bit: bool,
    /// TLS for a connection that has none.
    starttls: bool,
    announces_size: bool,
    logins: Vec<String>,
}

impl Offers {
    /// The lines behind the first (RFC 5321 §4.1.1.1); keywords in any letter case.
    fn of(hello: &Reply) -> Offers {
        let mut offers = Offers::default();
        for line in hello.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            // Old servers write AUTH=LOGIN.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("SIZE") => {
                    offers.announces_size = true;
                    offers.size = words.next().and_then(|size| size.parse().ok()).filter(|size| *size > 0);
                }
                Some("8BITMIME") => offers.eight_bit = true,
                Some("STARTTLS") => offers.starttls = true,
                Some("AUTH") => offers.logins.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }
}

/// Connects, protects the connection, says hello and logs in, and takes its leave without sending anything.
///
/// # Errors
/// A sentence: at which step it ended, and what to do.
pub fn examine(server: &Server) -> Result<Offers, String> {
    let mut connection = Connection::open(server)?;
    connection.part();
    Ok(connection.offers.clone())
}

/// A way out over one server. Nothing is connected before the first message.
#[derive(Debug)]
pub struct Smtp {
    server: Server,
    connection: Option<Connection>,
}

impl Smtp {
    /// Over this server.
    pub fn new(server: Server) -> Smtp {
        Smtp { server, connection: None }
    }

    /// A connection on which the recipient is accepted. One that was used before may have ended meanwhile, or the
    /// server may have enough of it: that is tried once more on a new one, since nothing was said of this message yet.
    fn accepted(&mut self, message: &Message<'_>) -> Result<Connection, Delivery> {
        if let Some(mut connection) = self.connection.take() {
            match connection.envelope(message) {
                Ok(()) => return Ok(connection),
                Err(End { is_stale: true, .. }) => {}
                Err(end) => return Err(self.ended(connection, end)),
            }
        }
        let mut connection =
            Connection::open(&self.server).map_err(|answer| Delivery::Deferred { answer, all: true })?;
        match connection.envelope(message) {
            Ok(()) => Ok(connection),
            Err(end) => Err(self.ended(connection, end)),
        }
    }

    /// Keeps the connection for the next message where it can be used.
    fn ended(&mut self, mut connection: Connection, end: End) -> Delivery {
        if end.is_usable && connection.reset() {
            self.connection = Some(connection);
        } else if end.is_usable {
            connection.part();
        }
        end.delivery
    }
}

impl Sink for Smtp {
    fn deliver(
        &mut self,
        message: &Message<'_>,
        about_to: &mut dyn FnMut() -> Result<(), String>,
    ) -> Delivery {
        if let Some(why) = envelope::problem(message) {
            return Delivery::failed(why);
        }
        let mut connection = match self.accepted(message) {
            Ok(connection) => connection,
            Err(delivery) => return delivery,
        };
        if let Err(why) = about_to() {
            return self.ended(connection, End::usable(Delivery::Withdrawn(why)));
        }
        match connection.content(message.bytes) {
            Ok(answer) => {
                self.connection = Some(connection);
                Delivery::Sent(answer)
            }
            Err(end) => self.ended(connection, end),
        }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.part();
        }
    }
}

/// How a message ended that was not taken.
struct End {
    delivery: Delivery,
    /// The connection can carry another message.
    is_usable: bool,
    /// It ended before anything was said of this message, and not because of it.
    is_stale: bool,
}

impl End {
    fn usable(delivery: Delivery) -> End {
        End { delivery, is_usable: true, is_stale: false }
    }

    fn broken(delivery: Delivery) -> End {
        End { delivery, is_usable: false, is_stale: false }
    }
}

/// What a command is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Sender,
    Recipient,
    Data,
    Content,
}

/// A connection that is logged in.
#[derive(Debug)]
struct Connection {
    wire: Wire,
    server: Server,
    offers: Offers,
}

impl Connection {
    fn open(server: &Server) -> Result<Connection, String> {
        let name = server.name();
        let not_reached = |why: String| format!("{name} cannot be used for sending: {why}.");
        let trust = match server.protection {
            Protection::Plain => None,
            Protection::Implicit | Protection::Starttls => {
                Some(wire::trust(server.ca_file.as_deref()).map_err(not_reached)?)
            }
        };
        let local_only = server.protection == Protection::Plain;
        let mut wire =
            wire::connect(&server.host, server.port, server.timeout, local_only).map_err(not_reached)?;
        wire.allow(server.timeout);
        let early = trust.as_ref().filter(|_| server.protection == Protection::Implicit);
        if let Some(trust) = early {
            wire = wire.secure(trust, &server.host).map_err(not_reached)?;
        }
        let mut connection = Connection { wire, server: server.clone(), offers: Offers::default() };
        connection.wire.allow(server.timeout);
        let greeting =
            Reply::read(&mut connection.wire).map_err(|trouble| connection.told("its greeting", &trouble))?;
        if !greeting.is_good() {
            return Err(format!(
                "{name} turns us away ({}). Ask whoever runs it why, if it stays.",
                greeting.shown()
            ));
        }
        connection.hello()?;
        if let Some(trust) = trust.filter(|_| server.protection == Protection::Starttls) {
            connection = connection.starttls(&trust)?;
        }
        connection.log_in()?;
        Ok(connection)
    }

    fn hello(&mut self) -> Result<(), String> {
        let hello = format!("EHLO {}\r\n", self.server.hello_name);
        let reply = self.ask(&hello).map_err(|trouble| self.told("EHLO", &trouble))?;
        if !reply.is_good() {
            return Err(format!(
                "{} does not accept the name {} that we say hello with ({}). Set 'hello_name' in [sending] to a name \
                 that it accepts.",
                self.server.name(),
                self.server.hello_name,
                reply.shown()
            ));
        }
        self.offers = Offers::of(&reply);
        Ok(())
    }

    fn starttls(mut self, trust: &native_tls::TlsConnector) -> Result<Connection, String> {
        let name = self.server.name();
        let unprotected = "Nothing was said in the clear; set 'tls' in [smtp] to \"implicit\" and 'port' to 465 if it has \
                           that";
        if !self.offers.starttls {
            return Err(format!("{name} does not offer STARTTLS. {unprotected}."));
        }
        let reply = self.ask("STARTTLS\r\n").map_err(|trouble| self.told("STARTTLS", &trouble))?;
        if !reply.is_good() {
            return Err(format!("{name} offers STARTTLS and refuses it ({}). {unprotected}.", reply.shown()));
        }
        self.wire.allow(self.server.timeout);
        self.wire = self
            .wire
            .secure(trust, &self.server.host)
            .map_err(|why| format!("{name} cannot be used for sending: {why}."))?;
        // What was offered before could be anybody's words (RFC 3207 §4.2).
        self.hello()?;
        Ok(self)
    }

    fn log_in(&mut self) -> Result<(), String> {
        let Some(login) = self.server.login.clone() else { return Ok(()) };
        let name = self.server.name();
        let offers = |mechanism: &str| self.offers.logins.iter().any(|offered| offered == mechanism);
        let mechanism = match login.kind {
            SecretKind::Token if offers("XOAUTH2") => "XOAUTH2",
            SecretKind::Password if offers("PLAIN") => "PLAIN",
            SecretKind::Password if offers("LOGIN") => "LOGIN",
            _ => {
                let wanted = if login.kind == SecretKind::Token { "XOAUTH2" } else { "PLAIN or LOGIN" };
                return Err(format!(
                    "{name} offers no login of ours here ({wanted}). Check 'port' and 'tls' in [smtp], or leave 'user' out \
                     where it knows this machine by its address."
                ));
            }
        };
        let secret = (login.secret)().map_err(|why| format!("{name}: {why}."))?;
        let user = &login.user;
        if user.chars().chain(secret.chars()).any(|c| matches!(c, '\0' | '\r' | '\n' | '\u{1}')) {
            return Err(format!(
                "The user or the secret for {name} has a sign in it that no login can hold. Check 'user' in [smtp] and \
                 where its password comes from."
            ));
        }
        let words = match mechanism {
            "XOAUTH2" => vec![format!("user={user}\u{1}auth=Bearer {secret}\u{1}\u{1}")],
            "PLAIN" => vec![format!("\0{user}\0{secret}")],
            _ => vec![user.clone(), secret.clone()],
        };
        let reply = self.authenticate(mechanism, &words).map_err(|trouble| self.told("AUTH", &trouble))?;
        if reply.is_good() {
            return Ok(());
        }
        let answer = reply.shown();
        // Some servers repeat what they were told.
        let answer = if answer.contains(&secret) { format!("{}", reply.code) } else { answer };
        let what = match login.kind {
            _ if reply.is_temporary() => "It is tried again",
            SecretKind::Token => {
                "Check 'user' in [smtp], what 'token_command' prints, and that the token is meant for SMTP"
            }
            SecretKind::Password => {
                "Check 'user' in [smtp] and where its password comes from; many providers want a password made for \
                 programs, or a token"
            }
        };
        Err(format!("{name} does not let {} in ({answer}). {what}.", shown(user)))
    }

    /// One mechanism, the words in their order; a challenge beyond them gets an empty answer, after which the server
    /// says why it refuses.
    fn authenticate(&mut self, mechanism: &str, words: &[String]) -> Result<Reply, Trouble> {
        let mut words = words.iter().map(|word| BASE64.encode(word));
        let initial = match mechanism {
            // Not every server takes the first word of LOGIN along with the command.
            "LOGIN" => String::new(),
            _ => words.next().map(|word| format!(" {word}")).unwrap_or_default(),
        };
        let mut reply = self.ask(&format!("AUTH {mechanism}{initial}\r\n"))?;
        for _ in 0..3 {
            if reply.code != 334 {
                break;
            }
            reply = self.ask(&format!("{}\r\n", words.next().unwrap_or_default()))?;
        }
        Ok(reply)
    }

    /// MAIL and RCPT.
    fn envelope(&mut self, message: &Message<'_>) -> Result<(), End> {
        let name = self.server.name();
        let size = message.bytes.len() as u64;
        if let Some(most) = self.offers.size.filter(|most| size > *most) {
            let why = format!("{name} takes at most {most} bytes, and the message has {size}.");
            return Err(End::usable(Delivery::failed(why)));
        }
        let is_eight_bit = !message.bytes.is_ascii();
        if is_eight_bit && !self.offers.eight_bit {
            let why = format!(
                "{name} takes no bytes beyond ASCII (it does not offer 8BITMIME), and the message has some. Send the \
                 evidence as a zip file, or by another server."
            );
            return Err(End::usable(Delivery::failed(why)));
        }
        let mut mail = format!("MAIL FROM:<{}>", message.sender);
        if self.offers.announces_size {
            mail.push_str(&format!(" SIZE={size}"));
        }
        if is_eight_bit {
            mail.push_str(" BODY=8BITMIME");
        }
        mail.push_str("\r\n");
        let reply = self.ask(&mail).map_err(|trouble| End {
            is_stale: true,
            ..End::broken(Delivery::Deferred { answer: self.told("MAIL FROM", &trouble), all: true })
        })?;
        if !reply.is_good() {
            return Err(End { is_stale: reply.is_temporary(), ..self.judge(Step::Sender, &reply) });
        }
        let rcpt = format!("RCPT TO:<{}>\r\n", message.recipient);
        let reply = self.ask(&rcpt).map_err(|trouble| {
            End::broken(Delivery::Deferred { answer: self.told("RCPT TO", &trouble), all: true })
        })?;
        if reply.is_good() { Ok(()) } else { Err(self.judge(Step::Recipient, &reply)) }
    }

    /// DATA and the message; what the server said when it took it.
    fn content(&mut self, bytes: &[u8]) -> Result<String, End> {
        // Nothing of the message has left before the server asks for it.
        let reply = self.ask("DATA\r\n").map_err(|trouble| {
            End::broken(Delivery::Deferred { answer: self.told("DATA", &trouble), all: true })
        })?;
        if reply.code != 354 {
            return Err(self.judge(Step::Data, &reply));
        }
        let unknown = |told: String| {
            End::broken(Delivery::Unknown(format!("{told} Whether the message arrived is not known.")))
        };
        let written = self.wire.write_in_pieces(&stuffed(bytes), self.server.timeout);
        // A server that has seen enough may refuse and hang up before it has all.
        self.wire.allow(if written.is_ok() { self.server.last_timeout } else { PARTING });
        let reply = match (Reply::read(&mut self.wire), written) {
            (Ok(reply), Ok(())) => reply,
            (Ok(reply), Err(_)) if !reply.is_good() => reply,
            (_, Err(trouble)) => return Err(unknown(self.told("the message", &trouble))),
            (Err(trouble), Ok(())) => return Err(unknown(self.told("the end of the message", &trouble))),
        };
        if reply.is_good() {
            return Ok(reply.shown());
        }
        if reply.code / 100 == 3 {
            return Err(unknown(
                self.told("the end of the message", &Trouble::Nonsense("a code that is none there")),
            ));
        }
        Err(self.judge(Step::Content, &reply))
    }

    /// What a refusal means for this message and for others.
    fn judge(&self, step: Step, reply: &Reply) -> End {
        let name = self.server.name();
        let answer = reply.shown();
        match reply.code {
            421 => {
                let answer = format!("{name} ends the connection ({answer}).");
                End::broken(Delivery::Deferred { answer, all: true })
            }
            530 | 534 | 535 | 538 => {
                let answer = format!(
                    "{name} wants a login that it did not get ({answer}). Check 'user' and its password in [smtp]."
                );
                End::usable(Delivery::Deferred { answer, all: true })
            }
            _ if reply.is_temporary() => {
                let what = match step {
                    Step::Sender => "does not take the sender for now",
                    Step::Recipient => "does not take the recipient for now",
                    Step::Data | Step::Content => "does not take the message for now",
                };
                // Before the recipient is named it cannot be about the recipient.
                let all = step == Step::Sender;
                End::usable(Delivery::Deferred { answer: format!("{name} {what} ({answer})."), all })
            }
            _ if reply.is_final() => {
                let what = match step {
                    Step::Sender => "refuses the sender",
                    Step::Recipient => "refuses the recipient",
                    Step::Data | Step::Content => "refuses the message",
                };
                let is_told_of_it = matches!(step, Step::Recipient | Step::Content);
                let of_recipient = is_told_of_it && refusal::is_of_recipient(reply.code, &answer);
                End::usable(Delivery::Failed { answer: format!("{name} {what} ({answer})."), of_recipient })
            }
            _ => {
                let answer = format!("{name} answers what makes no sense there ({answer}).");
                End::broken(Delivery::Deferred { answer, all: true })
            }
        }
    }

    /// A command and its answer, and nothing besides: an answer too many would be taken for that to the next command,
    /// and a message for sent that was refused.
    fn ask(&mut self, command: &str) -> Result<Reply, Trouble> {
        const TOO_MUCH: Trouble = Trouble::Nonsense("more than was asked");
        if self.wire.has_more() {
            return Err(TOO_MUCH);
        }
        self.wire.allow(self.server.timeout);
        self.wire.write(command.as_bytes())?;
        let reply = Reply::read(&mut self.wire)?;
        if self.wire.has_more() { Err(TOO_MUCH) } else { Ok(reply) }
    }

    /// Forgets the envelope; whether the connection can be used further.
    fn reset(&mut self) -> bool {
        self.ask("RSET\r\n").is_ok_and(|reply| reply.is_good())
    }

    /// Takes its leave; nobody has to answer.
    fn part(&mut self) {
        self.wire.allow(PARTING);
        let _ = self.wire.write(b"QUIT\r\n").and_then(|()| Reply::read(&mut self.wire));
    }

    /// Trouble as a sentence.
    fn told(&self, what: &str, trouble: &Trouble) -> String {
        let name = self.server.name();
        match trouble {
            Trouble::Slow => format!(
                "{name} took too long at {what}. Raise 'timeout_seconds' in [smtp] if it is always this slow."
            ),
            Trouble::Lost(why) => format!("The connection to {name} was lost at {what}: {why}."),
            Trouble::Nonsense(why) => format!("{name} answered {why} at {what}. Is it a mail server?"),
        }
    }
}

/// The message as it goes over: a dot more where a line begins with one, and the dot that ends it (RFC 5321 §4.5.2).
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 64 + 3);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_that_begin_a_line_are_doubled_and_nothing_else_is_added() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\r\n c.\r\n"), b"a\r\n..\r\n...b\r\n c.\r\n.\r\n");
    }

    #[test]
    fn what_a_server_offers_is_read_in_any_letter_case() {
        let lines = [
            "mx.example greets",
            "size 1000",
            "8bitmime",
            "Auth=Login",
            "AUTH plain",
            "STARTTLS",
            "SIZE 0 9",
        ];
        let reply = Reply { code: 250, lines: lines.map(str::to_owned).to_vec() };
        let offers = Offers::of(&reply);
        assert!(offers.eight_bit && offers.starttls && offers.announces_size);
        assert_eq!(offers.logins, ["LOGIN", "PLAIN"]);
        assert_eq!(offers.size, None, "zero means no limit (RFC 1870 §4)");
    }
}
