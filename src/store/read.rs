//! Reports by number: list rows, whole records, exact bytes.

use super::dictionary::HashKey;
use super::document::Excerpt;
use super::error::from_sqlite;
use super::frame::{Frame, LARGE_BYTES};
use super::{Error, Store, dictionary, document, settings, writer};
use crate::model::{
    Cause, CountryMeaning, Dictionary, Dismissal, FeedKind, Kind, ListRow, Listing, Note, Record, ReportId,
    Status, address_space, sources,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::net::IpAddr;
use std::sync::Arc;

/// Frames unpacked last: reports listed one after another mostly lie in the same few.
#[derive(Default)]
pub(super) struct FrameCache {
    documents: Vec<(i64, Arc<Frame>)>,
    messages: Vec<(i64, Arc<Frame>)>,
}

/// Frames kept of messages; at 64 of 6 kB some 3 MB.
const MESSAGE_FRAMES_KEPT: usize = 8;
/// Frames kept of documents, which are a tenth as large: as many as a screen has lines, or scrolling through reports
/// that lie far apart would unpack each frame anew for every line.
const DOCUMENT_FRAMES_KEPT: usize = 64;

fn from_cache(cache: &mut Vec<(i64, Arc<Frame>)>, id: i64) -> Option<Arc<Frame>> {
    let at = cache.iter().position(|(frame, _)| *frame == id)?;
    let hit = cache.remove(at);
    cache.push(hit);
    cache.last().map(|(_, frame)| Arc::clone(frame))
}

fn into_cache(cache: &mut Vec<(i64, Arc<Frame>)>, id: i64, frame: &Arc<Frame>, kept: usize) {
    if cache.len() >= kept {
        cache.remove(0);
    }
    cache.push((id, Arc::clone(frame)));
}

/// Reads and unpacks a frame; `None` when there is no such frame or its bytes are damaged.
pub(super) fn frame(db: &Connection, sql: &str, id: i64) -> rusqlite::Result<Option<Frame>> {
    db.prepare_cached(sql)?
        .query_row([id], |r| Ok(Frame::unpack(r.get_ref(0)?.as_blob()?)))
        .optional()
        .map(Option::flatten)
}

/// What became of reading a message that lies in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pieces {
    /// All of it was read.
    Whole,
    /// A piece is missing or damaged.
    Broken,
}

/// Whether a message of this size may lie in pieces.
pub(super) fn may_be_in_pieces(size: i64) -> bool {
    size > LARGE_BYTES as i64
}

/// Hands over the pieces of a message, first to last: the item in this place, then the first of every frame after it,
/// until the size that its row says is reached.
pub(super) fn pieces(
    db: &Connection,
    (first, slot): (i64, usize),
    size: i64,
    mut take: impl FnMut(&[u8]),
) -> rusqlite::Result<Pieces> {
    let mut missing = usize::try_from(size).unwrap_or(0);
    let (mut number, mut slot) = (first, slot);
    while missing > 0 {
        let read = frame(db, MESSAGES, number)?;
        match read.as_ref().and_then(|frame| frame.item(slot)) {
            Some(piece) if !piece.is_empty() && piece.len() <= missing => {
                take(piece);
                missing -= piece.len();
            }
            _ => return Ok(Pieces::Broken),
        }
        (number, slot) = (number + 1, 0);
    }
    Ok(Pieces::Whole)
}

/// The bytes of a message that may lie in pieces; `None` when one is missing or damaged.
pub(super) fn joined(db: &Connection, place: (i64, usize), size: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut bytes = vec![];
    // A damaged size is no reason to die.
    if bytes.try_reserve_exact(usize::try_from(size).unwrap_or(0)).is_err() {
        return Ok(None);
    }
    let read = pieces(db, place, size, |piece| bytes.extend_from_slice(piece))?;
    Ok((read == Pieces::Whole).then_some(bytes))
}

pub(super) const MESSAGES: &str = "SELECT data FROM message_frame WHERE id = ?1";
pub(super) const DOCUMENTS: &str = "SELECT data FROM document_frame WHERE id = ?1";

