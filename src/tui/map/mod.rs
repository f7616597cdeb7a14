//! The screen Map: where mails come from, on a map of the world, by country and by network. It asks the desk and never
//! waits for it.

mod screen;
pub mod window;
mod world;

pub use world::World;

use super::draw;
use super::event::Effect;
use super::layer::{Asked, Line, Reply};
use super::reports::say;
use super::scope::{Scope, Subject, narrowed};
use crate::jobs::desk::{CountryCount, Origins, OriginsQuestion, Request};
use crate::model::clock::Seconds;
use crate::model::countries::{Territory, name_of, place_of, territories};
use crate::query::Field;
use crate::text::{Showable, showable};
use world::{Course, neighbour};

/// Networks of the table.
const NETWORKS: usize = 20;
/// Spans of each country's course.
pub const SPANS: usize = 12;
/// Windows to choose from: a day and so many before it.
const DAYS: [u32; 8] = [0, 1, 2, 7, 14, 30, 90, 365];
/// What queries call a country or network that is not known.
const UNKNOWN: &str = "unknown";

/// What has the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Focus {
    /// The map.
    #[default]
    World,
    /// The table of countries.
    Countries,
    /// The table of networks.
    Networks,
}

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Which reports.
    pub subject: Subject,
    /// What has the keys.
    pub focus: Focus,
    /// Days before the last one of the window, as `days:` counts.
    pub days: u32,
    /// The last day of the window, counted back from today, as `ago:` counts.
    pub ago: u32,
    /// The counts.
    pub counted: Option<Box<Origins>>,
    /// The map at the size that there is.
    pub world: World,
    /// The network of the cursor.
    pub network: usize,
    /// The country that somebody chose; until then it is the one with the most reports.
    chosen: Option<Code>,
    size: (u16, u16),
    number: u64,
    now: Seconds,
}

/// A country by its code; `None` is where it is not known.
type Code = Option<String>;

impl Map {
    /// Before anything is known.
    pub fn new(now: Seconds) -> Map {
        Map {
            subject: Subject::default(),
            focus: Focus::default(),
            days: 7,
            ago: 0,
            counted: None,
            world: World::default(),
            network: 0,
            chosen: None,
            size: (0, 0),
            number: 0,
            now,
        }
    }

    /// The countries with reports, most first.
    pub fn countries(&self) -> &[CountryCount] {
        self.counted.as_ref().map_or(&[], |counted| &counted.countries)
    }

    /// The line of the cursor in their table; none for a country without reports.
    pub fn line(&self) -> Option<usize> {
        let code = self.code();
        self.countries().iter().position(|country| country.code == code)
    }

    /// The country of the cursor.
    pub fn code(&self) -> Code {
        match &self.chosen {
            Some(code) => code.clone(),
            None => self.countries().first().and_then(|country| country.code.clone()),
        }
    }

    /// The place of the cursor among all countries.
    pub fn place(&self) -> Option<usize> {
        self.code().and_then(|code| place_of(&code))
    }

    /// What a country is called.
    pub fn name(code: Option<&str>) -> Showable {
        match code {
            Some(code) => showable(name_of(code).unwrap_or("no country of ISO 3166")),
            None => showable("not known"),
        }
    }

    /// The window as a query says it.
    pub fn window(&self) -> String {
        OriginsQuestion::window(self.days, self.ago)
    }

    fn ask(&mut self) -> Vec<Effect> {
        self.number += 1;
        let query = self.subject.count(self.now);
        vec![Effect::Desk(Request::Origins(OriginsQuestion {
            number: self.number,
            query,
            days: self.days,
            ago: self.ago,
            spans: SPANS,
            networks: NETWORKS,
        }))]
    }

    fn switch_scope(&mut self) -> Reply {
        self.subject.turn(&[Scope::Query, Scope::All, Scope::Reported]);
        Reply::Do(self.ask())
    }

