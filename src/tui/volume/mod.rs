//! The screen Volume: how many reports came when, what bursts, and what was reported day by day. It asks the desk and
//! never waits for it.

mod screen;

use super::event::Effect;
use super::layer::Reply;
use super::reports::say;
use super::scope::{Scope, Subject, narrowed};
use crate::jobs::desk::{
    BurstName, REPORTED_DAYS, Request, Volume as Counted, VolumeQuestion, start_of_last,
};
use crate::model::clock::{DAY_SECONDS, Seconds, rfc3339, weekday};
use crate::text::{Showable, cut, showable, thousands};

const HOUR: Seconds = 3_600;

/// How much time is seen at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zoom {
    /// 24 hours.
    Day,
    /// 72 hours.
    #[default]
    ThreeDays,
    /// Seven days.
    Week,
    /// 30 days.
    Month,
    /// A year.
    Year,
}

impl Zoom {
    /// From the nearest to the farthest.
    pub const ALL: [Zoom; 5] = [Zoom::Day, Zoom::ThreeDays, Zoom::Week, Zoom::Month, Zoom::Year];

    /// What it is called, how long each span is, and how many there are: as many as a terminal of 80 columns has.
    fn entry(self) -> (&'static str, Seconds, usize) {
        match self {
            Zoom::Day => ("24 h by hour", HOUR, 24),
            Zoom::ThreeDays => ("72 h by hour", HOUR, 72),
            Zoom::Week => ("7 d by 3 h", 3 * HOUR, 56),
            Zoom::Month => ("30 d by day", DAY_SECONDS, 30),
            Zoom::Year => ("1 y by week", 7 * DAY_SECONDS, 53),
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        self.entry().0
    }

    /// More time is never seen at once.
    pub fn is_farthest(self) -> bool {
        Zoom::ALL.last() == Some(&self)
    }

    /// The next nearer or farther one.
    fn step(self, by: isize) -> Zoom {
        let at = Zoom::ALL.iter().position(|zoom| *zoom == self).unwrap_or(0);
        let to = at.saturating_add_signed(by).min(Zoom::ALL.len() - 1);
        Zoom::ALL.get(to).copied().unwrap_or(self)
    }
}

/// What has the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Focus {
    /// The bars.
    #[default]
    Bars,
    /// The days of what was reported.
    Days,
}

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// How much time is seen.
    pub zoom: Zoom,
    /// Which reports.
    pub subject: Subject,
    /// What has the keys.
    pub focus: Focus,
    /// The counts.
    pub counted: Option<Box<Counted>>,
    /// Spans between the last one that is seen and the present one.
    pub ago: usize,
    /// The span of the cursor, counted back from the last one that is seen.
    back: usize,
    /// The day of the cursor, likewise.
    days_back: usize,
    /// Why spans stand out.
    names: Vec<BurstName>,
    size: (u16, u16),
    number: u64,
    now: Seconds,
}

impl Volume {
    /// Before anything is known.
    pub fn new(now: Seconds) -> Volume {
        Volume {
            zoom: Zoom::default(),
            subject: Subject::default(),
            focus: Focus::default(),
            counted: None,
            ago: 0,
            back: 0,
            days_back: 0,
            names: vec![],
            size: (0, 0),
            number: 0,
            now,
        }
    }

    /// The span of the cursor.
    pub fn cursor(&self) -> usize {
        let spans = self.counted.as_ref().map_or(0, |counted| counted.buckets.counts.len());
        spans.saturating_sub(1 + self.back)
    }

    /// The day of the cursor.
    pub fn day(&self) -> usize {
        REPORTED_DAYS.saturating_sub(1 + self.days_back)
    }

    /// Why a span stands out, the best reason first, where that is known.
    pub fn reasons(&self, bucket: usize) -> Vec<Showable> {
        let Some(counted) = &self.counted else { return vec![] };
        let start = counted.buckets.start_of(bucket);
        let Some(name) = self.names.iter().find(|name| name.start == start) else { return vec![] };
        let reason = |(what, text, now, before): &(&str, String, u64, u64)| {
            /// So that a second reason can be read, too.
            const LONGEST: usize = 48;
            let text = cut(showable(text).as_str(), LONGEST);
            showable(&format!("{what}:{text} {} (before {})", thousands(*now), thousands(*before)))
        };
        name.grown.iter().map(reason).collect()
    }

    fn ask(&mut self) -> Vec<Effect> {
        self.number += 1;
        let query = self.subject.count(self.now);
        let (_, seconds, spans) = self.zoom.entry();
        let question = VolumeQuestion { number: self.number, query, seconds, spans, ago: self.ago };
        vec![Effect::Desk(Request::Volume(question))]
    }

    fn zoom(&mut self, by: isize) -> Reply {
        let zoom = self.zoom.step(by);
        if zoom == self.zoom {
            return say(if by < 0 { "This is the nearest." } else { "This is the farthest." });
        }
        // The cursor stays in its time, and what is seen goes with it.
        let (_, seconds, _) = self.zoom.entry();
        let start = start_of_last(self.now, seconds, 1 + self.ago + self.back);
        self.zoom = zoom;
        self.see((start + seconds / 2).min(self.now));
        Reply::Do(self.ask())
    }

