//! Filter text to `Filter` and back, with errors that name a column. Knows nothing of how it is answered.
