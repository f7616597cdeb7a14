//! What the program sees in the demo's mailbox, on paper of 80 columns, and the commands that show more. Every number
//! is counted in the database; the generator is not asked.

use super::home::Home;
use crate::cli::failure::Failure;
use crate::cli::open::stopped;
use crate::cli::session::Session;
use crate::export::files::{self, FileRow};
use crate::export::list::List;
use crate::export::table::{Column, Style, Table};
use crate::export::urls::{self, UrlFormat, UrlRow};
use crate::export::{Format, Look, counted, minute, prose, thousands};
use crate::index::{Cancel, Direction, Facet, Likeness, Part, Selection, Sort, Weight};
use crate::jobs::Finder;
use crate::model::clock::Seconds;
use crate::model::{Dictionary, ReportId, Status};
use crate::store::Store;
use crate::text::{fit, fit_right, showable, width};
use std::io::{self, Write};

/// Columns: what every terminal has.
const WIDTH: usize = 80;
const HOURS: usize = 72;

/// A mailbox being looked at.
struct Picture<'a> {
    out: &'a mut dyn Write,
    store: &'a Store,
    finder: Finder<'a>,
    look: Look,
    now: Seconds,
}

/// Draws all of it.
pub fn draw(out: &mut dyn Write, store: &Store, look: Look, now: Seconds) -> Result<(), Failure> {
    let mut finder = Finder::open(store)?;
    for part in [Part::Shapes, Part::Urls, Part::Files] {
        finder.load_part(part)?;
    }
    let look = Look { width: look.width.min(WIDTH), ..look };
    let mut picture = Picture { out, store, finder, look, now };
    let all = picture.select("")?;
    picture.counts(&all)?;
    picture.volume(&all)?;
    picture.campaigns()?;
    picture.places(&all)?;
    picture.newest()?;
    picture.links_and_files(&all)
}

