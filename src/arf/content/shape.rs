//! Shapes: numbers that the mails of one campaign share although every copy has its own names, numbers and tokens.
//!
//! **Subjects.** Reply and forward prefixes of many languages, the content of a leading `[tag]`, letter case,
//! punctuation, invisible characters and emoji go. What varies is masked: a run of letters and digits that holds a
//! digit (numbers, dates, amounts, hexadecimal and most base64 tokens) with the currency or month beside it, long or
//! wildly capitalised tokens, mail addresses and domains, and the capitalised words that follow a greeting
//! (`Dear Anna Smith`) or a lower-case preposition (`request from Anna`, `für Bruno`). There is no list of names: a
//! name elsewhere stays, and keeps two subjects apart.
//!
//! **URLs.** Campaigns rotate hosts and keep paths, so the path tells: its segments and the extension with tokens
//! masked, the names of query parameters in alphabetical order, and whether the host is a name or an address. Where
//! the path says nothing (`/`, one token) the registrable domain stands instead. Of several URLs that shape speaks
//! for the mail which most of them have; then pages go before images, long ones before short ones.
//!
//! Shapes are stored: the same text must give the same number forever. Any change here means that all shapes are
//! computed again (`reclassify`).

use crate::text::url::host;
use siphasher::sip::SipHasher13;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

/// Stands for everything masked by its digits.
const NUMBER: &str = "0";
/// Stands for a name.
const NAME: &str = "\u{1}";
/// Stands for a mail address or domain.
const ADDRESS: &str = "@";

/// Reply and forward prefixes as mail programs of many languages write them.
const PREFIXES: [&str; 33] = [
    "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "antw", "antwort", "tr", "rv", "res", "enc", "rif", "i",
    "r", "odp", "pd", "ynt", "ilt", "vl", "doorst", "ref", "na", "отв", "на", "回复", "回覆", "答复", "答覆",
    "转发", "轉寄",
];

/// Words before a name, whatever their case.
const GREETINGS: [&str; 23] = [
    "dear",
    "hi",
    "hello",
    "hey",
    "congratulations",
    "attn",
    "attention",
    "mr",
    "mrs",
    "ms",
    "dr",
    "hallo",
    "liebe",
    "lieber",
    "herr",
    "frau",
    "bonjour",
    "cher",
    "hola",
    "estimado",
    "ciao",
    "gentile",
    "olá",
];

/// Words that come before a name when they are written in lower case and the name is not.
const PREPOSITIONS: [&str; 21] = [
    "from", "for", "to", "by", "with", "von", "vom", "für", "an", "mit", "de", "pour", "par", "para", "por",
    "da", "di", "per", "od", "dla", "от",
];

/// Currencies and months count as part of the number beside them.
const WITH_NUMBERS: [&str; 41] = [
    "eur", "usd", "gbp", "chf", "jpy", "cny", "inr", "rub", "pln", "brl", "cad", "aud", "sek", "nok", "dkk",
    "btc", "euro", "euros", "dollars", "am", "pm", "utc", "gmt", "jan", "feb", "mar", "apr", "jun", "jul",
    "aug", "sep", "oct", "nov", "dec", "january", "february", "march", "april", "october", "november",
    "december",
];

/// The shape of a subject; 0 only for one without any visible character.
pub fn subject_shape(subject: &str) -> u64 {
    let mut words: Vec<Cow<'_, str>> = Vec::new();
    let mut name_may_follow = false;
    for word in without_prefixes(subject).split_whitespace() {
        let masked = mask_address(word);
        let lower = lower_case(word.trim_matches(|c: char| !c.is_alphanumeric()));
        let lower: &str = &lower;
        let capitalised = first_letter(word).is_some_and(char::is_uppercase);
        let is_name = capitalised
            && masked.is_none()
            && !word.contains(|c: char| c.is_numeric())
            && !WITH_NUMBERS.contains(&lower);
        if name_may_follow && is_name {
            push(&mut words, Cow::Borrowed(NAME));
            // `from Anna Smith`, but `from Anna: wire transfer`.
            name_may_follow = !word.ends_with([',', ':', ';', '!', '?', '-']);
            continue;
        }
        name_may_follow = GREETINGS.contains(&lower) || (PREPOSITIONS.contains(&lower) && !capitalised);
        match masked {
            Some(mask) => push(&mut words, Cow::Borrowed(mask)),
            None => mask_runs(word, is_random_word, &mut words),
        }
    }
    let words: Vec<&str> = beside_numbers(&words);
    if words.is_empty() {
        let visible: String = subject.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        return if visible.is_empty() { 0 } else { number_of(&visible) };
    }
    number_of(&words.join(" "))
}

