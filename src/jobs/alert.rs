//! Telling somebody of new patterns: a command of the configuration, once for each. What an attacker wrote reaches it
//! by its environment and its standard input alone, never as words of a shell.

use super::cancel::Cancel;
use super::patterns::{PatternError, Scope, find};
use crate::config::{Alert, Config};
use crate::export::patterns::write_json;
use crate::index::{Index, PatternValues, Stopped};
use crate::model::clock::{self, Seconds, rfc3339};
use crate::model::{Pattern, Span};
use crate::query::Filter;
use crate::store::Store;
use crate::text::{pattern_name, showable};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A command that takes longer is ended: cron waits for all of them.
const PATIENCE: Duration = Duration::from_secs(10);
/// All of one sync together; what is left is told after the next one.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(60);
/// The most commands of one sync: the first look at a full mailbox finds everything new.
const MOST: usize = 20;
/// How often a running command is looked at.
const SLICE: Duration = Duration::from_millis(20);
/// Characters of a value in the environment, where all values together have a limit (ARG_MAX).
const LONGEST: usize = 4_000;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alerted {
    /// Patterns that were told.
    pub told: usize,
    /// What went wrong, a sentence each.
    pub errors: Vec<String>,
}

/// Tells of the patterns that are new, if the configuration names somebody to tell. No failure here is one of the sync.
pub fn after_sync(config: &Config, store: &Store, cancel: &Cancel) -> Alerted {
    let Some(alert) = &config.alert else { return Alerted::default() };
    tell(alert, &config.database, store, cancel, PATIENCE).unwrap_or_else(|error| match error {
        PatternError::Stopped(Stopped::Cancelled) => Alerted::default(),
        error => Alerted { told: 0, errors: vec![format!("no pattern was looked for to alert of: {error}")] },
    })
}

fn tell(
    alert: &Alert,
    database: &Path,
    store: &Store,
    cancel: &Cancel,
    patience: Duration,
) -> Result<Alerted, PatternError> {
    let (now, start) = (clock::now(), Instant::now());
    let scope = Scope::of(&Filter::All, now);
    let index = Index::load_with(&Index::parts_for_patterns(), store)?;
    let among = index.select(&Filter::All, cancel)?;
    store.forget_patterns(now - remembered(&scope.span))?;
    let scope = scope.known_to(&index);
    let mut patterns = find(&index, store, &among, &scope, alert.min, &mut PatternValues::default(), cancel)?;
    patterns.retain(|pattern| pattern.is_new() && pattern.open > 0);
    let mut alerted = Alerted::default();
    for pattern in &patterns {
        if cancel.is_cancelled() || alerted.told == MOST || start.elapsed() > PATIENCE_IN_ALL {
            break;
        }
        let keys = pattern.keys();
        if !store.claim_pattern(&keys, now)? {
            continue;
        }
        match run(&alert.command, pattern, database, patience) {
            Ok(()) => alerted.told += 1,
            Err(sentence) => {
                store.release_pattern(&keys)?;
                alerted.errors.push(sentence);
                // What fails for one fails for all, most likely; the next sync tries again.
                break;
            }
        }
    }
    Ok(alerted)
}

/// For so long after it was last seen as new a pattern is still the same one: until then nothing of it is in the
/// window, nor in the time before.
fn remembered(span: &Span) -> Seconds {
    span.to - span.before
}

/// Runs the command for one pattern.
fn run(command: &str, pattern: &Pattern, database: &Path, patience: Duration) -> Result<(), String> {
    let mut input = vec![];
    write_json(&mut input, pattern).map_err(|error| error.to_string())?;
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .envs(facts(pattern))
        .env("LAFAYETTE_DB", database)
        .stdin(Stdio::piped())
        // Our own answers are on stdout; what it has to say goes where our complaints go.
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("[alert] command cannot be run: {error}"))?;
    let stdin = child.stdin.take();
    // One that does not read its input must not keep us: it ends with the command.
    let writing = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let status = wait(&mut child, patience);
    let status = match status {
        Some(status) => status.map_err(|error| format!("[alert] command cannot be waited for: {error}"))?,
        None => {
            end(&mut child);
            return Err(format!(
                "[alert] command did not end within {} s and was ended; it will be tried again after the next sync",
                patience.as_secs()
            ));
        }
    };
    drop(writing);
    if status.success() {
        return Ok(());
    }
    Err(format!("[alert] command failed ({status}); it will be tried again after the next sync"))
}

fn wait(child: &mut Child, patience: Duration) -> Option<std::io::Result<ExitStatus>> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(Ok(status)),
            Ok(None) if start.elapsed() >= patience => return None,
            Ok(None) => std::thread::sleep(SLICE),
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Ends a command with all that it started.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself meanwhile.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// What the command is told by its environment.
fn facts(pattern: &Pattern) -> Vec<(&'static str, String)> {
    let text = |text: &str| showable(text).to_string().chars().take(LONGEST).collect::<String>();
    vec![
        ("LAFAYETTE_PATTERN", text(pattern_name(pattern.dimension, &pattern.text).as_str())),
        ("LAFAYETTE_PATTERN_WHY", pattern.why()),
        ("LAFAYETTE_PATTERN_QUERY", text(&pattern.query)),
        ("LAFAYETTE_PATTERN_REPORTS", pattern.count.to_string()),
        ("LAFAYETTE_PATTERN_FRAUD", pattern.fraud.to_string()),
        ("LAFAYETTE_PATTERN_LISTED", pattern.listed.to_string()),
        ("LAFAYETTE_PATTERN_SOURCES", pattern.sources.to_string()),
        ("LAFAYETTE_PATTERN_FIRST", rfc3339(pattern.first)),
        ("LAFAYETTE_PATTERN_LAST", rfc3339(pattern.last)),
    ]
}
