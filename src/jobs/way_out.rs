//! From the configuration to the way by which reports leave, and to the key that signs them. Connects to nobody.

use crate::config::{Config, Credential, Server, Tls, WayOut};
use crate::dispatch::dkim::Signer;
use crate::dispatch::{Way, sendmail, smtp};
use std::sync::Arc;

/// How much longer the answer to a whole message may take than that to a command: ten minutes for the default of one
/// (RFC 5321 §4.5.3.2.6).
const LAST_TIMES_LONGER: u32 = 10;

/// The way out.
///
/// # Errors
/// A sentence: why nothing can be sent, and what to configure.
pub fn way(config: &Config) -> Result<Way, String> {
    match (&config.sending.by, &config.smtp) {
        (Some(WayOut::Smtp), Some(server)) => Ok(Way::Smtp(smtp_server(config, server)?)),
        (Some(WayOut::Sendmail(words)), _) => {
            let timeout = config.sending.timeout;
            Ok(Way::Sendmail(sendmail::Command { words: words.clone(), timeout }))
        }
        (Some(WayOut::Folder(path)), _) => Ok(Way::Folder(path.clone())),
        (Some(WayOut::Smtp) | None, _) => {
            Err("Nothing can be sent: set 'host' in [smtp], or another way with 'by' in [sending]."
                .to_owned())
        }
    }
}

fn smtp_server(config: &Config, server: &Server) -> Result<smtp::Server, String> {
    let Some(hello_name) = config.sending.hello_name.clone() else {
        return Err("Nothing can be sent: set 'from' in [report], or 'hello_name' in [sending].".to_owned());
    };
    let login = server.user.clone().map(|user| {
        let kind = match server.credential {
            Some(Credential::TokenCommand(_)) => smtp::SecretKind::Token,
            _ => smtp::SecretKind::Password,
        };
        let asked = server.clone();
        smtp::Login { user, secret: Arc::new(move || asked.ask_secret()), kind }
    });
    Ok(smtp::Server {
        host: server.host.clone(),
        port: server.port,
        protection: match server.tls {
            Tls::Implicit => smtp::Protection::Implicit,
            Tls::Starttls => smtp::Protection::Starttls,
            Tls::None => smtp::Protection::Plain,
        },
        ca_file: server.ca_file.clone(),
        hello_name,
        login,
        timeout: config.sending.timeout,
        last_timeout: config.sending.timeout.saturating_mul(LAST_TIMES_LONGER),
    })
}

/// The key that signs; `None` where none is configured.
///
/// # Errors
/// A sentence: why it cannot be used.
pub fn signer(config: &Config) -> Result<Option<Signer>, String> {
    let dkim = config.dkim.as_ref();
    dkim.map(|dkim| Signer::open(&dkim.domain, &dkim.selector, &dkim.key_file)).transpose()
}
