//! The map itself: which country lies where, at whatever size, and which lies beside which. Knows no counts.

use crate::model::countries::{Territory, territories};
use std::sync::LazyLock;

/// Columns and rows of the map as it is kept: half a degree each (`assets/map/README.md`).
const KEPT: (usize, usize) = (720, 360);
/// Rows that are shown: from 84° N to 57° S, where people live.
const SHOWN: std::ops::Range<usize> = 12..294;

static KEPT_CELLS: LazyLock<Vec<u8>> =
    LazyLock::new(|| unpacked(include_bytes!("../../../assets/map/countries.runs")));

/// The cells of runs: a value, then how often, seven bits a byte, the lowest first.
fn unpacked(runs: &[u8]) -> Vec<u8> {
    let mut cells = Vec::with_capacity(KEPT.0 * KEPT.1);
    let mut bytes = runs.iter().copied();
    while let Some(value) = bytes.next() {
        let (mut length, mut shift) = (0usize, 0u32);
        for byte in bytes.by_ref() {
            length |= usize::from(byte & 127) << shift;
            shift = (shift + 7).min(21);
            if byte < 128 {
                break;
            }
        }
        let room = KEPT.0 * KEPT.1 - cells.len();
        cells.extend(std::iter::repeat_n(value, length.min(room)));
    }
    cells
}

/// The map at a size, in pixels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct World {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row the place of a country among all, plus one; 0 is water.
    pixels: Vec<u8>,
}

impl World {
    /// The width at which this many rows of pixels show the world as it is.
    pub fn width_for(rows: usize) -> usize {
        rows * KEPT.0 / SHOWN.len()
    }

    /// The rows of pixels at which this width shows the world as it is.
    pub fn height_for(columns: usize) -> usize {
        (columns * SHOWN.len() + KEPT.0 / 2) / KEPT.0
    }

    /// The map at this size. A pixel is of the country that has most of it, where there is more than a third of land.
    pub fn at(width: usize, height: usize) -> World {
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let rows = looks(y, height, SHOWN.len());
            pixels.extend((0..width).map(|x| most(rows, looks(x, width, KEPT.0))));
        }
        World { width, height, pixels }
    }

    /// Row by row the place of a country among all, plus one; 0 is water.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The country at a pixel.
    pub fn country(&self, x: usize, y: usize) -> Option<usize> {
        let pixel = self.pixels.get(y * self.width + x).filter(|_| x < self.width)?;
        usize::from(*pixel).checked_sub(1)
    }

    /// The pixel of a country's middle.
    pub fn pixel_of(&self, territory: &Territory) -> Option<usize> {
        let degrees = |shown: usize| shown as f32 * 180.0 / KEPT.1 as f32;
        let (top, height) = (90.0 - degrees(SHOWN.start), degrees(SHOWN.len()));
        let x = (territory.longitude + 180.0) / 360.0 * self.width as f32;
        let y = (top - territory.latitude) / height * self.height as f32;
        let (x, y) = (x.clamp(0.0, self.width as f32 - 1.0) as usize, y as usize);
        (y < self.height && top >= territory.latitude).then_some(y * self.width + x)
    }

    /// Whether a country has no more than one pixel: its middle is to be marked.
    pub fn is_small(&self, place: usize) -> bool {
        self.pixels.iter().filter(|pixel| usize::from(**pixel) == place + 1).nth(1).is_none()
    }
}

/// Places of a pixel that are looked at, from west to east and from north to south: enough for a coast, and a
/// tenth of what the cells of a small map are.
const LOOKS: usize = 4;

/// The kept rows or columns at which a pixel is looked at.
fn looks(at: usize, of: usize, kept: usize) -> [usize; LOOKS] {
    std::array::from_fn(|look| ((at * LOOKS + look) * 2 + 1) * kept / (of * LOOKS * 2))
}

/// The country at the most of these places, where there is more than a third of land.
fn most(rows: [usize; LOOKS], columns: [usize; LOOKS]) -> u8 {
    let mut seen = [(0u8, 0usize); LOOKS * LOOKS];
    let mut land = 0;
    for row in rows {
        for column in columns {
            let country = KEPT_CELLS.get((row + SHOWN.start) * KEPT.0 + column).copied().unwrap_or(0);
            let place = seen.iter_mut().find(|place| place.0 == country || place.1 == 0);
            if let Some(place) = place.filter(|_| country != 0) {
                *place = (country, place.1 + 1);
                land += 1;
            }
        }
    }
    let (country, _) = seen.iter().copied().max_by_key(|place| place.1).unwrap_or_default();
    if land * 3 > LOOKS * LOOKS { country } else { 0 }
}

