//! `report QUERY|--id ID… --to ADDR --out DIR`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::QueryArgs;
use super::session::Session;
use crate::config::{Config, values};
use crate::model::ReportId;
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
    #[arg(long = "id", value_name = "ID", num_args = 1.., conflicts_with = "words")]
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
    args.query()?;
    sender(&session.config()?)?;
    super::unwired(session)
}
