//! Cells that a spreadsheet will not run as formulas (CWE-1236, OWASP "CSV Injection").

use super::{Showable, showable};

/// Showable text with a `'` before it where a spreadsheet would take it for a formula: when its first character
/// that is neither blank nor quote is `=`, `+`, `-`, `@` (full-width forms too), or when it starts with a tab or CR.
/// The quoting of the CSV file itself is the writer's business.
pub fn spreadsheet_safe(text: &str) -> String {
    let first =
        text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).chars().next();
    let formula = matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    let shown = showable(text);
    if formula || text.starts_with(['\t', '\r', '\n']) {
        format!("'{shown}")
    } else {
        Showable::into_string(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for (written, safe) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  \"=1+1", "'  \"=1+1"),
            ("\u{a0}=1", "' =1"),
            ("\tx", "' x"),
            ("\rx", "' x"),
            ("＝1", "'＝1"),
            ("invoice = paid", "invoice = paid"),
            ("", ""),
        ] {
            assert_eq!(spreadsheet_safe(written), safe);
        }
    }
}
