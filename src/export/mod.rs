//! Answers as tables, CSV, JSON lines and lists: siblings of the screens.
