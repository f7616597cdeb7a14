//! Who took part in a reported mail: those to hide, and the sending side, which is the evidence. Knows no bytes of
//! the result.

use super::{Redaction, message};
use crate::arf::address::is_under;
use crate::model::{FeedKind, Own, Report};
use crate::text::refang;
use crate::text::url::{host, normal_host};
use std::net::IpAddr;

/// The parties of a mail.
#[derive(Debug, Clone, Default)]
pub struct Parties {
    /// Recipients: those the report states, those the mail's headers name, and in spamtrap evidence every address of
    /// our own domains.
    pub recipients: Vec<String>,
    /// Hosts of ours.
    own_hosts: Vec<String>,
    /// Hosts of the sending side. The sender chooses what stands in To: it must not take his own traces away.
    visible_hosts: Vec<String>,
    source: Option<IpAddr>,
    spamtrap: bool,
}

impl Parties {
    /// The parties of a stored report, or of the mail reported in it.
    pub fn of(raw: &[u8], report: &Report, feed: FeedKind, own: &Own) -> Parties {
        let spamtrap = feed == FeedKind::Spamtrap;
        let raw = &*message::as_read(raw);
        let named = message::recipients(raw, report.source_ip, &own.trusted_hosts);
        let mut recipients = report.original_rcpt_to.clone();
        recipients.extend(named.envelope);
        let mut known: Vec<String> = recipients.iter().filter_map(|r| domain(r)).collect();
        recipients.extend(named.headers);
        let mut own_hosts = own.trusted_hosts.clone();
        if spamtrap {
            known.extend(own.domains.iter().cloned());
            own_hosts.extend(own.authserv_ids.iter().cloned());
            let mut ours = message::addresses_at(raw, &own.domains);
            ours.retain(|address| Some(address) != report.from.as_ref());
            recipients.extend(ours);
        }
        own_hosts.extend(named.hosts);
        let senders = [&report.from, &report.reply_to, &report.original_mail_from, &report.message_id];
        let senders = senders.into_iter().flatten().filter_map(|address| domain(address));
        let urls = report.urls.iter().chain(&report.reported_uris).filter_map(|u| host(&refang(u)));
        let mut visible_hosts: Vec<String> =
            senders.chain(urls).filter(|host| !known.iter().any(|domain| is_under(host, domain))).collect();
        visible_hosts.sort_unstable();
        visible_hosts.dedup();
        own_hosts.retain(|host| !visible_hosts.iter().any(|visible| visible.eq_ignore_ascii_case(host)));
        Parties { recipients, own_hosts, visible_hosts, source: report.source_ip, spamtrap }
    }

    /// How they are hidden with this key. `public_text` is printed anyway.
    pub fn redaction<'a>(&'a self, key: &'a [u8], public_text: &'a str) -> Redaction<'a> {
        Redaction {
            key,
            spamtrap: self.spamtrap,
            own_hosts: &self.own_hosts,
            visible_hosts: &self.visible_hosts,
            source: self.source,
            off: false,
            public_text,
        }
    }
}

fn domain(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    normal_host(domain.trim_end_matches('>'))
}
