//! A list that moved by a line is moved by the terminal itself, together with whatever stands beside it, where painting
//! that again is shorter than painting the list.

use super::{Screen, is_empty};
use ratatui::buffer::Cell;
use std::io::{self, Write};

/// The largest step that is looked for: a turn of the wheel.
const MOST_LINES: usize = 3;
/// Signs that have to be spared, or it is not worth the sequences and the unrest.
const LEAST_GAIN: isize = 120;

/// Lines of the screen, the last one included, that move by `by` lines: up where `up`, else down.
#[derive(Debug, Clone, Copy)]
struct Move {
    first: usize,
    last: usize,
    by: usize,
    up: bool,
}

/// Moves what has moved; `shown` is what the terminal shows then.
pub(super) fn scroll(shown: &mut Screen, wanted: &Screen, out: &mut impl Write) -> io::Result<()> {
    let (old, new): (Vec<&[Cell]>, Vec<&[Cell]>) = (shown.lines().collect(), wanted.lines().collect());
    let now: Vec<isize> = old.iter().zip(&new).map(|(old, new)| differences(old, new)).collect();
    if now.iter().sum::<isize>() < LEAST_GAIN {
        return Ok(());
    }
    let moves = (1..=MOST_LINES).flat_map(|by| [(by, true), (by, false)]);
    let best = moves.filter_map(|(by, up)| best_move(&old, &new, &now, by, up)).max_by_key(|(gain, _)| *gain);
    let Some((_, Move { first, last, by, up })) = best.filter(|(gain, _)| *gain >= LEAST_GAIN) else {
        return Ok(());
    };
    // Lines deleted at the top or put in there within margins (DECSTBM, DL, IL of the VT102).
    let what = if up { 'M' } else { 'L' };
    write!(out, "\x1b[{};{}r\x1b[{}H\x1b[{by}{what}\x1b[r", first + 1, last + 1, first + 1)?;
    let columns = shown.columns();
    let region = shown.cells.get_mut(first * columns..(last + 1) * columns).unwrap_or_default();
    let by = by * columns;
    if up {
        region.rotate_left(by);
        region.iter_mut().rev().take(by).for_each(|cell| *cell = Cell::EMPTY);
    } else {
        region.rotate_right(by);
        region.iter_mut().take(by).for_each(|cell| *cell = Cell::EMPTY);
    }
    Ok(())
}

fn differences(old: &[Cell], new: &[Cell]) -> isize {
    old.iter().zip(new).filter(|(old, new)| old != new).count() as isize
}

/// Among the runs of lines that may move by so much, the one that spares most signs.
fn best_move(old: &[&[Cell]], new: &[&[Cell]], now: &[isize], by: usize, up: bool) -> Option<(isize, Move)> {
    let count = new.len().checked_sub(by)?;
    // Where the line of each place comes from, and what that spares; the best run of them is found in one pass.
    let (mut sum, mut start) = (0, 0);
    let mut best: Option<(isize, usize, usize)> = None;
    for at in 0..count {
        let (to, from) = if up { (at, at + by) } else { (at + by, at) };
        let (Some(moved), Some(target)) = (old.get(from), new.get(to)) else { continue };
        let gain = now.get(to).copied().unwrap_or(0) - differences(moved, target);
        if sum <= 0 {
            (sum, start) = (0, at);
        }
        sum += gain;
        if best.is_none_or(|(most, ..)| sum > most) {
            best = Some((sum, start, at));
        }
    }
    let (gain, start, end) = best?;
    // The lines that come in empty have to be painted whole.
    let emptied = if up { end + 1..end + 1 + by } else { start..start + by };
    let lost: isize = emptied
        .filter_map(|line| Some((new.get(line)?, now.get(line)?)))
        .map(|(line, now)| line.iter().filter(|cell| !is_empty(cell)).count() as isize - now)
        .sum();
    Some((gain - lost, Move { first: start, last: end + by, by, up }))
}
