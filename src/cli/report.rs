//! `report QUERY|--id ID… [--to ADDR] [--dry-run] [--out DIR] [--approve N]`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::QueryArgs;
use super::sending;
use super::session::{Session, Unit};
use crate::config::{Config, values};
use crate::dispatch::folder::Folder;
use crate::export::json;
use crate::jobs::report::{self, Letter, Order, Passed, Plan, PlanError, Planner, Standing, Wishes};
use crate::model::{Held, OutgoingId, OutgoingKind, OutgoingState, ReportId, clock};
use crate::store::{Store, sha256};
use crate::text::{counted, showable};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// `report`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Composes abuse reports to those who answer for the sources, checks them by 18 rules, and holds
them in the outbox: a person approves them there, or with --approve right away. `[report] from` of
the configuration is their sender. Mails of one source and pattern within a day become one report,
unless `[report] one_per_mail` says otherwise.

Examples:
  lafayette report is:marked --dry-run
  lafayette report is:marked --approve 12
  lafayette report --id 4711 --to abuse@example.net --out outgoing")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Reports by number, instead of a query
    #[arg(long = "id", value_name = "ID", num_args = 1.., value_parser = values::report, conflicts_with = "words")]
    pub ids: Vec<ReportId>,
    /// The abuse desk's address; otherwise the contacts that were found for each source
    #[arg(long, value_name = "ADDR", value_parser = values::mail_address)]
    pub to: Option<String>,
    /// Only tell what would go out
    #[arg(long)]
    pub dry_run: bool,
    /// Only write the messages into this folder: nothing is held, and nothing counts as reported
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub out: Option<PathBuf>,
    /// Let exactly so many go, or none: what may be approved together, or one by itself
    #[arg(long, value_name = "N", conflicts_with_all = ["dry_run", "out"])]
    pub approve: Option<usize>,
    /// Why all the same, where a rule asks for a reason or a desk was told before
    #[arg(long, value_name = "TEXT", value_parser = values::line)]
    pub reason: Option<String>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

impl Args {
    /// The query's text, of numbers too. One of both is needed: nobody reports everything.
    pub fn query(&self) -> Result<String, Failure> {
        let numbers: Vec<String> = self.ids.iter().map(ToString::to_string).collect();
        let query = if numbers.is_empty() { self.query.text() } else { format!("id:{}", numbers.join(",")) };
        if query.trim().is_empty() {
            return Err(Failure::usage("say which reports: a QUERY, or --id ID"));
        }
        Ok(query)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        match error {
            PlanError::NoSender | PlanError::Text(..) => Failure::usage(error.to_string()),
            PlanError::Cancelled => Failure::Interrupted,
            PlanError::Store(error) => error.into(),
            PlanError::Key(_) | PlanError::Random(_) | PlanError::TooMany(_) => {
                Failure::failed(error.to_string())
            }
        }
    }
}

/// The domains in which we write: `own.domains`, and that of `report.from`.
pub fn own_domains(config: &Config) -> Vec<String> {
    let of_sender =
        config.report.from.as_deref().and_then(|from| from.rsplit_once('@')).map(|(_, domain)| domain);
    config.own.domains.iter().cloned().chain(of_sender.map(str::to_owned)).collect()
}

