//! What the screen remembers from one start to the next: columns, order, panes, and the lines that were written. One
//! file for each user, which nothing depends on: a broken one is said, and begun anew.

use super::app::App;
use super::command::PAST;
use super::reports::Column;
use crate::jobs::desk::Direction;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The file as written. What it does not say, or says wrong, stays as the configuration has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// The columns that the configuration named then: when it names others now, those are meant.
    configured: Vec<String>,
    /// The column that the list of reports is sorted by.
    sort: Option<String>,
    /// The smallest, the earliest, A first.
    ascending: bool,
    /// The filter panes stand beside the list, where there is room.
    filters: Option<bool>,
    /// The report stands below the list.
    report: Option<bool>,
    /// Queries, the last one last.
    queries: Vec<String>,
    /// Lines of the command line.
    commands: Vec<String>,
    /// Columns of the list of reports, in their order.
    columns: Vec<RememberedColumn>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct RememberedColumn {
    name: String,
    shown: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u16>,
}

/// A file beyond this was not written by us.
const MOST_BYTES: u64 = 1 << 20;

/// What the file says, and a sentence where it cannot be read. One that is not there says nothing.
pub fn read(path: &Path) -> (Remembered, Option<String>) {
    let text = fs::metadata(path).and_then(|file| match file.len() {
        0..=MOST_BYTES if file.is_file() => fs::read_to_string(path),
        _ => Err(io::Error::other("it is no small text file")),
    });
    let why = match text {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Remembered::default(), None),
        Err(error) => error.to_string(),
        Ok(text) => match toml::from_str(&text) {
            Ok(remembered) => return (remembered, None),
            Err(_) => "it is not as the screen writes it".to_owned(),
        },
    };
    let sentence = format!("What the screen remembers, {}, is begun anew: {why}.", path.display());
    (Remembered::default(), Some(sentence))
}

/// Writes it, whole or not at all: it holds queries, so that others may not read it.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write(path: &Path, remembered: &Remembered) -> io::Result<()> {
    let text = toml::to_string(remembered).map_err(io::Error::other)?;
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // It is of no use to anybody.
        let _ = fs::remove_file(&new);
    }
    written
}

impl Remembered {
    /// What was changed since it was like `left`, upon what stands there now; of lines all that were written.
    pub fn with(self, left: &Remembered, there: Remembered) -> Remembered {
        if there == *left {
            return self;
        }
        fn newer<T: PartialEq>(now: T, left: &T, there: T) -> T {
            if now == *left { there } else { now }
        }
        let lines = |now: Vec<String>, left: &[String], mut all: Vec<String>| {
            let new: Vec<String> = now.into_iter().filter(|line| !left.contains(line)).collect();
            all.retain(|line| !new.contains(line));
            all.extend(new);
            last(&all)
        };
        // Columns belong to those that the configuration named.
        let (configured, columns) = newer(
            (self.configured, self.columns),
            &(left.configured.clone(), left.columns.clone()),
            (there.configured, there.columns),
        );
        let (sort, ascending) = newer(
            (self.sort, self.ascending),
            &(left.sort.clone(), left.ascending),
            (there.sort, there.ascending),
        );
        Remembered {
            configured,
            sort,
            ascending,
            filters: newer(self.filters, &left.filters, there.filters),
            report: newer(self.report, &left.report, there.report),
            queries: lines(self.queries, &left.queries, there.queries),
            commands: lines(self.commands, &left.commands, there.commands),
            columns,
        }
    }
}

impl App {
    /// As it was when it was left.
    pub fn recall(&mut self, remembered: &Remembered, configured: &[String]) {
        let reports = &mut self.reports;
        if remembered.configured == configured {
            let known = remembered.columns.iter().filter_map(|column| {
                let width = column.width.map(|wide| wide.clamp(1, Column::WIDEST));
                Some((Column::from_name(&column.name)?, column.shown, width))
            });
            reports.recall_columns(known);
        }
        let sort = remembered.sort.as_deref().and_then(Column::from_name).map(Column::sort);
        if let Some(sort) = sort {
            reports.sort = sort;
            reports.direction =
                if remembered.ascending { Direction::Ascending } else { Direction::Descending };
        }
        reports.filters_shown = remembered.filters.unwrap_or(reports.filters_shown);
        reports.detail.shown = remembered.report.unwrap_or(reports.detail.shown);
        reports.bar.recall(last(&remembered.queries));
        self.commands = last(&remembered.commands);
    }

