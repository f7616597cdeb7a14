//! `urls [QUERY]`

use super::failure::{Failure, Outcome};
use super::open::stopped;
use super::output::PageArgs;
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::urls::{self, UrlFormat, UrlRow};
use crate::index::{Cancel, Part};
use crate::jobs::Finder;
use crate::jobs::enrich::KnownHosts;
use crate::model::Dictionary;
use crate::model::clock::{self, Seconds};
use crate::query::Field;
use crate::text::thousands;
use std::io::Write;

/// `urls`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
The lists name hosts, as they are in the mail: among them may be hosts that serve others as well. \
Look before you block.

Examples:
  lafayette urls since:2d
  lafayette urls since:7d --format plain
  lafayette urls since:30d is:reported --format rpz > /etc/bind/db.rpz")]
pub struct Args {
    /// Of which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: FormatName,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormatName {
    /// For people: fits the terminal, defanged
    Table,
    /// One object a line: exact values
    Json,
    /// For spreadsheets, defanged
    Csv,
    /// One URL a line, as written
    Plain,
    /// One host name a line
    Domains,
    /// A hosts file
    Hosts,
    /// A response policy zone for DNS servers
    Rpz,
    /// Rules for ad blockers
    Adblock,
}

impl Args {
    /// The format asked for.
    pub fn format(&self) -> UrlFormat {
        match self.format {
            _ if self.json => UrlFormat::Json,
            FormatName::Table => UrlFormat::Table,
            FormatName::Json => UrlFormat::Json,
            FormatName::Csv => UrlFormat::Csv,
            FormatName::Plain => UrlFormat::Plain,
            FormatName::Domains => UrlFormat::Domains,
            FormatName::Hosts => UrlFormat::Hosts,
            FormatName::Rpz => UrlFormat::Rpz,
            FormatName::Adblock => UrlFormat::Adblock,
        }
    }
}

/// Lists them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let store = session.store_to_read(&config)?;
    let mut finder = Finder::for_command(&store, [Part::Urls]);
    let found = session.find(&mut finder, &args.query.text())?;
    let only = found.filter.wanted_terms(&[Field::Url, Field::Host]);
    let listed = finder.index().urls(&found.selection, only, &Cancel::never()).map_err(stopped)?;
    let format = args.format();
    let mut hosts = KnownHosts::new(&store);
    let mut rows = vec![];
    for url in args.page.cut(&listed, format == UrlFormat::Table) {
        let Some(text) = store.entry(Dictionary::Url, url.entry)? else { continue };
        rows.push(UrlRow {
            host: if format.shows_hosts() { hosts.of(&text)? } else { None },
            feeds: if format.shows_hosts() { store.url_standings(&text)? } else { vec![] },
            url: text,
            reports: url.reports.into(),
            first: Seconds::from(url.first),
            last: Seconds::from(url.last),
        });
    }
    let found = rows.len();
    if format.is_passed_on() {
        rows = urls::without(rows, &[config.own.domains, config.allowed_domains].concat());
    }
    let answered = answer(args, session, &rows)?;
    say_left_out(session, found - rows.len());
    if format == UrlFormat::Table {
        PageArgs::say_more(session, rows.len(), listed.len());
    }
    Ok(answered)
}

/// A list that is shorter than expected has a reason.
fn say_left_out(session: &Session, left_out: usize) {
    if left_out > 0 {
        let urls = if left_out == 1 { "URL is" } else { "URLs are" };
        session.say(&format!(
            "{} {urls} left out: of your own domains, or of [export] allowed_domains",
            thousands(left_out as u64)
        ));
    }
}

/// Writes them.
pub fn answer(args: &Args, session: &Session, rows: &[UrlRow]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    urls::write(&mut out, rows, args.format(), session.look(), clock::now())?;
    out.flush()?;
    Ok(Outcome::Done)
}
