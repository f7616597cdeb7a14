-- What others say. By address and not by report: a million reports share some ten thousand sources.

-- Answers of name servers and directories, under the question. `at`: when it was given; `until`: when to ask again.
CREATE TABLE answer(key TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;

-- Answers that hold for a whole network. A range is kept as the blocks it consists of, so that the smallest one around
-- an address is found by its longest prefix. `first` is 16 bytes, IPv4 as IPv4-mapped; `length` counts accordingly.
CREATE TABLE network_answer(kind TEXT NOT NULL, length INTEGER NOT NULL, first BLOB NOT NULL, value TEXT NOT NULL,
  at INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY(kind, length, first)) STRICT, WITHOUT ROWID;

-- Source addresses with the few values that lists and filters ask for, small enough to be read at every start; 0 and ''
-- mean unknown. `lists` and `contacts` hold several, parted by TAB. `unknown`: lists that did not answer.
-- `due`: when to look it up, NULL when there is nothing to do; a claim moves it on. `tries`: failures in a row.
-- `until`: when what is known wants to be asked again. `changed` grows with every change of any row.
CREATE TABLE source(
  ip BLOB PRIMARY KEY,
  asn INTEGER NOT NULL DEFAULT 0,
  country INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL DEFAULT '',
  confirmed INTEGER,
  lists TEXT NOT NULL DEFAULT '',
  unknown TEXT NOT NULL DEFAULT '',
  contacts TEXT NOT NULL DEFAULT '',
  at INTEGER,
  until INTEGER NOT NULL DEFAULT 0,
  due INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX source_due ON source(due) WHERE due IS NOT NULL;
CREATE INDEX source_changed ON source(changed) WHERE changed > 0;

-- Everything that is known of a source, with its sources and ages, as JSON: a kilobyte each, read one at a time.
CREATE TABLE source_facts(ip BLOB PRIMARY KEY, facts TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Hosts of URLs, likewise.
CREATE TABLE host(name TEXT PRIMARY KEY, lists TEXT NOT NULL, facts TEXT NOT NULL, at INTEGER NOT NULL,
  changed INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What people said about abuse contacts, one rule a scope: `asn` 64500, `network` 192.0.2.0/24, `domain` example.net,
-- `address` abuse@example.net. `contacts` are parted by TAB.
CREATE TABLE contact_rule(scope TEXT NOT NULL, subject TEXT NOT NULL, act INTEGER NOT NULL, contacts TEXT NOT NULL,
  note TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, PRIMARY KEY(scope, subject)) STRICT, WITHOUT ROWID;

-- What became of contacts: who asked to be told no more, who cannot be reached.
CREATE TABLE contact_state(address TEXT PRIMARY KEY, state INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
  by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE contact_event(id INTEGER PRIMARY KEY, address TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
  what TEXT NOT NULL) STRICT;
CREATE INDEX contact_event_address ON contact_event(address);