impl Picture<'_> {
    fn select(&mut self, query: &str) -> Result<Selection, Failure> {
        Ok(self.finder.find(query, &Cancel::never(), &|_, _| {})?.selection)
    }

    fn title(&mut self, text: &str, beside: &str) -> io::Result<()> {
        let beside = if beside.is_empty() { String::new() } else { format!("  {beside}") };
        writeln!(self.out, "\n{}{}", Style::Bold.paint(text, self.look), Style::Dim.paint(&beside, self.look))
    }

    fn counts(&mut self, all: &Selection) -> Result<(), Failure> {
        let messages = self.store.info()?.messages;
        let total = messages.iter().map(|(_, count)| count).sum();
        let by_status = messages.iter().map(|(status, count)| {
            let what = match status {
                Status::Report => "reports",
                Status::Quarantined => "quarantined",
                Status::NotReport => "no reports",
            };
            format!("{} {what}", thousands(*count))
        });
        let by_status: Vec<String> = by_status.collect();
        writeln!(
            self.out,
            "{}\n{}",
            Style::Bold.paint("Lafayette, on a mailbox that it made up itself", self.look),
            Style::Dim.paint(
                "Every name, address and network in it is a reserved one; nothing was sent.",
                self.look
            )
        )?;
        writeln!(
            self.out,
            "\n{} messages in {} days: {}.",
            thousands(total),
            super::DAYS,
            by_status.join(", ")
        )?;
        self.pair(
            all,
            ("What was reported", Facet::Kind, 3),
            ("Why it failed authentication", Facet::Cause, 6),
        )
    }

    /// Two counts side by side, with bars.
    fn pair(
        &mut self,
        selection: &Selection,
        left: (&str, Facet, usize),
        right: (&str, Facet, usize),
    ) -> Result<(), Failure> {
        let columns = self.look.width.saturating_sub(2) / 2;
        let (left_title, right_title) = (fit(left.0, columns), right.0);
        let title = format!("{}  {}", left_title, right_title);
        self.title(&title, "")?;
        let (left, right) = (
            self.bars(selection, left.1, left.2, columns)?,
            self.bars(selection, right.1, right.2, columns)?,
        );
        for line in 0..left.len().max(right.len()) {
            let empty = " ".repeat(columns);
            let left = left.get(line).unwrap_or(&empty);
            let right = right.get(line).map_or("", String::as_str);
            writeln!(self.out, "{}", format!("{left}  {right}").trim_end())?;
        }
        Ok(())
    }

    fn bars(
        &mut self,
        selection: &Selection,
        facet: Facet,
        top: usize,
        columns: usize,
    ) -> Result<Vec<String>, Failure> {
        let counts = self.finder.index().facet(selection, facet, Weight::Reports, top).map_err(stopped)?;
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1);
        let numbers = thousands(most).len();
        let bar = 7;
        let names = columns.saturating_sub(numbers + bar + 2);
        let mut lines = vec![];
        for (value, count) in counts {
            let name = self.name(facet, &value)?;
            lines.push(format!(
                "{} {} {}",
                fit(&name, names),
                fit_right(&thousands(count), numbers),
                Style::Dim.paint(&fit(&blocks(count, most, bar), bar), self.look)
            ));
        }
        Ok(lines)
    }

    /// A value as a person reads it.
    fn name(&mut self, facet: Facet, value: &str) -> Result<String, Failure> {
        let (Facet::Asn, Ok(asn)) = (facet, value.parse()) else { return Ok(showable(value).to_string()) };
        let name = self.store.network_name(asn)?.unwrap_or_default();
        let theirs = self.select(&format!("asn:{asn}"))?;
        let country =
            self.finder.index().facet(&theirs, Facet::Country, Weight::Reports, 1).map_err(stopped)?.pop();
        let country = country.map(|(country, _)| country).unwrap_or_default();
        Ok(showable(&format!("{country} AS{asn} {name}")).to_string())
    }

    fn volume(&mut self, all: &Selection) -> Result<(), Failure> {
        let buckets = self.finder.index().hours(all, self.now, HOURS);
        let hours: Vec<u64> = buckets.counts.iter().map(|kinds| kinds.iter().sum()).collect();
        let most = hours.iter().copied().max().unwrap_or(0);
        let sum = hours.iter().sum();
        self.title(
            &format!("The last {HOURS} hours"),
            &format!("{}; one sign an hour, UTC", counted(sum, "report")),
        )?;
        writeln!(self.out, "{}", sparkline(&hours))?;
        // The days under their midnights.
        let mut scale = String::new();
        for (hour, _) in hours.iter().enumerate() {
            let at = buckets.start + hour as Seconds * buckets.seconds;
            if at % 86_400 == 0 && width(&scale) <= hour {
                let day = crate::model::clock::rfc3339(at);
                scale = format!("{}└{}", fit(&scale, hour), day.get(5..10).unwrap_or_default());
            }
        }
        writeln!(self.out, "{}", Style::Dim.paint(&scale, self.look))?;
        let Some(burst) = buckets.bursts().into_iter().next() else {
            writeln!(self.out, "No hour stands out: the fullest has {}.", counted(most, "report"))?;
            return Ok(());
        };
        let at = format!("▲ Burst {}", minute(buckets.start_of(burst.bucket)));
        writeln!(
            self.out,
            "{} UTC: {} reports in an hour, {} times the usual.",
            Style::Red.paint(&at, self.look),
            thousands(burst.count),
            burst.times
        )?;
        Ok(())
    }

    fn campaigns(&mut self) -> Result<(), Failure> {
        const COLUMNS: &[Column] = &[
            Column::number("Reports", 9),
            Column::number("Sources", 6),
            Column::number("Countries", 5),
            Column::text("Latest UTC", 16, 16, 7),
            Column::text("Subject of the latest", 20, 80, 10),
        ];
        let normal = self.select("kind:normal")?;
        let groups =
            self.finder.index().groups(&normal, Likeness::Subject, &Cancel::never()).map_err(stopped)?;
        self.title("Campaigns", "mails whose subjects differ only in digits, names and tokens")?;
        let mut table = Table::new(self.out, self.look, COLUMNS);
        let index = self.finder.index();
        for group in groups.iter().take(6) {
            let members = index.similar(group.newest, Likeness::Subject).map_err(stopped)?.and(&normal);
            let different = |facet| -> Result<u64, Failure> {
                let values = index.facet(&members, facet, Weight::Reports, usize::MAX).map_err(stopped)?;
                Ok(values.iter().filter(|(value, _)| value != "unknown").count() as u64)
            };
            let latest = self.store.list_rows(&[group.newest])?.pop();
            let subject = latest.and_then(|row| row.subject).unwrap_or_default();
            let cells = vec![
                thousands(group.count),
                thousands(different(Facet::Source)?),
                thousands(different(Facet::Country)?),
                minute(Seconds::from(group.last)),
                showable(&prose(&subject)).to_string(),
            ];
            table.row(Style::Plain, cells)?;
        }
        Ok(table.finish()?)
    }

    fn places(&mut self, all: &Selection) -> Result<(), Failure> {
        let countries = self.finder.index().countries(all, Weight::Reports).len();
        self.pair(
            all,
            ("Most active networks", Facet::Asn, 6),
            (&format!("Countries, {countries} in all"), Facet::Country, 6),
        )?;
        self.pair(all, ("Most reported domains", Facet::Domain, 6), ("Who reports", Facet::Reporter, 6))
    }

    fn newest(&mut self) -> Result<(), Failure> {
        let fraud = self.select("is:open kind:normal cause:fraud")?;
        let ids =
            self.finder.index().page(&fraud, Sort::Arrival, Direction::Descending, 0, 6).map_err(stopped)?;
        self.title("Newest fraud", &format!("of {} open", thousands(fraud.count() as u64)))?;
        let mut list = List::new(self.out, self.look);
        self.store.list_rows(&ids)?.iter().try_for_each(|row| list.row(row))?;
        Ok(list.finish()?)
    }

    fn links_and_files(&mut self, all: &Selection) -> Result<(), Failure> {
        let listed = self.finder.index().urls(all, None, &Cancel::never()).map_err(stopped)?;
        let mut rows = vec![];
        for url in listed.iter().take(5) {
            let Some(text) = self.store.entry(Dictionary::Url, url.entry)? else { continue };
            let (first, last) = (Seconds::from(url.first), Seconds::from(url.last));
            rows.push(UrlRow {
                url: text,
                reports: url.reports.into(),
                first,
                last,
                host: None,
                feeds: vec![],
            });
        }
        self.title(
            "URLs",
            &format!(
                "{} different ones; defanged, so that nobody opens them",
                thousands(listed.len() as u64)
            ),
        )?;
        urls::write(self.out, &rows, UrlFormat::Table, self.look, self.now)?;
        let listed = self.finder.index().files(all, None, &Cancel::never()).map_err(stopped)?;
        let mut rows = vec![];
        for file in listed.iter().take(4) {
            let entry = self.store.entry(Dictionary::File, file.entry)?;
            let Some(attachment) = entry.as_deref().and_then(Dictionary::file_of) else { continue };
            rows.push(FileRow { file: attachment, reports: file.reports.into() });
        }
        self.title("Files", &format!("{} different ones", thousands(listed.len() as u64)))?;
        Ok(files::write(self.out, &rows, Format::Table, self.look)?)
    }
}

