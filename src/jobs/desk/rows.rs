//! Lines of a list from the store. Knows no columns.

use super::event::Row;
use crate::model::{ListRow, ReportId};
use crate::store::{self, Excerpt, Store};

/// What a list says of a report that it cannot show whole.
const DAMAGED: &str = "damaged in the database: `lafayette db check` tells more";

/// The rows of these reports in their order; those that are gone are left out. One whose document is damaged has its
/// row all the same, from what stands beside that.
pub(super) fn rows(store: &Store, ids: &[ReportId]) -> Result<Vec<Row>, store::Error> {
    let rows = store.list_rows(ids)?;
    let there: Vec<ReportId> = rows.iter().map(|row| row.id).collect();
    let excerpts = match legible(store.excerpts(&there))? {
        Some(excerpts) => excerpts,
        None => there.iter().map(|id| excerpt(store, *id)).collect::<Result<_, _>>()?,
    };
    Ok(rows.into_iter().zip(excerpts).map(|(row, excerpt)| with_excerpt(row, excerpt)).collect())
}

fn excerpt(store: &Store, id: ReportId) -> Result<Excerpt, store::Error> {
    let excerpt = legible(store.excerpts(&[id]))?.map(|mut excerpts| excerpts.pop().unwrap_or_default());
    Ok(excerpt.unwrap_or_else(|| Excerpt { status_reason: DAMAGED.to_owned(), ..Excerpt::default() }))
}

/// Damage to one report is no reason to show none of the others.
pub(super) fn legible<T>(read: Result<T, store::Error>) -> Result<Option<T>, store::Error> {
    match read {
        Err(store::Error::Damaged { .. }) => Ok(None),
        read => read.map(Some),
    }
}

fn with_excerpt(row: ListRow, excerpt: Excerpt) -> Row {
    Row {
        id: row.id,
        arrival: row.arrival,
        status: row.status,
        kind: row.kind,
        cause: row.cause,
        feedback_type: row.feedback_type,
        feed: row.feed,
        reporter: row.reporter,
        source_ip: row.source_ip,
        source_name: row.source_name,
        country: row.country,
        asn: row.asn,
        listed: row.listed,
        delivery: row.delivery,
        reported_domain: row.reported_domain,
        from: excerpt.from,
        status_reason: excerpt.status_reason,
        subject: row.subject,
        incidents: row.incidents,
        shape: row.shape,
        url_shape: row.url_shape,
        urls: row.urls,
        files: row.files,
        unverified: row.unverified,
        reported: row.reported,
        marked: row.marked,
        dismissed: row.dismissed,
        new: row.new,
    }
}
