//! The report around a reported mail, in the dialect of its reporter; and the messages that are no report.

use super::facts::Facts;
use super::mail::{in_base64, literal, put};
use super::random::Random;
use super::world::{DESK, Dialect, OWN_SERVER, Reporter};
use crate::model::clock::{rfc3339, rfc5322};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// What a report says beyond its facts.
pub struct Wording {
    pub reporter: Reporter,
    /// Authentication-Results of the report without the authserv-id.
    pub results: Option<String>,
    /// The Delivery-Result.
    pub delivery_result: &'static str,
    /// The Identity-Alignment.
    pub alignment: &'static str,
    /// Our own server could not authenticate the reporter.
    pub forged: bool,
    /// Everything behind the first part got lost.
    pub cut: bool,
}

/// The whole message.
pub fn write(facts: &Facts, wording: &Wording, head: &str, body: &str, random: &mut Random) -> Vec<u8> {
    let Reporter { host, dialect, .. } = wording.reporter;
    let mark =
        format!("{}{}", if dialect == Dialect::Plain { "----=_Part_" } else { "=_" }, random.token(18));
    let mut out = String::with_capacity(head.len() + body.len() + 3000);
    let subject = if facts.subject.is_ascii() { &facts.subject } else { "report about a forged mail" };
    envelope(&mut out, host, wording.forged, &format!("FW: {subject}"), facts.arrival + 40, random);
    let kind = if dialect == Dialect::EncodedMixed {
        "multipart/mixed"
    } else {
        "multipart/report; report-type=feedback-report"
    };
    put(&mut out, format_args!("Content-Type: {kind};\n\tboundary=\"{mark}\"\n\n"));
    let source = facts.source_ip.map(|ip| ip.to_string()).unwrap_or_default();
    put(
        &mut out,
        format_args!(
            "--{mark}\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\n\
         This is an email {} report for an email message received from IP\n{source} on {}.\n\n",
            if facts.auth_failure.is_some() { "authentication failure" } else { "abuse" },
            rfc5322(facts.arrival),
        ),
    );
    if wording.cut {
        return out.into_bytes();
    }
    let fields = fields(facts, wording, random);
    match dialect {
        Dialect::EncodedMixed => put(
            &mut out,
            format_args!(
                "--{mark}\nContent-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\
             Content-Disposition: attachment; filename=\"ATT00001\"\n\n{}\n\
             --{mark}\nContent-Type: text/plain; charset=us-ascii\n\nThe mail follows.\n\n",
                in_base64(fields.as_bytes()),
            ),
        ),
        Dialect::LowerCase => put(
            &mut out,
            format_args!("--{mark}\nContent-Type: message/feedback-report\n\n{}\n", fields.trim_end()),
        ),
        _ => put(&mut out, format_args!("--{mark}\nContent-Type: message/feedback-report\n\n{fields}\n")),
    }
    match dialect {
        _ if facts.headers_only => {
            put(&mut out, format_args!("--{mark}\nContent-Type: text/rfc822-headers\n\n{head}\n"))
        }
        Dialect::EncodedMail => put(
            &mut out,
            format_args!(
                "--{mark}\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{}\n",
                in_base64(format!("{head}\n{body}").as_bytes()),
            ),
        ),
        _ => put(
            &mut out,
            format_args!(
                "--{mark}\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n{head}\n{body}\n",
            ),
        ),
    }
    put(&mut out, format_args!("--{mark}--\n"));
    if dialect == Dialect::CommentedSource {
        out = out.replace('\n', "\r\n");
    }
    out.into_bytes()
}

/// The headers that our own server and the reporter wrote, up to and without Content-Type.
fn envelope(out: &mut String, host: &str, forged: bool, subject: &str, at: i64, random: &mut Random) {
    let verdict = if forged { "fail" } else { "pass" };
    put(
        out,
        format_args!(
            "Return-Path: <>\n\
         Authentication-Results: {OWN_SERVER}; spf={verdict} smtp.helo={host};\n\tdmarc={verdict} header.from={host}\n\
         Received: from {host} ({host} [240.250.0.{}])\n\tby {OWN_SERVER} (Postfix) with ESMTPS id {}\n\
         \tfor <{DESK}>; {}\n\
         From: \"Abuse reports\" <noreply-arf@{host}>\nTo: <{DESK}>\nSubject: {subject}\nDate: {}\n\
         Message-ID: <arf.{}@{host}>\nMIME-Version: 1.0\nAuto-Submitted: auto-generated\n",
            1 + random.below(250),
            random.token(10).to_uppercase(),
            rfc5322(at),
            rfc5322(at),
            random.token(16),
        ),
    );
}

