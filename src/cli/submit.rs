//! `submit QUERY|--url URL… --feed NAME… [--cut] [--dry-run] [--approve N]`

use super::failure::{Failure, Outcome};
use super::open::stopped;
use super::output::JsonArgs;
use super::selection::QueryArgs;
use super::sending;
use super::session::{Session, Unit};
use crate::config::values;
use crate::export::json;
use crate::index::{Cancel, Part};
use crate::jobs::submit::{self, AlreadyThere, Blocked, FoundUrl, Order, Parcel, Plan, PlanError, Planner};
use crate::jobs::{Finder, report};
use crate::model::{Dictionary, Held, OutgoingId, OutgoingState, clock};
use crate::query::Field;
use crate::store::{Store, sha256};
use crate::text::{counted, defang, showable};
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// `submit`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Feeds are those of [[url_feed]] in the configuration. What is composed is held in the outbox, and \
leaves when a person approved it there, or with --approve right away. URLs of own domains and of \
[export] allowed_domains are never submitted; neither are those in which a recipient stands, unless \
--cut takes that away.

Examples:
  lafayette submit since:2d url:*mail.htm --feed netcraft --dry-run
  lafayette submit --url http://evil.example/login --feed netcraft,spamhaus --approve 2")]
pub struct Args {
    /// URLs of which reports; of url: and host: in it only those that match.
    #[command(flatten)]
    pub query: QueryArgs,
    /// This URL, instead of a query
    #[arg(long = "url", value_name = "URL", num_args = 1.., value_parser = values::line, conflicts_with = "words")]
    pub urls: Vec<String>,
    /// To this feed; may be given several times
    #[arg(long = "feed", value_name = "NAME", required = true, value_delimiter = ',', value_parser = values::name)]
    pub feeds: Vec<String>,
    /// Cut a URL in which a recipient stands down to what names nobody, instead of leaving it out
    #[arg(long)]
    pub cut: bool,
    /// Only tell what would go out
    #[arg(long)]
    pub dry_run: bool,
    /// Let exactly so many submissions go, or none
    #[arg(long, value_name = "N", conflicts_with = "dry_run")]
    pub approve: Option<usize>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        match error {
            PlanError::NoFeeds | PlanError::NoSuchFeed(..) => Failure::usage(error.to_string()),
            PlanError::Cancelled => Failure::Interrupted,
            PlanError::Store(error) => error.into(),
            PlanError::TooMany(_) | PlanError::Mail(_) => Failure::failed(error.to_string()),
        }
    }
}

/// Plans them, and does with them what was asked for.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let store = session.store_to_read(&config)?;
    if !args.dry_run && !store.may_write() {
        return Err(Failure::failed(
            "with --read-only nothing is held and nothing is submitted; --dry-run tells what would be",
        ));
    }
    let planner = Planner::new(&config, &store, &args.feeds)?;
    if args.approve.is_some() {
        sending::may_approve(session, &config)?;
    }
    let urls = urls(args, session, &store)?;
    if urls.is_empty() {
        return Err(Failure::failed("these reports have no URLs, so nothing was written"));
    }
    let order = Order { urls, feeds: args.feeds.clone(), cut: args.cut };
    let cancel = session.cancel()?;
    let bar = session.progress(0, Unit::Things);
    let plan = planner.plan(&order, &cancel, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let mut plan = plan?;
    if let Some(number) = args.approve {
        plan.parcels = to_approve(plan.parcels, number)?;
    }
    let by = session.login();
    let mut rows: Vec<Option<(OutgoingId, OutgoingState)>> = vec![None; plan.parcels.len()];
    if !args.dry_run {
        let held = submit::hold(&store, &plan.parcels, &by)?;
        for (row, held) in rows.iter_mut().zip(held) {
            *row = Some(match held {
                Held::New(id) => (id, OutgoingState::Held),
                Held::Already { id, state, .. } => (id, state),
            });
        }
    }
    if args.approve.is_some() {
        let what: Vec<(OutgoingId, [u8; 32])> = rows
            .iter()
            .zip(&plan.parcels)
            .filter_map(|(row, parcel)| Some((row.as_ref()?.0, sha256(&parcel.bytes))))
            .collect();
        report::approve(&store, &config, &what, &by).map_err(|error| {
            Failure::failed(format!(
                "{error}; what was composed is held in the outbox and nothing was approved"
            ))
        })?;
        rows.iter_mut().flatten().for_each(|(_, state)| *state = OutgoingState::Approved);
    }
    tell(session, args.output, &plan, &rows)?;
    let sent = match args.approve {
        Some(_) => sending::after_approval(session, &config, &store, "submit")?,
        None => Outcome::Done,
    };
    match (plan.parcels.is_empty(), plan.blocked.is_empty() && plan.already.is_empty()) {
        (true, _) => Err(Failure::failed("none of them may be submitted; nothing was written")),
        (false, true) => Ok(sent),
        (false, false) => Ok(Outcome::Partly),
    }
}

