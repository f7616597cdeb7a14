//! Addresses that are named as contacts and must not be written to: placeholders, our own, those that asked to be
//! told no more, and those that the attacker himself may read. Asks nobody.

use crate::enrich::lists::registrable;
use crate::model::{Contact, ContactKind, ContactSource, ContactState, contact_address};
use std::collections::HashMap;
use url::{Host, Url};

/// What registries and their customers write where an address should be (PROTOCOLS §2.1.6).
const PLACEHOLDERS: &[&str] = &[
    "redacted",
    "not disclosed",
    "notdisclosed",
    "please query",
    "select contact",
    "withheld for privacy",
    "data protected",
    "unread@",
];
/// Local parts behind which nobody reads.
const NOBODY: &[&str] = &["nobody", "none", "null", "removed", "devnull", "dev-null"];
/// The registries: they hand out addresses and run hardly any of them.
const REGISTRIES: &[&str] = &["ripe.net", "apnic.net", "arin.net", "lacnic.net", "afrinic.net", "iana.org"];
/// Names of documentation that can be registered by nobody (RFC 2606 §3).
const DOCUMENTATION: &[&str] = &["example.com", "example.net", "example.org"];
/// Top-level names that lead nowhere (RFC 6761); `.example` is left to demonstrations and tests.
const NOWHERE: &[&str] = &["invalid", "localhost", "local", "arpa"];

/// What a person and earlier mail have said about contact addresses.
#[derive(Debug, Clone, Default)]
pub struct Refusals {
    /// What is known about addresses, in their normal form ([`contact_address`]).
    pub states: HashMap<String, ContactState>,
    /// Our domains; whatever is below them is ours, too.
    pub own_domains: Vec<String>,
    /// Our addresses, in their normal form.
    pub own_addresses: Vec<String>,
    /// Documentation names are good: a demonstration or a test runs.
    pub documentation: bool,
}

impl Refusals {
    /// The contact in its normal form, or why it is not used.
    ///
    /// Of an address in a rule of the user's own it is not asked whose it is: he may well send to a desk of his own
    /// house what comes from the house's customers. `host` is the confirmed name of what is reported.
    pub(super) fn check(
        &self,
        written: &str,
        host: Option<&str>,
        source: ContactSource,
    ) -> Result<(ContactKind, String), String> {
        let lower = written.to_lowercase();
        if let Some(placeholder) = PLACEHOLDERS.iter().find(|placeholder| lower.contains(*placeholder)) {
            return Err(format!("it is a placeholder ('{}')", placeholder.trim_matches('@')));
        }
        let (kind, address) = contact_address(written).ok_or("it is no mail address")?;
        if kind == ContactKind::Form {
            return self.state(&address).map(|()| (kind, address));
        }
        let (local, domain) = address.rsplit_once('@').unwrap_or_default();
        if NOBODY.contains(&local) {
            return Err(format!("it is a placeholder: nobody reads {local}@"));
        }
        if !domain.contains('.') {
            return Err("its domain has no dot".to_owned());
        }
        if NOWHERE.iter().any(|top| domain.rsplit('.').next() == Some(*top)) {
            return Err("its domain leads nowhere (RFC 6761)".to_owned());
        }
        if source != ContactSource::Own {
            self.check_owner(&address, domain, host)?;
        }
        self.state(&address).map(|()| (kind, address))
    }

    /// Why an address that a registry names is not used.
    pub fn refuse(&self, written: &str) -> Option<String> {
        self.check(written, None, ContactSource::Rdap).err()
    }

    /// Whose the address is.
    fn check_owner(&self, address: &str, domain: &str, host: Option<&str>) -> Result<(), String> {
        if !self.documentation && DOCUMENTATION.iter().any(|name| is_under(domain, name)) {
            return Err("its domain is for documentation (RFC 2606)".to_owned());
        }
        if self.own_addresses.iter().any(|own| own == address)
            || self.own_domains.iter().any(|own| is_under(domain, own))
        {
            return Err("it is our own".to_owned());
        }
        if let Some(registry) = REGISTRIES.iter().find(|registry| is_under(domain, registry))
            && !host.is_some_and(|host| is_under(host, registry))
        {
            return Err(format!("{registry} is a registry and does not run this network"));
        }
        Ok(())
    }

    fn state(&self, address: &str) -> Result<(), String> {
        match self.states.get(address) {
            None | Some(ContactState::Usable) => Ok(()),
            Some(ContactState::OptedOut) => Err("it asked to be told no more (RFC 6650 §5.1)".to_owned()),
            Some(ContactState::Dead) => Err("mail to it came back for good".to_owned()),
        }
    }
}

/// Why the contact must not be told about a mail that names these domains and hosts in From, MAIL FROM, Reply-To or
/// URLs: whoever sent it may read there. `None`: it may.
pub fn refuse_for_mail(contact: &Contact, domains: &[String]) -> Option<String> {
    let theirs = match contact.kind {
        ContactKind::Mail => contact.address.rsplit_once('@').map(|(_, domain)| domain.to_owned()),
        ContactKind::Form => {
            Url::parse(&contact.address).ok().and_then(|url| url.host_str().map(str::to_owned))
        }
    };
    let theirs = somebody(&theirs?)?;
    let same = domains.iter().find(|domain| somebody(domain).as_ref() == Some(&theirs))?;
    Some(format!(
        "the mail itself names {same}: whoever sent it may read what is written to {}",
        contact.address
    ))
}

