//! Untrusted text made showable: control, bidi and zero-width characters made visible; width; URLs defanged and
//! refanged. Whatever an attacker wrote passes through here before a person or a spreadsheet sees it.

mod curve;
mod number;
mod pattern;
mod showable;
mod spreadsheet;
mod unwrap;
pub mod url;
mod width;

pub use curve::curve;
pub use number::{counted, thousands};
pub use pattern::pattern_name;
pub use showable::{Showable, showable, showable_ascii, showable_lines, up_to_whole_escape};
pub use spreadsheet::spreadsheet_safe;
pub use unwrap::{Unwrapped, unwrap_url};
pub use url::{defang, refang};
pub use width::{cut, fit, fit_right, width};