const LIST_ROW: &str =
    "SELECT r.id, r.arrival, r.status, coalesce(o.kind, r.kind), f.text, r.source_ip,
  coalesce(nullif(r.country, 0), k.country, 0), coalesce(nullif(r.asn, 0), k.asn, 0), r.delivery,
  d.text, s.text, r.flags, EXISTS(SELECT 1 FROM mark m WHERE m.report = r.id),
  EXISTS(SELECT 1 FROM dismissal x WHERE x.report = r.id), coalesce(o.cause, r.cause), feed.name, p.text, nullif(k.name, ''),
  r.incidents, coalesce(length(r.urls), 0) / 4, coalesce(length(r.files), 0) / 4,
  r.id > coalesce((SELECT value FROM setting WHERE name = 'seen_up_to'), 0),
  r.subject_shape, r.url_shape, w.name, coalesce(k.lists, ''),
  EXISTS(SELECT 1 FROM outgoing_mail e WHERE e.report = r.id AND e.tells = 1 AND e.state IN (3, 8))
  FROM report r JOIN feed ON feed.id = r.feed LEFT JOIN word f ON f.id = r.feedback
  LEFT JOIN word p ON p.id = r.reporter LEFT JOIN source k ON k.ip = r.source_ip
  LEFT JOIN network w ON w.asn = coalesce(nullif(r.asn, 0), k.asn)
  LEFT JOIN domain d ON d.id = r.domain LEFT JOIN subject s ON s.id = r.subject
  LEFT JOIN decision o ON o.report = r.id WHERE r.id = ?1";

/// A walk along the order of arrival, newest first; ends when enough is found.
const NEWEST: &str =
    "SELECT r.id FROM report r WHERE r.status = 0 ORDER BY r.arrival DESC, r.id DESC LIMIT ?1";
const NEWEST_OPEN: &str = "SELECT r.id FROM report r LEFT JOIN decision o ON o.report = r.id
  WHERE r.status = 0 AND coalesce(o.kind, r.kind) = 0
    AND NOT EXISTS(SELECT 1 FROM dismissal x WHERE x.report = r.id)
    AND NOT EXISTS(SELECT 1 FROM outgoing_mail e WHERE e.report = r.id AND e.tells = 1 AND e.state <> 7)
  ORDER BY r.arrival DESC, r.id DESC LIMIT ?1";

const RECORD: &str = "SELECT r.frame, r.slot, r.status, feed.name, feed.kind, r.stored_at, r.sha256, r.size, coalesce(o.kind, r.kind),
  coalesce(nullif(r.asn, 0), k.asn, 0), n.name, coalesce(nullif(r.country, 0), k.country, 0), nullif(k.name, ''),
  EXISTS(SELECT 1 FROM mark m WHERE m.report = r.id), x.reason, x.at, o.kind, o.cause,
  k.confirmed, coalesce(k.lists, ''), coalesce(k.unknown, ''), coalesce(k.contacts, ''), k.at,
  CASE WHEN json_valid(j.facts) THEN json_extract(j.facts, '$.country.finding.yes.code') END,
  CASE WHEN json_valid(j.facts) THEN json_extract(j.facts, '$.country.finding.yes.meaning') END,
  (SELECT min(coalesce(e.left_at, e.state_at)) FROM outgoing_mail m JOIN outgoing e ON e.id = m.outgoing
    WHERE m.report = r.id AND m.tells = 1 AND m.state IN (3, 8))
  FROM report r JOIN feed ON feed.id = r.feed LEFT JOIN source k ON k.ip = r.source_ip
  LEFT JOIN source_facts j ON j.ip = r.source_ip
  LEFT JOIN network n ON n.asn = coalesce(nullif(r.asn, 0), k.asn)
  LEFT JOIN dismissal x ON x.report = r.id
  LEFT JOIN decision o ON o.report = r.id WHERE r.id = ?1";

