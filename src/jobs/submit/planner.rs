//! From URLs to a [`Plan`]: what names a recipient, what a feed has already, and the bytes themselves. Reads the database
//! and writes nothing.

use super::fitness::{Fitness, cuts, names_somebody};
use super::plan::{AlreadyThere, Blocked, FoundUrl, Order, Parcel, Plan, PlanError};
use crate::arf::compose::Stamp;
use crate::arf::redact::{Parties, Redaction, Redactor};
use crate::config::{Config, UrlFeed};
use crate::dispatch::feed::{Words, body};
use crate::index::{Index, Stopped};
use crate::jobs::Cancel;
use crate::jobs::report::{Writer, token};
use crate::model::{Cause, Dictionary, FeedKind, ReportId, SubmittedUrl, UrlFeedKind, clock};
use crate::store::{Store, sha256};
use crate::text::counted;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// URLs that one plan takes.
pub const MOST_URLS: usize = 5_000;
/// Of the reports that name a URL so many, the newest, are searched for recipients that it names: what stands alike in more
/// of them names none.
pub const MOST_REPORTS: usize = 50;

const DOUBTFUL: &str = "no mail that names them counts as fraud or hit a spamtrap";

/// The reports that name each of these URLs.
///
/// # Errors
/// The database; or [`Stopped`], while URLs are not loaded.
pub fn found(
    store: &Store,
    index: &Index,
    urls: Vec<String>,
) -> Result<Result<Vec<FoundUrl>, Stopped>, crate::store::Error> {
    let mut entries = vec![];
    for url in &urls {
        entries.push(store.entry_of(Dictionary::Url, url)?.unwrap_or(0));
    }
    // Where a URL is in no mail its number is 0, which none has.
    Ok(index.reports_with_urls(&entries, MOST_REPORTS).map(|reports| {
        urls.into_iter().zip(reports).map(|(url, reports)| FoundUrl { url, reports }).collect()
    }))
}

/// Makes plans.
pub struct Planner<'a> {
    config: &'a Config,
    store: &'a Store,
    feeds: Vec<&'a UrlFeed>,
    fitness: Fitness<'a>,
    /// Where a feed takes mail.
    writer: Option<Writer<'a>>,
}

/// A URL on its way into the plan.
struct Candidate<'o> {
    found: &'o FoundUrl,
    /// The URL, then what is left of it when it is cut down.
    cuts: Vec<String>,
    /// Which of them names nobody, as far as was looked.
    clean: usize,
    /// In which form somebody stands in the one before.
    trace: &'static str,
    /// A mail that names it is fraud, or hit a spamtrap; or a person wrote it.
    is_bad: bool,
}

