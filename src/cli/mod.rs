//! One file per command; the only room that prints.

pub mod demo;
