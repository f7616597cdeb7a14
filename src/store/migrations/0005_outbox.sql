-- The ledger of what left, or may. Rows are never removed, whatever becomes of the reports that they are about; the
-- numbers of states and kinds are those of `model/outbox.rs`: held 0, approved 1, sending 2, sent 3, deferred 4,
-- failed 5, unknown 6, cancelled 7, by-hand 8; report 0, copy 1, form 2, submission 3.

-- One message to one recipient. `source`: 16 bytes, IPv4 as IPv4-mapped. `warnings`: a JSON list. `approved_sha256`: the
-- bytes that a person approved; without it, or with other bytes, a row cannot be on its way. `left_at`: when its bytes
-- last began to leave, or the desk was told otherwise.
CREATE TABLE outgoing(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  source BLOB,
  subject TEXT NOT NULL,
  report_type INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  incidents INTEGER NOT NULL,
  warnings TEXT NOT NULL,
  singly TEXT,
  reason TEXT,
  repeats INTEGER REFERENCES outgoing(id),
  state INTEGER NOT NULL,
  state_at INTEGER NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  approved_at INTEGER,
  approved_by TEXT,
  approved_sha256 BLOB,
  due INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  left_at INTEGER,
  response INTEGER NOT NULL DEFAULT 0,
  response_at INTEGER,
  ticket TEXT,
  CHECK(state NOT IN (1, 2, 3, 4, 6) OR approved_sha256 IS sha256),
  CHECK((state IN (1, 4)) = (due IS NOT NULL))
) STRICT;
CREATE INDEX outgoing_state ON outgoing(state, id);
CREATE INDEX outgoing_due ON outgoing(due) WHERE due IS NOT NULL;
CREATE INDEX outgoing_recipient ON outgoing(recipient, left_at);

-- The exact bytes, compressed: nobody who reads the rows above has to read over them.
CREATE TABLE outgoing_message(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

-- The reported mails that a row settles, the evidence first. `report` may be purged, so it refers to nothing. `mail` is
-- the SHA-256 of the reported mail, for a submission that of its URL, and stands once a row: whoever reported it to us,
-- the same mail from the same source is told once to the same recipient. `round` counts the repetitions that a person
-- asked for. `tells`: the kind is one that reports to the source's network. `state` follows the row's.
CREATE TABLE outgoing_mail(
  outgoing INTEGER NOT NULL REFERENCES outgoing(id),
  position INTEGER NOT NULL,
  report INTEGER,
  mail BLOB,
  source BLOB NOT NULL,
  recipient TEXT NOT NULL,
  round INTEGER NOT NULL,
  tells INTEGER NOT NULL,
  state INTEGER NOT NULL,
  PRIMARY KEY(outgoing, position)
) STRICT, WITHOUT ROWID;
-- Once a round, and at most one that is neither told nor given up.
CREATE UNIQUE INDEX outgoing_mail_once ON outgoing_mail(mail, source, recipient, round) WHERE state NOT IN (5, 7);
CREATE UNIQUE INDEX outgoing_mail_live ON outgoing_mail(mail, source, recipient) WHERE state IN (0, 1, 2, 4, 6);
-- Read at every start: what is reported, and what stands in the ledger.
CREATE INDEX outgoing_mail_report ON outgoing_mail(report, tells, state) WHERE report IS NOT NULL;

CREATE TRIGGER outgoing_state_of_mails AFTER UPDATE OF state ON outgoing WHEN NEW.state <> OLD.state BEGIN
  UPDATE outgoing_mail SET state = NEW.state WHERE outgoing = NEW.id;
END;
CREATE TRIGGER outgoing_stays BEFORE DELETE ON outgoing BEGIN
  SELECT RAISE(ABORT, 'rows of the ledger are never removed');
END;
CREATE TRIGGER outgoing_is_final BEFORE UPDATE OF state, sha256, recipient, source ON outgoing
  WHEN OLD.state IN (3, 7, 8)
    AND (NEW.state, NEW.sha256, NEW.recipient, NEW.source) IS NOT (OLD.state, OLD.sha256, OLD.recipient, OLD.source)
BEGIN
  SELECT RAISE(ABORT, 'what was sent, cancelled or told by hand stays so');
END;

-- Who did what, only ever added. The last trigger is for INSERT OR REPLACE, which removes a row without asking the others.
CREATE TABLE audit(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  act TEXT NOT NULL,
  outgoing INTEGER,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_outgoing ON audit(outgoing) WHERE outgoing IS NOT NULL;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is never changed');
END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is never shortened');
END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS(SELECT 1 FROM audit WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'the audit is never changed');
END;
