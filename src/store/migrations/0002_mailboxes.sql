-- What was read of each folder of each account. UIDs grow and are never given twice as long as UIDVALIDITY stays
-- (RFC 9051 §2.3.1.1), so one number tells what is new; \Seen tells nothing, people set it.
-- Messages below `since_below` came before the first sync: of those, the ones before `since` are left alone.
CREATE TABLE mailbox(
  id INTEGER PRIMARY KEY,
  feed TEXT NOT NULL,
  account TEXT NOT NULL,
  folder TEXT NOT NULL,
  uid_validity INTEGER NOT NULL,
  last_uid INTEGER NOT NULL,
  since INTEGER,
  since_below INTEGER NOT NULL,
  UNIQUE(feed, account, folder)
) STRICT;

-- Messages that are stored while what has to become of them in the mailbox may not have been done yet. Written in
-- the transaction that stores them, so that a run which dies in between is made good by the next.
CREATE TABLE mailbox_owed(mailbox INTEGER NOT NULL REFERENCES mailbox(id), uid INTEGER NOT NULL, valid INTEGER NOT NULL,
  PRIMARY KEY(mailbox, uid)) STRICT, WITHOUT ROWID;

-- Messages that could not be taken and still lie in the mailbox.
CREATE TABLE mailbox_left(mailbox INTEGER NOT NULL REFERENCES mailbox(id), uid INTEGER NOT NULL, tries INTEGER NOT NULL,
  reason TEXT NOT NULL, PRIMARY KEY(mailbox, uid)) STRICT, WITHOUT ROWID;
