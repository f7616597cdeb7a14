//! `report QUERY|--id ID… [--to ADDR] [--dry-run] [--out DIR]`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::QueryArgs;
use super::session::Session;
use crate::arf::compose::{
    Candidate, Composed, Destination, Evidence, Flood, ReportText, Sender, Stamp, compose, floods,
};
use crate::arf::lint::{Outside, Severity, lint};
use crate::arf::read::reported_mail;
use crate::config::{Config, redaction_key, values};
use crate::dispatch::folder::Folder;
use crate::export::json;
use crate::model::clock::{self, Seconds};
use crate::model::{Record, ReportId, Status};
use crate::store::Store;
use crate::text::{counted, showable};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

/// Specimens of one flood that are tried; when so many of it must not go out, the others are no better.
const MAX_SPECIMENS: usize = 3;

/// `report`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Writes abuse reports and sends nothing. `[report] from` of the configuration is their sender. Mails of one source and
pattern within a day become one report, unless `[report] one_per_mail` says otherwise.

Examples:
  lafayette report is:marked --dry-run
  lafayette report --id 4711 --to abuse@example.net --out outgoing
  lafayette report is:marked --to abuse@example.net --out outgoing")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Reports by number, instead of a query
    #[arg(long = "id", value_name = "ID", num_args = 1.., value_parser = values::report, conflicts_with = "words")]
    pub ids: Vec<ReportId>,
    /// The abuse desk's address; otherwise the contact that was found for each source
    #[arg(long, value_name = "ADDR", value_parser = values::mail_address)]
    pub to: Option<String>,
    /// Only tell what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// The folder for the messages
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    pub out: Option<PathBuf>,
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

/// The sender of abuse reports, without whom none is written.
pub fn sender(config: &Config) -> Result<&str, Failure> {
    config.report.from.as_deref().ok_or_else(|| {
        Failure::usage(
            "no abuse report is written without a sender: set `from = \"abuse-desk@example.com\"` under [report] in \
             the configuration; `lafayette config path` tells where that is",
        )
    })
}

/// The text of reports: the user's, or the built-in one.
pub fn text(config: &Config) -> Result<ReportText, Failure> {
    let Some(path) = &config.report.text else { return Ok(ReportText::default()) };
    let wrong = |why: String| Failure::usage(format!("key 'report.text': {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    ReportText::parse(&text).map_err(|error| wrong(error.to_string()))
}

/// The domains in which we write: `own.domains`, and that of `report.from`.
pub fn own_domains(config: &Config) -> Vec<String> {
    let of_sender =
        config.report.from.as_deref().and_then(|from| from.rsplit_once('@')).map(|(_, domain)| domain);
    config.own.domains.iter().cloned().chain(of_sender.map(str::to_owned)).collect()
}

/// Writes them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let query = args.query()?;
    let config = session.config()?;
    let from = sender(&config)?;
    let text = text(&config)?;
    let store = session.store_to_read(&config)?;
    let ids = session.selected(&store, &query)?;
    let key = redaction_key(&config.redaction_key_file)?;
    let folder = match args.out.as_ref().filter(|_| !args.dry_run) {
        Some(path) => Some(Folder::open(path).map_err(|error| Failure::failed(error.to_string()))?),
        None => None,
    };
    let sender = Sender {
        from,
        name: config.report.name.as_deref(),
        reporting_mta: config.report.reporting_mta.as_deref(),
        own: &config.own,
        treat_as_public: &config.treat_as_public,
        redaction_key: &key,
        text: &text,
    };
    let mut desk =
        Desk { config: &config, store: &store, sender, folder, now: clock::now(), answer: Answer::default() };
    desk.report(&ids, args.to.as_deref())?;
    let Answer { written, refused } = desk.answer;
    answer(session, args.output, &written, &refused)?;
    match (written.len(), refused.len()) {
        (0, 0) => Err(Failure::failed(format!("no report matches {query}, so nothing was written"))),
        (0, _) => Err(Failure::failed("none of them may be reported; nothing was written")),
        (_, 0) => Ok(Outcome::Done),
        _ => Ok(Outcome::Partly),
    }
}

/// An abuse report that was composed, and stands in a file unless this is a dry run.
struct Written {
    id: ReportId,
    to: String,
    path: Option<PathBuf>,
    incidents: u32,
    composed: Composed,
}

#[derive(Default)]
struct Answer {
    written: Vec<Written>,
    refused: Vec<(ReportId, String)>,
}

struct Desk<'d> {
    config: &'d Config,
    store: &'d Store,
    sender: Sender<'d>,
    folder: Option<Folder>,
    now: Seconds,
    answer: Answer,
}