impl Store {
    /// List rows in the order asked for; numbers that do not exist are left out.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn list_rows(&self, ids: &[ReportId]) -> Result<Vec<ListRow>, Error> {
        let mut select = self.db.prepare_cached(LIST_ROW).map_err(|e| self.wrong(e))?;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(select.query_row([id], list_row).optional().map_err(|e| self.wrong(e))?);
        }
        Ok(rows)
    }

    /// The reports that arrived last, latest first; only open ones of the normal kind when asked. Answered by the
    /// order of arrival alone, so it is there before any column is loaded.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn newest(&self, count: usize, only_open_normal: bool) -> Result<Vec<ReportId>, Error> {
        self.db
            .prepare_cached(if only_open_normal { NEWEST_OPEN } else { NEWEST })
            .and_then(|mut s| s.query_map([count as i64], |r| r.get(0))?.collect())
            .map_err(|e| self.wrong(e))
    }

    /// What lists show of the documents, in the order asked for; nothing of those that are gone.
    ///
    /// # Errors
    /// Whatever SQLite reports, and a damaged frame.
    pub fn excerpts(&self, ids: &[ReportId]) -> Result<Vec<Excerpt>, Error> {
        let mut place = self
            .db
            .prepare_cached("SELECT frame, slot FROM report WHERE id = ?1")
            .map_err(|e| self.wrong(e))?;
        let mut excerpts = Vec::with_capacity(ids.len());
        for id in ids {
            let found = place.query_row([id], |r| Ok((r.get(0)?, r.get(1)?))).optional();
            let Some((frame, slot)) = found.map_err(|e| self.wrong(e))? else {
                excerpts.push(Excerpt::default());
                continue;
            };
            let document = self.item(*id, frame, slot, Part::Document)?;
            let excerpt = document::excerpt(&document)
                .map_err(|e| self.damaged(*id, &format!("its document cannot be read ({e})")))?;
            excerpts.push(excerpt);
        }
        Ok(excerpts)
    }

    /// Everything about one report.
    ///
    /// # Errors
    /// Whatever SQLite reports, and a damaged frame.
    pub fn record(&self, id: ReportId) -> Result<Option<Record>, Error> {
        let found = self
            .db
            .prepare_cached(RECORD)
            .and_then(|mut s| s.query_row([id], |r| stored(r, id)).optional())
            .map_err(|e| self.wrong(e))?;
        let Some((frame, slot, decided_cause, mut record)) = found else { return Ok(None) };
        let document = self.item(id, frame, slot, Part::Document)?;
        let document = document::read(&document)
            .map_err(|e| self.damaged(id, &format!("its document cannot be read ({e})")))?;
        let decided_kind = record.kind_set_by_hand.then_some(record.report.kind);
        record.origin = document.origin;
        record.status_reason = document.status_reason;
        record.report = document.report;
        if let Some(kind) = decided_kind {
            record.report.kind = kind;
            "set by hand".clone_into(&mut record.report.kind_reason);
        }
        if let Some(cause) = decided_cause {
            record.report.cause = cause;
            "set by hand".clone_into(&mut record.report.cause_reason);
        }
        record.tags = self.tags_of(id)?;
        record.notes = self.notes_of(id)?;
        Ok(Some(record))
    }

    /// The exact bytes of a report, and `None` when there is no such report.
    ///
    /// # Errors
    /// Whatever SQLite reports, and a damaged frame.
    pub fn raw(&self, id: ReportId) -> Result<Option<Vec<u8>>, Error> {
        let place = self
            .db
            .prepare_cached("SELECT frame, slot, size FROM report WHERE id = ?1")
            .and_then(|mut s| s.query_row([id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional())
            .map_err(|e| self.wrong(e))?;
        match place {
            Some((frame, slot, size)) if may_be_in_pieces(size) => {
                joined(&self.db, (frame, slot as usize), size)
                    .map_err(|e| self.wrong(e))?
                    .ok_or_else(|| self.damaged(id, "a piece of it is missing or damaged"))
                    .map(Some)
            }
            Some((frame, slot, _)) => self.item(id, frame, slot, Part::Message).map(Some),
            None => Ok(None),
        }
    }

    /// The text of a dictionary's entry.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn entry(&self, dictionary: Dictionary, number: u32) -> Result<Option<String>, Error> {
        dictionary::text(&self.db, dictionary, number).map_err(|e| self.wrong(e))
    }

    /// The number of a text in a dictionary, if it is there.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn entry_of(&self, dictionary: Dictionary, text: &str) -> Result<Option<u32>, Error> {
        let find = || dictionary::number(&self.db, dictionary, HashKey(settings::hash_key(&self.db)?), text);
        find().map_err(|e| self.wrong(e))
    }

    /// What a feed of this name has brought so far.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn feed_kind(&self, name: &str) -> Result<Option<FeedKind>, Error> {
        self.db
            .prepare_cached("SELECT kind FROM feed WHERE name = ?1")
            .and_then(|mut s| s.query_row([name], |r| r.get(0)).optional())
            .map(|kind| kind.and_then(FeedKind::from_number))
            .map_err(|e| self.wrong(e))
    }

    /// The name of an autonomous system, where it is known.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn network_name(&self, asn: u32) -> Result<Option<String>, Error> {
        self.db
            .prepare_cached("SELECT name FROM network WHERE asn = ?1")
            .and_then(|mut s| s.query_row([asn], |r| r.get(0)).optional())
            .map_err(|e| self.wrong(e))
    }

    /// The report with exactly these bytes.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn find(&self, sha256: &[u8; 32]) -> Result<Option<ReportId>, Error> {
        find(&self.db, sha256).map_err(|e| self.wrong(e))
    }

    fn item(&self, id: ReportId, frame_id: i64, slot: i64, part: Part) -> Result<Vec<u8>, Error> {
        let mut caches = self.frames.borrow_mut();
        let (cache, sql, kept) = match part {
            Part::Message => (&mut caches.messages, MESSAGES, MESSAGE_FRAMES_KEPT),
            Part::Document => (&mut caches.documents, DOCUMENTS, DOCUMENT_FRAMES_KEPT),
        };
        let unpacked = match from_cache(cache, frame_id) {
            Some(hit) => hit,
            None => {
                let read = frame(&self.db, sql, frame_id).map_err(|e| self.wrong(e))?;
                let read = Arc::new(read.ok_or_else(|| self.damaged(id, "its frame cannot be unpacked"))?);
                into_cache(cache, frame_id, &read, kept);
                read
            }
        };
        let item = usize::try_from(slot).ok().and_then(|slot| unpacked.item(slot));
        item.map(<[u8]>::to_vec).ok_or_else(|| self.damaged(id, "its frame does not hold it"))
    }

    fn damaged(&self, id: ReportId, what: &str) -> Error {
        Error::Damaged { path: self.path.clone(), what: format!("report {id}: {what}") }
    }

    fn tags_of(&self, id: ReportId) -> Result<Vec<String>, Error> {
        self.collect("SELECT tag FROM report_tag WHERE report = ?1 ORDER BY tag", id, |r| r.get(0))
    }

    fn notes_of(&self, id: ReportId) -> Result<Vec<Note>, Error> {
        self.collect("SELECT at, by, text FROM note WHERE report = ?1 ORDER BY id", id, |r| {
            Ok(Note { at: r.get(0)?, by: r.get(1)?, text: r.get(2)? })
        })
    }

    fn collect<T>(
        &self,
        sql: &str,
        id: ReportId,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut s| s.query_map(params![id], row)?.collect())
            .map_err(|e| from_sqlite(&self.path, e))
    }
}

