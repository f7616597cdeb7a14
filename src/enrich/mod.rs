//! What others know about an address: networks and countries from mmdb files.

pub mod geoip;
