//! The only SQL: schema, migrations, one writer, many readers. The truth; knows nothing of what packed columns mean.
