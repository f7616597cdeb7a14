//! `lookup IP|NETWORK|DOMAIN|URL|AS…`, and how what is known is written.

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use crate::export::page::Page;
use crate::export::table::Style;
use crate::export::{json, prose, thousands};
use crate::jobs::enrich::Means;
use crate::jobs::lookup::{self, Known, Line, Order, SharedReports, Standing, Subject, Topic, look_up};
use crate::model::clock::Seconds;
use crate::text::defang;
use std::io::{self, Write};

/// `lookup`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Defanged text is understood as well (hxxp, [.]), and a URL that a service wrapped is taken out of it. What is kept and \
not over its time is not asked again. The host of a URL is looked up, which its name servers notice; it is not visited.

Before a line: ! a block list names it, ~ for what its network is for (no evidence), - asked and not there, \
? not known, x named and not used, . not asked.

Examples:
  lafayette lookup 192.0.2.1
  lafayette lookup hxxps://bad[.]example/login
  lafayette lookup AS64500 --json
  lafayette lookup example.com --refresh       ask again what is known")]
pub struct Args {
    /// What to look up: an address, a network, a domain, a URL, or an AS such as AS64500
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// Ask again, whatever is known
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    output: JsonArgs,
}

impl From<lookup::Error> for Failure {
    fn from(error: lookup::Error) -> Failure {
        match error {
            lookup::Error::Find(error) => error.into(),
            lookup::Error::Refused(why) => Failure::Failed(why),
        }
    }
}

/// Looks it up.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let subject = Subject::parse(&args.subject).map_err(Failure::Usage)?;
    let known = find_out(session, subject, args.refresh)?;
    let mut out = session.out();
    if args.output.json {
        json::write_line(&mut out, &known)?;
    } else {
        write(&mut out, &known, session, |_| true)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Everything that is known about a subject.
pub(super) fn find_out(session: &Session, subject: Subject, refresh: bool) -> Result<Known, Failure> {
    let config = session.config()?;
    // Somebody may look something up before the first report comes.
    let store = session.store(&config)?;
    let means = Means::open(&config, &store).map_err(Failure::usage)?;
    let cancel = session.cancel()?;
    let order = Order { subject, refresh };
    Ok(look_up(&store, &config, &means, &order, &cancel, &mut |_| {})?)
}

/// Writes what is known about these topics, and the reports that share the subject.
pub(super) fn write(
    out: &mut dyn Write,
    known: &Known,
    session: &Session,
    topics: impl Fn(Topic) -> bool,
) -> io::Result<()> {
    let mut page = Page::new(out, session.look());
    if let Some(why) = &known.offline {
        page.heading("Offline");
        page.line("From before", &format!("{why}; what stands here is what was kept"))?;
    }
    for section in known.sections.iter().filter(|section| topics(section.topic)) {
        page.heading(&section.title);
        for line in &section.lines {
            write_line(&mut page, line, known.at)?;
        }
    }
    page.heading("Reports");
    for reports in &known.reports {
        page.line(&capital(&reports.what), &sentence(reports))?;
    }
    Ok(())
}

fn write_line(page: &mut Page<'_>, line: &Line, now: Seconds) -> io::Result<()> {
    let (mark, style) = match line.standing {
        Standing::Found | Standing::Remark => (' ', Style::Plain),
        Standing::Listed => ('!', Style::Red),
        Standing::Policy => ('~', Style::Plain),
        Standing::Absent => ('-', Style::Plain),
        Standing::Unknown => ('?', Style::Bold),
        Standing::Refused => ('x', Style::Dim),
        Standing::Unasked => ('.', Style::Dim),
    };
    let provenance = line.provenance(now);
    let value = if line.is_link { defang(&line.value).into() } else { prose(&line.value) };
    let value = if provenance.is_empty() { value.into_owned() } else { format!("{value}  [{provenance}]") };
    page.marked_line(mark, &line.name, &value, style)
}

fn sentence(reports: &SharedReports) -> String {
    if reports.count == 0 {
        return format!("none  ({})", query(&reports.query));
    }
    let time = |at: Option<Seconds>| at.map(crate::export::minute).unwrap_or_default();
    format!(
        "{}: {} open, {} reported; first {}, last {} UTC  ({})",
        thousands(reports.count),
        thousands(reports.open),
        thousands(reports.reported),
        time(reports.first),
        time(reports.last),
        query(&reports.query)
    )
}

/// The query with its URL defanged; JSON has it as it is to be typed.
fn query(query: &str) -> String {
    match query.find("://").and_then(|_| query.split_once(':')) {
        Some((field, value)) => {
            let bare = value.trim_start_matches('"');
            let quote = value.get(..value.len() - bare.len()).unwrap_or_default();
            format!("{field}:{quote}{}", defang(bare))
        }
        None => query.to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
