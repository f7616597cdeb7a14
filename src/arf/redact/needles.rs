//! Finds all forms of all recipients in bytes, and replaces them; knows nothing of messages.

use super::forms::{Form, Forms, Needle, has_word, is_word};
use super::search::{Lower, Search};
use super::view::{self, Lines, View};
use super::{HIDDEN_DOMAIN, Redaction, runs, token};
use std::ops::Range;

/// Longest host name (RFC 1035 §2.3.4), and longest local part that is taken with one.
const MAX_NAME: usize = 255;

/// Longest hash in base64 or hexadecimal: SHA-512.
const MAX_HASH: usize = 128;

/// Base64 and hexadecimal inside each other that are opened.
const MAX_RUN_DEPTH: usize = 3;

/// The searcher for all forms of all recipients.
pub struct Needles {
    forms: Forms,
    search: Search,
    spamtrap: bool,
    key: Vec<u8>,
    /// Hosts that are printed anyway: replaced, but no leak.
    printed: Vec<bool>,
}

impl Needles {
    /// The searcher for these recipients; for spamtraps also for our hosts and the recipients' domains.
    pub fn new(recipients: &[String], how: &Redaction<'_>) -> Needles {
        let mut forms = Forms::new(recipients, how);
        Needles {
            search: Search::new(std::mem::take(&mut forms.texts)),
            spamtrap: how.spamtrap,
            key: how.key.to_vec(),
            printed: forms.hosts.iter().map(|host| has_word(how.public_text, host)).collect(),
            forms,
        }
    }

    /// The base64 and hexadecimal in these bytes, decoded, without what can hold no text: most of it is as good as
    /// random bytes, and in those nothing is long enough.
    fn open(&self, bytes: &[u8]) -> runs::Opened {
        let shortest = self.search.shortest();
        runs::open(bytes, |decoded| view::longest_text(decoded, self.search.alphabet()) >= shortest)
    }

    /// All hits in one view, disjoint and in order. A hit that is none in its surroundings costs a restart behind
    /// its first byte, hence at most the length of the longest needle for each byte.
    fn find(&self, view: View, bytes: &[u8]) -> Vec<(Range<usize>, Needle)> {
        let lower = Lower::of(bytes);
        let mut hits = vec![];
        let mut from = 0;
        while let Some((place, number)) = self.search.find(&lower, from) {
            let Some(needle) = self.forms.needles.get(number) else { break };
            if counts(view, bytes, &place, *needle) {
                from = place.end;
                hits.push((place, *needle));
            } else {
                from = place.start + 1;
            }
        }
        hits
    }

    /// The bytes with every hit in every view replaced, also inside base64 and hexadecimal.
    pub fn replace(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.search.is_empty() {
            return bytes;
        }
        let bytes = self.replace_in_views(bytes);
        self.replace_in_runs(bytes, MAX_RUN_DEPTH)
    }

    fn replace_in_views(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for view in View::ALL {
            let Some(shown) = view.of(&bytes) else { continue };
            let edits = self.edits(view, &shown);
            if edits.is_empty() {
                continue;
            }
            let places: Vec<Range<usize>> = edits.iter().map(|(place, _)| place.clone()).collect();
            let places = view.locate(&bytes, &places);
            bytes = apply(&bytes, places.into_iter().zip(edits.into_iter().map(|(_, edit)| edit)));
        }
        bytes
    }

    fn replace_in_runs(&self, bytes: Vec<u8>, depth: usize) -> Vec<u8> {
        let opened = self.open(&bytes);
        let mut edits: Vec<(Range<usize>, Edit)> = vec![];
        for index in self.runs_with_hits(&opened, depth) {
            let Some(run) = opened.runs.get(index) else { continue };
            let place = run.with_padding(&bytes);
            if edits.last().is_some_and(|(last, _)| last.end > place.start) {
                continue;
            }
            let old = opened.bytes.get(run.place.clone()).unwrap_or_default();
            let mut new = self.replace_in_views(old.to_vec());
            if depth > 1 {
                new = self.replace_in_runs(new, depth - 1);
            }
            let closed = run.close(&bytes, old, &new);
            let is_clean = self.leaks(&closed).is_empty();
            edits.push((place, Edit::Bytes(if is_clean { closed } else { b"redacted".to_vec() })));
        }
        if edits.is_empty() { bytes } else { apply(&bytes, edits.into_iter()) }
    }

