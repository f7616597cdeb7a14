//! Filter text to [`Filter`] and back, with errors that name a column. Knows nothing of how a filter is answered.
//!
//! ```text
//! since:2d "wire transfer"            since:2d url:*mail.htm
//! kind:bounce,auto-replied -country:DE (asn:64500 OR ip:192.0.2.0/24)
//! ```
//!
//! Terms are joined by AND, which binds closer than `OR`; `NOT` and `-` deny, parentheses group. A bare word or
//! "quoted phrase" is looked for in the subject. `field:a,b` is any of the values. `*` is a wildcard and anchors a
//! value at both ends, also inside quotes; `\*`, `\"` and `\\` are the characters themselves. `/…/` is a regular
//! expression. Letter case never matters (Unicode). `unknown`, not quoted, asks for reports without a value.
//!
//! What a value matches depends on its field: text fields *contain* it, name fields *are* it ([`Style`]). A report
//! without a value in a field matches no pattern there, not even `*`.

mod edit;
mod error;
mod field;
mod filter;
mod lexer;
mod parse;
mod pattern;
mod show;
mod time;
mod value;

pub use error::{QueryError, nearest};
pub use field::{Field, Style};
pub use filter::{Filter, Term};
pub use parse::{parse, parse_with_views};
pub use pattern::{Expression, Folded, Pattern, fold, fold_into, fold_values_into};
pub use time::{TimeForm, TimeRange, Unit};
pub use value::{Has, State, Value};

#[cfg(test)]
mod tests;
