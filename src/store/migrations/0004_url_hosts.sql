-- Hosts of URLs get a queue as source addresses have one; what was kept of them before was asked for by hand.
DROP TABLE host;
CREATE TABLE host(
  name TEXT PRIMARY KEY,
  lists TEXT NOT NULL DEFAULT '',
  at INTEGER,
  until INTEGER NOT NULL DEFAULT 0,
  due INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX host_due ON host(due) WHERE due IS NOT NULL;
CREATE INDEX host_changed ON host(changed) WHERE changed > 0;
CREATE TABLE host_facts(name TEXT PRIMARY KEY, facts TEXT NOT NULL) STRICT, WITHOUT ROWID;
