//! Text made comparable: lower case, no accents, one blank for any run of white space, one form of each quote,
//! dash, colon and bracket. Phrases of a table and the text of a mail go through the same function. Must not know
//! what is looked for.

/// Folds at most `limit` bytes of `text`.
pub(super) fn fold(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    fold_into(&mut out, text, limit);
    out
}

/// Appends the folded `text`, at most `limit` bytes of it, as words of their own.
pub(super) fn fold_into(out: &mut String, text: &str, limit: usize) {
    let mut blank = !out.is_empty();
    let mut at = 0;
    while at < limit {
        let rest = text.get(at..).unwrap_or_default();
        let word = rest.bytes().take(limit - at).take_while(u8::is_ascii_graphic).count();
        if word > 0 {
            // Nearly all there is; a word at a time is three times as quick as a character at a time.
            separate(out, &mut blank, false);
            let start = out.len();
            out.push_str(rest.get(..word).unwrap_or_default());
            out[start..].make_ascii_lowercase();
            at += word;
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        at += c.len_utf8();
        if c.is_ascii() {
            blank |= c.is_ascii_whitespace();
        } else if c.is_whitespace() {
            blank = true;
        } else if !is_mark(c) && !is_invisible(c) {
            separate(out, &mut blank, is_unspaced(c));
            c.to_lowercase().filter(|c| !is_mark(*c)).for_each(|c| push_plain(out, c));
        }
    }
}

/// Chinese and Japanese lines are broken inside words, so white space between two such characters is dropped.
fn separate(out: &mut String, blank: &mut bool, unspaced: bool) {
    if std::mem::take(blank)
        && !out.is_empty()
        && !(unspaced && out.chars().next_back().is_some_and(is_unspaced))
    {
        out.push(' ');
    }
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// Combining marks, so that decomposed text equals composed text.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn push_plain(out: &mut String, c: char) {
    out.push(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'æ' => return out.push_str("ae"),
        'œ' => return out.push_str("oe"),
        'ß' => return out.push_str("ss"),
        'ả' | 'ạ' | 'ấ'..='ặ' => 'a',
        'ẹ'..='ệ' => 'e',
        'ọ'..='ợ' => 'o',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'й' => 'и',
        'ё' => 'е',
        'ї' => 'і',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '´' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '«' | '»' => '"',
        '\u{2010}'..='\u{2015}' => '-',
        '：' => ':',
        '【' | '［' | '「' => '[',
        '】' | '］' | '」' => ']',
        '（' => '(',
        '）' => ')',
        c => c,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_white_space_and_signs_do_not_matter() {
        for (text, folded) in [
            ("  Réponse\u{a0}\r\n  AUTOMATIQUE :", "reponse automatique :"),
            ("Re\u{301}ponse", "reponse"),
            ("İstanbul'da", "istanbul'da"),
            ("Αυτόματη ΑΠΆΝΤΗΣΗ", "αυτοματη απαντηση"),
            ("Ё\u{439}", "еи"),
            ("I\u{2019}m “away” – out", "i'm \"away\" - out"),
            ("außer Haus", "ausser haus"),
            ("【自動\n返信】：不在", "[自動返信]:不在"),
            ("a\u{200b}b\u{0}c", "abc"),
        ] {
            assert_eq!(fold(text, 1000), folded, "{text:?}");
        }
    }

    #[test]
    fn the_limit_never_cuts_a_character() {
        assert_eq!(fold("aéb", 2), "ae");
        assert_eq!(fold("éé", 0), "");
    }
}
