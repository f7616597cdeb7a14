//! What others know about an address: networks and countries from mmdb files, names, origins and block lists from DNS.

pub mod dns;
mod enricher;
pub mod geoip;
pub mod hosts;
pub mod lists;
pub mod names;
pub mod origin;
pub mod reverse;

pub use enricher::{Enricher, Setup};