/// Composes them, and does with them what was asked for.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let query = args.query()?;
    let config = session.config()?;
    if config.report.from.is_none() {
        return Err(PlanError::NoSender.into());
    }
    let only_looks = args.dry_run || args.out.is_some();
    let store = session.store_to_read(&config)?;
    if !only_looks && !store.may_write() {
        return Err(Failure::failed(
            "with --read-only nothing is held and nothing is sent; --dry-run tells what would be",
        ));
    }
    let planner = Planner::new(&config, &store)?;
    if args.approve.is_some() {
        sending::may_approve(session, &config)?;
    }
    let ids = session.selected(&store, &query)?;
    if ids.is_empty() {
        return Err(Failure::failed(format!("no report matches {query}, so nothing was written")));
    }
    let reasons = args.reason.iter().flat_map(|why| ids.iter().map(move |id| (*id, why.clone()))).collect();
    let wishes = Wishes { reasons, ..Wishes::default() };
    let order = Order { ids, to: args.to.clone(), wishes };
    let cancel = session.cancel()?;
    let bar = session.progress(0, Unit::Things);
    planner.find_contacts(&order, &cancel, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    let plan = planner.plan(&order, None, &cancel, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let plan = plan?;
    let mut done = Done::default();
    match (&args.out, args.approve) {
        _ if args.dry_run => {}
        (Some(folder), _) => {
            done.write(&plan, &Folder::open(folder).map_err(|e| Failure::failed(e.to_string()))?)?
        }
        (None, None) => done.hold(&store, &plan, session, |letter| letter.standing == Standing::Ready)?,
        (None, Some(number)) => done.approve(&store, &config, &plan, session, number)?,
    }
    tell(session, args.output, &plan, &done, &Value::Null)?;
    if args.approve.is_some() {
        sending::after_approval(session, &config, &store, "report")?;
    }
    outcome(&plan)
}

/// Whether something may leave, and nothing else was asked for.
pub fn outcome(plan: &Plan) -> Result<Outcome, Failure> {
    let ready = plan.letters.iter().filter(|letter| letter.standing == Standing::Ready).count();
    match (ready, plan.letters.len() - ready + plan.passed.len()) {
        (0, _) => Err(Failure::failed("none of them may be reported; nothing was written")),
        (_, 0) => Ok(Outcome::Done),
        _ => Ok(Outcome::Partly),
    }
}

/// What was done with the letters, by their place in the plan.
#[derive(Default)]
pub struct Done {
    files: HashMap<usize, PathBuf>,
    rows: HashMap<usize, (OutgoingId, OutgoingState)>,
}

impl Done {
    /// Writes them into a folder.
    pub fn write(&mut self, plan: &Plan, folder: &Folder) -> Result<(), Failure> {
        for (place, letter) in plan.letters.iter().enumerate() {
            let by_mail = matches!(letter.kind, OutgoingKind::Report | OutgoingKind::Copy);
            if letter.standing == Standing::Ready && by_mail {
                let id = letter.specimen().unwrap_or_default();
                let path = folder
                    .write(clock::now(), id, &letter.to, &letter.bytes)
                    .map_err(|error| Failure::failed(error.to_string()))?;
                self.files.insert(place, path);
            }
        }
        Ok(())
    }

    /// Holds those letters, and says in which rows they stand.
    pub fn hold(
        &mut self,
        store: &Store,
        plan: &Plan,
        session: &Session,
        which: impl Fn(&Letter) -> bool,
    ) -> Result<(), Failure> {
        let (places, letters): (Vec<usize>, Vec<Arc<Letter>>) = plan
            .letters
            .iter()
            .enumerate()
            .filter(|(_, letter)| which(letter))
            .map(|(place, letter)| (place, Arc::clone(letter)))
            .unzip();
        for (place, held) in places.into_iter().zip(report::hold(store, &letters, &session.login())?) {
            let row = match held {
                Held::New(id) => (id, OutgoingState::Held),
                Held::Already { id, state, .. } => (id, state),
            };
            self.rows.insert(place, row);
        }
        Ok(())
    }

    /// Lets exactly so many go, or none.
    pub fn approve(
        &mut self,
        store: &Store,
        config: &Config,
        plan: &Plan,
        session: &Session,
        number: usize,
    ) -> Result<(), Failure> {
        let ready: Vec<&Arc<Letter>> = plan
            .letters
            .iter()
            .filter(|letter| letter.is_ready() && letter.kind != OutgoingKind::Form)
            .collect();
        let ticked = plan.letters.iter().filter(|letter| letter.is_ticked()).count();
        // One by itself was looked at by itself.
        let is_single = number == 1 && ready.len() == 1;
        if !is_single && ticked != number {
            let others = plan.letters.len() - ticked;
            return Err(Failure::failed(format!(
                "--approve {number} lets exactly so many go, and {} may be approved together ({}); nothing was held or \
                 approved. --dry-run tells which, and why",
                counted(ticked as u64, "message"),
                counted(others as u64, "other"),
            )));
        }
        let goes = |letter: &Letter| match is_single {
            true => letter.is_ready() && letter.kind != OutgoingKind::Form,
            false => letter.is_ticked(),
        };
        self.hold(store, plan, session, goes)?;
        let mut what = vec![];
        for (place, (id, _)) in &self.rows {
            let Some(letter) = plan.letters.get(*place) else { continue };
            what.push((*id, sha256(&letter.bytes)));
        }
        report::approve(store, config, &what, &session.login()).map_err(|error| {
            Failure::failed(format!(
                "{error}; what was composed is held in the outbox and nothing was approved"
            ))
        })?;
        self.rows.values_mut().for_each(|(_, state)| *state = OutgoingState::Approved);
        Ok(())
    }
}

/// Says what became of each letter: what is ready as the answer, what is not beside it. `more` stands in every line of
/// JSON.
pub fn tell(
    session: &Session,
    output: JsonArgs,
    plan: &Plan,
    done: &Done,
    more: &Value,
) -> Result<(), Failure> {
    let with_more = |mut line: Value| {
        if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
            line.extend(more.clone());
        }
        line
    };
    let mut out = session.out();
    for (place, letter) in plan.letters.iter().enumerate() {
        match (&letter.standing, output.json) {
            (_, true) => json::write_line(&mut out, &with_more(line(letter, done, place)))?,
            (Standing::Ready, false) => tell_ready(&mut out, letter, done, place)?,
            _ => {}
        }
    }
    if output.json {
        for Passed { id, source, why, .. } in &plan.passed {
            json::write_line(&mut out, &with_more(json!({ "id": id, "source": source, "refused": why })))?;
        }
    }
    out.flush()?;
    if output.json {
        return Ok(());
    }
    for letter in &plan.letters {
        let name = named(letter.specimen(), letter.source);
        match &letter.standing {
            Standing::Ready => {}
            Standing::Blocked(concern) => {
                session.complain(&format!("{name} to {} was not written: {}", letter.to, concern.text));
            }
            Standing::Told { id: row, state, at } => session.complain(&format!(
                "{name} to {} was not written: row {row} of the outbox told it, {state} since {} UTC{}",
                letter.to,
                clock::rfc3339(*at),
                if letter.wants_reason.is_some() { "; --reason TEXT tells it again" } else { "" }
            )),
        }
    }
    for passed in &plan.passed {
        session.complain(&format!("{} was not written: {}", named(passed.id, passed.source), passed.why));
    }
    Ok(())
}