    /// What is to be remembered.
    pub fn remembered(&self, configured: &[String]) -> Remembered {
        let reports = &self.reports;
        let sorted = Column::ALL.iter().find(|column| column.sort() == reports.sort);
        let columns = reports.columns.iter().map(|(column, shown)| RememberedColumn {
            name: column.name().to_owned(),
            shown: *shown,
            width: reports.widths.get(column).copied(),
        });
        Remembered {
            configured: configured.to_vec(),
            sort: sorted.map(|column| column.name().to_owned()),
            ascending: reports.direction == Direction::Ascending,
            filters: Some(reports.filters_shown),
            report: Some(reports.detail.shown),
            queries: reports.bar.past_and_present(),
            commands: self.commands.clone(),
            columns: columns.collect(),
        }
    }
}

/// The last of them, in one line each.
fn last(lines: &[String]) -> Vec<String> {
    let right = lines.iter().filter(|line| !line.is_empty() && !line.contains(char::is_control));
    let lines: Vec<String> = right.cloned().collect();
    lines[lines.len().saturating_sub(PAST)..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::screen::blank;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_left_is_found_again_and_for_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/screen.toml");
        assert_eq!(read(&path), (Remembered::default(), None));
        let mut app = blank();
        app.reports.columns.swap(1, 2);
        app.reports.columns[3].1 = false;
        app.reports.widths.insert(Column::Domain, 30);
        app.reports.sort = crate::jobs::desk::Sort::Subject;
        app.reports.direction = Direction::Ascending;
        app.reports.filters_shown = false;
        app.reports.detail.shown = true;
        app.reports.bar.set("kind:bounce");
        app.commands = vec!["mark-all".to_owned()];
        let left = app.remembered(&[]);
        write(&path, &left).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (found, note) = read(&path);
        assert_eq!((&found, note), (&left, None));
        let mut again = blank();
        again.recall(&found, &[]);
        assert_eq!(again.reports.columns, app.reports.columns);
        assert_eq!(again.reports.widths, app.reports.widths);
        assert_eq!((again.reports.sort, again.reports.direction), (app.reports.sort, app.reports.direction));
        assert!(!again.reports.filters_shown && again.reports.detail.shown);
        assert_eq!(again.commands, ["mark-all"]);
        assert!(again.reports.bar.past_and_present().contains(&"kind:bounce".to_owned()));
    }

    #[test]
    fn of_two_screens_the_last_one_to_be_left_takes_nothing_from_the_other() {
        let left = blank().remembered(&[]);
        let with = |change: &dyn Fn(&mut App)| {
            let mut app = blank();
            app.recall(&left, &[]);
            change(&mut app);
            app.remembered(&[])
        };
        let first = with(&|app| {
            app.commands.push("mark-none".to_owned());
            app.reports.bar.set("kind:bounce");
            app.reports.widths.insert(Column::Domain, 30);
        });
        let second = with(&|app| {
            app.commands.push("theme light".to_owned());
            app.reports.filters_shown = !app.reports.filters_shown;
        });
        let both = second.clone().with(&left, first.clone());
        assert_eq!(both.commands, ["mark-none", "theme light"]);
        assert!(both.queries.contains(&"kind:bounce".to_owned()), "{both:?}");
        assert_eq!((&both.columns, both.filters), (&first.columns, second.filters));
        assert_eq!(second.clone().with(&left, left.clone()), second);
    }

    #[test]
    fn columns_that_the_configuration_names_anew_are_meant() {
        let mut app = blank();
        app.reports.columns.reverse();
        let left = app.remembered(&["id".to_owned()]);
        let mut again = blank();
        let before = again.reports.columns.clone();
        again.recall(&left, &["subject".to_owned()]);
        assert_eq!(again.reports.columns, before);
    }

    #[test]
    fn a_broken_file_is_said_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen.toml");
        for text in [
            "",
            "columns = 3",
            "sort = 'never'\nqueries = [\"a\\nb\", '']\n[[columns]]\nname = 'x'\n",
            "\0[[",
        ] {
            fs::write(&path, text).unwrap();
            let (found, note) = read(&path);
            assert_eq!(note.is_some(), text.contains('3') || text.contains('\0'), "{text}: {note:?}");
            let (mut app, before) = (blank(), blank());
            app.recall(&found, &[]);
            assert_eq!(
                (&app.reports.columns, app.reports.sort),
                (&before.reports.columns, before.reports.sort)
            );
            assert_eq!(app.reports.bar.past_and_present(), before.reports.bar.past_and_present());
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(&path).1.unwrap().contains("no small text file"));
    }
}
