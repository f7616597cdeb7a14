//! `trace URL`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use crate::enrich::trace::{Hop, Reason};
use crate::export::page::Page;
use crate::export::table::Style;
use crate::export::{json, prose};
use crate::jobs::enrich::Means;
use crate::jobs::lookup::{Subject, WARNING, trace};
use crate::model::Finding;
use crate::text::{defang, showable};
use serde::Serialize;
use std::cell::RefCell;
use std::io::{self, BufRead, IsTerminal, Write};
use std::net::IpAddr;

/// `trace`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Follows Location, Refresh and meta refresh, at most ten hops; runs nothing, sends no cookies, and never goes to a \
private or reserved address. Whoever runs the hosts learns that somebody looks, so it asks first; [http] proxy in the \
configuration makes it look from elsewhere. A URL that a service wrapped is taken out of it without asking that service.

Examples:
  lafayette trace hxxps://bad[.]example/login
  lafayette trace https://bad.example/login --yes --json")]
pub struct Args {
    /// The URL, defanged or not
    #[arg(value_name = "URL")]
    url: String,
    /// Do not ask whether the hosts may learn of it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    output: JsonArgs,
}

/// Follows it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let url = match Subject::parse(&args.url).map_err(Failure::Usage)? {
        Subject::Url(url) => {
            if !url.wrapped_by.is_empty() {
                let services = url.wrapped_by.join(", ");
                session.say(&format!(
                    "Taken out of what {services} had wrapped: {}",
                    showable(&defang(&url.url))
                ));
            }
            url.url
        }
        Subject::Host(name) => format!("http://{name}/"),
        Subject::Address(IpAddr::V4(ip)) => format!("http://{ip}/"),
        Subject::Address(IpAddr::V6(ip)) => format!("http://[{ip}]/"),
        Subject::Network(_) | Subject::Asn(_) => {
            return Err(Failure::usage(format!("'{}' is no URL that could be followed.", args.url)));
        }
    };
    let config = session.config()?;
    let store = session.store(&config)?;
    let means = Means::open(&config, &store).map_err(Failure::usage)?;
    if means.offline().is_none() {
        agreed(args.yes, session)?;
    }
    let cancel = session.cancel()?;
    let written: RefCell<(usize, io::Result<()>)> = RefCell::new((0, Ok(())));
    // A line as soon as it is known: the next host may take its time.
    let made = |hop: &Hop| {
        let (number, result) = &mut *written.borrow_mut();
        *number += 1;
        if !args.output.json && result.is_ok() {
            *result = write_hop(session, *number, hop);
        }
    };
    let traced = trace(&store, &config, &means, &url, &cancel, &made)?;
    let (number, result) = written.into_inner();
    result?;
    let mut out = session.out();
    if args.output.json {
        let hops = traced.hops.iter().map(HopLine::of).collect();
        json::write_line(&mut out, &TraceLine { url: &url, hops, end: &traced.end })?;
    } else {
        if number > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", showable(&prose(&traced.end)))?;
    }
    out.flush()?;
    if cancel.is_cancelled() { Err(Failure::Interrupted) } else { Ok(Outcome::Done) }
}

/// Somebody knows what a trace tells to whom, and wants it.
fn agreed(yes: bool, session: &Session) -> Result<(), Failure> {
    if yes {
        session.say(WARNING);
        return Ok(());
    }
    let mut err = io::stderr();
    if !io::stdin().is_terminal() || !err.is_terminal() {
        return Err(Failure::usage(format!("{WARNING} Say --yes if that is wanted.")));
    }
    write!(err, "{WARNING}\nFollow it? [y/N] ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::failed(format!("the answer cannot be read: {error}")))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::failed("nobody was asked")),
    }
}

fn write_hop(session: &Session, number: usize, hop: &Hop) -> io::Result<()> {
    let mut out = session.out();
    if number > 1 {
        writeln!(out)?;
    }
    let mut page = Page::new(&mut out, session.look());
    let status = hop.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    page.heading(&format!("Hop {number}: {status}"));
    page.line("URL", &defang(&hop.url))?;
    page.line("Because", reason(hop.reason))?;
    for (index, (ip, origin)) in hop.addresses.iter().enumerate() {
        let origin = match origin.as_ref().map(|fact| &fact.finding) {
            Some(Finding::Yes(origin)) => {
                format!("AS{} {}", origin.asn, origin.as_name.as_deref().unwrap_or_default())
            }
            Some(Finding::No) => "nobody announces it".to_owned(),
            Some(Finding::Unknown(why)) => format!("AS not known: {why}"),
            None => "AS not asked".to_owned(),
        };
        page.line(if index == 0 { "Addresses" } else { "" }, &format!("{ip}  {origin}"))?;
    }
    for list in &hop.lists {
        let name = format!("{} ({})", list.list, list.letter);
        match &list.fact.finding {
            Finding::Yes(codes) => {
                let codes: Vec<String> = codes
                    .iter()
                    .map(|code| format!("{} {}", code.name, code.meaning).trim().to_owned())
                    .collect();
                page.marked_line('!', &name, &codes.join("; "), Style::Red)?;
            }
            Finding::No => page.marked_line('-', &name, "not listed", Style::Plain)?,
            Finding::Unknown(why) => page.marked_line('?', &name, why, Style::Bold)?,
        }
    }
    if let Some(milliseconds) = hop.milliseconds {
        page.line("Time", &format!("{milliseconds} ms"))?;
    }
    out.flush()
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Asked => "it was asked for",
        Reason::Location => "the header Location of the hop before",
        Reason::Refresh => "the header Refresh of the hop before",
        Reason::Meta => "a meta refresh in the page before",
    }
}

#[derive(Serialize)]
struct TraceLine<'t> {
    url: &'t str,
    hops: Vec<HopLine<'t>>,
    end: &'t str,
}

#[derive(Serialize)]
struct HopLine<'t> {
    url: &'t str,
    reason: Reason,
    status: Option<u16>,
    addresses: Vec<AddressLine<'t>>,
    /// What lists name it: `dbl:phish`.
    listed: Vec<String>,
    /// The lists that did not answer.
    lists_unknown: Vec<&'t str>,
    milliseconds: Option<u64>,
}

#[derive(Serialize)]
struct AddressLine<'t> {
    ip: IpAddr,
    asn: Option<u32>,
    as_name: Option<&'t str>,
}

impl<'t> HopLine<'t> {
    fn of(hop: &'t Hop) -> HopLine<'t> {
        let address = |(ip, origin): &'t (IpAddr, Option<crate::model::Fact<crate::model::Origin>>)| {
            let origin = origin.as_ref().and_then(|fact| fact.yes());
            AddressLine {
                ip: *ip,
                asn: origin.map(|origin| origin.asn),
                as_name: origin.and_then(|origin| origin.as_name.as_deref()),
            }
        };
        let unknown = hop.lists.iter().filter(|list| !list.fact.finding.is_known());
        HopLine {
            url: &hop.url,
            reason: hop.reason,
            status: hop.status,
            addresses: hop.addresses.iter().map(address).collect(),
            listed: crate::model::Listing::of(&hop.lists).into_iter().map(|listing| listing.name).collect(),
            lists_unknown: unknown.map(|list| list.list.as_str()).collect(),
            milliseconds: hop.milliseconds,
        }
    }
}
