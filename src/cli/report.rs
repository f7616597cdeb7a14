//! `report QUERY|--id ID… --to ADDR --out DIR`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::QueryArgs;
use super::session::Session;
use crate::arf::compose::{Evidence, Sender, Stamp, compose};
use crate::arf::read::reported_mail;
use crate::config::{Config, redaction_key, values};
use crate::dispatch::folder::Folder;
use crate::export::json;
use crate::model::{Cause, ReportId, Status, clock};
use crate::store::Store;
use crate::text::showable;
use std::io::Write;
use std::path::PathBuf;

/// `report`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Writes one message for each reported mail and sends nothing. `[report] from` of the configuration is its sender.

Examples:
  lafayette report --id 4711 --to abuse@example.net --out outgoing
  lafayette report is:marked --to abuse@example.net --out outgoing")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Reports by number, instead of a query
    #[arg(long = "id", value_name = "ID", num_args = 1.., value_parser = values::report, conflicts_with = "words")]
    pub ids: Vec<ReportId>,
    /// The abuse desk's address
    #[arg(long, value_name = "ADDR", value_parser = values::mail_address)]
    pub to: String,
    /// The folder for the messages
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
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

/// Writes them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let query = args.query()?;
    let config = session.config()?;
    let from = sender(&config)?;
    let store = session.store_to_read(&config)?;
    let ids = session.selected(&store, &query)?;
    let key = redaction_key(&config.redaction_key_file)?;
    let folder = Folder::open(&args.out).map_err(|error| Failure::failed(error.to_string()))?;
    let sender = Sender {
        from,
        name: config.report.name.as_deref(),
        reporting_mta: config.report.reporting_mta.as_deref(),
        own: &config.own,
        treat_as_public: &config.treat_as_public,
        redaction_key: &key,
    };
    let (mut written, mut refused) = (vec![], vec![]);
    for id in &ids {
        match write_one(&store, *id, &sender, &args.to, &folder)? {
            Ok(report) => written.push(report),
            Err(why) => refused.push((*id, why)),
        }
    }
    answer(session, args.output, &written, &refused)?;
    match (written.len(), refused.len()) {
        (0, 0) => Err(Failure::failed(format!("no report matches {query}, so nothing was written"))),
        (0, _) => Err(Failure::failed("none of them may be reported; nothing was written")),
        (_, 0) => Ok(Outcome::Done),
        _ => Ok(Outcome::Partly),
    }
}

/// An abuse report that stands in a file now.
struct Written {
    id: ReportId,
    path: PathBuf,
    warnings: Vec<String>,
}

/// Composes and writes one abuse report, or says why it must not go out.
fn write_one(
    store: &Store,
    id: ReportId,
    sender: &Sender<'_>,
    to: &str,
    folder: &Folder,
) -> Result<Result<Written, String>, Failure> {
    let (Some(record), Some(raw)) = (store.record(id)?, store.raw(id)?) else {
        return Ok(Err("it is not there any more".to_owned()));
    };
    if record.status != Status::Report {
        return Ok(Err(format!("it is no report: {}", record.status_reason)));
    }
    let Some(reported_mail) = reported_mail(&raw, record.feed_kind) else {
        return Ok(Err("the reported mail is missing in it, so there is no evidence to send".to_owned()));
    };
    let evidence = Evidence { record: &record, reported_mail: &reported_mail, headers_only: true };
    let now = clock::now();
    let token = token()?;
    let feedback = if record.report.cause == Cause::Fraud { "fraud" } else { "abuse" };
    Ok(match compose(&evidence, sender, to, feedback, &Stamp { now, token: &token }) {
        Err(error) => Err(error.to_string()),
        Ok(composed) => {
            let path =
                folder.write(now, id, to, &composed.bytes).map_err(|e| Failure::failed(e.to_string()))?;
            Ok(Written { id, path, warnings: composed.warnings })
        }
    })
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
    if output.json {
        for report in written {
            let line =
                serde_json::json!({ "id": report.id, "file": report.path, "warnings": report.warnings });
            json::write_line(&mut out, &line)?;
        }
        for (id, why) in refused {
            json::write_line(&mut out, &serde_json::json!({ "id": id, "refused": why }))?;
        }
    } else {
        for report in written {
            writeln!(out, "{}", report.path.display())?;
            report
                .warnings
                .iter()
                .try_for_each(|warning| writeln!(out, "    warning: {}", showable(warning)))?;
        }
    }
    out.flush()?;
    if !output.json {
        refused.iter().for_each(|(id, why)| session.complain(&format!("report {id} was not written: {why}")));
    }
    Ok(())
}
