//! The type by which untrusted text reaches a person. It knows nothing of where the text came from or goes to.
//!
//! | written | shown |
//! | --- | --- |
//! | tab, CR, LF, any blank (U+00A0, U+3000…) | one plain space; [`showable_lines`] keeps line ends |
//! | C0, DEL, C1 (terminal escapes begin there) | `\u{1b}` |
//! | bidi marks, embeddings, overrides, isolates (Trojan Source) | `\u{202e}` |
//! | zero-width, soft hyphen, fillers, tags, variation selectors | `\u{200b}` |
//! | line and paragraph separators | `\u{2028}` |
//! | private use, unassigned, U+2800 (a blank that is none) | `\u{e000}` |
//! | joiner or emoji selector where a script or an emoji needs it | kept |
//! | more than [`MARKS_PER_LETTER`] combining marks on a letter | the first ones, then U+FFFD once |
//!
//! The form `\u{…}` is one for all of them, reads the same on every terminal and is plain ASCII. A backslash that
//! the sender wrote stays as it is: a forged escape shows the harmless text that it is.

use regex::Regex;
use std::fmt;
use std::sync::LazyLock;

/// Vietnamese needs 2 combining marks on a letter, pointed Hebrew and Tibetan up to 4; a flood spills over the
/// lines above and below.
pub const MARKS_PER_LETTER: usize = 4;

/// Everything that is not simply a visible character: the tables of Unicode, as the regex crate carries them.
/// Compiling it takes a millisecond, so ASCII never asks for it.
static SUSPECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{M}\p{Default_Ignorable_Code_Point}\x{2800}--\x20]",
    )
    .ok()
});

/// Marks, for the length of a run of them.
static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{M}$").ok());

/// Bases that take an emoji presentation selector or a joiner.
static PICTOGRAPH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{Extended_Pictographic}\p{Emoji_Modifier}\x{FE0F}]$").ok());

/// Text that can do nothing to a terminal, a table or a reader's eye but be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Showable(String);

impl Showable {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Showable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Showable {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// One line of showable text, for cells and sentences.
pub fn showable(text: &str) -> Showable {
    Showable(clean(text, false))
}

/// Showable text that keeps its line ends (as LF) and widens tabs to the next multiple of eight columns.
pub fn showable_lines(text: &str) -> Showable {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut columns = 0;
        for (number, cell) in line.split('\t').enumerate() {
            if number > 0 {
                let blanks = 8 - columns % 8;
                out.extend(std::iter::repeat_n(' ', blanks));
                columns += blanks;
            }
            let cell = clean(cell, false);
            columns += super::width(&cell);
            out.push_str(&cell);
        }
    }
    Showable(out)
}

/// One line for terminals that have no Unicode: everything beyond ASCII becomes `\u{…}`.
pub fn showable_ascii(text: &str) -> Showable {
    Showable(clean(text, true))
}

fn clean(text: &str, ascii_only: bool) -> String {
    if text.is_ascii() || ascii_only {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\t' | '\n' | '\r' => out.push(' '),
                ' '..='~' => out.push(c),
                _ => escape(c, &mut out),
            }
        }
        return out;
    }
    let Some(suspect) = SUSPECT.as_ref() else { return clean(text, true) };
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = 0;
    let mut marks = 0;
    for found in suspect.find_iter(text) {
        if found.start() > rest {
            marks = 0;
        }
        out.push_str(&text[rest..found.start()]);
        rest = found.end();
        let Some(c) = found.as_str().chars().next() else { continue };
        let before = text[..found.start()].chars().next_back();
        let after = text[found.end()..].chars().next();
        match c {
            '\t'
            | '\n'
            | '\r'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}' => {
                marks = 0;
                out.push(' ');
            }
            '\u{fe0f}' if before.is_some_and(takes_emoji_form) => out.push(c),
            '\u{200d}' if joins_emoji(before, after) || joins_letters(before, after) => out.push(c),
            '\u{200c}' if joins_letters(before, after) => out.push(c),
            _ if is_mark(c) && !is_invisible_mark(c) => {
                marks += 1;
                match marks {
                    1..=MARKS_PER_LETTER => out.push(c),
                    n if n == MARKS_PER_LETTER + 1 => out.push('\u{fffd}'),
                    _ => {}
                }
            }
            _ => escape(c, &mut out),
        }
    }
    out.push_str(&text[rest..]);
    out
}

