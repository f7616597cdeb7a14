//! What charts share: the line that says what is counted, steps of heat with their signs, short numbers.

use super::cell;
use crate::text::{Showable, cut, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::scope::{Scope, Subject};
use crate::tui::theme::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// What is counted and in which window at the left, what came of it at the right.
pub(super) fn scope_line(
    app: &App,
    frame: &mut Frame<'_>,
    area: Rect,
    Subject { scope, query, .. }: &Subject,
    window: &str,
    right: &str,
) {
    let theme = &app.theme;
    let what = match scope {
        Scope::Query if query.is_empty() => showable("the query: everything"),
        Scope::Query => showable(&format!("/{query}")),
        Scope::All => showable("all reports"),
        Scope::Reported => showable("what was reported"),
    };
    let columns = usize::from(area.width);
    let right = cut(right, columns / 2);
    let window = format!(" {window}  ");
    let room = columns.saturating_sub(width(&window) + width(&right) + 1);
    let line = Line::from(vec![
        Span::styled(window, theme.style(Role::Heading)),
        Span::raw(cell(&what, room, theme)),
        Span::raw(" "),
        Span::styled(cell(&showable(&right), width(&right), theme), theme.style(Role::Faint)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

/// Five steps from one to the most, each as many times the one before: few and many are both told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    /// Where each begins.
    begins: [u64; 5],
    most: u64,
}

impl Steps {
    pub(super) fn up_to(most: u64) -> Steps {
        // Of a power of ten the root is a whole number, and a float a little less.
        let begin = |step: u32| ((most as f64).powf(f64::from(step) / 5.0) + 1e-6).floor() as u64 + 1;
        Steps { begins: [1, begin(1), begin(2), begin(3), begin(4)], most }
    }

    /// 0 for nothing, then 1 to 5.
    pub(super) fn of(&self, count: u64) -> u8 {
        if count == 0 { 0 } else { self.begins.iter().filter(|begin| **begin <= count).count() as u8 }
    }

    /// Each step that something can have, with the count at which it begins.
    pub(super) fn legend(&self) -> Vec<(u8, u64)> {
        let mut legend: Vec<(u8, u64)> = vec![(0, 0)];
        for begin in self.begins.iter().copied().filter(|begin| *begin <= self.most) {
            let step = (self.of(begin), begin);
            if legend.last().is_none_or(|last| last.0 != step.0) {
                legend.push(step);
            }
        }
        legend
    }
}

/// The sign of a step where there are no colours.
pub(super) fn heat_sign(step: u8, theme: &Theme) -> &'static str {
    const SIGNS: [(&str, &str); 6] = [("·", "."), (":", "-"), ("░", "+"), ("▒", "*"), ("▓", "#"), ("█", "@")];
    let (unicode, ascii) = SIGNS.get(usize::from(step)).copied().unwrap_or(("█", "@"));
    theme.sign(unicode, ascii)
}

/// The sign of a step in a legend: where there are colours they tell the steps apart.
pub(super) fn legend_sign(step: u8, theme: &Theme) -> &'static str {
    if theme.has_colours() && !theme.ascii { "█" } else { heat_sign(step, theme) }
}

/// A number in at most four columns.
pub(super) fn short(number: u64) -> String {
    match number {
        0..=9_999 => number.to_string(),
        10_000..=999_999 => format!("{}k", number / 1_000),
        1_000_000..=999_999_999 => format!("{}M", number / 1_000_000),
        _ => "many".to_owned(),
    }
}

/// A number in so many columns, whole where it fits.
pub(super) fn fitting(number: u64, columns: usize) -> String {
    let whole = thousands(number);
    if width(&whole) <= columns { whole } else { short(number) }
}

/// One decimal, as `34.2 %`.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let share = if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 };
    format!("{share:.1} %")
}

/// What stands where there is nothing to show yet, or nothing at all.
pub(super) fn nothing(app: &App, frame: &mut Frame<'_>, area: Rect, text: &str) {
    let columns = usize::from(area.width).saturating_sub(2).max(1);
    let text: Showable = showable(text);
    for (number, line) in crate::tui::reports::detail::broken(text.as_str(), columns)
        .iter()
        .take(area.height.into())
        .enumerate()
    {
        super::put(frame, super::line_of(area, number), &format!(" {line}"), app.theme.style(Role::Faint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_has_a_step_and_more_never_a_lower_one() {
        for most in [1, 2, 3, 7, 40, 241, 1_155_908, u64::MAX] {
            let steps = Steps::up_to(most);
            assert_eq!((steps.of(0), steps.of(1)), (0, 1), "{most}");
            let mut before = 0;
            for count in [1, 2, 3, 5, 10, 100, 1_000, most / 2, most]
                .into_iter()
                .filter(|count| (1..=most).contains(count))
            {
                assert!((1..=5).contains(&steps.of(count)), "{count} of {most}");
                before = before.max(steps.of(count));
            }
            assert!(steps.of(most) >= before, "{most}");
            assert!(steps.legend().len() <= 6 && steps.legend().is_sorted(), "{most}");
        }
        assert_eq!(
            Steps::up_to(100_000).legend(),
            [(0, 0), (1, 1), (2, 11), (3, 101), (4, 1_001), (5, 10_001)]
        );
    }

    #[test]
    fn numbers_and_shares_are_short() {
        assert_eq!([0, 9_999, 12_345, 1_155_908, u64::MAX].map(short), ["0", "9999", "12k", "1M", "many"]);
        assert_eq!((fitting(12_345, 6), fitting(12_345, 5)), ("12,345".to_owned(), "12k".to_owned()));
        assert_eq!((percent(1, 3), percent(0, 0)), ("33.3 %".to_owned(), "0.0 %".to_owned()));
    }
}
