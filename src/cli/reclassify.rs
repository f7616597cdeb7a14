//! `reclassify`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::{Session, Unit};
use crate::export::{json, thousands};
use crate::jobs::reclassify::{Scope, reclassify};
use crate::model::ColumnSource;
use std::io::Write;

/// `reclassify`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Reads every stored message again with the present program and configuration: kind, cause, tags of rules, URLs, \
files. Kinds set by hand, marks, notes and tags of people stay.

Example:
  lafayette reclassify")]
pub struct Args {
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    again(session, Scope::All, args.output)?;
    Ok(Outcome::Done)
}

/// Reads messages again and says what changed.
pub(super) fn again(session: &Session, scope: Scope<'_>, output: JsonArgs) -> Result<(), Failure> {
    let config = session.config()?;
    let geoip = super::open::geoip(&config)?;
    let store = session.store_to_read(&config)?;
    let cancel = session.cancel()?;
    let bar = session.progress(u64::from(store.last_id()?), Unit::Things);
    let judgement = |feed: &str| config.judgement(feed);
    let place = |ip| geoip.lookup(ip);
    let changes = reclassify(&store, scope, &judgement, &place, &cancel, &mut |changes| {
        bar.set_position(changes.examined as u64);
    })?;
    bar.finish_and_clear();
    let mut out = session.out();
    if output.json {
        json::write_line(
            &mut out,
            &serde_json::json!({
                "examined": changes.examined,
                "kind_changed": changes.kind,
                "cause_changed": changes.cause,
                "recovered": changes.recovered,
                "set_aside": changes.set_aside,
            }),
        )?;
    } else {
        writeln!(out, "{} read again", thousands(changes.examined as u64))?;
        for (count, what) in [
            (changes.kind, "have another kind"),
            (changes.cause, "have another cause"),
            (changes.recovered, "are reports now"),
            (changes.set_aside, "are no reports any more"),
        ] {
            if count > 0 {
                writeln!(out, "{:>9} {what}", thousands(count as u64))?;
            }
        }
    }
    out.flush()?;
    if changes.cancelled { Err(Failure::Interrupted) } else { Ok(()) }
}
