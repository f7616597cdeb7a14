//! What others know about an address: networks and countries from mmdb files; names, origins and block lists from DNS;
//! whom to tell, by DNS and HTTP; and where a URL leads.

pub mod contacts;
pub mod dns;
mod enricher;
pub mod geoip;
pub mod hosts;
pub mod http;
pub mod lists;
pub mod names;
pub mod origin;
pub mod reverse;
pub mod trace;

pub use enricher::{Enricher, Setup};
