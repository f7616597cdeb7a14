//! `show ID`

use super::failure::{Failure, Outcome};
use super::session::Session;
use crate::arf::mail::{self, Body, Mail};
use crate::config::values;
use crate::export::{record, reports};
use crate::model::{AddressFacts, Record, ReportId};
use crate::text::showable_lines;
use std::io::Write;

/// `show`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette show 4711
  lafayette show 4711 --raw > report.eml")]
pub struct Args {
    /// The report's number
    #[arg(value_parser = values::report)]
    pub id: ReportId,
    /// How it is shown.
    #[command(flatten)]
    pub part: Part,
}

/// What of the report is shown; all that is known about it when nothing is said.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[group(multiple = false)]
pub struct Part {
    /// The stored bytes, unchanged
    #[arg(long)]
    pub raw: bool,
    /// The header blocks: of the report, and of each message inside
    #[arg(long)]
    pub headers: bool,
    /// The texts of all parts, HTML as it is written
    #[arg(long)]
    pub text: bool,
    /// What is known, as in `list --format json`
    #[arg(long)]
    pub json: bool,
}

impl Part {
    /// The stored bytes are needed, not what was understood of them.
    pub fn needs_bytes(self) -> bool {
        self.raw || self.headers || self.text
    }
}

/// Shows it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let missing =
        || Failure::failed(format!("there is no report {}; `lafayette list` shows which there are", args.id));
    if args.part.needs_bytes() {
        write_bytes(args.part, session, &store.raw(args.id)?.ok_or_else(missing)?)
    } else {
        let known = store.record(args.id)?.ok_or_else(missing)?;
        let source = known.report.source_ip.map(|ip| store.source(ip)).transpose()?.flatten();
        write_record(args, session, &known, source.as_ref())
    }
}

/// Writes what is known.
pub fn write_record(
    args: &Args,
    session: &Session,
    known: &Record,
    source: Option<&AddressFacts>,
) -> Result<Outcome, Failure> {
    let mut out = session.out();
    if args.part.json {
        reports::write_json(&mut out, known)?;
    } else {
        record::write(&mut out, known, source, session.look())?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Writes what is stored.
pub fn write_bytes(part: Part, session: &Session, raw: &[u8]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    if part.raw {
        out.write_all(raw)?;
    } else {
        let pieces = if part.headers { header_blocks(raw) } else { texts(raw) };
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}", showable_lines(piece.trim_end()))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn header_blocks(raw: &[u8]) -> Vec<String> {
    let text = |mail: Mail<'_>| String::from_utf8_lossy(mail.header_block()).into_owned();
    let Some(message) = mail::parse(raw) else { return vec![String::from_utf8_lossy(raw).into_owned()] };
    let outer = Mail::of(&message);
    let mut blocks = vec![text(outer)];
    for part in outer.parts() {
        match part.body() {
            Body::Message(inner) => blocks.push(text(inner)),
            // Some reporters send the header block alone (RFC 5965 §2).
            Body::Text(block) if part.is("text", "rfc822-headers") => blocks.push(block.to_owned()),
            _ => {}
        }
    }
    blocks
}

fn texts(raw: &[u8]) -> Vec<String> {
    let Some(message) = mail::parse(raw) else { return vec![String::from_utf8_lossy(raw).into_owned()] };
    let parts = Mail::of(&message).parts();
    parts
        .iter()
        .filter_map(|part| match part.body() {
            Body::Text(text) | Body::Html(text) => Some(text.to_owned()),
            _ => None,
        })
        .collect()
}
