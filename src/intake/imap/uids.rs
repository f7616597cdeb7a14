//! Sets of UIDs as a command names them (RFC 3501 §9, sequence-set). Pure.

use std::fmt::Write;

/// A command line should stay below 8,192 octets (RFC 7162 §4); older servers take less.
const LONGEST: usize = 4000;

/// The UIDs, in any order, as sets with runs written as `first:last`; each short enough for one command. With every
/// set the UIDs that are in it.
pub(super) fn sets(uids: &[u32]) -> Vec<(String, Vec<u32>)> {
    let mut uids = uids.to_vec();
    uids.sort_unstable();
    uids.dedup();
    let mut sets: Vec<(String, Vec<u32>)> = vec![];
    for run in uids.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let mut text = first.to_string();
        if last > first {
            let _ = write!(text, ":{last}");
        }
        match sets.last_mut().filter(|(set, _)| set.len() + text.len() < LONGEST) {
            Some((set, members)) => {
                set.push(',');
                set.push_str(&text);
                members.extend_from_slice(run);
            }
            None => sets.push((text, run.to_vec())),
        }
    }
    sets
}
