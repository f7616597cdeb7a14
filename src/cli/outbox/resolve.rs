//! `outbox resolve`: what a person found out about a message, or did about it.

use super::{row, to_change};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::output::JsonArgs;
use crate::cli::session::Session;
use crate::config::values;
use crate::export::{Format, outbox as written};
use crate::model::{OutgoingId, Response, clock};
use crate::store::Resolution;
use std::io::Write;

/// `outbox resolve`
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The row
    #[arg(value_name = "ID", value_parser = row)]
    id: OutgoingId,
    #[command(flatten)]
    finding: Finding,
    /// Under which the desk has it
    #[arg(long, value_name = "TICKET", value_parser = values::line, conflicts_with_all = ["arrived", "not_arrived"])]
    ticket: Option<String>,
    /// What else is to be said, for the audit
    #[arg(long, value_name = "TEXT", value_parser = values::line,
        conflicts_with_all = ["arrived", "not_arrived", "by_hand"])]
    note: Option<String>,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, Copy, clap::Args)]
#[group(required = true, multiple = false)]
struct Finding {
    /// Of an unknown one: it has arrived
    #[arg(long)]
    arrived: bool,
    /// Of an unknown one: it has not; it is held again
    #[arg(long)]
    not_arrived: bool,
    /// The desk was told otherwise: by its form, by telephone
    #[arg(long)]
    by_hand: bool,
    /// It came back as undeliverable
    #[arg(long)]
    bounced: bool,
    /// A program said that it arrived
    #[arg(long)]
    acknowledged: bool,
    /// A person answered
    #[arg(long)]
    answered: bool,
    /// Nothing came for so long that nothing will
    #[arg(long)]
    silent: bool,
}

impl Finding {
    fn response(self) -> Option<Response> {
        let all = [
            (self.bounced, Response::Bounced),
            (self.acknowledged, Response::Acknowledged),
            (self.answered, Response::Answered),
            (self.silent, Response::Silent),
        ];
        all.into_iter().find(|(is_said, _)| *is_said).map(|(_, response)| response)
    }
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = to_change(session, &session.config()?)?;
    let (id, by, now) = (args.id, session.login(), clock::now());
    match args.finding.response() {
        Some(response) => {
            let note = args.note.as_deref().unwrap_or_default();
            store.record_response(id, response, args.ticket.as_deref(), note, &by, now)?;
        }
        None => {
            let resolution = if args.finding.arrived {
                Resolution::Arrived
            } else if args.finding.not_arrived {
                Resolution::NotArrived
            } else {
                Resolution::ByHand { ticket: args.ticket.clone() }
            };
            store.resolve(id, &resolution, &by, now)?;
        }
    }
    let mut out = session.out();
    if let Some(row) = store.outgoing(id)? {
        if args.output.json {
            written::write(&mut out, std::slice::from_ref(&row), Format::Json, session.look())?;
        } else {
            let response =
                if row.response == Response::None { String::new() } else { format!(", {}", row.response) };
            writeln!(out, "row {id} is {}{response}", row.state)?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}
