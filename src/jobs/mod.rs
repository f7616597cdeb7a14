//! The rooms wired together: import, reclassify, search. Workers, progress, cancel.
