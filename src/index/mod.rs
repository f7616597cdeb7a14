//! Columns in memory: a filter becomes a bitmap, a count, a page, facets. Rebuildable, never the truth; no SQL.
