//! The screen Volume: how many reports came when, what bursts, and what was reported day by day. It asks the desk and
//! never waits for it.

mod screen;

use super::event::Effect;
use super::layer::Reply;
use super::reports::say;
use super::scope::{Scope, Subject, narrowed};
use crate::jobs::desk::{BurstName, REPORTED_DAYS, Request, Volume as Counted, VolumeQuestion};
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
    /// The span of the cursor, counted back from the present one.
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
        let question = VolumeQuestion { number: self.number, query, seconds, spans };
        vec![Effect::Desk(Request::Volume(question))]
    }

    fn zoom(&mut self, by: isize) -> Reply {
        let zoom = self.zoom.step(by);
        if zoom == self.zoom {
            return say(if by < 0 { "This is the nearest." } else { "This is the farthest." });
        }
        // The cursor stays in its time.
        let age = self.zoom.entry().1.saturating_mul(self.back as Seconds);
        let (_, seconds, spans) = zoom.entry();
        self.back = ((age / seconds) as usize).min(spans - 1);
        self.zoom = zoom;
        Reply::Do(self.ask())
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