/// The commands to type next: as they stand, in the same shell.
pub fn next_steps(out: &mut dyn Write, store: &Store, home: &Home, session: &Session) -> Result<(), Failure> {
    let look = session.look();
    writeln!(
        out,
        "\n{}",
        Style::Bold.paint("Now you. This shell first needs to know where the demo is:", look)
    )?;
    writeln!(out)?;
    if session.environment.db.is_some() {
        writeln!(out, "  unset LAFAYETTE_DB")?;
    }
    if let Some(program) = program_off_the_path() {
        writeln!(out, "  alias lafayette={program}")?;
    }
    writeln!(out, "  export LAFAYETTE_CONFIG={}\n", quoted(&home.configuration.to_string_lossy()))?;
    let example = example(store)?;
    let show = format!("lafayette show {example}");
    let report = format!("lafayette report --id {example} --to abuse@example.net --out demo-out");
    for (command, what) in [
        ("lafayette list since:2d \"wire transfer\"", "words of the subject"),
        ("lafayette list 'since:2d url:*mail.htm'", "how a link ends"),
        (&show, "all that is known of one report"),
        ("lafayette urls since:2d --format domains", "hosts to look at, one a line"),
        ("lafayette stats country is:open", "where it comes from"),
        ("lafayette stats hour since:3d", "when it came"),
        ("lafayette mark since:2d cause:fraud asn:64515", "keep these for the next step"),
        ("lafayette dismiss kind:bounce,auto-replied", "out of sight, not out of reach"),
        (&report, "an abuse report, in a file"),
        ("lafayette quarantine", "what was no report, and why"),
    ] {
        const COMMAND: usize = 45;
        let what = Style::Dim.paint(what, look);
        if width(command) <= COMMAND {
            writeln!(out, "  {}  {what}", fit(command, COMMAND))?;
        } else {
            writeln!(out, "  {command}\n  {}  {what}", " ".repeat(COMMAND))?;
        }
    }
    Ok(())
}

