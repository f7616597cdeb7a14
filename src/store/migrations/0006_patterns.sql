-- Patterns that a command was told of, by what names them: each is told once for as long as it goes on.
CREATE TABLE pattern_told(
  key TEXT PRIMARY KEY,
  told INTEGER NOT NULL,
  seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
