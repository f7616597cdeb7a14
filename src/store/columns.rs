//! Rows, entries and packed blocks for the index ([`ColumnSource`]), from the store or from inside a transaction.

use super::error::from_sqlite;
use super::{Error, Store, Writer, document, frame::Frame, hosts, read, row, settings, sources};
use crate::model::columns::{ColumnSource, Dictionary, IndexRow, RareTexts, States, column_seconds};
use crate::model::{Cause, Kind, OutgoingState, ReportId, SourceRow};
use rusqlite::{Connection, Row};
use std::path::Path;

impl ColumnSource for Store {
    type Error = Error;

    fn second(&self) -> Result<Option<Store>, Error> {
        self.again().map(Some)
    }

    fn last_id(&self) -> Result<ReportId, Error> {
        settings::next_report(&self.db).map(|next| next - 1).map_err(|e| self.wrong(e))
    }

    fn segments(&self, column: &str, each: &mut dyn FnMut(u32, &[u8])) -> Result<(), Error> {
        segments(&self.db, column, each).map_err(|e| self.wrong(e))
    }

    fn segment_numbers(&self, column: &str) -> Result<Vec<u32>, Error> {
        segment_numbers(&self.db, column).map_err(|e| self.wrong(e))
    }

    fn index_rows(
        &self,
        first: ReportId,
        last: ReportId,
        rare: bool,
        each: &mut dyn FnMut(IndexRow),
    ) -> Result<(), Error> {
        index_rows(&self.db, &self.path, first, last, rare, each)
    }

    fn entries(
        &self,
        dictionary: Dictionary,
        first: u32,
        each: &mut dyn FnMut(u32, &str),
    ) -> Result<(), Error> {
        entries(&self.db, dictionary, first, u32::MAX, each).map_err(|e| self.wrong(e))
    }

    fn states(&self) -> Result<States, Error> {
        states(&self.db).map_err(|e| self.wrong(e))
    }

    fn sources_changed(&self) -> Result<i64, Error> {
        settings::sources_changed(&self.db).map_err(|e| self.wrong(e))
    }

    fn sources(&self, after: i64, each: &mut dyn FnMut(SourceRow<'_>)) -> Result<(), Error> {
        sources::rows(&self.db, &self.path, after, each)
    }

    fn hosts_changed(&self) -> Result<i64, Error> {
        settings::hosts_changed(&self.db).map_err(|e| self.wrong(e))
    }

    fn hosts(&self, after: i64, each: &mut dyn FnMut(&str, &str)) -> Result<(), Error> {
        hosts::rows(&self.db, &self.path, after, each)
    }
}

impl Writer {
    /// Entries `first..=last` of a dictionary, those of the open transaction included.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn entries_between(
        &self,
        dictionary: Dictionary,
        first: u32,
        last: u32,
        each: &mut dyn FnMut(u32, &str),
    ) -> Result<(), Error> {
        entries(&self.db, dictionary, first, last, each).map_err(|e| self.wrong(e))
    }
}

/// The same from inside the writer's transaction.
impl ColumnSource for Writer {
    type Error = Error;

    fn last_id(&self) -> Result<ReportId, Error> {
        Ok(self.last_report())
    }

    fn segments(&self, column: &str, each: &mut dyn FnMut(u32, &[u8])) -> Result<(), Error> {
        segments(&self.db, column, each).map_err(|e| self.wrong(e))
    }

    fn segment_numbers(&self, column: &str) -> Result<Vec<u32>, Error> {
        segment_numbers(&self.db, column).map_err(|e| self.wrong(e))
    }

    fn index_rows(
        &self,
        first: ReportId,
        last: ReportId,
        rare: bool,
        each: &mut dyn FnMut(IndexRow),
    ) -> Result<(), Error> {
        index_rows(&self.db, &self.path, first, last, rare, each)
    }

    fn entries(
        &self,
        dictionary: Dictionary,
        first: u32,
        each: &mut dyn FnMut(u32, &str),
    ) -> Result<(), Error> {
        entries(&self.db, dictionary, first, u32::MAX, each).map_err(|e| self.wrong(e))
    }

    fn states(&self) -> Result<States, Error> {
        states(&self.db).map_err(|e| self.wrong(e))
    }

    fn sources_changed(&self) -> Result<i64, Error> {
        settings::sources_changed(&self.db).map_err(|e| self.wrong(e))
    }

    fn sources(&self, after: i64, each: &mut dyn FnMut(SourceRow<'_>)) -> Result<(), Error> {
        sources::rows(&self.db, &self.path, after, each)
    }

    fn hosts_changed(&self) -> Result<i64, Error> {
        settings::hosts_changed(&self.db).map_err(|e| self.wrong(e))
    }

    fn hosts(&self, after: i64, each: &mut dyn FnMut(&str, &str)) -> Result<(), Error> {
        hosts::rows(&self.db, &self.path, after, each)
    }
}

fn segments(db: &Connection, column: &str, each: &mut dyn FnMut(u32, &[u8])) -> rusqlite::Result<()> {
    let mut select =
        db.prepare_cached("SELECT number, data FROM segment WHERE column_name = ?1 ORDER BY number")?;
    let mut rows = select.query([column])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get_ref(1)?.as_blob()?);
    }
    Ok(())
}

fn segment_numbers(db: &Connection, column: &str) -> rusqlite::Result<Vec<u32>> {
    db.prepare_cached("SELECT number FROM segment WHERE column_name = ?1 ORDER BY number")?
        .query_map([column], |r| r.get(0))?
        .collect()
}