/// The shape of the URLs of a mail, whatever their order; 0 without any.
pub fn url_shape(urls: &[String]) -> u64 {
    url_shape_text(urls).map_or(0, |shape| number_of(&shape))
}

/// The same in letters: `name/login/0?id`, where `name` and `address` stand for any host and `0` for any number.
pub fn url_shape_text(urls: &[String]) -> Option<String> {
    let mut shapes: BTreeMap<String, (usize, bool, usize)> = BTreeMap::new();
    for url in urls.iter().collect::<BTreeSet<_>>() {
        let (shape, is_page) = shape_of_url(url);
        let length = shape.len();
        shapes.entry(shape).or_insert((0, is_page, length)).0 += 1;
    }
    let telling =
        shapes.iter().max_by(|(a, x), (b, y)| (x.1, x.0, x.2).cmp(&(y.1, y.0, y.2)).then_with(|| b.cmp(a)));
    telling.map(|(shape, _)| shape.clone())
}

/// The shape of one URL in letters.
pub fn shape_text_of(url: &str) -> String {
    shape_of_url(url).0
}

/// SipHash-1-3 with a key of zeros: stable over versions and machines, which the standard library's hasher is not.
fn number_of(shape: &str) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(shape.as_bytes());
    hasher.finish().max(1)
}

/// The subject behind `Re: [2]`, `AW:`, `转发：` and a leading `[tag]` or `***SPAM***`.
fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim_start();
    loop {
        let before = rest.len();
        if let Some((prefix, behind)) = rest.split_once([':', '：']) {
            let word = prefix
                .trim_end()
                .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^'));
            if PREFIXES.contains(&word.trim_end().to_lowercase().as_str()) {
                rest = behind.trim_start();
            }
        }
        for (open, close) in [('[', ']'), ('【', '】'), ('*', '*')] {
            let Some(inside) = rest.strip_prefix(open) else { continue };
            let inside = inside.trim_start_matches(open);
            if let Some((_, behind)) = inside.split_once(close)
                && behind.contains(char::is_alphanumeric)
            {
                rest = behind.trim_start_matches(close).trim_start();
            }
        }
        if rest.len() == before {
            return rest;
        }
    }
}

fn first_letter(word: &str) -> Option<char> {
    word.chars().find(|c| c.is_alphanumeric())
}

/// The mask of a mail address or domain; campaigns put the recipient's own into the subject.
fn mask_address(word: &str) -> Option<&'static str> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    if word.contains('@') {
        return Some(ADDRESS);
    }
    let (name, top) = word.rsplit_once('.')?;
    let is_domain = top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && name.len() >= 2
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        && !name.chars().all(|c| c.is_numeric());
    is_domain.then_some(ADDRESS)
}

/// Pushes the runs of letters and digits in a word, those that vary masked.
fn mask_runs<'w>(word: &'w str, is_random: fn(&str) -> bool, out: &mut Vec<Cow<'w, str>>) {
    for run in runs(word) {
        if run.contains(|c: char| c.is_numeric()) || is_random(run) {
            push(out, Cow::Borrowed(NUMBER));
        } else {
            push(out, lower_case(run));
        }
    }
}

/// A mask repeated is one mask: `1,250.00` and `7` are the same, so are a first name and a full one.
fn push<'w>(words: &mut Vec<Cow<'w, str>>, word: Cow<'w, str>) {
    if words.last().is_none_or(|last| *last != word || !matches!(&*word, NUMBER | NAME)) {
        words.push(word);
    }
}

/// Copies only where letters change.
fn lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// Runs of letters and digits. Letters without case (Chinese, Arabic, Thai…) make runs of their own, since no blank
/// parts them from a number.
fn runs(word: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        _ if !c.is_alphanumeric() => 0,
        _ if c.is_numeric() || c.is_lowercase() || c.is_uppercase() => 1,
        _ => 2,
    };
    let mut rest = word;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| kind(c) == 0);
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        rest = behind;
        Some(run)
    })
}

