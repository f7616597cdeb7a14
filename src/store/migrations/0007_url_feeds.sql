-- URLs that went to feeds, or may. A submission is a row of the ledger like a report; what is only a submission's stands
-- here. Kinds and answers are those of `model/url_feed.rs`: netcraft 0, spamhaus 1, mail 2; none 0, accepted 1, known 2,
-- rejected 3.

-- `target`: where the person who approved it saw it go. `reference`: by which the feed knows it; without one it is never
-- asked for a verdict. `polls`: how often it was; `poll_due`: when it is next.
CREATE TABLE submission(
  outgoing INTEGER PRIMARY KEY REFERENCES outgoing(id),
  kind INTEGER NOT NULL,
  target TEXT NOT NULL,
  reference TEXT,
  polls INTEGER NOT NULL DEFAULT 0,
  poll_due INTEGER
) STRICT;
CREATE INDEX submission_poll ON submission(poll_due) WHERE poll_due IS NOT NULL;

-- A line for each URL as the mail has it (`found`); several that were cut down may have left as the same (`url`). That a
-- URL goes to a feed once is held by `outgoing_mail`, which has its SHA-256.
CREATE TABLE submission_url(
  outgoing INTEGER NOT NULL REFERENCES submission(outgoing),
  position INTEGER NOT NULL,
  url TEXT NOT NULL,
  found TEXT NOT NULL,
  answer INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  verdict TEXT,
  verdict_at INTEGER,
  PRIMARY KEY(outgoing, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_url_found ON submission_url(found);
