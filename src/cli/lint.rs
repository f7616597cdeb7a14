//! `lint FILE`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use crate::arf::lint::{Finding, Outside, Severity, Verdict, lint};
use crate::export::json;
use crate::text::showable;
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// `lint`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette lint report.eml
  lafayette report is:marked --to abuse@example.net --out outgoing && lafayette lint outgoing/*.eml")]
pub struct Args {
    /// Messages; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// What was found in one file.
#[derive(Serialize)]
struct Line<'f> {
    file: String,
    findings: Vec<FindingLine<'f>>,
    not_known: Vec<NotKnown>,
}

/// A rule that cannot be judged here.
#[derive(Serialize)]
struct NotKnown {
    rule: u8,
    what: &'static str,
}

#[derive(Serialize)]
struct FindingLine<'f> {
    rule: u8,
    severity: &'static str,
    message: &'f str,
    remedy: &'static str,
}

/// Checks them. 1 when one of them must not go out, 3 when some could not be read.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let limit = config.message_bytes;
    let domains = super::report::own_domains(&config);
    let outside = Outside { domains: &domains, ..Outside::default() };
    let mut out = session.out();
    let (mut unreadable, mut blocked) = (0, 0);
    for path in &args.files {
        let bytes = match read(path, limit) {
            Ok(bytes) => bytes,
            Err(failure) if args.files.len() > 1 => {
                session.complain(&failure.to_string());
                unreadable += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let verdict = lint(&bytes, &outside);
        blocked += usize::from(verdict.blocks());
        write(&mut out, &path.display().to_string(), &verdict, args.output)?;
    }
    out.flush()?;
    match (blocked, unreadable) {
        (0, 0) => Ok(Outcome::Done),
        (0, unreadable) if unreadable < args.files.len() => Ok(Outcome::Partly),
        (0, _) => Err(Failure::failed("none of the messages could be read")),
        (1, _) => Err(Failure::failed("a message must not go out as it is")),
        (blocked, _) => Err(Failure::failed(format!("{blocked} messages must not go out as they are"))),
    }
}

impl<'f> FindingLine<'f> {
    fn of(finding: &'f Finding) -> FindingLine<'f> {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        FindingLine { rule: finding.rule, severity, message: &finding.message, remedy: finding.remedy() }
    }
}

fn write(out: &mut dyn Write, file: &str, verdict: &Verdict, output: JsonArgs) -> io::Result<()> {
    if output.json {
        let findings = verdict.findings.iter().map(FindingLine::of).collect();
        let not_known = verdict.not_known.iter().map(|(rule, what)| NotKnown { rule: *rule, what }).collect();
        return json::write_line(out, &Line { file: file.to_owned(), findings, not_known });
    }
    let file = showable(file);
    if verdict.findings.is_empty() {
        writeln!(out, "{file}: nothing wrong")?;
    }
    verdict.findings.iter().try_for_each(|f| writeln!(out, "{file}: {}", showable(&f.to_string())))?;
    verdict
        .not_known
        .iter()
        .try_for_each(|(rule, what)| writeln!(out, "{file}: rule {rule}, not known here: {what}"))
}

/// The bytes of a file or of standard input, at most `limit` of them.
pub fn read(path: &std::path::Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::failed(format!("cannot read {}: {error}", path.display()));
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).map_err(failed)?)
    };
    let mut bytes = vec![];
    input.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        let sentence = format!("{} is larger than {limit} bytes, see [limits] message_mib", path.display());
        return Err(Failure::failed(sentence));
    }
    Ok(bytes)
}