/// The report whose bytes have this SHA-256: found by the start of it, decided by the whole.
pub(super) fn find(db: &Connection, sha256: &[u8; 32]) -> rusqlite::Result<Option<ReportId>> {
    db.prepare_cached("SELECT id FROM report WHERE digest = ?1 AND sha256 = ?2")?
        .query_row(params![writer::digest(sha256), sha256], |r| r.get(0))
        .optional()
}

#[derive(Clone, Copy)]
enum Part {
    Message,
    Document,
}

pub(super) fn country(number: u16) -> Option<String> {
    (number != 0).then(|| String::from_utf8_lossy(&number.to_be_bytes()).into_owned())
}

pub(super) fn address(bytes: Option<[u8; 16]>) -> Option<IpAddr> {
    address_space::from_column(bytes?)
}

fn list_row(r: &Row<'_>) -> rusqlite::Result<ListRow> {
    let asn: u32 = r.get(7)?;
    Ok(ListRow {
        id: r.get(0)?,
        arrival: r.get(1)?,
        status: Status::from_number(r.get(2)?).unwrap_or(Status::Quarantined),
        kind: Kind::from_number(r.get(3)?).unwrap_or(Kind::Normal),
        feedback_type: r.get(4)?,
        source_ip: address(r.get(5)?),
        country: country(r.get(6)?),
        asn: (asn != 0).then_some(asn),
        as_name: r.get(24)?,
        listed: Listing::from_column(r.get_ref(25)?.as_str()?),
        cause: Cause::from_number(r.get(14)?).unwrap_or(Cause::Unknown),
        feed: r.get(15)?,
        reporter: r.get(16)?,
        source_name: r.get(17)?,
        incidents: r.get(18)?,
        urls: r.get(19)?,
        files: r.get(20)?,
        new: r.get(21)?,
        shape: r.get::<_, i64>(22)? as u64,
        url_shape: r.get::<_, i64>(23)? as u64,
        delivery: crate::model::Delivery::from_number(r.get(8)?),
        reported_domain: r.get::<_, Option<String>>(9)?.unwrap_or_default(),
        subject: r.get(10)?,
        unverified: r.get::<_, u8>(11)? & 1 != 0,
        reported: r.get(26)?,
        marked: r.get(12)?,
        dismissed: r.get(13)?,
    })
}