/// The newest fraud that can be reported as it is: by an authenticated reporter, with the reporter's own source.
fn example(store: &Store) -> Result<ReportId, Failure> {
    let mut finder = Finder::for_command(store, []);
    let fraud =
        finder.find("is:open kind:normal cause:fraud has:url", &Cancel::never(), &|_, _| {})?.selection;
    let newest = finder.index().page(&fraud, Sort::Arrival, Direction::Descending, 0, 20).map_err(stopped)?;
    let rows = store.list_rows(&newest)?;
    let good = rows.iter().find(|row| !row.unverified).map(|row| row.id);
    Ok(good.or(newest.first().copied()).unwrap_or(1))
}

/// Where this program is, when a shell does not find it by its name.
fn program_off_the_path() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let same = |folder: std::path::PathBuf| {
        folder.join("lafayette").canonicalize().ok() == program.canonicalize().ok()
    };
    let found = std::env::split_paths(&path).find(|folder| folder.join("lafayette").is_file());
    (!found.is_some_and(same)).then(|| quoted(&program.to_string_lossy()))
}

/// As a shell takes it for one word.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:".contains(c);
    if path.chars().all(plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', "'\\''"))
}

/// A bar in eighths of a column; something is never nothing.
fn blocks(count: u64, most: u64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths =
        usize::try_from(count * columns as u64 * 8 / most.max(1)).unwrap_or(0).max(usize::from(count > 0));
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS.get(eighths % 8).unwrap_or(&""))
}

/// One sign a number; an hour without any is lower than one with one.
fn sparkline(counts: &[u64]) -> String {
    const SIGNS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let sign = |count: u64| match count {
        0 => ' ',
        count => SIGNS.get(((count - 1) * 8 / most) as usize).copied().unwrap_or('█'),
    };
    counts.iter().map(|count| sign(*count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_never_wider_than_its_place_and_never_nothing_for_something() {
        for (count, most, bar) in
            [(0, 9, ""), (1, 1_000, "▏"), (500, 1_000, "█████"), (1_000, 1_000, "██████████")]
        {
            assert_eq!(blocks(count, most, 10), bar, "{count} of {most}");
        }
    }

    #[test]
    fn an_hour_without_reports_looks_different_from_one_with_a_single_report() {
        assert_eq!(sparkline(&[0, 1, 4, 8]), " ▁▄█");
        assert_eq!(sparkline(&[0, 0]), "  ");
    }

    #[test]
    fn paths_are_one_word_for_a_shell() {
        assert_eq!([quoted("/a/b-c.db"), quoted("/it's me")], ["/a/b-c.db", "'/it'\\''s me'"]);
    }
}
