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

    /// The column of the cursor changes places with the one beside it.
    pub(super) fn move_column(&mut self, to_the_right: bool) -> Reply {
        let seen = self.seen_columns();
        let to = if to_the_right { Some(self.column + 1) } else { self.column.checked_sub(1) };
        let Some((to, other)) = to.and_then(|to| Some((to, seen.get(to)?.0))) else { return Reply::Nothing };
        let Some((column, _)) = seen.get(self.column) else { return Reply::Nothing };
        let place = |wanted: Column| self.columns.iter().position(|(column, _)| *column == wanted);
        if let (Some(from), Some(beside)) = (place(*column), place(other)) {
            self.columns.swap(from, beside);
            self.column = to;
        }
        Reply::Nothing
    }

    /// The column of the cursor becomes wider or narrower.
    pub(super) fn widen(&mut self, wider: bool) -> Reply {
        let Some((column, wide)) = self.seen_columns().get(self.column).copied() else {
            return Reply::Nothing;
        };
        if column == Column::Subject {
            return say("The subject has what the other columns leave.");
        }
        let wide = if wider { wide + 1 } else { wide.saturating_sub(1) };
        self.widths.insert(column, wide.clamp(1, Column::WIDEST));
        // The last one that fitted may have been pushed out.
        self.column = self.column.min(self.seen_columns().len().saturating_sub(1));
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
        reports.column = 1;
        let before: Vec<Column> = reports.seen_columns().iter().map(|(column, _)| *column).collect();
        reports.move_column(true);
        let after: Vec<Column> = reports.seen_columns().iter().map(|(column, _)| *column).collect();
        assert_eq!((after[1], after[2], reports.column), (before[2], before[1], 2));
        let wide = reports.seen_columns()[2].1;
        reports.widen(true);
        assert_eq!(reports.seen_columns()[2].1, wide + 1);
        (0..300).for_each(|_| drop(reports.widen(false)));
        assert_eq!(reports.seen_columns()[2].1, 1);
        reports.column = 0;
        reports.move_column(false);
        assert_eq!(reports.column, 0);
    }
}
