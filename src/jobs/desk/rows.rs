//! Lines of a list from the store. Knows no columns.

use super::event::Row;
use crate::model::{ListRow, ReportId};
use crate::store::{self, Excerpt, Store};

/// The rows of these reports in their order; those that are gone are left out.
pub(super) fn rows(store: &Store, ids: &[ReportId]) -> Result<Vec<Row>, store::Error> {
    let rows = store.list_rows(ids)?;
    let there: Vec<ReportId> = rows.iter().map(|row| row.id).collect();
    let excerpts = store.excerpts(&there)?;
    Ok(rows.into_iter().zip(excerpts).map(|(row, excerpt)| with_excerpt(row, excerpt)).collect())
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
