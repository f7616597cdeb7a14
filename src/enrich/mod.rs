//! What others know about an address: networks and countries from files, abuse contacts and redirects by asking.

pub mod geoip;
pub mod http;
pub mod trace;
