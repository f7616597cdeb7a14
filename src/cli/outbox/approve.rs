//! `outbox approve`: what it comes to, and the number that says that a person has read it. A yes would be typed without
//! reading.

use super::{Rows, missing, numbers, rows, to_change};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::output::JsonArgs;
use crate::cli::sending;
use crate::cli::session::Session;
use crate::config::Config;
use crate::export::{Format, json, outbox as written, thousands};
use crate::jobs::report;
use crate::model::{Outgoing, OutgoingId, OutgoingState, clock};
use crate::store::Store;
use crate::text::counted;
use std::collections::HashSet;
use std::io::{self, BufRead, Write};

/// `outbox approve`
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Which rows: 12, 12..19; of a range those that are held
    #[arg(value_name = "ID", required = true, value_parser = rows)]
    ids: Vec<Rows>,
    /// Do not ask: exactly so many, or none
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    output: JsonArgs,
}

/// What a person is asked to let go.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The rows.
    pub rows: &'a [Outgoing],
    /// The number that was given on the command line.
    pub count: Option<u64>,
    /// The option that gave it.
    pub option: &'a str,
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let store = to_change(session, &config)?;
    let rows = chosen(&store, &args.ids)?;
    agreed(session, &config, Asked { rows: &rows, count: args.count, option: "--count" })?;
    let what: Vec<(OutgoingId, [u8; 32])> = rows.iter().map(|row| (row.id, row.sha256)).collect();
    let due = report::approve(&store, &config, &what, &session.login())?;
    let mut out = session.out();
    if args.output.json {
        let ids: Vec<OutgoingId> = rows.iter().map(|row| row.id).collect();
        json::write_line(&mut out, &serde_json::json!({ "approved": ids, "due": clock::rfc3339(due) }))?;
    } else {
        let count = counted(rows.len() as u64, "message");
        writeln!(out, "{count} approved; may leave from {} on", clock::rfc3339(due))?;
    }
    out.flush()?;
    sending::after_approval(session, &config, &store, "outbox approve")
}

/// The rows by number; of a range those that can be approved, because nobody means the others.
fn chosen(store: &Store, ids: &[Rows]) -> Result<Vec<Outgoing>, Failure> {
    let mut chosen = vec![];
    for id in numbers(store, ids)? {
        let row = store.outgoing(id)?.ok_or_else(|| missing(id))?;
        let is_named = ids.contains(&(id..=id));
        if is_named || row.state == OutgoingState::Held {
            chosen.push(row);
        }
    }
    if chosen.is_empty() { Err(Failure::failed("none of these rows is held")) } else { Ok(chosen) }
}

/// A person wants exactly these to leave: by the number on the command line, or typed when asked. Without a terminal
/// only where the configuration says that nobody has to be there.
///
/// # Errors
/// When nobody is there, or the number is another one. Nothing leaves then.
pub fn agreed(session: &Session, config: &Config, asked: Asked<'_>) -> Result<(), Failure> {
    let Asked { rows, count, option } = asked;
    let number = rows.len() as u64;
    sending::may_approve(session, config)?;
    let is_terminal = sending::is_somebody_there();
    let given = match count {
        Some(count) => count,
        None if is_terminal => ask(session, rows)?,
        None => {
            return Err(Failure::usage(format!(
                "nothing was approved: without a terminal {option} N has to say how many messages ({number} here)"
            )));
        }
    };
    if given != number {
        return Err(Failure::failed(format!(
            "nothing was approved: there are {} and not {}",
            counted(number, "message"),
            thousands(given)
        )));
    }
    Ok(())
}

fn ask(session: &Session, rows: &[Outgoing]) -> Result<u64, Failure> {
    let mut err = io::stderr();
    written::write(&mut err, rows, Format::Table, session.look())?;
    write!(err, "{}\nType their number to approve them: ", summary(rows))?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::failed(format!("the answer cannot be read: {error}")))?;
    let answer = answer.trim().replace(',', "");
    answer.parse().map_err(|_| Failure::failed("nothing was approved: no number was typed"))
}

/// `41 messages to 38 recipients, about 2,904 mails; 3 with warnings`
fn summary(rows: &[Outgoing]) -> String {
    let recipients: HashSet<&str> = rows.iter().map(|row| row.recipient.as_str()).collect();
    let mails: u64 = rows.iter().map(|row| u64::from(row.incidents)).sum();
    let warned = rows.iter().filter(|row| !row.warnings.is_empty()).count();
    let warned = if warned > 0 { format!("; {warned} with warnings") } else { String::new() };
    format!(
        "{} to {}, about {}{warned}",
        counted(rows.len() as u64, "message"),
        counted(recipients.len() as u64, "recipient"),
        counted(mails, "mail")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::outbox::row;

    #[test]
    fn rows_are_numbers_and_ranges() {
        assert_eq!(rows("12"), Ok(12..=12));
        assert_eq!(rows("12..19"), Ok(12..=19));
        for wrong in ["0", "-1", "19..12", "1..", "..", "x", "1..x", "99999999999999999999"] {
            assert!(rows(wrong).is_err(), "{wrong}");
        }
        assert!(row("1..2").is_err());
    }
}
