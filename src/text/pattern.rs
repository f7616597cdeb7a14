//! What reports of a pattern share, as a list shows it: what kind of thing it is, and the thing itself.

use super::{Showable, defang, showable};
use crate::model::Dimension;

/// `subject "wire transfer"`, `URL ends mail[.]htm`, `AS 64500 Example Net`.
pub fn pattern_name(dimension: Dimension, text: &str) -> Showable {
    let label = dimension.label();
    let named = match dimension {
        Dimension::Words | Dimension::Subject => format!("{label} \"{text}\""),
        Dimension::Host | Dimension::Url | Dimension::Ending | Dimension::Address => {
            format!("{label} {}", defang(text))
        }
        // Enough to tell one from another; the query has all of it.
        Dimension::Hash => format!("{label} {}", text.get(..16).unwrap_or(text)),
        _ => format!("{label} {text}"),
    };
    showable(&named)
}