    /// Which of the decoded runs name a recipient, in order.
    fn runs_with_hits(&self, opened: &runs::Opened, depth: usize) -> Vec<usize> {
        if opened.runs.is_empty() {
            return vec![];
        }
        let index_at = |at: usize| opened.runs.partition_point(|run| run.place.end <= at);
        let mut out = vec![];
        for view in View::ALL {
            let Some(shown) = view.of(&opened.bytes) else { continue };
            let hits: Vec<Range<usize>> =
                self.find(view, &shown).into_iter().map(|(place, _)| place).collect();
            if !hits.is_empty() {
                out.extend(view.locate(&opened.bytes, &hits).into_iter().map(|place| index_at(place.start)));
            }
        }
        if depth > 1 {
            let inner = self.open(&opened.bytes);
            let inside = self.runs_with_hits(&inner, depth - 1);
            out.extend(
                inside.into_iter().filter_map(|index| Some(index_at(inner.runs.get(index)?.run.start))),
            );
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Sorted, disjoint places in a view and what comes there.
    fn edits(&self, view: View, shown: &[u8]) -> Vec<(Range<usize>, Edit)> {
        let mut edits: Vec<(Range<usize>, Edit)> = vec![];
        for (place, needle) in self.find(view, shown) {
            let free = edits.last().map_or(0, |(last, _)| last.end);
            if needle.form == Form::Host {
                edits.push(self.host_edit(shown, place, free));
                continue;
            }
            let Some(recipient) = self.forms.recipients.get(needle.whose) else { continue };
            let token = recipient.token.clone();
            match needle.form {
                Form::Address => {
                    let domain = recipient.address.rsplit_once('@').map_or(0, |(_, domain)| domain.len());
                    let hidden = Edit::Text(HIDDEN_DOMAIN.to_owned());
                    if needle.turned {
                        if self.spamtrap {
                            edits.push((place.start..place.start + domain, hidden));
                        }
                        edits.push((place.end - needle.local..place.end, Edit::Text(token)));
                    } else {
                        edits.push((place.start..place.start + needle.local, Edit::Text(token)));
                        if self.spamtrap {
                            edits.push((place.end - domain..place.end, hidden));
                        }
                    }
                }
                Form::Local => {
                    let rest = shown.get(place.end..).unwrap_or_default();
                    edits.push((place.start..place.end + tag_length(rest), Edit::Text(token)));
                }
                Form::Hash => {
                    let rest = shown.get(place.end..).unwrap_or_default();
                    let more = rest.iter().take(MAX_HASH).take_while(|b| is_base64(**b)).count();
                    edits.push((place.start..place.end + more, Edit::Text(token)));
                }
                Form::Base64 => edits.push((place, Edit::Mask(token))),
                Form::Spelling | Form::Host => edits.push((place, Edit::Text(token))),
            }
        }
        // A longer edit may reach into the next one, which is then about the same word.
        let mut end = 0;
        edits.retain(|(place, _)| {
            let fits = place.start >= end;
            if fits {
                end = place.end;
            }
            fits
        });
        edits
    }

    /// A hidden host with the labels before it, and with the local part when it is the domain of an address.
    fn host_edit(&self, shown: &[u8], place: Range<usize>, free: usize) -> (Range<usize>, Edit) {
        let before = |end: usize, is: fn(&u8) -> bool| {
            let text = shown.get(free.min(end)..end).unwrap_or_default();
            text.iter().rev().take(MAX_NAME).take_while(|b| is(b)).count()
        };
        let start = place.start - before(place.start, |b| b.is_ascii_alphanumeric() || b"-_.".contains(b));
        if start > free && shown.get(start - 1) == Some(&b'@') {
            let is_atom = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(b);
            let local = before(start - 1, is_atom);
            if local > 0 {
                let address = shown.get(start - 1 - local..place.end).unwrap_or_default();
                let token = token(&self.key, &String::from_utf8_lossy(address));
                let local = start - 1 - local;
                // A token that stands there already is not hidden once more.
                if self.is_token(shown.get(local..start - 1).unwrap_or_default()) {
                    return (start..place.end, Edit::Text(HIDDEN_DOMAIN.to_owned()));
                }
                return (local..place.end, Edit::Text(format!("{token}@{HIDDEN_DOMAIN}")));
            }
        }
        (start..place.end, Edit::Text(HIDDEN_DOMAIN.to_owned()))
    }

    fn is_token(&self, text: &[u8]) -> bool {
        self.forms.recipients.iter().any(|recipient| recipient.token.as_bytes() == text)
    }

    /// What can be found in any view, and inside base64 and hexadecimal: who and in which form, each pair once.
    pub fn leaks(&self, bytes: &[u8]) -> Vec<(&str, &'static str)> {
        let mut found = vec![];
        if self.search.is_empty() {
            return found;
        }
        self.collect_leaks(bytes, &mut found);
        let mut inner = self.open(bytes);
        for _ in 0..MAX_RUN_DEPTH {
            if inner.runs.is_empty() {
                break;
            }
            self.collect_leaks(&inner.bytes, &mut found);
            inner = self.open(&inner.bytes);
        }
        found
    }

    fn collect_leaks<'s>(&'s self, bytes: &[u8], found: &mut Vec<(&'s str, &'static str)>) {
        for view in View::ALL {
            let Some(shown) = view.of(bytes) else { continue };
            for (_, needle) in self.find(view, &shown) {
                let who = match needle.form {
                    Form::Host if self.printed.get(needle.whose) == Some(&true) => None,
                    Form::Host => self.forms.hosts.get(needle.whose),
                    _ => self.forms.recipients.get(needle.whose).map(|recipient| &recipient.address),
                };
                let Some(who) = who else { continue };
                let leak = (who.as_str(), needle.form.name());
                if !found.contains(&leak) {
                    found.push(leak);
                }
            }
        }
    }
}

fn counts(view: View, bytes: &[u8], place: &Range<usize>, needle: Needle) -> bool {
    match needle.form {
        Form::Address => {
            let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
            needle.distinctive || !before.is_some_and(u8::is_ascii_alphanumeric)
        }
        Form::Local | Form::Spelling if needle.distinctive => true,
        // Joined lines make words that nobody wrote, and names of headers cannot be told there.
        Form::Local | Form::Spelling => {
            view.lines != Lines::Joined && is_word(bytes, place) && !in_header_name(bytes, place)
        }
        Form::Host => is_word(bytes, place),
        Form::Hash | Form::Base64 => true,
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The length of a `+tag` before an `@`: the sender may have chosen it for this recipient.
fn tag_length(rest: &[u8]) -> usize {
    if rest.first() != Some(&b'+') {
        return 0;
    }
    let is_tag = |b: &&u8| b.is_ascii_alphanumeric() || b"+-_.=".contains(b);
    let length = rest.iter().take(MAX_NAME).take_while(is_tag).count();
    if rest.get(length) == Some(&b'@') { length } else { 0 }
}

/// A header called `X-Peter` says nothing about peter: a hit inside a longer header name does not count.
fn in_header_name(bytes: &[u8], place: &Range<usize>) -> bool {
    /// RFC 5322 sets no limit; longer names do not occur.
    const MAX_HEADER_NAME: usize = 100;
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'-';
    let before = bytes.get(..place.start).unwrap_or_default();
    let before = before.iter().rev().take(MAX_HEADER_NAME).take_while(is_name).count();
    let start = place.start - before;
    let at_line_start = start == 0 || bytes.get(start - 1) == Some(&b'\n');
    let rest = bytes.get(place.end..).unwrap_or_default();
    let after = rest.iter().take(MAX_HEADER_NAME).take_while(is_name).count();
    at_line_start && before + after > 0 && rest.get(after) == Some(&b':')
}

enum Edit {
    /// This text instead, in the width of what stood there.
    Text(String),
    /// These bytes instead.
    Bytes(Vec<u8>),
    /// Characters of base64 instead of characters of base64: the rest of the text stays decodable, and a line break
    /// among them stays where it is.
    Mask(String),
}

fn apply(bytes: &[u8], edits: impl Iterator<Item = (Range<usize>, Edit)>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut at = 0;
    for (place, edit) in edits {
        out.extend_from_slice(bytes.get(at..place.start).unwrap_or_default());
        let old = bytes.get(place.clone()).unwrap_or_default();
        match edit {
            // UTF-16 of either byte order: the zeros keep their places.
            Edit::Text(text) if old.contains(&0) => {
                let first = old.first() == Some(&0);
                for byte in text.bytes() {
                    out.extend_from_slice(&if first { [0, byte] } else { [byte, 0] });
                }
                // The place ends with the last character, whose zero stands behind it when zeros come second.
                if !first && old.last() != Some(&0) {
                    out.pop();
                }
            }
            Edit::Text(text) => out.extend_from_slice(text.as_bytes()),
            Edit::Bytes(new) => out.extend_from_slice(&new),
            Edit::Mask(token) => {
                let mut letters = token.bytes().filter(u8::is_ascii_alphanumeric).cycle();
                for byte in old {
                    let kept = byte.is_ascii_whitespace();
                    out.push(if kept { *byte } else { letters.next().unwrap_or(b'A') });
                }
            }
        }
        at = place.end;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}
