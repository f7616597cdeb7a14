//! What commands that let reports go have in common: who may, when they leave, and sending them now.

use super::failure::{Failure, Outcome};
use super::session::{Session, Unit};
use crate::config::Config;
use crate::jobs::Cancel;
use crate::jobs::report::{self, Answers, ApproveError, Hurry, SendError, SendSummary};
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

impl From<ApproveError> for Failure {
    fn from(error: ApproveError) -> Failure {
        match error {
            ApproveError::NoWayOut(why) => Failure::usage(why),
            ApproveError::Store(error) => error.into(),
        }
    }
}

/// Approving is for a person: with a terminal, or where the configuration says that nobody has to be there.
pub fn may_approve(session: &Session, config: &Config) -> Result<(), Failure> {
    if session.arguments.read_only {
        return Err(Failure::failed("with --read-only nothing is approved and nothing is sent"));
    }
    report::can_send(config).map_err(Failure::usage)?;
    if is_somebody_there() || config.sending.unattended {
        return Ok(());
    }
    Err(Failure::usage(
        "nothing was approved: that wants a person at a terminal, or 'unattended = true' in [sending]",
    ))
}

/// Somebody can be asked.
pub fn is_somebody_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Ties answers to what they answer and sends what is due, after a sync. Whatever is wrong with that is no failure of
/// the sync: it is told.
pub fn after_sync(session: &Session, config: &Config, cancel: &Cancel) {
    if session.arguments.read_only || cancel.is_cancelled() {
        return;
    }
    let answers = session.store(config).and_then(|store| Ok(report::read_answers(&store)?));
    match answers {
        Ok(answers) if answers.is_empty() => {}
        Ok(answers) => session.explain(&answers_in_words(answers)),
        Err(failure) => session.complain(&format!("Answers of desks were not read: {failure}.")),
    }
    if report::can_send(config).is_err() {
        return;
    }
    let sent = session.store(config).and_then(|store| {
        let is_due = report::next(&store)?.is_some_and(|due| due <= clock::now());
        match is_due {
            true => Ok(Some(report::send(&store, config, Hurry::WhenDue, "sync", cancel, &mut |_| {})?)),
            false => Ok(None),
        }
    });
    match sent {
        Ok(None) => {}
        Ok(Some(summary)) => {
            summary.notes.iter().for_each(|note| session.complain(note));
            session.explain(&in_words(&summary));
        }
        // Another one sends already; nothing is lost.
        Err(Failure::Locked(_)) => {}
        Err(failure) => session.complain(&format!("Nothing was sent: {failure}.")),
    }
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

/// `Of desks: 3 bounced, 12 acknowledged, 1 answered`
fn answers_in_words(answers: Answers) -> String {
    let Answers { bounced, acknowledged, answered, stopped, unknown } = answers;
    let words: Vec<String> = [
        (bounced, "bounced"),
        (acknowledged, "acknowledged"),
        (answered, "answered"),
        (stopped, "want no more"),
        (unknown, "about no report of ours"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    format!("Answers of desks: {}", words.join(", "))
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
    add(summary.verdicts, "judged by feeds");
    let next = summary.next.map(|at| format!("; next at {}", clock::rfc3339(at)));
    showable(&(words.join(", ") + &next.unwrap_or_default())).to_string()
}
