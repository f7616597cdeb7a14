//! Arguments, file and environment become one validated `Config`.
