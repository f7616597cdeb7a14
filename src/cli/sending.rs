//! What commands that let reports go have in common: who may, when they leave, and sending them now.

use super::failure::{Failure, Outcome};
use super::session::{Session, Unit};
use crate::config::Config;
use crate::jobs::report::{self, Hurry, SendError, SendSummary};
use crate::model::clock;
use crate::store::Store;
use crate::text::{counted, showable};
use std::io::IsTerminal;

impl From<SendError> for Failure {
    fn from(error: SendError) -> Failure {
        match error {
            SendError::NoWayOut(why) => Failure::failed(why),
            SendError::Store(error) => error.into(),
        }
    }
}

/// Approving is for a person: with a terminal, or where the configuration says otherwise.
pub fn may_approve(session: &Session, config: &Config) -> Result<(), Failure> {
    if session.arguments.read_only {
        return Err(Failure::failed("with --read-only nothing is approved and nothing is sent"));
    }
    report::can_send(config).map_err(Failure::failed)?;
    if std::io::stdin().is_terminal() || config.sending.unattended {
        return Ok(());
    }
    Err(Failure::failed(
        "reports are approved by a person at a terminal; `unattended = true` under [sending] lets a script do it",
    ))
}

/// Sends what may leave at once, and says when the rest does.
pub fn after_approval(
    session: &Session,
    config: &Config,
    store: &Store,
    command: &str,
) -> Result<Outcome, Failure> {
    if config.sending.hold == 0 {
        return send(session, config, store, Hurry::WhenDue, command).map(|(_, outcome)| outcome);
    }
    session.say(&format!(
        "They leave in {} with the next sync or from the screen, now with `lafayette outbox flush`; until then \
         `lafayette outbox hold` takes them back.",
        counted((config.sending.hold as u64).div_ceil(60), "minute")
    ));
    Ok(Outcome::Done)
}

/// Sends, with a bar.
pub fn send(
    session: &Session,
    config: &Config,
    store: &Store,
    hurry: Hurry,
    command: &str,
) -> Result<(SendSummary, Outcome), Failure> {
    let cancel = session.cancel()?;
    let bar = session.progress(0, Unit::Things);
    let summary = report::send(store, config, hurry, command, &cancel, &mut |news| {
        bar.set_length(news.total);
        bar.set_position(news.done);
    });
    bar.finish_and_clear();
    let summary = summary?;
    for note in &summary.notes {
        session.complain(note);
    }
    session.say(&in_words(&summary));
    let outcome = match summary.failed + summary.unknown + summary.withdrawn + summary.deferred {
        0 => Outcome::Done,
        _ => Outcome::Partly,
    };
    Ok((summary, outcome))
}

/// `12 sent, 1 put off, 3 wait until 14:02 UTC`
pub fn in_words(summary: &SendSummary) -> String {
    let mut words = vec![format!("{} sent", summary.sent)];
    let mut add = |number: u64, word: &str| {
        if number > 0 {
            words.push(format!("{number} {word}"));
        }
    };
    add(summary.deferred, "put off");
    add(summary.failed, "refused");
    add(summary.unknown, "of unknown outcome");
    add(summary.withdrawn, "held again");
    add(summary.waiting, "left for later");
    let next = summary.next.map(|at| format!("; the next may leave at {}", clock::rfc3339(at)));
    showable(&(words.join(", ") + &next.unwrap_or_default())).to_string()
}
