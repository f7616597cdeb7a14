//! Documents written anew over stored bytes, for `reclassify` and `quarantine retry`. Bytes, numbers, origins and what
//! people did stay.

use super::frame::FramePacker;
use super::packer::Incoming;
use super::row::Row;
use super::writer::{self, Writer};
use super::{Error, document, read, settings};
use crate::model::{Dictionary, FeedKind, Outcome, ReportId, Status};
use rusqlite::params;
use std::sync::Arc;

/// A stored message that is to be understood again.
#[derive(Debug)]
pub struct Rewritten {
    /// Its number.
    pub id: ReportId,
    /// Its slot in the frame.
    slot: usize,
    /// The message with its former understanding; replace `outcome`, `report`, and what comes from the source.
    pub message: Incoming,
    /// It had this status before.
    pub former_status: Status,
}

impl Writer {
    /// The numbers of the frames in which messages begin, in order.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn frames(&self) -> Result<Vec<i64>, Error> {
        self.db
            .prepare("SELECT DISTINCT frame FROM report ORDER BY frame")
            .and_then(|mut s| s.query_map([], |r| r.get(0))?.collect())
            .map_err(|e| self.wrong(e))
    }

    /// The messages of a frame with their former understanding.
    ///
    /// # Errors
    /// Whatever SQLite reports, and damaged bytes. A damaged document is no error: it is what this mends.
    pub fn open_frame(&self, frame_id: i64) -> Result<Vec<Rewritten>, Error> {
        let wrong = |e| self.wrong(e);
        let damaged = |what: String| Error::Damaged { path: self.path.clone(), what };
        let messages = read::frame(&self.db, read::MESSAGES, frame_id)
            .map_err(wrong)?
            .ok_or_else(|| damaged(format!("frame {frame_id} cannot be unpacked")))?;
        let documents = read::frame(&self.db, read::DOCUMENTS, frame_id).map_err(wrong)?.unwrap_or_default();
        let mut select = self
            .db
            .prepare_cached(
                "SELECT r.id, r.slot, r.sha256, f.name, f.kind, r.stored_at, r.status,
                   r.asn, r.country, r.size FROM report r JOIN feed f ON f.id = r.feed
                 WHERE r.frame = ?1 ORDER BY r.slot",
            )
            .map_err(wrong)?;
        let mut rows = select.query([frame_id]).map_err(wrong)?;
        let mut out = Vec::with_capacity(messages.len());
        while let Some(row) = rows.next().map_err(wrong)? {
            let id: ReportId = row.get(0).map_err(wrong)?;
            let slot = row.get::<_, i64>(1).map_err(wrong)? as usize;
            let size: i64 = row.get(9).map_err(wrong)?;
            let bytes = match read::may_be_in_pieces(size) {
                true => read::joined(&self.db, (frame_id, slot), size).map_err(wrong)?,
                false => messages.item(slot).map(<[u8]>::to_vec),
            };
            let bytes = bytes.ok_or_else(|| damaged(format!("the bytes of report {id} are missing")))?;
            let former = documents.item(slot).and_then(|d| document::read(d).ok()).unwrap_or_default();
            let kind: u8 = row.get(4).map_err(wrong)?;
            let status = Status::from_number(row.get(6).map_err(wrong)?).unwrap_or(Status::Quarantined);
            let (asn, country): (u32, u16) = (row.get(7).map_err(wrong)?, row.get(8).map_err(wrong)?);
            out.push(Rewritten {
                id,
                slot,
                former_status: status,
                message: Incoming {
                    bytes,
                    overflow: None,
                    sha256: row.get(2).map_err(wrong)?,
                    feed: Arc::from(row.get_ref(3).map_err(wrong)?.as_str().unwrap_or_default()),
                    feed_kind: FeedKind::from_number(kind).unwrap_or(FeedKind::Mailbox),
                    origin: former.origin,
                    stored_at: row.get(5).map_err(wrong)?,
                    outcome: match status {
                        Status::Report => Outcome::Report,
                        Status::Quarantined => Outcome::Quarantined(former.status_reason),
                        Status::NotReport => Outcome::NotReport(former.status_reason),
                    },
                    report: former.report,
                    asn: (asn != 0).then_some(asn),
                    as_name: None,
                    country: (country != 0).then(|| country.to_be_bytes()),
                },
            });
        }
        Ok(out)
    }

    /// Writes what a frame's messages are understood as now. Packed columns that hold them must be packed anew
    /// afterwards: [`Writer::forget_row_segments`].
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn rewrite_frame(&mut self, frame_id: i64, messages: Vec<Rewritten>) -> Result<(), Error> {
        let slots = messages.iter().map(|m| m.slot + 1).max().unwrap_or(0);
        let mut items = vec![None; slots];
        for m in &messages {
            items[m.slot] = Some(&m.message);
        }
        let packed = FramePacker::new()
            .and_then(|mut packer| {
                packer.pack(&items, |item, plain| match item {
                    Some(item) => document::write(plain, &item.origin, &item.outcome, &item.report),
                    None => Ok(()),
                })
            })
            .map_err(|source| Error::File { path: self.path.clone(), source })?;
        self.db
            .prepare_cached("INSERT OR REPLACE INTO document_frame(id, data) VALUES(?1, ?2)")
            .and_then(|mut s| s.execute(params![frame_id, packed]))
            .map_err(|e| self.wrong(e))?;
        for m in messages {
            self.rewrite_row(m).map_err(|e| self.wrong(e))?;
        }
        Ok(())
    }

    fn rewrite_row(&mut self, mut rewritten: Rewritten) -> rusqlite::Result<()> {
        let id = rewritten.id;
        let row = Row::take(&mut rewritten.message);
        let arrival = row.arrival;
        let (row, tags) = self.numbered(id, row)?;
        self.db
            .prepare_cached(
                "UPDATE report SET arrival = ?2, status = ?3, kind = ?4, cause = ?5, delivery = ?6, policy = ?7,
                   flags = ?8, feedback = ?9, auth = ?10, agent = ?11, reporter = ?12, incidents = ?13, source_ip = ?14,
                   source_port = ?15, asn = ?16, country = ?17, subject = ?18, domain = ?19, subject_shape = ?20,
                   url_shape = ?21, urls = ?22, files = ?23 WHERE id = ?1",
            )?
            .execute(params![
                id,
                arrival,
                row.status,
                row.kind,
                row.cause,
                row.delivery,
                row.policy,
                row.flags,
                row.feedback_word,
                row.auth_word,
                row.agent_word,
                row.reporter_word,
                row.incidents,
                (row.source_ip != [0; 16]).then_some(row.source_ip),
                row.source_port,
                row.asn,
                row.country,
                row.subject,
                row.domain,
                row.subject_shape as i64,
                row.url_shape as i64,
                writer::packed_numbers(&row.urls),
                writer::packed_numbers(&row.files),
            ])?;
        self.db.prepare_cached("DELETE FROM report_tag WHERE report = ?1 AND by_rule = 1")?.execute([id])?;
        self.put_tags(id, &tags)
    }

    /// Forgets the packed columns of reports, and tells those who have loaded some. Those of dictionaries stay:
    /// entries never change.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn forget_row_segments(&self) -> Result<(), Error> {
        let dictionaries = Dictionary::ALL.map(Dictionary::name);
        self.db
            .execute("DELETE FROM segment WHERE column_name NOT IN (?1, ?2, ?3, ?4, ?5)", dictionaries)
            .and_then(|_| settings::set_rewritten(&self.db, settings::rewritten(&self.db)? + 1))
            .map_err(|e| self.wrong(e))
    }
}
