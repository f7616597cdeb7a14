//! From a session to what commands work on: the database, the finder, addresses on the map.

use super::failure::Failure;
use super::session::Session;
use crate::config::Config;
use crate::enrich::geoip::GeoIp;
use crate::index::{Direction, Selection, Sort, Stopped};
use crate::jobs::find::FindError;
use crate::jobs::{Cancel, Finder, Found};
use crate::model::ReportId;
use crate::query::QueryError;
use crate::store::{self, Access, Store};
use std::time::Instant;

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Failure {
        match error {
            store::Error::Locked { .. } | store::Error::Sending { .. } => Failure::Locked(error.to_string()),
            _ => Failure::Failed(error.to_string()),
        }
    }
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Failure {
        match error {
            FindError::Query(error) => Failure::Usage(wrong_query(&error)),
            FindError::Store(error) => error.into(),
            FindError::NamesItself(_) => Failure::Usage(error.to_string()),
            FindError::NotLoaded(_) | FindError::BrokenOff => Failure::Failed(error.to_string()),
            FindError::Cancelled => Failure::Interrupted,
        }
    }
}

/// The query stands on a line of its own, so that the caret is under the right column.
pub fn wrong_query(error: &QueryError) -> String {
    format!("the query cannot be understood:\n{error}")
}

impl Session {
    /// The database for a command that writes.
    pub fn store(&self, config: &Config) -> Result<Store, Failure> {
        let access = if self.arguments.read_only { Access::ReadOnly } else { Access::ReadWrite };
        Ok(Store::open(&config.database, access)?)
    }

    /// The database for a command that only looks. A missing one is an empty one for nobody: it is an error.
    pub fn store_to_read(&self, config: &Config) -> Result<Store, Failure> {
        if !config.database.exists() {
            return Err(store::Error::Missing(config.database.clone()).into());
        }
        self.store(config)
    }

    /// A flag that Ctrl-C raises from here on.
    pub fn cancel(&self) -> Result<Cancel, Failure> {
        let cancel = Cancel::default();
        self.raise_when_interrupted(&cancel.flag())?;
        Ok(cancel)
    }

    /// Answers a query; with `--verbose` says where the time went.
    pub fn find(&self, finder: &mut Finder<'_>, query: &str) -> Result<Found, Failure> {
        let cancel = self.cancel()?;
        let bar = self.progress(0, super::session::Unit::Things);
        let found = finder.find(query, &cancel, &|done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let found = found?;
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        self.explain(&format!(
            "columns {:.1} ms, columns of this query {:.1} ms, filter and count {:.3} ms, messages read {:.1} ms; \
             {} match `{}`",
            ms(found.times.load),
            ms(found.times.load_more),
            ms(found.times.filter),
            ms(found.times.text),
            found.selection.count(),
            found.filter
        ));
        for damage in finder.index().damages() {
            self.explain(damage);
        }
        Ok(found)
    }

    /// A page of what was found.
    pub fn page(
        &self,
        finder: &Finder<'_>,
        selection: &Selection,
        (sort, direction): (Sort, Direction),
        offset: u64,
        limit: Option<u64>,
    ) -> Result<Vec<ReportId>, Failure> {
        let start = Instant::now();
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let limit = limit.map_or(usize::MAX, whole);
        let ids = finder.index().page(selection, sort, direction, whole(offset), limit).map_err(stopped)?;
        self.explain(&format!("page of {} in {:.3} ms", ids.len(), start.elapsed().as_secs_f64() * 1e3));
        Ok(ids)
    }

    /// The numbers that a query selects, ascending: for commands that change them.
    pub fn selected(&self, store: &Store, query: &str) -> Result<Vec<ReportId>, Failure> {
        let mut finder = Finder::for_command(store, []);
        let found = self.find(&mut finder, query)?;
        Ok(found.selection.ids().collect())
    }
}

/// A list that stopped: nothing here cancels one, so a column was missing.
pub fn stopped(why: Stopped) -> Failure {
    Failure::failed(format!("{why}; please report this"))
}

/// Where addresses are, by the files of the configuration.
pub fn geoip(config: &Config) -> Result<GeoIp, Failure> {
    let file = config.file.as_ref().map_or_else(String::new, |file| format!("{}: ", file.display()));
    GeoIp::open(&config.geoip_files)
        .map_err(|error| Failure::usage(format!("{file}key 'files' in [geoip]: {error}")))
}
