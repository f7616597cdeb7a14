//! The log file of `[log]`: what a sync did, for the day on which somebody asks.

use super::failure::Failure;
use crate::config::{Config, LogLevel};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;
use tracing::Level;

/// From here on events are written to the configured file, if there is one. It is opened anew by every run and only
/// appended to, so that logrotate may move it at any time.
pub fn open(config: &Config) -> Result<(), Failure> {
    let Some((path, level)) = &config.log else { return Ok(()) };
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(|error| {
        Failure::failed(format!(
            "cannot write the log {}: {error}; key 'file' in [log] names it",
            path.display()
        ))
    })?;
    let level = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    // A second one in the same process keeps the first, which is the same file.
    let _ = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(level)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}