fn entries(
    db: &Connection,
    dictionary: Dictionary,
    first: u32,
    last: u32,
    each: &mut dyn FnMut(u32, &str),
) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(match dictionary {
        Dictionary::Subject => "SELECT id, text FROM subject WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        Dictionary::Domain => "SELECT id, text FROM domain WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        Dictionary::Url => "SELECT id, text FROM url WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        Dictionary::Word => "SELECT id, text FROM word WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        Dictionary::File => "SELECT id, text FROM file WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    })?;
    let mut rows = select.query([first, last])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get_ref(1)?.as_str()?);
    }
    Ok(())
}

const INDEX_ROW: &str =
    "SELECT id, arrival, stored_at, status, kind, cause, delivery, policy, flags, feedback, auth,
  agent, reporter, feed_word, incidents, source_ip, source_port, asn, country, subject, domain, subject_shape,
  url_shape, urls, files, frame, slot FROM report WHERE id BETWEEN ?1 AND ?2 ORDER BY id";

fn index_rows(
    db: &Connection,
    path: &Path,
    first: ReportId,
    last: ReportId,
    rare: bool,
    each: &mut dyn FnMut(IndexRow),
) -> Result<(), Error> {
    let wrong = |e| from_sqlite(path, e);
    let mut select = db.prepare_cached(INDEX_ROW).map_err(wrong)?;
    let mut rows = select.query([first, last]).map_err(wrong)?;
    let mut open: Option<(i64, Frame)> = None;
    while let Some(row) = rows.next().map_err(wrong)? {
        let mut index_row = index_row(row).map_err(wrong)?;
        if rare {
            let (frame, slot): (i64, usize) =
                (row.get(25).map_err(wrong)?, row.get::<_, i64>(26).map_err(wrong)? as usize);
            if open.as_ref().is_none_or(|(id, _)| *id != frame) {
                open = read::frame(db, read::DOCUMENTS, frame).map_err(wrong)?.map(|f| (frame, f));
            }
            let document = open.as_ref().and_then(|(_, f)| document::read(f.item(slot)?).ok());
            let Some(document) = document else {
                let what = format!("the document of report {} cannot be read", index_row.id);
                return Err(Error::Damaged { path: path.to_path_buf(), what });
            };
            index_row.texts = row::rare_texts(document.report);
        }
        each(index_row);
    }
    Ok(())
}

fn index_row(r: &Row<'_>) -> rusqlite::Result<IndexRow> {
    let numbers = |column: usize| -> rusqlite::Result<Vec<u32>> {
        let bytes = r.get_ref(column)?.as_blob_or_null()?.unwrap_or_default();
        Ok(bytes.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect())
    };
    Ok(IndexRow {
        id: r.get(0)?,
        arrival: column_seconds(r.get(1)?),
        stored_at: column_seconds(r.get(2)?),
        status: r.get(3)?,
        kind: r.get(4)?,
        cause: r.get(5)?,
        delivery: r.get(6)?,
        policy: r.get(7)?,
        flags: r.get(8)?,
        feedback_word: r.get(9)?,
        auth_word: r.get(10)?,
        agent_word: r.get(11)?,
        reporter_word: r.get(12)?,
        feed_word: r.get(13)?,
        incidents: r.get(14)?,
        source_ip: r.get::<_, Option<[u8; 16]>>(15)?.unwrap_or_default(),
        source_port: r.get(16)?,
        asn: r.get(17)?,
        country: r.get(18)?,
        subject: r.get(19)?,
        domain: r.get(20)?,
        subject_shape: r.get::<_, i64>(21)? as u64,
        url_shape: r.get::<_, i64>(22)? as u64,
        urls: numbers(23)?,
        files: numbers(24)?,
        texts: RareTexts::default(),
    })
}

fn states(db: &Connection) -> rusqlite::Result<States> {
    let ids = |sql: &str| -> rusqlite::Result<Vec<ReportId>> {
        db.prepare_cached(sql)?.query_map([], |r| r.get(0))?.collect()
    };
    let mut states = States {
        marked: ids("SELECT report FROM mark ORDER BY report")?,
        dismissed: ids("SELECT report FROM dismissal ORDER BY report")?,
        seen_up_to: settings::seen_up_to(db)?,
        ..States::default()
    };
    // From one index alone, which is empty as long as the ledger is.
    let mut select = db.prepare_cached(
        "SELECT report, state FROM outgoing_mail
         WHERE report IS NOT NULL AND tells = 1 AND state <> 7 ORDER BY report",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (report, number): (ReportId, u8) = (row.get(0)?, row.get(1)?);
        let Some(state) = OutgoingState::from_number(number) else { continue };
        if state.is_told() && states.reported.last() != Some(&report) {
            states.reported.push(report);
        }
        states.ledger.push((report, state));
    }
    let mut select = db.prepare_cached("SELECT tag, report FROM report_tag ORDER BY tag, report")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        states.tags.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let mut select = db.prepare_cached("SELECT report, kind, cause FROM decision ORDER BY report")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        states.kinds.extend(row.get::<_, Option<u8>>(1)?.and_then(Kind::from_number).map(|kind| (id, kind)));
        states
            .causes
            .extend(row.get::<_, Option<u8>>(2)?.and_then(Cause::from_number).map(|cause| (id, cause)));
    }
    Ok(states)
}