/// Where somebody wants to go on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// To the west.
    West,
    /// To the east.
    East,
    /// To the north.
    North,
    /// To the south.
    South,
}

/// The nearest country in a direction, by the middles of both; what lies aside counts as farther away. The world is
/// round from west to east.
pub fn neighbour(from: usize, course: Course) -> Option<usize> {
    let here = territories().get(from)?;
    let cost = |(place, there): (usize, &Territory)| {
        let east = (there.longitude - here.longitude + 540.0).rem_euclid(360.0) - 180.0;
        // A degree to the east is shorter in the north: this is how the map has it.
        let north = there.latitude - here.latitude;
        let (ahead, aside) = match course {
            Course::East => (east, north),
            Course::West => (-east, north),
            Course::North => (north, east),
            Course::South => (-north, east),
        };
        (ahead > 0.0 && aside.abs() <= ahead * 1.5).then(|| (place, ahead + 1.5 * aside.abs()))
    };
    let others = territories().iter().enumerate().filter(|(place, _)| *place != from).filter_map(cost);
    others.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::countries::place_of;
    use std::collections::BTreeSet;

    fn code_at(longitude: f32, latitude: f32) -> Option<&'static str> {
        let (x, y) = ((longitude + 180.0) * 2.0, (90.0 - latitude) * 2.0);
        let cell = KEPT_CELLS.get(y as usize * KEPT.0 + x as usize)?;
        territories().get(usize::from(*cell).checked_sub(1)?).map(|territory| territory.code)
    }

    #[test]
    fn every_cell_is_water_or_a_country_and_capitals_lie_in_theirs() {
        assert_eq!(KEPT_CELLS.len(), KEPT.0 * KEPT.1);
        assert!(KEPT_CELLS.iter().all(|cell| usize::from(*cell) <= territories().len()));
        for (longitude, latitude, code) in [
            (13.4, 52.5, Some("DE")),
            (37.6, 55.8, Some("RU")),
            // Russia goes on beyond the antimeridian.
            (-173.0, 66.5, Some("RU")),
            (-47.9, -15.8, Some("BR")),
            (116.4, 39.9, Some("CN")),
            (28.3, -29.5, Some("LS")),
            (0.0, -85.0, Some("AQ")),
            (-30.0, 40.0, None),
        ] {
            assert_eq!(code_at(longitude, latitude), code, "{longitude} {latitude}");
        }
    }

    #[test]
    fn large_countries_are_seen_at_every_size() {
        for (width, height) in [(40, 14), (76, 26), (104, 40), (160, 62)] {
            let world = World::at(width, height);
            for code in ["RU", "US", "CN", "BR", "AU", "IN", "CA", "DZ"] {
                let place = place_of(code).unwrap_or_default();
                assert!(!world.is_small(place), "{code} at {width}×{height}");
                let middle = world.pixel_of(&territories()[place]).unwrap_or_default();
                assert_eq!(world.country(middle % width, middle / width), Some(place), "{code} at {width}");
            }
        }
        assert!(World::at(76, 26).is_small(place_of("SG").unwrap_or_default()));
        assert_eq!(World::at(0, 0).country(0, 0), None);
    }

    #[test]
    fn one_goes_to_the_neighbour_on_that_side_and_everywhere() {
        let place = |code: &str| place_of(code).unwrap_or_default();
        let to = |code, course| neighbour(place(code), course).map(|place| territories()[place].code);
        assert_eq!(to("PT", Course::East), Some("ES"));
        assert_eq!(to("US", Course::North), Some("CA"));
        assert_eq!(to("AR", Course::West), Some("CL"));
        let mut seen = BTreeSet::from([place("DE")]);
        let mut open = vec![place("DE")];
        while let Some(here) = open.pop() {
            for course in [Course::West, Course::East, Course::North, Course::South] {
                open.extend(neighbour(here, course).filter(|place| seen.insert(*place)));
            }
        }
        let missed: Vec<&str> = territories()
            .iter()
            .enumerate()
            .filter(|(place, _)| !seen.contains(place))
            .map(|(_, territory)| territory.code)
            .collect();
        assert!(missed.is_empty(), "{missed:?}");
    }
}