/// Without currencies and months beside a number, and without the number doubled by that.
fn beside_numbers<'w>(words: &'w [Cow<'_, str>]) -> Vec<&'w str> {
    let mut out: Vec<&str> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let follows = out.last().is_some_and(|last| *last == NUMBER);
        let precedes = words.get(at + 1).is_some_and(|next| next == NUMBER);
        let goes = (WITH_NUMBERS.contains(&&**word) && (follows || precedes)) || (word == NUMBER && follows);
        if !goes {
            out.push(word);
        }
    }
    out
}

/// A token without digits: too long for a word, or its letter case leaps about.
fn is_random_word(run: &str) -> bool {
    let leaps =
        run.as_bytes().windows(2).filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase()).count();
    run.is_ascii() && (run.len() >= 24 || leaps >= 3)
}

/// In paths, also one that nobody can pronounce: five consonants in a row.
fn is_random_segment(run: &str) -> bool {
    let consonants = run.split(|c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y'));
    is_random_word(run) || (run.is_ascii() && consonants.map(str::len).max().unwrap_or(0) >= 5)
}

/// The shape of one URL, and whether it is a page rather than an image, font or style sheet.
fn shape_of_url(url: &str) -> (String, bool) {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest).trim_start_matches('/');
    let path_at = behind_scheme.find(['/', '?', '#', '\\']).unwrap_or(behind_scheme.len());
    let target = behind_scheme[path_at..].split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));

    let mut says_something = false;
    let mut shape = String::with_capacity(url.len());
    let mut words = Vec::new();
    for segment in path.split(['/', '\\']).filter(|s| !s.is_empty()) {
        words.clear();
        mask_runs(segment, is_random_segment, &mut words);
        says_something |= words.iter().any(|w| w != NUMBER);
        for (at, word) in words.iter().enumerate() {
            shape.push(if at == 0 { '/' } else { '-' });
            shape.push_str(word);
        }
        if words.is_empty() {
            shape.push('/');
        }
    }
    let names: BTreeSet<String> =
        query.split(['&', ';']).filter(|p| !p.is_empty()).map(parameter_name).collect();
    says_something |= names.iter().any(|n| n != NUMBER);
    for name in &names {
        shape.push('?');
        shape.push_str(name);
    }

    let authority = behind_scheme[..path_at].rsplit('@').next().unwrap_or_default();
    let host = match (says_something, is_plain_name(authority)) {
        (true, true) => Cow::Borrowed("name"),
        (says_something, _) => {
            let host = host(url).unwrap_or_else(|| authority.to_lowercase());
            let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
            match (is_address, says_something) {
                (true, _) => Cow::Borrowed("address"),
                (false, true) => Cow::Borrowed("name"),
                (false, false) => Cow::Owned(psl::domain_str(&host).unwrap_or(&host).to_owned()),
            }
        }
    };
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_decoration = DECORATION.iter().any(|known| known.eq_ignore_ascii_case(extension));
    shape.insert_str(0, &host);
    (shape, !is_decoration)
}

/// What pages are dressed with: images, style sheets, scripts, fonts.
const DECORATION: [&str; 13] =
    ["gif", "png", "jpg", "jpeg", "bmp", "ico", "svg", "webp", "css", "js", "woff", "woff2", "ttf"];

