//! When the demo's messages arrive, and which campaign each belongs to: a rhythm of day and week with bursts on top.

use super::facts::File;
use super::random::{Random, zipf};
use super::scripts::{self, SCRIPTS, Script};
use super::world::{NETWORKS, OWN};
use crate::model::clock::Seconds;
use std::f64::consts::TAU;

const HOUR: Seconds = 3600;
const HOURS: usize = super::DAYS * 24;
/// What the campaigns make of all mail.
const CAMPAIGN_SHARE: f64 = 0.6;

/// A burst of mails with one script from many hosts.
pub struct Campaign {
    pub script: &'static Script,
    /// Index of [`OWN`]: in whose name.
    pub own: usize,
    /// Link hosts, in rotation.
    pub hosts: Vec<String>,
    /// Indexes of [`NETWORKS`]: where its bots are.
    pub botnet: Vec<usize>,
    pub file: Option<(File, Vec<u8>)>,
    /// HTML instead of text and HTML.
    pub html_only: bool,
    start: usize,
    length: usize,
    weight: f64,
}

/// The timetable.
pub struct Calendar {
    pub campaigns: Vec<Campaign>,
    /// Running totals of the hours.
    totals: Vec<f64>,
    /// For each hour the running totals of what can arrive in it: no campaign, then those of `active`.
    shares: Vec<Vec<f64>>,
    active: Vec<Vec<usize>>,
    end: Seconds,
    count: u64,
}

impl Calendar {
    pub fn new(seed: u64, count: u64, now: Seconds) -> Calendar {
        let mut random = Random::new(seed, u64::MAX);
        let networks = zipf(NETWORKS.len(), 0.9);
        let number = SCRIPTS.len() + super::DAYS;
        let campaigns: Vec<Campaign> =
            (0..number).map(|index| campaign(index, &mut random, &networks)).collect();
        let mut shares = vec![];
        let mut active = vec![];
        let bursts = |hour: usize| campaigns.iter().map(move |c| c.at(hour)).sum::<f64>();
        let quiet: f64 = (0..HOURS).map(|hour| rhythm(now, hour)).sum();
        let loud: f64 = (0..HOURS).map(bursts).sum();
        let scale = CAMPAIGN_SHARE / (1.0 - CAMPAIGN_SHARE) * quiet / loud.max(1e-9);
        let mut total = 0.0;
        let mut totals = vec![];
        for hour in 0..HOURS {
            let mut here = rhythm(now, hour);
            let mut running = vec![here];
            let mut ids = vec![];
            for (id, campaign) in campaigns.iter().enumerate().filter(|(_, c)| c.at(hour) > 0.0) {
                here += campaign.at(hour) * scale;
                running.push(here);
                ids.push(id);
            }
            total += here;
            totals.push(total);
            shares.push(running);
            active.push(ids);
        }
        Calendar { campaigns, totals, shares, active, end: now, count: count.max(1) }
    }

    /// Moment and campaign of a message. A greater index is never earlier by more than the spread of one message.
    pub fn at(&self, index: u64, random: &mut Random) -> (Seconds, Option<&Campaign>) {
        let whole = self.totals.last().copied().unwrap_or_default();
        let position = (index as f64 + random.unit()) / self.count as f64 * whole;
        let hour = self.totals.partition_point(|total| *total <= position).min(HOURS - 1);
        let before = hour.checked_sub(1).map_or(0.0, |previous| self.totals[previous]);
        let inside = (position - before) / (self.totals[hour] - before).max(1e-9);
        let start = self.end - (HOURS - hour) as Seconds * HOUR;
        let moment = start + (inside.clamp(0.0, 0.9999) * HOUR as f64) as Seconds;
        let which = random.weighted(&self.shares[hour]);
        let campaign = which.checked_sub(1).map(|at| &self.campaigns[self.active[hour][at]]);
        (moment, campaign)
    }
}

impl Campaign {
    /// Its strength in an hour: it rises in three and fades out.
    fn at(&self, hour: usize) -> f64 {
        let Some(age) = hour.checked_sub(self.start).filter(|age| *age < self.length) else { return 0.0 };
        let rise = ((age + 1) as f64 / 3.0).min(1.0);
        self.weight * rise * (-2.0 * age as f64 / self.length as f64).exp()
    }
}

fn campaign(index: usize, random: &mut Random, networks: &[f64]) -> Campaign {
    let script = SCRIPTS.get(index).unwrap_or_else(|| &SCRIPTS[random.index(SCRIPTS.len())]);
    // The first goes on for more than a day, the second is over in a quarter of one and bursts for whoever looks now.
    let recent = index < 2;
    let length = if recent { [30, 6][index] } else { random.pick(&[6, 12, 12, 24, 36, 48]) };
    let own = if recent { index * 2 } else { random.index(OWN.len()) };
    let label = OWN[own].0.split('.').next().unwrap_or_default();
    let hosts = (0..random.pick(&[1, 2, 3, 5, 12])).map(|_| host(label, random)).collect();
    let bots = random.pick(&[2, 4, 8, 20, 45]);
    let file = script.file.map(|(name, content_type)| {
        let mut data = if name.ends_with(".zip") { b"PK\x03\x04".to_vec() } else { b"<html><body>".to_vec() };
        let length = 300 + random.index(1800);
        if name.ends_with(".zip") {
            data.extend((0..length).map(|_| random.next() as u8));
        } else {
            data.extend(format!("<form>{}</form></body></html>", random.token(length)).bytes());
        }
        (File::new(name, content_type, &data), data)
    });
    Campaign {
        script,
        own,
        hosts,
        botnet: (0..bots).map(|_| random.weighted(networks)).collect(),
        file,
        html_only: random.per_mille(350),
        start: if recent { HOURS - [40, 11][index] } else { random.index(HOURS - length) },
        length,
        weight: if recent { [4.0, 60.0][index] } else { (1.0 / (0.02 + random.unit())).min(12.0) },
    }
}

/// A host that looks like ours, or like anything.
pub fn host(label: &str, random: &mut Random) -> String {
    let (a, b) = (scripts::word(random), scripts::word(random));
    match random.below(5) {
        0 => format!("{label}-{a}.test"),
        1 => format!("www.{label}.{a}-{b}.test"),
        2 => format!("{a}.{b}{}.test", random.below(100)),
        3 => format!("{label}.example.{a}-{}.test", random.token(4)),
        _ => format!("{a}-{b}.web.test"),
    }
}

/// Mail of an hour when nothing special happens: less at night and at weekends.
fn rhythm(now: Seconds, hour: usize) -> f64 {
    let moment = now - (HOURS - hour) as Seconds * HOUR;
    let day = moment.rem_euclid(86_400) as f64 / 86_400.0;
    let weekend = (moment.div_euclid(86_400) + 3).rem_euclid(7) >= 5; // 1970-01-01 was a Thursday
    (1.0 + 0.6 * (day * TAU - 1.2).sin()) * if weekend { 0.6 } else { 1.0 }
}
