//! Whether reports can leave and are believed where they arrive: the way out, tried without sending, and what name
//! servers say about the domain that they come from. Sends nothing, and asks no name server offline.

use super::Check;
use super::look_ups::{Forgetful, sentence};
use crate::arf::address::{is_aligned, is_under};
use crate::config::{Bounces, Config, WayOut};
use crate::dispatch::dkim::Signer;
use crate::dispatch::{Way, sendmail, smtp};
use crate::enrich::dns::{Asker, Data, Question, RecordType, Resolver};
use crate::jobs::{Cancel, way_out};
use crate::model::Finding;
use crate::text::thousands;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

const REPORTS: &str = "reports";
const SENDING: &str = "sending";
const DOMAIN: &str = "sender domain";

/// How often somebody who waits for a server is asked whether they still want to.
const GLANCE: Duration = Duration::from_millis(100);
/// A policy may stand so many domains higher (RFC 9989 §4.10).
const MOST_PARENTS: usize = 8;

pub(super) fn check(config: &Config, cancel: &Cancel, each: &mut dyn FnMut(Check)) {
    each(reports(config));
    if config.sending.by.is_some() {
        each(way(config, cancel));
    }
    if let Some(from) = config.report.from.as_deref().filter(|_| !cancel.is_cancelled()) {
        sender_domain(config, from, cancel, each);
    }
}

fn reports(config: &Config) -> Check {
    let check = |finding: &str| Check::green(REPORTS, "abuse reports", finding);
    match (&config.report.from, &config.sending.by, &config.smtp) {
        (None, _, _) => check("Nobody is named who writes them, so none can be written.")
            .amber("Set 'from' in [report] when you want to report."),
        (Some(from), None, _) => check(&format!("They are written in the name of {from}, to files only."))
            .amber("Set 'host' in [smtp], or 'by' in [sending], when they are to be sent."),
        (Some(from), Some(WayOut::Smtp), Some(server)) => check(&format!(
            "They are written in the name of {from} and sent by {}:{}.",
            server.host, server.port
        )),
        (Some(from), Some(WayOut::Folder(path)), _) => check(&format!(
            "They are written in the name of {from} and laid into {} for somebody to send.",
            path.display()
        )),
        (Some(from), Some(_), _) => {
            check(&format!("They are written in the name of {from} and sent by a command on this machine."))
        }
    }
}

fn way(config: &Config, cancel: &Cancel) -> Check {
    match way_out::way(config) {
        Ok(Way::Smtp(server)) => by_server(server, cancel),
        Ok(Way::Sendmail(command)) => {
            let program = command.words.first().cloned().unwrap_or_default();
            let check = |finding: String| Check::green(SENDING, &program, finding);
            match sendmail::Sendmail::new(command) {
                Ok(_) => {
                    check("It is there and can be run. Whether it can send shows when it does.".to_owned())
                }
                Err(why) => check(why).red("Nothing can be sent until then."),
            }
        }
        Ok(Way::Folder(path)) => {
            let check = |finding: &str| Check::green(SENDING, path.display().to_string(), finding);
            match std::fs::metadata(&path) {
                Ok(about) if about.is_dir() => check("The folder is there."),
                Ok(_) => check("It is no folder.").red("Mend 'folder' in [sending]."),
                Err(_) => check("It does not exist yet.").amber("The first report makes it."),
            }
        }
        Err(why) => Check::green(SENDING, "none", why).red("Nothing can be sent until then."),
    }
}

/// Connects, protects, says hello and logs in, and goes again. On a thread that may be left behind by somebody who does
/// not want to wait.
fn by_server(server: smtp::Server, cancel: &Cancel) -> Check {
    let subject = server.name();
    let protection = server.protection;
    let login = server.login.as_ref().map(|login| login.user.clone());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let _ = sender.send(smtp::examine(&server));
    });
    let check = |finding: String| Check::green(SENDING, &subject, finding);
    let found = loop {
        match receiver.recv_timeout(GLANCE) {
            Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
            Ok(found) => break found,
            Err(_) => return check("It was not waited for.".to_owned()).amber("Run this again."),
        }
    };
    let offers = match found {
        Ok(offers) => offers,
        // The sentences of the connection say what to do as well.
        Err(why) => return check(why).red("Mend [smtp], or the server; nothing can be sent until then."),
    };
    let protected = match protection {
        smtp::Protection::Plain => "without TLS, on this machine",
        smtp::Protection::Implicit | smtp::Protection::Starttls => "over TLS",
    };
    let known = match login {
        Some(user) => format!("lets {user} in"),
        None => "wants no login yet".to_owned(),
    };
    let size =
        offers.size.map_or_else(String::new, |most| format!(" It takes {} bytes at most.", thousands(most)));
    let good = check(format!("It answers {protected} and {known}.{size} Nothing was sent."));
    if offers.eight_bit {
        return good;
    }
    good.amber("It takes no bytes beyond ASCII (no 8BITMIME): reports with such evidence need another server or a zip.")
}