/// A host that can be no address in any spelling (WHATWG URL §3.5): its last label begins with a letter. Spares the
/// dear reading of the URL for nearly all.
fn is_plain_name(authority: &str) -> bool {
    let host = authority.split(':').next().unwrap_or_default();
    host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The name of a query parameter; a query that is only a token counts as one.
fn parameter_name(parameter: &str) -> String {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let mut words = Vec::new();
    mask_runs(name, is_random_segment, &mut words);
    let is_bare_token = value.is_empty() && !parameter.contains('=');
    if is_bare_token || words.is_empty() { NUMBER.to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_one_campaign_share_a_shape() {
        for alike in [
            &[
                "Invoice 482910",
                "invoice 99",
                "INVOICE #7",
                "Invoice: 12-34/56",
                "Re: Invoice 1",
                "Fwd: AW: invoice 3!",
            ][..],
            &[
                "Re: wire transfer request from Anna",
                "RE: wire transfer request from Bruno",
                "wire transfer request from Anna Smith",
            ],
            &[
                "Tax refund of 123.45 EUR pending",
                "Tax refund of $7,000 pending",
                "tax refund of 1 USD pending",
            ],
            &["Dear Anna, your account", "DEAR Bruno Costa, your account"],
            &["[bank] ticket #12 updated", "[shop] ticket #9 updated", "***SPAM*** ticket 4 updated"],
            &[
                "您的帐户已被锁定 1",
                "您的帐户已被锁定99",
                "转发：您的帐户已被锁定 3",
                "回复: 您的帐户已被锁定 4",
            ],
            &["Mailbox of a@b.example is full", "Mailbox of longer.name@c.example is full"],
            &["Meeting moved to 5/17", "Meeting moved to 12 March 2026", "Meeting moved to Nov 3"],
            &["Document aGVsbG8gd29ybGQh", "Document 9f86d081884c7d65"],
            &["Your parcel\u{200b} is waiting 🎁", "your PARCEL is waiting"],
            &["🎁 Gewinn: 12.50 EUR für Anna", "Gewinn: 99 EUR für Bruno"],
            &["Re[2]: hello", "Re: Re: hello", "RE (3): hello"],
        ] {
            for subject in alike {
                assert_eq!(subject_shape(subject), subject_shape(alike[0]), "{subject} / {}", alike[0]);
            }
        }
    }

    #[test]
    fn different_subjects_have_different_shapes() {
        let subjects = [
            "Invoice 1",
            "Receipt 1",
            "Wire transfer confirmation",
            "hello",
            "Notice For Payment",
            "Notice For Refund",
            "您的帐户已被锁定",
            "重要なお知らせ",
            "!!!",
            "???",
            "7",
        ];
        let shapes: BTreeSet<u64> = subjects.iter().map(|s| subject_shape(s)).collect();
        assert_eq!(shapes.len(), subjects.len());
    }

    #[test]
    fn only_a_subject_without_visible_characters_has_none() {
        assert_eq!(subject_shape(""), 0);
        assert_eq!(subject_shape(" \t\r\n"), 0);
        for subject in ["7", "!", "🎁", "Re:", "[x]", "a"] {
            assert_ne!(subject_shape(subject), 0, "{subject}");
        }
    }

    #[test]
    fn shapes_never_change_since_they_are_stored() {
        assert_eq!(subject_shape("Invoice 482910"), 10_502_787_913_137_528_258);
        assert_eq!(url_shape(&["http://a.example/login.php?id=1".to_owned()]), 3_805_781_315_582_039_672);
    }

    fn shape(urls: &[&str]) -> u64 {
        url_shape(&urls.iter().map(|u| (*u).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn urls_of_one_campaign_share_a_shape() {
        for alike in [
            &[
                "http://a.example/login.php?id=x7k2",
                "https://b.test/Login.php?id=99#top",
                "http://c.d.example:8080/login.php?id=",
            ][..],
            &["http://a.example/account/verify/4xq74z", "http://b.example/account/verify/99999999"],
            &["http://192.0.2.1/a/b.htm", "http://[2001:db8::1]/a/b.htm", "http://3221225985/a/b.htm"],
            &["http://a.example/?x=1&y=2", "http://b.example/?y=7&x=9"],
            &["http://short.example/x7k2q", "http://www.short.example/99zz1", "http://short.example/qwrtpsd"],
            &["http://a.example/invoice_482910.htm", "http://b.example/invoice_7.htm"],
        ] {
            for url in alike {
                assert_eq!(shape(&[url]), shape(&alike[..1]), "{url} / {}", alike[0]);
            }
        }
    }

    #[test]
    fn different_urls_have_different_shapes() {
        let urls = [
            "http://a.example/",
            "http://b.example/",
            "http://a.example/x7k2",
            "http://a.example/login.php",
            "http://a.example/login.php?id=1",
            "http://a.example/login/",
            "http://192.0.2.1/login.php",
        ];
        let shapes: BTreeSet<u64> = urls.iter().map(|u| shape(&[u])).collect();
        assert_eq!(shapes.len(), urls.len());
        assert_eq!(url_shape(&[]), 0);
    }

    #[test]
    fn the_most_telling_url_speaks_for_the_mail_in_any_order() {
        let (page, image, home) =
            ("http://a.example/pay/in.php", "http://a.example/pay/i.gif", "http://b.example/");
        for urls in [[page, image, home], [home, image, page], [image, page, home]] {
            assert_eq!(shape(&urls), shape(&[page]));
        }
        let (one, two) = ("http://c.example/r/1/go.php", "http://d.example/r/2/go.php");
        assert_eq!(shape(&[page, one, "http://e.example/quite/another/long/path.html", two]), shape(&[one]));
    }
}
