//! The reports that share a subject: how many, how many of them open and reported, and since when.

use super::known::SharedReports;
use super::subject::Subject;
use crate::index::{Direction, Selection, Sort};
use crate::jobs::Cancel;
use crate::jobs::find::{FindError, Finder};
use crate::model::clock::Seconds;
use crate::store::Store;

/// Counts them for each way in which a report may share the subject.
///
/// # Errors
/// The store's own, or that it was cancelled.
pub fn shared_reports(
    store: &Store,
    finder: &mut Finder<'_>,
    subject: &Subject,
    cancel: &Cancel,
) -> Result<Vec<SharedReports>, FindError> {
    let mut all = vec![];
    for (what, query) in subject.queries() {
        let mut count = |more: &str| -> Result<Selection, FindError> {
            Ok(finder.find(&format!("{query}{more}"), cancel, &|_, _| {})?.selection)
        };
        let found = count("")?;
        let (open, reported) = match found.is_empty() {
            true => (0, 0),
            false => (count(" is:open")?.count(), count(" is:reported")?.count()),
        };
        all.push(SharedReports {
            what: what.to_owned(),
            query,
            count: found.count() as u64,
            open: open as u64,
            reported: reported as u64,
            first: arrival(store, finder, &found, Direction::Ascending)?,
            last: arrival(store, finder, &found, Direction::Descending)?,
        });
    }
    Ok(all)
}

/// The arrival of the first report in this order.
fn arrival(
    store: &Store,
    finder: &Finder<'_>,
    found: &Selection,
    direction: Direction,
) -> Result<Option<Seconds>, FindError> {
    let page = finder.index().page(found, Sort::Arrival, direction, 0, 1);
    let ids = page.map_err(|why| FindError::NotLoaded(why.to_string()))?;
    Ok(store.list_rows(&ids)?.first().map(|row| row.arrival))
}