/// Exactly so many: those that may be approved together, or one by itself.
fn to_approve(parcels: Vec<Arc<Parcel>>, number: usize) -> Result<Vec<Arc<Parcel>>, Failure> {
    if let ([_], 1) = (parcels.as_slice(), number) {
        return Ok(parcels);
    }
    let all = parcels.len();
    let together: Vec<Arc<Parcel>> = parcels.into_iter().filter(|parcel| parcel.singly.is_none()).collect();
    if together.len() == number {
        return Ok(together);
    }
    let others = all - together.len();
    Err(Failure::failed(format!(
        "--approve {number} lets exactly so many go, and {} may be approved together ({}); nothing was held or \
         approved. --dry-run tells which, and why",
        counted(together.len() as u64, "submission"),
        counted(others as u64, "other"),
    )))
}

/// Those that were named, or those of the reports that the query finds.
fn urls(args: &Args, session: &Session, store: &Store) -> Result<Vec<FoundUrl>, Failure> {
    let text = args.query.text();
    if args.urls.is_empty() && text.trim().is_empty() {
        return Err(Failure::usage("say which URLs: a QUERY, or --url URL"));
    }
    let mut finder = Finder::for_command(store, [Part::Urls]);
    let found = session.find(&mut finder, &text)?;
    let mut texts = args.urls.clone();
    if texts.is_empty() {
        let only = found.filter.wanted_terms(&[Field::Url, Field::Host]);
        for url in finder.index().urls(&found.selection, only, &Cancel::never()).map_err(stopped)? {
            texts.extend(store.entry(Dictionary::Url, url.entry)?);
        }
    }
    if texts.len() > submit::MOST_URLS {
        return Err(PlanError::TooMany(texts.len()).into());
    }
    submit::found(store, finder.index(), texts)?.map_err(stopped)
}

fn tell(
    session: &Session,
    output: JsonArgs,
    plan: &Plan,
    rows: &[Option<(OutgoingId, OutgoingState)>],
) -> Result<(), Failure> {
    let mut out = session.out();
    for (parcel, row) in plan.parcels.iter().zip(rows) {
        if output.json {
            json::write_line(&mut out, &line(parcel, *row))?;
        } else {
            tell_parcel(&mut out, parcel, *row)?;
        }
    }
    if output.json {
        for Blocked { url, why, cut } in &plan.blocked {
            json::write_line(&mut out, &json!({ "url": url, "refused": why, "cut": cut }))?;
        }
        for AlreadyThere { url, feed, id, state, at } in &plan.already {
            let at = clock::rfc3339(*at);
            let line = json!({ "url": url, "feed": feed, "already": id, "state": state, "at": at });
            json::write_line(&mut out, &line)?;
        }
    }
    out.flush()?;
    if output.json {
        return Ok(());
    }
    for Blocked { url, why, .. } in &plan.blocked {
        session.complain(&format!("{} is not submitted: {}", defang(url), defanged(why)));
    }
    for AlreadyThere { url, feed, id, state, at } in &plan.already {
        session.complain(&format!(
            "{} is not submitted to {feed}: row {id} of the outbox did, {state} since {} UTC",
            defang(url),
            clock::rfc3339(*at)
        ));
    }
    let could_be_cut = plan.could_be_cut();
    if could_be_cut > 0 {
        session
            .say(&format!("{} could be submitted cut down: with --cut", counted(could_be_cut as u64, "URL")));
    }
    Ok(())
}

/// A sentence in which a URL may stand.
fn defanged(text: &str) -> String {
    let word = |word: &str| if word.contains("://") { defang(word) } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn tell_parcel(
    out: &mut impl Write,
    parcel: &Arc<Parcel>,
    row: Option<(OutgoingId, OutgoingState)>,
) -> Result<(), Failure> {
    const SHOWN: usize = 10;
    let urls = parcel.distinct();
    let row = row.map_or_else(String::new, |(id, state)| format!("row {id}, {state}: "));
    let count = counted(urls.len() as u64, "URL");
    writeln!(out, "{row}{count} to {} ({})", parcel.feed, showable(&defang(&parcel.target)))?;
    for url in urls.iter().take(SHOWN) {
        writeln!(out, "    {}", showable(&defang(url)))?;
    }
    if urls.len() > SHOWN {
        writeln!(out, "    … and {} more", urls.len() - SHOWN)?;
    }
    for warning in &parcel.warnings {
        writeln!(out, "    warning: {}", showable(warning))?;
    }
    if let Some(why) = &parcel.singly {
        writeln!(out, "    to be approved by itself: {}", showable(why))?;
    }
    Ok(())
}

fn line(parcel: &Parcel, row: Option<(OutgoingId, OutgoingState)>) -> serde_json::Value {
    json!({
        "feed": parcel.feed, "kind": parcel.kind, "target": parcel.target, "urls": parcel.distinct(),
        "warnings": parcel.warnings, "singly": parcel.singly, "outgoing": row.map(|row| row.0), "state": row.map(|row| row.1),
    })
}
