//! A list of URLs into a file, beside whatever else is asked: many of them take seconds.

use super::request::{UrlExport, UrlNews, UrlRow};
use crate::export::{Look, urls};
use crate::index::Listed;
use crate::jobs::desk::details::save;
use crate::jobs::desk::event::Event;
use crate::jobs::desk::shared::Shared;
use crate::jobs::enrich::KnownHosts;
use crate::model::Dictionary;
use crate::model::clock;
use crate::store;
use crate::text::counted;
use std::io;

/// Writes these URLs, and says so.
pub(super) fn write(shared: &Shared, listed: &[Listed], wanted: UrlExport) {
    if wanted.path.exists() && !wanted.replace {
        return shared.tell(Event::Urls(UrlNews::FileExists(wanted)));
    }
    let rows = match rows(shared, listed, &wanted) {
        Ok(rows) => rows,
        Err(error) => return shared.fail(error),
    };
    if shared.end.is_cancelled() {
        return;
    }
    let found = rows.len();
    let config = &shared.options.config;
    let rows = match wanted.format.is_passed_on() {
        true => urls::without(rows, &[&config.own.domains[..], &config.allowed_domains].concat()),
        false => rows,
    };
    let look = Look { width: usize::MAX, colour: false };
    let mut bytes = vec![];
    let written = urls::write(&mut bytes, &rows, wanted.format, look, clock::now())
        .and_then(|()| save(&wanted.path, &bytes, wanted.replace));
    let path = wanted.path.display().to_string();
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            shared.tell(Event::Urls(UrlNews::FileExists(wanted)));
        }
        Err(error) => shared.fail(format!("{path} could not be written: {error}.")),
        Ok(()) => {
            let left_out = match found - rows.len() {
                0 => String::new(),
                left_out => format!(
                    "; {} left out: of your own domains, or of [export] allowed_domains",
                    counted(left_out as u64, "URL")
                ),
            };
            let sentence = format!("{} written to {path}{left_out}", counted(rows.len() as u64, "URL"));
            shared.tell(Event::Done { sentence, undoable: false });
        }
    }
}

fn rows(shared: &Shared, listed: &[Listed], wanted: &UrlExport) -> Result<Vec<UrlRow>, store::Error> {
    let store = shared.open_store()?;
    let mut hosts = KnownHosts::new(&store);
    let mut rows = vec![];
    for url in listed {
        if shared.end.is_cancelled() {
            break;
        }
        let Some(text) = store.entry(Dictionary::Url, url.entry)? else { continue };
        rows.push(UrlRow {
            host: if wanted.format.shows_hosts() { hosts.of(&text)? } else { None },
            feeds: if wanted.format.shows_hosts() { store.url_standings(&text)? } else { vec![] },
            url: text,
            reports: url.reports.into(),
            first: url.first.into(),
            last: url.last.into(),
        });
    }
    Ok(rows)
}
