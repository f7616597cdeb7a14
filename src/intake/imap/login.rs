//! From a stream to a connection that is logged in. Secrets are asked for here, written to the server, and kept
//! nowhere.

use super::connection::{Connection, Failure, greeting, guarded};
use super::error::{Error, ErrorKind};
use super::reply::Reply;
use super::shared::Shared;
use super::transport::{self, Dialled};
use super::wire::Wire;
use super::{Account, Login};
use imap::{Authenticator, Client, Session};
use std::cell::RefCell;
use tracing::info;

/// CAPABILITY and the answers to a login are small.
const SMALL: u64 = 4 << 10;

/// Greets, logs in, asks what the server can.
pub(super) fn establish<'a>(account: &Account<'a>, dialled: Dialled<'a>) -> Result<Connection<'a>, Error> {
    let Dialled { stream, greets } = dialled;
    let wire = Shared::new(Wire::new(stream, account.timeout));
    if greets {
        greeting(&wire, account)?;
    }
    let server = transport::server(account);
    let mut client = Client::new(wire.clone());
    // The crate would ask for it once more; the `debug` beside it stays off, since it prints LOGIN.
    client.greeting_read = true;
    let asked = guarded(&wire, &server, account.timeout, "asking what it can", SMALL, || {
        client.capabilities().map(drop)
    });
    let before = capabilities(asked, &wire, &server)?;
    let session = log_in(account, client, &wire, &before)?;
    let mut connection =
        Connection { session, wire: wire.clone(), capabilities: before, server, timeout: account.timeout };
    // Servers tell more after the login, some of them only when asked.
    let asked =
        connection.run("asking what it can", SMALL, |session| session.run_command_and_check_ok("CAPABILITY"));
    connection.capabilities = capabilities(asked, &wire, &connection.server)?;
    info!(target: "lafayette::imap", server = %connection.server, "logged in");
    Ok(connection)
}

fn capabilities(asked: Result<(), Failure>, wire: &Shared<'_>, server: &str) -> Result<Vec<String>, Error> {
    match asked {
        Ok(()) => Ok(wire.lock().heard.capabilities.take().unwrap_or_default()),
        Err(Failure::Broken(error)) => Err(error),
        Err(Failure::Refused(reply)) => {
            let sentence = format!("{server} does not say what it can (\"{}\").", reply.text);
            Err(Error::new(ErrorKind::Protocol, sentence))
        }
    }
}

fn log_in<'a>(
    account: &Account<'a>,
    client: Client<Shared<'a>>,
    wire: &Shared<'a>,
    capabilities: &[String],
) -> Result<Session<Shared<'a>>, Error> {
    let server = transport::server(account);
    let can = |capability: &str| capabilities.iter().any(|word| word == capability);
    let (ask, token) = match account.login {
        Login::Password(ask) => (ask, false),
        Login::Token(ask) => (ask, true),
    };
    let secret = ask().map_err(|sentence| Error::new(ErrorKind::Secret, sentence))?;
    let user = &*account.user;
    if let Some(sign) = user.chars().chain(secret.chars()).find(|c| matches!(c, '\0' | '\r' | '\n')) {
        let sentence = format!(
            "The user or the secret for {server} has a {} in it, which no login can hold. Check the user of the feed and \
             what its password comes from.",
            if sign == '\0' { "NUL" } else { "line break" }
        );
        return Err(Error::new(ErrorKind::Secret, sentence));
    }
    if token && !can("AUTH=XOAUTH2") {
        let sentence = format!(
            "{server} takes no tokens (it does not offer XOAUTH2). Use `password_command` or its like instead of \
             `token_command`."
        );
        return Err(Error::new(ErrorKind::Login, sentence));
    }
    if !token && can("LOGINDISABLED") && !can("AUTH=PLAIN") {
        let sentence = format!(
            "{server} accepts no password here (LOGINDISABLED). Use `tls = \"implicit\"` or \"starttls\", or \
             `token_command` if it wants tokens."
        );
        return Err(Error::new(ErrorKind::Login, sentence));
    }
    // A client that was refused comes back with the error; nobody tries twice on the same connection.
    let act = || {
        if token {
            let words = format!("user={user}\u{1}auth=Bearer {secret}\u{1}\u{1}");
            client.authenticate("XOAUTH2", &Once::new(words)).map_err(|(error, _)| error)
        } else if can("AUTH=PLAIN") && (can("LOGINDISABLED") || !user.is_ascii() || !secret.is_ascii()) {
            // RFC 4616; LOGIN has no way for letters beyond ASCII.
            let words = format!("\0{user}\0{secret}");
            client.authenticate("PLAIN", &Once::new(words)).map_err(|(error, _)| error)
        } else {
            client.login(user, &secret).map_err(|(error, _)| error)
        }
    };
    guarded(wire, &server, account.timeout, "logging in", SMALL, act).map_err(|failure| match failure {
        Failure::Broken(error) => error,
        Failure::Refused(reply) => refused(account, &server, &reply),
    })
}

/// What a NO to the login means (RFC 5530).
fn refused(account: &Account<'_>, server: &str, reply: &Reply) -> Error {
    if reply.code != "AUTHENTICATIONFAILED" && reply.is_temporary() {
        return transport::busy(account, &reply.text);
    }
    let user = super::error::shown(&account.user);
    let what = match (&*reply.code, account.login) {
        ("EXPIRED", _) => "The secret has expired; set a new one",
        ("PRIVACYREQUIRED", _) => "It wants TLS: use `tls = \"implicit\"` or \"starttls\"",
        ("CONTACTADMIN", _) => "Ask whoever runs it to unlock the account",
        ("AUTHORIZATIONFAILED", _) => {
            "The secret is right, and the account may not do this; ask whoever runs it"
        }
        (_, Login::Token(_)) => {
            "Check the user, what `token_command` prints, and that the token is meant for IMAP"
        }
        (_, Login::Password(_)) => {
            "Check the user and what its password comes from; many providers want a password made for programs, or a token"
        }
    };
    let text = &reply.text;
    Error::new(ErrorKind::Login, format!("{server} does not let {user} in (\"{text}\"). {what}."))
}

/// Says its words to the first challenge and nothing to the next: a server that does not like a token explains that
/// in a challenge, and says NO only after an empty answer.
struct Once(RefCell<String>);

impl Once {
    fn new(words: String) -> Once {
        Once(RefCell::new(words))
    }
}

impl Authenticator for Once {
    type Response = String;

    fn process(&self, _: &[u8]) -> String {
        self.0.take()
    }
}