fn sender_domain(config: &Config, from: &str, cancel: &Cancel, each: &mut dyn FnMut(Check)) {
    let domain = from.rsplit_once('@').map_or(from, |(_, domain)| domain);
    if !config.own.domains.iter().any(|own| is_under(domain, own)) {
        let finding =
            "It is not among your own domains, so reports about mail in its name are taken for others'.";
        each(Check::green(DOMAIN, domain, finding).amber("Add it to 'domains' in [own]."));
    }
    let signer = match way_out::signer(config) {
        Ok(signer) => signer,
        Err(why) => {
            each(
                Check::green(DOMAIN, format!("{domain}: DKIM"), why)
                    .red("Mend [dkim]; nothing can be signed until then."),
            );
            None
        }
    };
    let resolver = match Resolver::new(&config.dns) {
        Ok(resolver) => resolver,
        Err(why) => {
            let finding = format!("What is published about it is not known: {}", sentence(&why));
            return each(Check::green(DOMAIN, domain, finding).amber(
                "Run this where name servers can be asked: without SPF or DKIM, and an MX, reports may go unread.",
            ));
        }
    };
    let cancelled = || cancel.is_cancelled();
    let asker = Asker::new(Some(&resolver), &Forgetful, true, &cancelled);
    let look = Look { config, domain, asker: &asker };
    for one in [Look::replies, Look::spf, Look::dmarc] {
        if cancel.is_cancelled() {
            return;
        }
        each(one(&look));
    }
    if config.dkim.is_none() {
        let finding = "Reports are not signed here; that is as it should be where the server signs them.";
        each(Check::green(DOMAIN, format!("{domain}: DKIM"), finding));
    }
    if let Some(signer) = signer {
        each(look.dkim(&signer));
    }
}

/// What name servers say about the domain.
struct Look<'a> {
    config: &'a Config,
    domain: &'a str,
    asker: &'a Asker<'a>,
}