type Stored = (i64, i64, Option<crate::model::Cause>, Record);

fn stored(r: &Row<'_>, id: ReportId) -> rusqlite::Result<Stored> {
    let asn: u32 = r.get(9)?;
    let decided_kind: Option<u8> = r.get(16)?;
    let kind = Kind::from_number(r.get(8)?).unwrap_or(Kind::Normal);
    let dismissed = match (r.get::<_, Option<String>>(14)?, r.get::<_, Option<i64>>(15)?) {
        (Some(reason), Some(at)) => Some(Dismissal { reason, at }),
        _ => None,
    };
    let texts = |column| -> rusqlite::Result<Vec<String>> {
        Ok(sources::split(r.get_ref(column)?.as_str()?).map(str::to_owned).collect())
    };
    // The country of the import says nothing of what it means; a look-up that found the same does.
    let place = country(r.get(11)?);
    let is_same = place.is_some() && place == r.get::<_, Option<String>>(23)?;
    let meaning = r.get::<_, Option<String>>(24)?.filter(|_| is_same);
    let record = Record {
        id,
        status: Status::from_number(r.get(2)?).unwrap_or(Status::Quarantined),
        status_reason: String::new(),
        feed: r.get(3)?,
        feed_kind: FeedKind::from_number(r.get(4)?).unwrap_or(FeedKind::Mailbox),
        origin: String::new(),
        stored_at: r.get(5)?,
        sha256: r.get(6)?,
        size: r.get::<_, i64>(7)? as u64,
        report: crate::model::Report { kind, ..Default::default() },
        kind_set_by_hand: decided_kind.is_some(),
        asn: (asn != 0).then_some(asn),
        as_name: r.get(10)?,
        country: place,
        country_from: meaning.and_then(|meaning| CountryMeaning::from_name(&meaning)),
        source_name: r.get(12)?,
        source_name_confirmed: r.get(18)?,
        listed: Listing::from_column(r.get_ref(19)?.as_str()?),
        lists_unknown: texts(20)?,
        contacts: texts(21)?,
        looked_up_at: r.get(22)?,
        reported_at: r.get(25)?,
        marked: r.get(13)?,
        dismissed,
        tags: vec![],
        notes: vec![],
    };
    let cause = r.get::<_, Option<u8>>(17)?.and_then(crate::model::Cause::from_number);
    Ok((r.get(0)?, r.get(1)?, cause, record))
}
