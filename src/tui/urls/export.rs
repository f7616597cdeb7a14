//! Lists of URLs into files: in which form, under which name.

use super::Urls;
use crate::jobs::desk::{Request, UrlExport, UrlFormat};
use crate::text::counted;
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Asked, Choice, Line, Reply};
use crate::tui::reports::say;

/// The forms: letter, what it is, and the ending of the name that is proposed.
const FORMATS: [(char, UrlFormat, &str, &str); 7] = [
    ('c', UrlFormat::Csv, "CSV, with hosts, addresses and lists; defanged", "urls.csv"),
    ('j', UrlFormat::Json, "JSON, one object a line", "urls.jsonl"),
    ('p', UrlFormat::Plain, "URLs as written, one a line", "urls.txt"),
    ('d', UrlFormat::Domains, "Host names, one a line", "domains.txt"),
    ('h', UrlFormat::Hosts, "Hosts file", "hosts.txt"),
    ('r', UrlFormat::Rpz, "Response policy zone for DNS servers", "urls.rpz"),
    ('a', UrlFormat::Adblock, "Rules for ad blockers", "adblock.txt"),
];

/// The form that the name of a file asks for; CSV, when it asks for none.
pub(super) fn format_of_file(path: &str) -> UrlFormat {
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some((_, format, ..)) = FORMATS.iter().find(|(.., proposed)| *proposed == name) {
        return *format;
    }
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "jsonl" | "json" => UrlFormat::Json,
        "txt" => UrlFormat::Plain,
        "hosts" => UrlFormat::Hosts,
        "rpz" | "zone" => UrlFormat::Rpz,
        _ => UrlFormat::Csv,
    }
}

impl Urls {
    /// Asks for the form.
    pub(super) fn export(&self) -> Reply {
        let all = self.answer.as_ref().map_or(0, |answer| answer.urls);
        let what = match self.marks.len() {
            0 if all == 0 => return say("There is no URL to write."),
            0 => format!("Write the list: {}", counted(all, "URL")),
            marked => format!("Write what is marked: {}", counted(marked as u64, "URL")),
        };
        let choices = FORMATS.iter().map(|(letter, format, sentence, _)| {
            Choice::new(Some(*letter), sentence, "", Answer::UrlFormat(*format))
        });
        Reply::menu(&what, choices.collect())
    }

    /// Asks for the name of the file.
    pub(super) fn name_file(format: UrlFormat) -> Reply {
        let name = FORMATS.iter().find(|(_, other, ..)| *other == format).map_or("", |(.., name)| name);
        Self::name_file_like(format, name)
    }

    pub(super) fn name_file_like(format: UrlFormat, proposal: &str) -> Reply {
        Reply::ask(Line::new(Asked::UrlsTo(format), "Write to", proposal, false))
    }

    /// Writes what is marked, or all of the list.
    pub(super) fn write(&self, format: UrlFormat, path: &str) -> Reply {
        let only = self.marks.keys().copied().collect();
        let export = UrlExport { only, format, path: path.into(), replace: false };
        Reply::Do(vec![Effect::Desk(Request::ExportUrls(export))])
    }

    /// A file is there already: under another name, or in its place.
    pub(super) fn file_exists(export: UrlExport) -> Reply {
        let title = format!("{} is there already", export.path.display());
        let replaced = UrlExport { replace: true, ..export.clone() };
        let choice = |letter, text, export| Choice::new(Some(letter), text, "", Answer::WriteUrls(export));
        Reply::menu(&title, vec![choice('1', "Another name", export), choice('2', "Replace it", replaced)])
    }
}