/// The start of a showable text without an escape at its end that was cut: half of `\u{f6}` says something else.
pub fn up_to_whole_escape(start: &str) -> &str {
    let begins_escape =
        |tail: &str| tail == "\\" || tail == "\\u" || tail.starts_with("\\u{") && !tail.contains('}');
    match start.rfind('\\').and_then(|at| start.split_at_checked(at)) {
        Some((head, tail)) if begins_escape(tail) => head,
        _ => start,
    }
}

fn escape(c: char, out: &mut String) {
    out.extend(c.escape_unicode());
}

fn matches_one(class: &LazyLock<Option<Regex>>, c: char) -> bool {
    class.as_ref().is_some_and(|r| r.is_match(c.encode_utf8(&mut [0; 4])))
}

fn is_mark(c: char) -> bool {
    matches_one(&MARK, c)
}

/// Marks that have no ink: the grapheme joiner, Khmer inherent vowels, variation selectors.
fn is_invisible_mark(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Keycaps (`1️⃣`) and pictographs.
fn takes_emoji_form(base: char) -> bool {
    matches!(base, '0'..='9' | '#' | '*') || (base != '\u{fe0f}' && matches_one(&PICTOGRAPH, base))
}

fn joins_emoji(before: Option<char>, after: Option<char>) -> bool {
    let [Some(before), Some(after)] = [before, after] else { return false };
    matches_one(&PICTOGRAPH, before) && after != '\u{fe0f}' && matches_one(&PICTOGRAPH, after)
}

/// Between letters of Arabic and the scripts of India and South-East Asia a joiner changes the letters' shape
/// (UAX #31 §2.3); between others it only hides.
fn joins_letters(before: Option<char>, after: Option<char>) -> bool {
    let shapes = |c: Option<char>| {
        c.is_some_and(|c| {
            matches!(c, '\u{620}'..='\u{7ff}' | '\u{8a0}'..='\u{df4}' | '\u{f40}'..='\u{109f}' | '\u{1780}'..='\u{17d3}')
        })
    };
    shapes(before) && shapes(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_hides_or_commands_reaches_the_reader() {
        for (written, shown) in [
            ("plain text, as it is", "plain text, as it is"),
            ("\x1b]0;owned\x07", "\\u{1b}]0;owned\\u{7}"),
            ("a\x7fb\u{9b}2J", "a\\u{7f}b\\u{9b}2J"),
            ("one\r\ntwo\tthree", "one  two three"),
            ("invoice\u{202e}fdp.exe", "invoice\\u{202e}fdp.exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("pay\u{200b}pal\u{feff}", "pay\\u{200b}pal\\u{feff}"),
            ("soft\u{ad}hyphen", "soft\\u{ad}hyphen"),
            ("line\u{2028}line", "line\\u{2028}line"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("private \u{e000}", "private \\u{e000}"),
            ("unassigned \u{378}", "unassigned \\u{378}"),
            ("blank\u{2800}braille", "blank\\u{2800}braille"),
            ("no\u{a0}break\u{3000}wide", "no break wide"),
            ("fill\u{3164}er", "fill\\u{3164}er"),
            ("a\u{200d}b a\u{200c}b", "a\\u{200d}b a\\u{200c}b"),
        ] {
            assert_eq!(showable(written).as_str(), shown);
        }
    }

    #[test]
    fn what_scripts_and_emoji_need_is_kept() {
        for kept in [
            "Überweisung – réf. № 7",
            "您的帐户已被锁定",
            "שלום עולם",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👩\u{200d}💻 👍🏽 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}\u{200d}🔥",
            "e\u{301}\u{323}",
        ] {
            assert_eq!(showable(kept).as_str(), kept);
        }
    }

    #[test]
    fn a_flood_of_combining_marks_is_cut() {
        let flood = format!("z{}algo", "\u{301}".repeat(500));
        assert_eq!(showable(&flood).as_str(), "z\u{301}\u{301}\u{301}\u{301}\u{fffd}algo");
    }

    #[test]
    fn ascii_terminals_get_ascii() {
        assert_eq!(showable_ascii("né \u{202e}\n").as_str(), "n\\u{e9} \\u{202e} ");
    }

    #[test]
    fn lines_stay_lines_and_tabs_reach_the_next_stop() {
        assert_eq!(showable_lines("a\t帐\tb\r\n\x1bc\n").as_str(), "a       帐      b\n\\u{1b}c\n");
    }

    proptest::proptest! {
        #[test]
        fn showable_text_is_one_line_without_controls_and_stays_as_it_is(text in "\\PC*|.*") {
            let once = showable(&text);
            proptest::prop_assert!(!once.as_str().chars().any(char::is_control));
            let twice = showable(once.as_str());
            proptest::prop_assert_eq!(twice, once);
        }
    }
}