fn fields(facts: &Facts, wording: &Wording, random: &mut Random) -> String {
    let Reporter { host, agent, dialect, hides, .. } = wording.reporter;
    let version = if dialect == Dialect::Terse { "1.0" } else { "1" };
    let mut first = vec![
        format!("Feedback-Type: {}", facts.feedback_type),
        format!("User-Agent: {agent}"),
        format!("Version: {version}"),
    ];
    let mut rest = vec![format!("Arrival-Date: {}", rfc5322(facts.arrival))];
    if let Some(sender) = &facts.original_mail_from {
        let bare = !sender.is_empty() && random.per_mille(600);
        rest.push(if bare {
            format!("Original-Mail-From: {sender}")
        } else {
            format!("Original-Mail-From: <{sender}>")
        });
    }
    rest.extend(facts.original_rcpt_to.iter().map(|to| format!("Original-Rcpt-To: <{to}>")));
    rest.extend(facts.reported_domains.iter().map(|domain| format!("Reported-Domain: {domain}")));
    if let Some(ip) = facts.source_ip {
        rest.push(match dialect {
            Dialect::CommentedSource => format!("Source-IP: {ip} (host{}.pool.test)", random.below(250)),
            Dialect::Plain => format!("Source-IP: {}", literal(ip)),
            _ => format!("Source-IP: {ip}"),
        });
    }
    rest.extend(facts.source_port.map(|port| format!("Source-Port: {port}")));
    if let Some(failure) = facts.auth_failure {
        rest.push(format!("Auth-Failure: {failure}"));
        rest.push(format!("Delivery-Result: {}", wording.delivery_result));
        if dialect == Dialect::Terse {
            rest.push(format!("Message-ID: <{}>", facts.message_id));
        } else {
            rest.push(format!("Identity-Alignment: {}", wording.alignment));
        }
    } else {
        rest.push(format!("Reporting-MTA: dns; {host}"));
        rest.extend(facts.urls.first().filter(|_| !hides).map(|url| format!("Reported-URI: {url}")));
        rest.push(format!("Incidents: {}", facts.incidents));
    }
    if let Some(results) = &wording.results {
        let server = if dialect == Dialect::Terse { String::new() } else { format!("{host}; ") };
        rest.push(format!("Authentication-Results: {server}{results}"));
    }
    for at in (1..rest.len()).rev() {
        rest.swap(at, random.index(at + 1));
    }
    first.extend(rest);
    if dialect == Dialect::LowerCase {
        for field in &mut first {
            let name = field.find(':').unwrap_or(0);
            field[..name].make_ascii_lowercase();
        }
    }
    first.join("\n") + "\n"
}

/// A DMARC aggregate report (RFC 9990): no abuse report.
pub fn aggregate(domain: &str, at: i64, random: &mut Random) -> Vec<u8> {
    let host = "mx.mailhost.example.net";
    let id = random.token(12);
    let mut out = String::new();
    let subject = format!("Report domain: {domain} Submitter: mailhost.example.net Report-ID: <{id}>");
    envelope(&mut out, host, false, &subject, at, random);
    let xml = format!(
        "<?xml version=\"1.0\"?>\n<feedback><report_metadata><org_name>Mailhost</org_name>\
         <email>noreply-arf@{host}</email><report_id>{id}</report_id><date_range><begin>{}</begin><end>{at}</end>\
         </date_range></report_metadata><policy_published><domain>{domain}</domain><p>reject</p></policy_published>\
         <record><row><source_ip>240.2.7.9</source_ip><count>12</count></row></record></feedback>\n",
        at - 86_400,
    );
    let mut packer = GzEncoder::new(vec![], Compression::default());
    // Writing to memory cannot fail.
    let packed = packer.write_all(xml.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default();
    put(
        &mut out,
        format_args!(
            "Content-Type: application/gzip; name=\"mailhost.example.net!{domain}!{at}.xml.gz\"\n\
         Content-Disposition: attachment; filename=\"mailhost.example.net!{domain}!{at}.xml.gz\"\n\
         Content-Transfer-Encoding: base64\n\n{}",
            in_base64(&packed),
        ),
    );
    out.into_bytes()
}

/// A newsletter that somebody subscribed the desk to: no report either.
pub fn newsletter(at: i64, random: &mut Random) -> Vec<u8> {
    let mut out = String::new();
    let host = "news.kiosk24.example";
    put(
        &mut out,
        format_args!(
            "Return-Path: <bounce@{host}>\nReceived: from {host} ({host} [240.1.0.20])\n\tby {OWN_SERVER} (Postfix) with \
         ESMTPS id {}\n\tfor <{DESK}>; {}\nFrom: \"Kiosk24 weekly\" <weekly@{host}>\nTo: <{DESK}>\n\
         Subject: This week in security: patches, papers, people\nDate: {}\nMessage-ID: <{}@{host}>\n\
         MIME-Version: 1.0\nList-Unsubscribe: <mailto:leave@{host}>\nContent-Type: text/plain; charset=utf-8\n\n\
         Good morning,\n\nthese are the stories of the week that ended on {}.\n\nTo leave, answer with STOP.\n",
            random.token(10).to_uppercase(),
            rfc5322(at),
            rfc5322(at),
            random.token(14),
            rfc3339(at),
        ),
    );
    out.into_bytes()
}