/// Whose a host is: its registrable domain; a bare suffix and an address stand for themselves.
fn somebody(host: &str) -> Option<String> {
    let host = host.trim();
    registrable(host).or_else(|| Some(Host::parse(host.trim_end_matches('.')).ok()?.to_string()))
}

/// The name is the domain or below it; both in lower case and in ASCII.
pub(super) fn is_under(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals() -> Refusals {
        Refusals {
            states: HashMap::from([
                ("stop@isp.example".to_owned(), ContactState::OptedOut),
                ("gone@isp.example".to_owned(), ContactState::Dead),
                ("fine@isp.example".to_owned(), ContactState::Usable),
                ("https://isp.example/stop".to_owned(), ContactState::OptedOut),
            ]),
            own_domains: vec!["ours.example".to_owned()],
            own_addresses: vec!["desk@elsewhere.example".to_owned()],
            documentation: false,
        }
    }

    #[test]
    fn every_kind_of_useless_address_is_refused_with_its_reason() {
        for (written, reason) in [
            ("REDACTED FOR PRIVACY", "placeholder"),
            ("data.redacted@isp.example", "placeholder"),
            ("Please query the RDDS service", "placeholder"),
            ("select contact domain holder at nic.example", "placeholder"),
            ("not disclosed", "placeholder"),
            ("nobody@isp.example", "placeholder"),
            ("none", "no mail address"),
            ("root@localhost", "no dot"),
            ("removed@lacnic.net", "placeholder"),
            ("hostmaster@lacnic.net", "registry"),
            ("abuse@db.ripe.net", "registry"),
            ("abuse@example.com", "documentation"),
            ("abuse@mail.example.org", "documentation"),
            ("abuse@isp.invalid", "nowhere"),
            ("stop@isp.example", "told no more"),
            ("STOP@ISP.example", "told no more"),
            ("gone@isp.example", "came back"),
            ("https://isp.example/stop", "told no more"),
            ("http://isp.example/form", "no mail address"),
            ("me@mx.ours.example", "our own"),
            ("desk@elsewhere.example", "our own"),
            ("a@b@192.0.2.1", "no mail address"),
            ("abuse@192.0.2.1", "no mail address"),
            ("abuse@isp.example\r\nBcc: victim@isp.example", "no mail address"),
            ("abuse@isp..example", "no mail address"),
            ("", "no mail address"),
        ] {
            let got = refusals().check(written, None, ContactSource::Abusix);
            assert!(got.as_ref().is_err_and(|why| why.contains(reason)), "{written}: {got:?}");
        }
    }

    #[test]
    fn good_addresses_come_out_in_one_form() {
        for (written, want) in [
            (" Abuse@ISP.Example ", "abuse@isp.example"),
            ("\"noc@isp.example\"", "noc@isp.example"),
            ("MAILTO:abuse@isp.example", "abuse@isp.example"),
            ("<abuse@bücher.example>", "abuse@xn--bcher-kva.example"),
            ("fine@isp.example", "fine@isp.example"),
            ("notours@notours.example", "notours@notours.example"),
        ] {
            assert_eq!(
                refusals().check(written, None, ContactSource::Abusix),
                Ok((ContactKind::Mail, want.to_owned()))
            );
        }
        let form = refusals().check("https://isp.example/abuse?x=1", None, ContactSource::Abusix);
        assert_eq!(form, Ok((ContactKind::Form, "https://isp.example/abuse?x=1".to_owned())));
    }

    #[test]
    fn a_registry_is_told_about_its_own_hosts_and_a_demonstration_may_use_documentation() {
        assert!(refusals().check("abuse@ripe.net", Some("mail.ripe.net"), ContactSource::Abusix).is_ok());
        for host in [None, Some("mail.isp.example"), Some("notripe.net")] {
            assert!(refusals().check("abuse@ripe.net", host, ContactSource::Abusix).is_err(), "{host:?}");
        }
        let demo = Refusals { documentation: true, ..refusals() };
        assert!(demo.check("abuse@example.com", None, ContactSource::Abusix).is_ok());
    }

    #[test]
    fn a_contact_in_a_domain_that_the_mail_itself_names_is_refused() {
        let contact = |kind, address: &str| Contact {
            kind,
            address: address.to_owned(),
            source: ContactSource::Abusix,
            at: 0,
        };
        let mail = contact(ContactKind::Mail, "abuse@noc.bad.co.uk");
        let form = contact(ContactKind::Form, "https://www.bad.co.uk/form");
        for (domains, refused) in [
            (vec!["bad.co.uk"], true),
            (vec!["a.example", "WWW.Bad.Co.UK."], true),
            (vec!["other.co.uk"], false),
            (vec!["co.uk"], false),
            (vec!["notbad.co.uk"], false),
            (vec![], false),
        ] {
            let domains: Vec<String> = domains.into_iter().map(str::to_owned).collect();
            assert_eq!(refuse_for_mail(&mail, &domains).is_some(), refused, "{domains:?}");
            assert_eq!(refuse_for_mail(&form, &domains).is_some(), refused, "{domains:?}");
        }
    }
}