impl<'a> Planner<'a> {
    /// For these feeds, by name.
    ///
    /// # Errors
    /// No such feed; or mails cannot be written.
    pub fn new(config: &'a Config, store: &'a Store, feeds: &[String]) -> Result<Planner<'a>, PlanError> {
        if config.url_feeds.is_empty() {
            return Err(PlanError::NoFeeds);
        }
        let mut chosen: Vec<&UrlFeed> = vec![];
        for name in feeds {
            let feed = config.url_feed(name).ok_or_else(|| {
                let known: Vec<&str> = config.url_feeds.iter().map(|feed| feed.name.as_str()).collect();
                PlanError::NoSuchFeed(name.clone(), known.join(", "))
            })?;
            if !chosen.iter().any(|known| known.name == feed.name) {
                chosen.push(feed);
            }
        }
        let writer = match chosen.iter().any(|feed| feed.kind == UrlFeedKind::Mail) {
            true => Some(Writer::new(config).map_err(|error| PlanError::Mail(error.to_string()))?),
            false => None,
        };
        Ok(Planner { config, store, feeds: chosen, fitness: Fitness::new(config), writer })
    }

    /// Plans. `progress` is told how many reports are read of how many.
    ///
    /// # Errors
    /// Cancelled, too many URLs, a mail that cannot be written, or the database.
    pub fn plan(
        &self,
        order: &Order,
        cancel: &Cancel,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Plan, PlanError> {
        if order.urls.len() > MOST_URLS {
            return Err(PlanError::TooMany(order.urls.len()));
        }
        let mut plan = Plan::default();
        let mut candidates = vec![];
        let mut seen = HashSet::new();
        for found in order.urls.iter().filter(|found| seen.insert(found.url.as_str())) {
            match self.fitness.objection(&found.url) {
                Some(why) => plan.blocked.push(Blocked { url: found.url.clone(), why, cut: None }),
                None => candidates.push(candidate(found)),
            }
        }
        self.search(&mut candidates, cancel, progress)?;
        let mut lines: Vec<(SubmittedUrl, bool)> = vec![];
        for candidate in &candidates {
            let Candidate { found, cuts, clean, trace, is_bad } = candidate;
            let url = cuts.get(*clean).cloned();
            match url {
                Some(url) if *clean == 0 || order.cut => {
                    let report = found.reports.first().copied();
                    lines.push((SubmittedUrl { url, found: found.url.clone(), report }, *is_bad));
                }
                cut => plan.blocked.push(blocked(&found.url, trace, cut)),
            }
        }
        for feed in &self.feeds {
            self.pack(feed, &lines, &mut plan)?;
        }
        Ok(plan)
    }

    /// Reads the mails that name the URLs, and takes from each URL what names one of their recipients.
    fn search(
        &self,
        candidates: &mut [Candidate<'_>],
        cancel: &Cancel,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), PlanError> {
        let mut by_report: BTreeMap<ReportId, Vec<usize>> = BTreeMap::new();
        for (place, candidate) in candidates.iter().enumerate() {
            for report in candidate.found.reports.iter().take(MOST_REPORTS) {
                by_report.entry(*report).or_default().push(place);
            }
        }
        let total = by_report.len() as u64;
        for (done, (id, places)) in by_report.into_iter().enumerate() {
            if cancel.is_cancelled() {
                return Err(PlanError::Cancelled);
            }
            progress(done as u64, total);
            let (Some(record), Some(raw)) = (self.store.record(id)?, self.store.raw(id)?) else { continue };
            let parties = Parties::of(&raw, &record.report, record.feed_kind, &self.config.own);
            // Nothing is replaced, so the key of the tokens is not needed.
            let redaction: Redaction<'_> = parties.redaction(b"", "");
            let redactor = Redactor::new(&parties.recipients, redaction);
            let is_bad = record.report.cause == Cause::Fraud || record.feed_kind == FeedKind::Spamtrap;
            for place in places {
                let Some(candidate) = candidates.get_mut(place) else { continue };
                candidate.is_bad |= is_bad;
                candidate.cut_down(|url| redactor.trace_in_url(url));
            }
        }
        Ok(())
    }

    /// Adds what one feed does not have yet to the plan.
    fn pack(&self, feed: &UrlFeed, lines: &[(SubmittedUrl, bool)], plan: &mut Plan) -> Result<(), PlanError> {
        // Several that were cut down to the same go together.
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut groups: Vec<Vec<&(SubmittedUrl, bool)>> = vec![];
        for line in lines {
            let told = self.store.already_told(&[sha256(line.0.url.as_bytes())], None, &feed.name)?;
            if let Some(earlier) = told {
                plan.already.push(AlreadyThere {
                    url: line.0.found.clone(),
                    feed: feed.name.clone(),
                    id: earlier.id,
                    state: earlier.state,
                    at: earlier.at,
                });
                continue;
            }
            let place = *places.entry(line.0.url.as_str()).or_insert_with(|| {
                groups.push(vec![]);
                groups.len() - 1
            });
            groups.get_mut(place).into_iter().for_each(|group| group.push(line));
        }
        // What stands in no bad mail may be anybody's: it never goes along with what does.
        let (doubtful, clear): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().all(|(_, is_bad)| !is_bad));
        for (groups, is_doubtful) in [(clear, false), (doubtful, true)] {
            for chunk in groups.chunks(feed.urls_at_once.max(1)) {
                let urls: Vec<SubmittedUrl> = chunk.iter().flatten().map(|(url, _)| url.clone()).collect();
                plan.parcels.push(Arc::new(self.parcel(feed, urls, is_doubtful)?));
            }
        }
        Ok(())
    }

    fn parcel(
        &self,
        feed: &UrlFeed,
        urls: Vec<SubmittedUrl>,
        is_doubtful: bool,
    ) -> Result<Parcel, PlanError> {
        let token = token().map_err(|error| PlanError::Mail(error.to_string()))?;
        let mut warnings = vec![];
        let cut = urls.iter().filter(|url| url.url != url.found).count();
        if cut > 0 {
            warnings
                .push(format!("{} cut down, because a recipient stands in it", counted(cut as u64, "URL")));
        }
        let mut parcel = Parcel {
            feed: feed.name.clone(),
            kind: feed.kind,
            target: feed.target.clone(),
            urls,
            subject: String::new(),
            message_id: String::new(),
            token,
            bytes: Arc::from([]),
            warnings,
            singly: is_doubtful.then(|| DOUBTFUL.to_owned()),
        };
        let distinct = parcel.distinct();
        let mut subject = match distinct.as_slice() {
            [one] => (*one).to_owned(),
            all => format!("{}, first {}", counted(all.len() as u64, "URL"), all.first().unwrap_or(&"")),
        };
        let (bytes, message_id) = match &self.writer {
            Some(writer) if feed.kind == UrlFeedKind::Mail => {
                let stamp = Stamp { now: clock::now(), token: &parcel.token };
                let mail = writer
                    .write_urls(&distinct, &feed.reason, &feed.target, &stamp)
                    .map_err(PlanError::Mail)?;
                (mail.bytes, mail.message_id)
            }
            _ => {
                let words = Words {
                    from: self.config.report.from.as_deref().unwrap_or_default(),
                    reason: &feed.reason,
                    threat_type: &feed.threat_type,
                };
                (body(feed.kind, &distinct, &words), String::new())
            }
        };
        subject.truncate(subject.floor_char_boundary(500));
        (parcel.subject, parcel.bytes, parcel.message_id) = (subject, Arc::from(bytes), message_id);
        Ok(parcel)
    }
}

fn candidate(found: &FoundUrl) -> Candidate<'_> {
    let mut candidate =
        Candidate { found, cuts: cuts(&found.url), clean: 0, trace: "", is_bad: found.reports.is_empty() };
    candidate.cut_down(names_somebody);
    candidate
}

impl Candidate<'_> {
    /// Goes on to what names nobody.
    fn cut_down(&mut self, trace: impl Fn(&str) -> Option<&'static str>) {
        while let Some(form) = self.cuts.get(self.clean).and_then(|url| trace(url)) {
            self.trace = form;
            self.clean += 1;
        }
    }
}

fn blocked(url: &str, trace: &str, cut: Option<String>) -> Blocked {
    let what = match &cut {
        Some(cut) => format!("cut down, {cut} could be"),
        None => "and its host does, too".to_owned(),
    };
    let why = format!("it tells who received the mail ({trace}), and a feed would be told with it; {what}.");
    Blocked { url: url.to_owned(), why, cut }
}
