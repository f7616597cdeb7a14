//! What others know about an address: networks and countries from mmdb files, names, origins and block lists from DNS.

pub mod dns;
pub mod geoip;
pub mod reverse;
