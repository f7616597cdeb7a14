//! The rooms wired together: import, sync, watch, reclassify, find, doctor, look-ups, reporting. Workers, progress, cancel.

pub mod alert;
pub mod cancel;
pub mod contacts;
pub mod desk;
pub mod doctor;
pub mod enrich;
pub mod find;
pub mod import;
mod in_flight;
pub mod lookup;
pub mod patterns;
pub mod reclassify;
pub mod report;
mod seal;
pub mod submit;
mod summary;
pub mod sync;
pub mod watch;
pub mod way_out;

pub use cancel::Cancel;
pub use find::{Finder, Found};
pub use import::Import;
pub use summary::Summary;
pub use sync::MailboxSync;
