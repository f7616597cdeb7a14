//! Columns on a terminal: how wide text is, and text cut or padded to a width. Give it showable text.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

const ELLIPSIS: &str = "…";

/// Columns that the text takes, counted over grapheme clusters: an emoji sequence or a letter with its marks is one
/// thing, a Chinese character takes two columns.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The text if it fits, else as much of it as fits before an ellipsis; never more than `columns` wide.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = UnicodeWidthStr::width(cluster);
        if used + wide > room {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    out.push_str(ELLIPSIS);
    out
}

/// The text in exactly `columns`, blanks after it.
pub fn fit(text: &str, columns: usize) -> String {
    let mut out = cut(text, columns);
    let blanks = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', blanks));
    out
}

/// The text in exactly `columns`, blanks before it: numbers.
pub fn fit_right(text: &str, columns: usize) -> String {
    let out = cut(text, columns);
    let blanks = columns.saturating_sub(width(&out));
    " ".repeat(blanks) + &out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_count_as_the_columns_they_take() {
        for (text, columns) in
            [("abc", 3), ("né", 2), ("ne\u{301}", 2), ("帐户", 4), ("👩\u{200d}💻", 2), ("", 0), ("ｗ", 2)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn text_is_cut_between_clusters_and_padded_to_the_column() {
        for (text, columns, want) in [
            ("wire transfer", 20, "wire transfer       "),
            ("wire transfer", 8, "wire tr…"),
            ("帐户已被锁定", 6, "帐户… "),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("ab", 0, ""),
            ("ab", 1, "…"),
        ] {
            assert_eq!(fit(text, columns), want);
        }
        assert_eq!(fit_right("128", 5), "  128");
    }

    proptest::proptest! {
        #[test]
        fn a_fitted_text_takes_exactly_its_columns(text in "\\PC*", columns in 0usize..40) {
            let text = crate::text::showable(&text);
            proptest::prop_assert_eq!(width(&fit(text.as_str(), columns)), columns);
        }
    }
}