/// `report 4711`; without a number the source tells one from another.
fn named(id: Option<ReportId>, source: Option<IpAddr>) -> String {
    match (id, source) {
        (Some(id), _) => format!("report {id}"),
        (None, Some(source)) => format!("the report about {source}"),
        (None, None) => "the report".to_owned(),
    }
}

fn tell_ready(out: &mut impl Write, letter: &Letter, done: &Done, place: usize) -> Result<(), Failure> {
    let name = named(letter.specimen(), letter.source);
    let to = showable(&letter.to);
    match (done.files.get(&place), done.rows.get(&place)) {
        (Some(path), _) => writeln!(out, "{}", path.display())?,
        (None, Some((row, state))) => {
            writeln!(out, "row {row}, {state}: {name} to {to}: {}", letter.report_type)?;
        }
        (None, None) => writeln!(out, "{name} to {to}: {}", letter.report_type)?,
    }
    match letter.kind {
        OutgoingKind::Copy => writeln!(out, "    a copy for a feed")?,
        OutgoingKind::Form => writeln!(out, "    text for a form: `lafayette outbox show` prints it")?,
        OutgoingKind::Report | OutgoingKind::Submission => {}
    }
    if letter.mails.len() > 1 {
        let mails = counted(letter.mails.len() as u64, "mail");
        writeln!(out, "    stands for {mails}: {}", numbers(letter))?;
    }
    if let Some(why) = letter.singly.as_ref() {
        writeln!(out, "    to be approved by itself: {}", showable(why))?;
    } else if let Some(why) = letter.unticked.as_ref() {
        writeln!(out, "    not approved together with others: {}", showable(why))?;
    }
    if let Some(why) = letter.wants_reason.as_ref().filter(|_| letter.reason.is_none()) {
        writeln!(out, "    wants a --reason: {}", showable(why))?;
    }
    for concern in &letter.concerns {
        writeln!(out, "    warning: {}", showable(&concern.text))?;
    }
    Ok(())
}

fn line(letter: &Letter, done: &Done, place: usize) -> Value {
    let id = letter.specimen();
    match &letter.standing {
        Standing::Blocked(concern) => {
            json!({ "id": id, "source": letter.source, "to": letter.to, "refused": concern.text })
        }
        Standing::Told { id: row, state, at } => json!({
            "id": id, "source": letter.source, "to": letter.to, "refused": format!("row {row} of the outbox told it"), "outgoing": row,
            "state": state, "at": clock::rfc3339(*at), "wants_reason": letter.wants_reason,
        }),
        Standing::Ready => {
            let row = done.rows.get(&place);
            let covers: Vec<ReportId> = letter.mails.iter().filter_map(|mail| mail.report).collect();
            let warnings: Vec<&str> = letter.concerns.iter().map(|concern| concern.text.as_str()).collect();
            json!({
                "id": id, "source": letter.source, "kind": letter.kind, "file": done.files.get(&place), "to": letter.to,
                "type": letter.report_type, "covers": covers, "incidents": letter.incidents, "warnings": warnings,
                "ticked": letter.is_ticked(), "unticked": letter.unticked, "singly": letter.singly,
                "wants_reason": letter.wants_reason, "outgoing": row.map(|row| row.0), "state": row.map(|row| row.1),
            })
        }
    }
}

/// The first of them.
fn numbers(letter: &Letter) -> String {
    const SHOWN: usize = 10;
    let all = letter.mails.iter().filter_map(|mail| mail.report);
    let mut shown: Vec<String> = all.take(SHOWN).map(|id| id.to_string()).collect();
    if letter.mails.len() > SHOWN {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
