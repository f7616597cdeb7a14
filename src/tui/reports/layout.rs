//! The columns of the list as a person lays them out: their order and how wide they are.

use super::{Column, Reports, say};
use crate::tui::layer::Reply;

impl Reports {
    /// The columns as they were left; those that have come into being since are not shown.
    pub fn recall_columns(&mut self, left: impl Iterator<Item = (Column, bool, Option<u16>)>) {
        let mut columns: Vec<(Column, bool)> = vec![];
        for (column, shown, width) in left {
            if !columns.iter().any(|(known, _)| *known == column) {
                columns.push((column, shown));
                self.widths.extend(width.map(|width| (column, width)));
            }
        }
        // A list without columns shows nothing.
        if columns.iter().any(|(_, shown)| *shown) {
            let known: Vec<Column> = columns.iter().map(|(column, _)| *column).collect();
            let new = Column::ALL.iter().filter(|column| !known.contains(column));
            columns.extend(new.map(|column| (*column, false)));
            self.columns = columns;
        }
    }

    /// Where the column of the cursor is among those that are seen; the first of them while it is not seen.
    fn place_of_cursor(&self, seen: &[(Column, u16)]) -> usize {
        seen.iter().position(|(column, _)| *column == self.column).unwrap_or(0)
    }

    /// The column of the cursor with its width.
    pub fn column_of_cursor(&self) -> Option<(Column, u16)> {
        let seen = self.seen_columns();
        seen.get(self.place_of_cursor(&seen)).copied()
    }

    /// The column to the right of that of the cursor, or to its left.
    pub(super) fn column_beside(&self, to_the_right: bool) -> Option<Column> {
        let seen = self.seen_columns();
        let at = self.place_of_cursor(&seen);
        let beside = if to_the_right { Some(at + 1) } else { at.checked_sub(1) };
        seen.get(beside?).map(|(column, _)| *column)
    }

    /// The column of the cursor changes places with the one beside it.
    pub(super) fn move_column(&mut self, to_the_right: bool) -> Reply {
        let Some(other) = self.column_beside(to_the_right) else { return Reply::Nothing };
        let Some((column, _)) = self.column_of_cursor() else { return Reply::Nothing };
        let place = |wanted: Column| self.columns.iter().position(|(column, _)| *column == wanted);
        if let (Some(from), Some(beside)) = (place(column), place(other)) {
            self.columns.swap(from, beside);
            self.column = column;
        }
        Reply::Nothing
    }

    /// The column of the cursor becomes wider or narrower.
    pub(super) fn widen(&mut self, wider: bool) -> Reply {
        let Some((column, wide)) = self.column_of_cursor() else { return Reply::Nothing };
        if column == Column::Subject {
            return say("The subject has what the other columns leave.");
        }
        let wide = if wider { wide + 1 } else { wide.saturating_sub(1) };
        let before = self.widths.insert(column, wide.clamp(1, Column::WIDEST));
        self.column = column;
        if !self.seen_columns().iter().any(|(seen, _)| *seen == column) {
            match before {
                Some(before) => self.widths.insert(column, before),
                None => self.widths.remove(&column),
            };
            return say("There is no room for a wider column.");
        }
        Reply::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::screen::blank;

    #[test]
    fn a_column_moves_with_the_cursor_and_keeps_its_width() {
        let mut app = blank();
        let reports = &mut app.reports;
        let seen = |reports: &Reports| -> Vec<Column> {
            reports.seen_columns().iter().map(|(column, _)| *column).collect()
        };
        let before = seen(reports);
        reports.column = before[1];
        reports.move_column(true);
        let after = seen(reports);
        assert_eq!((after[1], after[2], reports.column), (before[2], before[1], before[1]));
        let wide = reports.seen_columns()[2].1;
        reports.widen(true);
        assert_eq!(reports.seen_columns()[2].1, wide + 1);
        (0..300).for_each(|_| drop(reports.widen(false)));
        assert_eq!(reports.seen_columns()[2].1, 1);
        reports.column = seen(reports)[0];
        reports.move_column(false);
        assert_eq!(reports.column, seen(reports)[0]);
    }

    #[test]
    fn the_cursor_stays_with_its_column_when_another_one_is_pushed_out() {
        let mut app = blank();
        let reports = &mut app.reports;
        reports.column = Column::Source;
        let count = reports.seen_columns().len();
        (0..60).for_each(|_| drop(reports.widen(true)));
        assert!(reports.seen_columns().len() < count);
        (0..300).for_each(|_| drop(reports.widen(true)));
        assert_eq!(reports.column_of_cursor().unwrap().0, Column::Source);
        assert_eq!(reports.widths.len(), 1, "and no other one was made wider");
    }
}