    /// The longer one of the windows to choose from.
    pub fn longer(&self) -> Option<u32> {
        DAYS.into_iter().find(|days| *days > self.days)
    }

    fn zoom(&mut self, longer: bool) -> Reply {
        let days = match longer {
            true => self.longer(),
            false => DAYS.into_iter().rev().find(|days| *days < self.days),
        };
        let Some(days) = days else {
            return say(if longer { "This is the longest window." } else { "This is the shortest window." });
        };
        self.days = days;
        Reply::Do(self.ask())
    }

    fn ask_for_window(&self) -> Reply {
        Reply::ask(Line::new(Asked::Window, "Which days", &self.window(), false))
    }

    fn set_window(&mut self, text: &str) -> Reply {
        match window::understood(text) {
            Ok(window) => {
                (self.days, self.ago) = window;
                Reply::Do(self.ask())
            }
            Err(sentence) => say(&sentence),
        }
    }

    fn shift(&mut self, earlier: bool) -> Reply {
        let length = self.days + 1;
        let ago = if earlier { self.ago + length } else { self.ago.saturating_sub(length) };
        if ago == self.ago {
            return say("The window ends today.");
        }
        if ago > window::MOST_DAYS {
            return say("No window ends longer ago than a century.");
        }
        self.ago = ago;
        Reply::Do(self.ask())
    }

    fn turn(&mut self, forwards: bool) {
        self.focus = match (self.focus, forwards) {
            (Focus::World, true) | (Focus::Networks, false) => Focus::Countries,
            (Focus::Countries, true) | (Focus::World, false) => Focus::Networks,
            (Focus::Networks, true) | (Focus::Countries, false) => Focus::World,
        };
        self.lay_out();
    }

    fn lay_out(&mut self) {
        let area = draw::map_parts(self.size, self.focus).world;
        let (width, height) = (usize::from(area.width), usize::from(area.height) * 2);
        if (self.world.width, self.world.height) != (width, height) {
            self.world = World::at(width, height);
        }
    }

    /// Over the map to the next country on that side.
    fn travel(&mut self, course: Course) {
        // From a country that lies nowhere one begins in the middle of the map.
        let from = self.place().or_else(|| place_of("GH"));
        let next = from.and_then(|from| neighbour(from, course)).and_then(|place| territories().get(place));
        if let Some(Territory { code, .. }) = next {
            self.chosen = Some(Some((*code).to_owned()));
        }
    }

    /// Up and down in the table that has the keys.
    fn step(&mut self, by: isize) {
        let to = |at: usize, count: usize| at.saturating_add_signed(by).min(count.saturating_sub(1));
        match self.focus {
            Focus::Networks => {
                let count = self.counted.as_ref().map_or(0, |counted| counted.networks.len());
                self.network = to(self.network, count);
            }
            Focus::World | Focus::Countries => {
                let line = match self.line() {
                    Some(line) => to(line, self.countries().len()),
                    None => 0,
                };
                if let Some(country) = self.countries().get(line) {
                    self.chosen = Some(country.code.clone());
                }
            }
        }
    }

    /// The reports behind the cursor.
    fn open(&mut self) -> Reply {
        let Some(counted) = &self.counted else { return Reply::Nothing };
        let (field, value, count) = match self.focus {
            Focus::Networks => {
                let Some(network) = counted.networks.get(self.network) else { return Reply::Nothing };
                (Field::Asn, network.asn.map(|asn| asn.to_string()), network.count)
            }
            Focus::World | Focus::Countries => {
                let count = self.line().and_then(|line| self.countries().get(line));
                (Field::Country, self.code(), count.map_or(0, |country| country.count))
            }
        };
        if count == 0 {
            let name = Map::name(value.as_deref());
            return say(&format!("Nothing came from there in this window: {name} has no reports."));
        }
        let value = value.as_deref().unwrap_or(UNKNOWN);
        let query = narrowed(&self.subject.query, &self.window(), Some((field, value)), self.now);
        self.subject.leave_for(query)
    }
}