impl Look<'_> {
    fn ask(&self, name: &str, record: RecordType) -> Finding<Vec<Data>> {
        let fact = self.asker.ask(&[Question::new(name, record)]).pop();
        fact.map_or_else(|| Finding::Unknown("nobody was asked".to_owned()), |fact| fact.finding)
    }

    /// The texts of a name that begin with this version, in any letter case.
    fn texts(&self, name: &str, version: &str) -> Finding<Vec<String>> {
        let is_one = |text: &String| {
            let begins = text.get(..version.len()).is_some_and(|word| word.eq_ignore_ascii_case(version));
            begins
                && text
                    .get(version.len()..)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ';']))
        };
        match self.ask(name, RecordType::Txt) {
            Finding::Yes(data) => {
                let texts = data.into_iter().filter_map(|data| match data {
                    Data::Text(text) => Some(text.trim().to_owned()).filter(is_one),
                    _ => None,
                });
                let texts: Vec<String> = texts.collect();
                if texts.is_empty() { Finding::No } else { Finding::Yes(texts) }
            }
            Finding::No => Finding::No,
            Finding::Unknown(why) => Finding::Unknown(why),
        }
    }

    fn unknown(&self, what: &str, why: &str) -> Check {
        let finding = format!("It is not known: {}", sentence(why));
        Check::green(DOMAIN, format!("{}: {what}", self.domain), finding).amber("Run this again later.")
    }

    /// Whether answers of desks, and bounces, find a server.
    fn replies(&self) -> Check {
        let what = "replies";
        let check = |finding: String| Check::green(DOMAIN, format!("{}: {what}", self.domain), finding);
        let remedy = "Publish an MX for it, or set 'from' in [report] to an address that takes mail: desks answer, and ask \
                      for an end of reports, by mail.";
        match self.ask(self.domain, RecordType::Mx) {
            Finding::Yes(data) => {
                let hosts: Vec<&str> = data
                    .iter()
                    .filter_map(|data| match data {
                        Data::Exchange { host, .. } if !host.is_empty() => Some(host.as_str()),
                        _ => None,
                    })
                    .collect();
                match hosts[..] {
                    [] => check("It takes no mail (null MX), so nobody can answer.".to_owned()).red(remedy),
                    _ => check(format!("Answers go to {}.", shown(&hosts.join(", ")))),
                }
            }
            Finding::Unknown(why) => self.unknown(what, &why),
            Finding::No => {
                let mut why = None;
                for record in [RecordType::A, RecordType::Aaaa] {
                    match self.ask(self.domain, record) {
                        Finding::Yes(_) => {
                            return check(
                                "It has no MX, only an address, where mail may or may not be taken."
                                    .to_owned(),
                            )
                            .amber(remedy);
                        }
                        Finding::Unknown(reason) => why = Some(reason),
                        Finding::No => {}
                    }
                }
                match why {
                    Some(why) => self.unknown(what, &why),
                    None => {
                        check("It has neither MX nor address, so nobody can answer.".to_owned()).red(remedy)
                    }
                }
            }
        }
    }

    /// What is published. From where the server sends cannot be seen from here.
    fn spf(&self) -> Check {
        // Of the null sender the name in EHLO is checked (RFC 7208 §2.4).
        let named = match self.config.sending.bounces {
            Bounces::Null => self.config.sending.hello_name.as_deref(),
            Bounces::Verp | Bounces::Sender => None,
        };
        let domain = named.unwrap_or(self.domain);
        let check = |finding: String| Check::green(DOMAIN, format!("{domain}: SPF"), finding);
        match self.texts(domain, "v=spf1") {
            Finding::Yes(records) => match &records[..] {
                [record] => {
                    let all = record.to_ascii_lowercase();
                    let all = all.split_whitespace().rfind(|word| word.ends_with("all"));
                    let check = check(format!(
                        "It publishes \"{}\". Whether the server that reports leave by is in it cannot be seen from here.",
                        shown(record)
                    ));
                    match all {
                        Some("all" | "+all") => {
                            check.amber("It lets everybody send in its name: end it with -all or ~all.")
                        }
                        _ => check,
                    }
                }
                _ => check(format!(
                    "It publishes {} records, of which none counts (RFC 7208 §4.5).",
                    records.len()
                ))
                .red("Leave one of them."),
            },
            Finding::No => check("It publishes none, so that reports look like anybody's.".to_owned()).amber(
                "Publish one that names the server that reports leave by, such as \"v=spf1 mx -all\".",
            ),
            Finding::Unknown(why) => self.unknown("SPF", &why),
        }
    }

    /// The policy of the domain, or of one above it (RFC 9989 §4.10).
    fn dmarc(&self) -> Check {
        let check = |finding: String| Check::green(DOMAIN, format!("{}: DMARC", self.domain), finding);
        let mut at = self.domain;
        for _ in 0..MOST_PARENTS {
            match self.texts(&format!("_dmarc.{at}"), "v=DMARC1") {
                Finding::Yes(records) => {
                    let [record] = &records[..] else {
                        return check(format!(
                            "{at} publishes {} policies, of which none counts.",
                            records.len()
                        ))
                        .red("Leave one of them.");
                    };
                    return check(format!(
                        "{at} publishes \"{}\". Reports keep to it where SPF or DKIM passes for {}.",
                        shown(record),
                        self.domain
                    ));
                }
                Finding::Unknown(why) => return self.unknown("DMARC", &why),
                Finding::No => {}
            }
            match at.split_once('.') {
                Some((_, parent)) if parent.contains('.') => at = parent,
                _ => break,
            }
        }
        check("It publishes no policy, so that anybody may write reports in its name.".to_owned())
            .amber(format!("Publish a TXT record at _dmarc.{}, such as \"v=DMARC1; p=reject\".", self.domain))
    }

    /// Whether the published key is the one that signs.
    fn dkim(&self, signer: &Signer) -> Check {
        let check = |finding: String| Check::green(DOMAIN, format!("{}: DKIM", self.domain), finding);
        let name = signer.name();
        let record = match signer.record() {
            Ok(record) => record,
            Err(why) => return check(why).red("Make a new key."),
        };
        let publish = format!("Publish a TXT record at {name}: {record}");
        if !is_aligned(self.domain, signer.domain()) {
            return check(format!(
                "{} signs, which has nothing to do with the domain of reports.",
                signer.domain()
            ))
            .amber(format!(
                "Set 'domain' in [dkim] to {}, or DMARC takes no notice of the signature.",
                self.domain
            ));
        }
        match self.ask(&name, RecordType::Txt) {
            Finding::Yes(data)
                if data.iter().any(|data| matches!(data, Data::Text(text) if signer.is_in(text))) =>
            {
                check(format!("{name} publishes the key that signs."))
            }
            Finding::Yes(_) => {
                check(format!("{name} publishes another key than the one that signs.")).red(publish)
            }
            Finding::No => {
                check(format!("{name} publishes no key, so that no signature holds.")).red(publish)
            }
            Finding::Unknown(why) => self.unknown("DKIM", &why),
        }
    }
}

/// What a zone says, as part of a sentence; zones say as much as they like.
fn shown(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut out: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