impl Desk<'_> {
    /// Sorts the mails into reports and writes each.
    fn report(&mut self, ids: &[ReportId], to: Option<&str>) -> Result<(), Failure> {
        let mut candidates: HashMap<ReportId, (Candidate, String)> = HashMap::new();
        for id in ids {
            let Some(record) = self.store.record(*id)? else {
                self.refuse(*id, "it is not there any more");
                continue;
            };
            match recipient(&record, to) {
                Ok(to) => {
                    let form = self.config.report.form(&to);
                    let candidate = Candidate::of(&record, &to, form, &self.sender, self.now);
                    candidates.insert(*id, (candidate, to));
                }
                Err(why) => self.refuse(*id, &why),
            }
        }
        let chosen = ids.iter().filter_map(|id| candidates.get(id)).map(|(candidate, _)| candidate.clone());
        let matters = match self.config.report.one_per_mail {
            true => chosen.flat_map(|candidate| floods(vec![candidate])).collect(),
            false => floods(chosen.collect()),
        };
        for matter in matters {
            self.report_one(matter, &candidates)?;
        }
        Ok(())
    }

    /// Writes the report about one matter. Where its specimen must not go out the next best is tried.
    fn report_one(
        &mut self,
        mut matter: Flood,
        candidates: &HashMap<ReportId, (Candidate, String)>,
    ) -> Result<(), Failure> {
        for _ in 0..MAX_SPECIMENS {
            let id = matter.specimen;
            let to = candidates.get(&id).map_or("", |(_, to)| to);
            match self.compose(&matter, to)? {
                Ok(composed) => {
                    let path = match &self.folder {
                        Some(folder) => Some(
                            folder
                                .write(self.now, id, to, &composed.bytes)
                                .map_err(|error| Failure::failed(error.to_string()))?,
                        ),
                        None => None,
                    };
                    let to = to.to_owned();
                    self.answer.written.push(Written { id, to, path, incidents: matter.incidents, composed });
                    return Ok(());
                }
                Err(why) => self.refuse(id, &why),
            }
            let others = matter.covered.iter().filter_map(|id| candidates.get(id)).map(|(c, _)| c.clone());
            let Some(next) = floods(others.collect()).into_iter().next() else { return Ok(()) };
            matter = next;
        }
        let why = format!("it is like others that must not be reported, such as {}", matter.specimen);
        self.refuse(matter.specimen, "it is like others that must not be reported");
        matter.covered.iter().for_each(|id| self.refuse(*id, &why));
        Ok(())
    }

    /// Composes one, or says why it must not go out.
    fn compose(&self, matter: &Flood, to: &str) -> Result<Result<Composed, String>, Failure> {
        let id = matter.specimen;
        let (Some(record), Some(raw)) = (self.store.record(id)?, self.store.raw(id)?) else {
            return Ok(Err("it is not there any more".to_owned()));
        };
        let Some(reported_mail) = reported_mail(&raw, record.feed_kind) else {
            return Ok(Err("the reported mail is missing in it, so there is no evidence to send".to_owned()));
        };
        let evidence = Evidence { record: &record, reported_mail: &reported_mail, flood: Some(matter) };
        let destination = Destination { to, form: self.config.report.form(to) };
        let stamp = Stamp { now: self.now, token: &token()? };
        let composed = match compose(&evidence, &self.sender, &destination, &stamp) {
            Ok(composed) => composed,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let domains = own_domains(self.config);
        let outside = Outside {
            now: Some(self.now),
            domains: &domains,
            form: Some(destination.form),
            by_timer: Some(false),
            ..Outside::default()
        };
        let findings = lint(&composed.bytes, &outside).findings;
        match findings.into_iter().find(|finding| finding.severity == Severity::Error) {
            Some(finding) => Ok(Err(format!("its own check holds it back: {finding}"))),
            None => Ok(Ok(composed)),
        }
    }

    fn refuse(&mut self, id: ReportId, why: &str) {
        self.answer.refused.push((id, why.to_owned()));
    }
}

/// To whom this goes: as told, else to the best contact of its source.
fn recipient(record: &Record, told: Option<&str>) -> Result<String, String> {
    if record.status != Status::Report {
        return Err(format!("it is no report: {}", record.status_reason));
    }
    if let Some(to) = told {
        return Ok(to.to_owned());
    }
    let by_mail = record.contacts.iter().find(|contact| contact.contains('@') && !contact.contains("://"));
    match (by_mail, record.contacts.first()) {
        (Some(to), _) => Ok(to.clone()),
        (None, Some(form)) => Err(format!("its desk takes reports by a form only: {form}")),
        (None, None) => Err("no abuse contact of its source is known: `lafayette enrich` looks for one, \
             `lafayette contacts set` or --to names one"
            .to_owned()),
    }
}

/// 128 random bits in hexadecimal.
fn token() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::failed(format!("the system gives no random numbers for a Message-ID: {error}"))
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn answer(
    session: &Session,
    output: JsonArgs,
    written: &[Written],
    refused: &[(ReportId, String)],
) -> Result<(), Failure> {
    let mut out = session.out();
    for report in written {
        let Composed { report_type, covers, warnings, .. } = &report.composed;
        if output.json {
            let line = serde_json::json!({
                "id": report.id, "file": report.path, "to": report.to, "type": report_type.name(),
                "covers": covers, "incidents": report.incidents, "warnings": warnings,
            });
            json::write_line(&mut out, &line)?;
            continue;
        }
        match &report.path {
            Some(path) => writeln!(out, "{}", path.display())?,
            None => writeln!(out, "report {} to {}: {report_type}", report.id, showable(&report.to))?,
        }
        if covers.len() > 1 {
            let mails = counted(covers.len() as u64, "mail");
            writeln!(out, "    stands for {mails}: {}", numbers(covers))?;
        }
        warnings.iter().try_for_each(|warning| writeln!(out, "    warning: {}", showable(warning)))?;
    }
    if output.json {
        for (id, why) in refused {
            json::write_line(&mut out, &serde_json::json!({ "id": id, "refused": why }))?;
        }
    }
    out.flush()?;
    if !output.json {
        refused.iter().for_each(|(id, why)| session.complain(&format!("report {id} was not written: {why}")));
    }
    Ok(())
}

/// The first of them.
fn numbers(ids: &[ReportId]) -> String {
    const SHOWN: usize = 10;
    let mut shown: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
    if ids.len() > SHOWN {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
