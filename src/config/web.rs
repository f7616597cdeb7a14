//! `[contacts]` and `[http]`: as written, and checked. Reads nothing.

use super::location::Step::Key;
use super::validate::Check;
use super::values;
use crate::model::{ContactSettings, HttpSettings, is_this_machine};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Longer than ten minutes nobody waits for a page.
const TIMEOUT_SECONDS: RangeInclusive<u32> = 1..=600;

/// `[contacts]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contacts {
    /// Asks Abusix ContactDB.
    pub abusix: bool,
    /// Its DNS zone.
    pub abusix_zone: String,
    /// Asks the registries.
    pub rdap: bool,
    /// Where it is told which registry has which addresses.
    pub rdap_bootstrap: String,
    /// Asks RIPEstat.
    pub ripestat: bool,
    /// Its abuse contact finder.
    pub ripestat_url: String,
    /// Asks abuse.net.
    pub abuse_net: bool,
    /// Takes abuse@ of the domain of the host name.
    pub role: bool,
}

impl Default for Contacts {
    fn default() -> Contacts {
        Contacts {
            abusix: true,
            abusix_zone: "abuse-contacts.abusix.zone".to_owned(),
            rdap: true,
            rdap_bootstrap: "https://data.iana.org/rdap/".to_owned(),
            ripestat: true,
            ripestat_url: "https://stat.ripe.net/data/abuse-contact-finder/data.json".to_owned(),
            abuse_net: false,
            role: false,
        }
    }
}

/// `[http]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// A proxy that speaks CONNECT.
    pub proxy: String,
    /// The time for one request.
    pub timeout_seconds: u32,
    /// Certificates to trust instead of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl Default for Http {
    fn default() -> Http {
        Http { proxy: String::new(), timeout_seconds: 10, ca_file: None }
    }
}

impl Check<'_> {
    pub(super) fn contacts(&mut self, contacts: &Contacts) -> ContactSettings {
        let zone = self.value(&[Key("contacts"), Key("abusix_zone")], &contacts.abusix_zone, values::domain);
        let mut url = |key, text: &str, check: fn(&str) -> Result<Url, String>| {
            self.value(&[Key("contacts"), Key(key)], text, check)
        };
        let rdap = url("rdap_bootstrap", &contacts.rdap_bootstrap, folder);
        let ripestat = url("ripestat_url", &contacts.ripestat_url, service);
        ContactSettings {
            abusix: zone.filter(|_| contacts.abusix),
            rdap: rdap.filter(|_| contacts.rdap),
            ripestat: ripestat.filter(|_| contacts.ripestat),
            abuse_net: contacts.abuse_net,
            role: contacts.role,
        }
    }

    pub(super) fn http(&mut self, http: &Http, treat_as_public: &[IpNet]) -> HttpSettings {
        if !TIMEOUT_SECONDS.contains(&http.timeout_seconds) {
            let (least, most) = (TIMEOUT_SECONDS.start(), TIMEOUT_SECONDS.end());
            self.problem(&[Key("http"), Key("timeout_seconds")], format!("must be {least} to {most}"));
        }
        let given = Some(http.proxy.trim()).filter(|text| !text.is_empty());
        HttpSettings {
            proxy: given.and_then(|text| self.value(&[Key("http"), Key("proxy")], text, proxy)),
            timeout: Duration::from_secs(http.timeout_seconds.into()),
            ca_file: http.ca_file.as_deref().map(|path| self.path(path)),
            treat_as_public: treat_as_public.to_vec(),
        }
    }
}

/// A service that is asked over HTTPS; a mirror on this machine may do without TLS.
fn service(text: &str) -> Result<Url, String> {
    let url =
        Url::parse(text.trim()).map_err(|error| format!("'{}' is no URL ({error})", text.escape_debug()))?;
    let here = url.host().is_some_and(|host| is_this_machine(&host));
    match url.scheme() {
        _ if has_login(&url) => Err("holds a login, and none is sent".to_owned()),
        "https" => Ok(url),
        "http" if here => Ok(url),
        "http" => Err("must begin with https:// (http:// is for this machine only)".to_owned()),
        _ => Err("must begin with https://".to_owned()),
    }
}

/// The same, and paths can be put behind it.
pub(super) fn folder(text: &str) -> Result<Url, String> {
    let mut url = service(text)?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn proxy(text: &str) -> Result<Url, String> {
    let wrong = || "is no proxy; write it like http://proxy.example.com:3128".to_owned();
    let url = Url::parse(text).map_err(|_| wrong())?;
    if has_login(&url) {
        return Err(
            "holds a login, which is not supported; let the proxy know this machine instead".to_owned()
        );
    }
    let bare = url.scheme() == "http" && url.has_host() && url.path() == "/" && url.query().is_none();
    if bare { Ok(url) } else { Err(wrong()) }
}

fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_asked_over_https_and_only_a_mirror_here_without() {
        assert_eq!(
            folder("https://a.example/rdap").map(String::from).as_deref(),
            Ok("https://a.example/rdap/")
        );
        assert!(service("http://127.0.0.1:8080/x").is_ok() && service("http://localhost/x").is_ok());
        for (text, part) in [
            ("http://a.example/", "must begin with https://"),
            ("http://10.0.0.1/", "must begin with https://"),
            ("ftp://a.example/", "must begin with https://"),
            ("https://user:word@a.example/", "login"),
            ("a.example", "no URL"),
            ("", "no URL"),
        ] {
            assert!(service(text).as_ref().is_err_and(|why| why.contains(part)), "{text}");
        }
    }

    #[test]
    fn a_proxy_is_a_host_and_a_port_and_no_login() {
        assert!(proxy("http://10.0.0.1:3128").is_ok() && proxy("http://proxy.example.com/").is_ok());
        for text in [
            "https://a.example",
            "socks5://a.example",
            "a.example:3128",
            "http://a.example/x",
            "http://u:p@a",
        ] {
            let wrong = proxy(text);
            assert!(wrong.as_ref().is_err_and(|why| !why.contains(":p@")), "{text}: {wrong:?}");
        }
    }
}
