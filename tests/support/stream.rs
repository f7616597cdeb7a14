//! Reads what a program writes to its terminal and tells what of it is not the program's own: a sequence that it does
//! not use, a control character, a sign that cannot be seen.

/// Modes that the screen switches: cursor, other screen, brackets round pastes, updates as one, mouse.
const MODES: &[&str] = &["25", "1049", "2004", "2026", "1000", "1002", "1003", "1006", "1015"];

/// Everything foreign in these bytes, with what stands around it.
pub fn foreign(bytes: &[u8]) -> Vec<String> {
    let mut found = vec![];
    let mut at = 0;
    let mut before = None;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (length, own, shown) = if rest[0] == 0x1b {
            before = None;
            let length = sequence(rest);
            (length, is_own(&rest[..length]), None)
        } else {
            let length = sign_length(rest);
            match std::str::from_utf8(&rest[..length]).ok().and_then(|text| text.chars().next()) {
                Some(sign) => (length, is_seen(sign, before), Some(sign)),
                None => (1, false, None),
            }
        };
        if !own {
            let around = &bytes[at.saturating_sub(30)..(at + 40).min(bytes.len())];
            let what = String::from_utf8_lossy(&rest[..length.min(60)]).escape_debug().to_string();
            found.push(format!("{what} in {}", String::from_utf8_lossy(around).escape_debug()));
        }
        before = shown.or(before);
        at += length;
    }
    found
}

/// How long the sequence is that begins here.
fn sequence(bytes: &[u8]) -> usize {
    let end = |found: Option<usize>| found.map_or(bytes.len(), |at| at + 1);
    match bytes.get(1) {
        Some(b'[') => {
            end(bytes.iter().enumerate().skip(2).find(|(_, b)| (0x40..=0x7e).contains(*b)).map(|(at, _)| at))
        }
        Some(b']' | b'P' | b'_' | b'^' | b'X') => {
            let closes = |at: usize| bytes[at] == 7 || bytes[at - 1..=at] == *b"\x1b\\";
            end((3..bytes.len()).find(|at| closes(*at)))
        }
        Some(_) => 2,
        None => 1,
    }
}

fn sign_length(bytes: &[u8]) -> usize {
    let length = match bytes[0] {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    length.min(bytes.len())
}

/// Whether the screen uses this sequence.
fn is_own(sequence: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(sequence) else { return false };
    if let Some(command) = text.strip_prefix("\x1b]") {
        let base64 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
        let copied = command
            .strip_prefix("52;c;")
            .and_then(|rest| rest.strip_suffix("\x1b\\").or(rest.strip_suffix('\x07')));
        return command == "0;Lafayette\x07" || copied.is_some_and(base64);
    }
    let Some(body) = text.strip_prefix("\x1b[") else { return false };
    let (parameters, last) = body.split_at(body.len().saturating_sub(1));
    if let Some(mode) = parameters.strip_prefix('?') {
        return matches!(last, "h" | "l") && MODES.contains(&mode);
    }
    let numbers = parameters.bytes().all(|b| b.is_ascii_digit() || b == b';');
    // Moves, colours and styles, what is erased, lines that move within margins.
    numbers && matches!(last, "H" | "m" | "J" | "K" | "A" | "B" | "C" | "D" | "G" | "d" | "r" | "L" | "M")
}

/// Whether a sign is seen as what it is: no control, nothing that turns the writing round, nothing without ink. Joiners
/// and the emoji form only behind what takes them.
fn is_seen(sign: char, before: Option<char>) -> bool {
    match sign {
        '\u{200c}' | '\u{200d}' | '\u{fe0f}' => {
            before.is_some_and(|before| !before.is_ascii() || sign == '\u{fe0f}')
        }
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => false,
        '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}'
        | '\u{ffa0}' => false,
        '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{1d173}'..='\u{1d17a}' => false,
        '\u{e0000}'..='\u{10ffff}' => false,
        _ => true,
    }
}
