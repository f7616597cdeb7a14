-- The first form. Rows hold numbers only, so that a million of them stay small and quick to insert; texts stand once
-- in dictionaries; the exact bytes and the understood documents lie apart in compressed frames of up to 64.

-- Small facts about this file: the key of the dictionary hashes, the next report number, what was last seen.
CREATE TABLE setting(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE feed(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL) STRICT;

-- Dictionaries. `hash` is a keyed 64-bit hash of the text: attackers choose the texts but do not know the key.
-- Not unique: on a hit the text itself decides.
CREATE TABLE subject(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE domain(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE url(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE word(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE file(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX subject_hash ON subject(hash);
CREATE INDEX domain_hash ON domain(hash);
CREATE INDEX url_hash ON url(hash);
CREATE INDEX word_hash ON word(hash);
CREATE INDEX file_hash ON file(hash);

-- zstd frames: a count, the lengths, then the items one after another. 64 together pack 2.4 times better than
-- one by one, and one is read back in 0.1 ms.
-- A message of more than 8 MiB is cut: the first piece lies in its frame, each further one is the first item of the
-- next message frame, until the size in its row is reached.
CREATE TABLE message_frame(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE document_frame(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

-- `digest` is the start of `sha256`, for a small index; on a hit the whole sha256 decides.
-- `urls` and `files` are dictionary numbers, four bytes each, little endian. 0 and NULL mean unknown.
CREATE TABLE report(
  id INTEGER PRIMARY KEY,
  digest INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  size INTEGER NOT NULL,
  frame INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  feed INTEGER NOT NULL REFERENCES feed(id),
  stored_at INTEGER NOT NULL,
  arrival INTEGER NOT NULL,
  status INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  cause INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  policy INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  feedback INTEGER NOT NULL,
  auth INTEGER NOT NULL,
  agent INTEGER NOT NULL,
  reporter INTEGER NOT NULL,
  feed_word INTEGER NOT NULL,
  incidents INTEGER NOT NULL,
  source_ip BLOB,
  source_port INTEGER NOT NULL,
  asn INTEGER NOT NULL,
  country INTEGER NOT NULL,
  source_name INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  domain INTEGER NOT NULL,
  subject_shape INTEGER NOT NULL,
  url_shape INTEGER NOT NULL,
  urls BLOB,
  files BLOB
) STRICT;
CREATE INDEX report_digest ON report(digest);
-- The first page of a list, before the columns are in memory.
CREATE INDEX report_arrival ON report(arrival);

-- Names of autonomous systems.
CREATE TABLE network(asn INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;

-- Packed columns of the index: opaque here, and always rebuildable from the rows above.
CREATE TABLE segment(column_name TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(column_name, number)) STRICT;

-- What people did.
CREATE TABLE mark(report INTEGER PRIMARY KEY REFERENCES report(id)) STRICT;
CREATE TABLE dismissal(report INTEGER PRIMARY KEY REFERENCES report(id), reason TEXT NOT NULL, at INTEGER NOT NULL,
  by TEXT NOT NULL) STRICT;
CREATE TABLE report_tag(tag TEXT NOT NULL, report INTEGER NOT NULL REFERENCES report(id), by_rule INTEGER NOT NULL,
  PRIMARY KEY(tag, report)) STRICT, WITHOUT ROWID;
CREATE INDEX report_tag_report ON report_tag(report);
CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, report INTEGER NOT NULL REFERENCES report(id),
  at INTEGER NOT NULL, by TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX note_report ON note(report);
CREATE TABLE decision(report INTEGER PRIMARY KEY REFERENCES report(id), kind INTEGER, cause INTEGER,
  at INTEGER NOT NULL, by TEXT NOT NULL) STRICT;
CREATE TABLE view(name TEXT PRIMARY KEY, query TEXT NOT NULL, position INTEGER NOT NULL) STRICT;