    /// Puts the cursor on this moment: at the present end of time as long as it is seen from there, else in the middle.
    fn see(&mut self, moment: Seconds) {
        let (_, seconds, spans) = self.zoom.entry();
        let age = (start_of_last(self.now, seconds, 1) + seconds - 1 - moment).max(0);
        let back = (age / seconds) as usize;
        self.ago = if back < spans { 0 } else { back - spans / 2 };
        self.back = back - self.ago;
    }

    /// To the spans before those that are seen, or behind them.
    fn shift(&mut self, earlier: bool) -> Reply {
        let (_, seconds, spans) = self.zoom.entry();
        let newest = self.counted.as_ref().filter(|counted| counted.question == self.number);
        match newest.and_then(|counted| counted.newest) {
            // Where nothing is seen, nobody wants to look through all that is empty.
            Some(newest) if earlier && newest < start_of_last(self.now, seconds, self.ago + 1) => {
                self.see(newest);
                return Reply::Do(self.ask());
            }
            _ => {}
        }
        let ago = if earlier { self.ago + spans } else { self.ago.saturating_sub(spans) };
        if ago == self.ago {
            return say("This is the present.");
        }
        // No report is older than the clock.
        if start_of_last(self.now, seconds, ago + spans) < 0 {
            return say("Nothing came before this.");
        }
        self.ago = ago;
        Reply::Do(self.ask())
    }

    /// The moment from which what is shown is no longer all there is: when the present span ends, or the day.
    fn end(&self) -> Option<Seconds> {
        let counted = self.counted.as_ref().filter(|counted| counted.question == self.number)?;
        let day = counted.reported_start + REPORTED_DAYS as Seconds * DAY_SECONDS;
        let span = counted.buckets.start_of(counted.buckets.counts.len());
        Some(if self.ago == 0 { span.min(day) } else { day })
    }

    /// The last moment that is seen, where that is not the present.
    pub fn until(&self) -> Option<Seconds> {
        (self.ago > 0).then(|| start_of_last(self.now, self.zoom.entry().1, self.ago) - 1)
    }

    fn switch_scope(&mut self) -> Reply {
        self.subject.turn(&[Scope::Query, Scope::All]);
        Reply::Do(self.ask())
    }

    /// To the left by so many spans, or days.
    fn go_back(&mut self, by: isize) {
        let (place, count) = match self.focus {
            Focus::Bars => (&mut self.back, self.zoom.entry().2),
            Focus::Days => (&mut self.days_back, REPORTED_DAYS),
        };
        *place = place.saturating_add_signed(by).min(count - 1);
    }

    /// To the next span that stands out, or the one before.
    fn go_to_burst(&mut self, forwards: bool) -> Reply {
        let (cursor, spans) = (self.cursor(), self.zoom.entry().2);
        let Some(counted) = &self.counted else { return Reply::Nothing };
        let places = counted.bursts.iter().map(|burst| burst.bucket);
        let found = match forwards {
            true => places.filter(|place| *place > cursor).min(),
            false => places.filter(|place| *place < cursor).max(),
        };
        match found {
            Some(place) => {
                self.focus = Focus::Bars;
                self.back = spans.saturating_sub(1 + place);
                Reply::Nothing
            }
            None => say(if forwards { "No burst after this one." } else { "No burst before this one." }),
        }
    }

    /// The reports behind the cursor.
    fn open(&mut self) -> Reply {
        let Some(counted) = self.counted.as_ref().filter(|counted| counted.question == self.number) else {
            return say("This is still being counted.");
        };
        let count = match self.focus {
            Focus::Bars => counted.buckets.counts.get(self.cursor()).map_or(0, |kinds| kinds.iter().sum()),
            Focus::Days => counted.reported.get(self.day()).copied().unwrap_or(0),
        };
        if count == 0 {
            return say(match self.focus {
                Focus::Bars => "Nothing came then.",
                Focus::Days => "Nothing that came on this day was reported.",
            });
        }
        let query = match self.focus {
            Focus::Bars => {
                let start = counted.buckets.start_of(self.cursor());
                narrowed(&self.subject.query, &window(start, counted.buckets.seconds), None, self.now)
            }
            Focus::Days => {
                let start = counted.reported_start + self.day() as Seconds * DAY_SECONDS;
                // What the query says about the state was left out when these were counted.
                let query = without_state(&self.subject.query, self.now);
                let reported = narrowed(&query, "is:reported", None, self.now);
                narrowed(&reported, &window(start, DAY_SECONDS), None, self.now)
            }
        };
        self.subject.leave_for(query)
    }
}

fn without_state(query: &str, now: Seconds) -> String {
    let filter = crate::query::parse(query, now).unwrap_or_default();
    filter.parted(|term, _| term.field == crate::query::Field::Is).1.to_string()
}

/// A span as a query says it.
fn window(start: Seconds, seconds: Seconds) -> String {
    match seconds {
        DAY_SECONDS => format!("on:{}", rfc3339(start).get(..10).unwrap_or_default()),
        _ => format!("since:{} until:{}", rfc3339(start), rfc3339(start + seconds - 1)),
    }
}

/// Weeks of the calendar of what was reported, the first and the last not whole; Monday first.
pub fn weeks(start: Seconds) -> usize {
    (weekday(start) + REPORTED_DAYS).div_ceil(7)
}
