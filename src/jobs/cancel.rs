//! The flag by which a person ends a job between two commits: the index's own, so that one word stops both.

pub use crate::index::Cancel;
