//! `lint FILE`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use std::io::Read;
use std::path::PathBuf;

/// `lint`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette lint outgoing/4711.eml
  lafayette report is:marked --to abuse@example.net --out outgoing && lafayette lint outgoing/*.eml")]
pub struct Args {
    /// Messages; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Checks them.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}

/// The bytes of a file or of standard input, at most `limit` of them.
pub fn read(path: &std::path::Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("cannot read {}: {error}", path.display()));
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
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
