//! What goes out. Here: a folder of .eml files.

pub mod folder;
