//! The countries of ISO 3166-1 with their names and where they lie. Knows nothing of reports.

use std::sync::LazyLock;

/// A country.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Territory {
    /// Two capital letters: ISO 3166-1 alpha-2, or `XK`.
    pub code: &'static str,
    /// Its name in English.
    pub name: &'static str,
    /// Degrees north of the middle of its largest piece of land.
    pub latitude: f32,
    /// Degrees east of it.
    pub longitude: f32,
}

/// Made by `scripts/make_map.py`.
const TABLE: &str = include_str!("../../assets/map/countries.tsv");

static TERRITORIES: LazyLock<Vec<Territory>> =
    LazyLock::new(|| TABLE.lines().filter_map(territory).collect());

/// All of them, by their codes.
pub fn territories() -> &'static [Territory] {
    &TERRITORIES
}

/// The place of a code among them.
pub fn place_of(code: &str) -> Option<usize> {
    territories().binary_search_by(|territory| territory.code.cmp(code)).ok()
}

/// The name of a country, where the code is one.
pub fn name_of(code: &str) -> Option<&'static str> {
    place_of(code).and_then(|place| territories().get(place)).map(|territory| territory.name)
}

fn territory(line: &'static str) -> Option<Territory> {
    let mut values = line.split('\t');
    Some(Territory {
        code: values.next()?,
        name: values.next()?,
        latitude: values.next()?.parse().ok()?,
        longitude: values.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_country_found_by_its_code() {
        assert_eq!(territories().len(), TABLE.lines().count());
        for (place, territory) in territories().iter().enumerate() {
            assert_eq!(place_of(territory.code), Some(place), "{territory:?}");
            assert!(territory.code.len() == 2 && territory.name.len() > 2, "{territory:?}");
            assert!(territory.latitude.abs() <= 90.0 && territory.longitude.abs() <= 180.0, "{territory:?}");
        }
        assert_eq!((name_of("BR"), name_of("XK"), name_of("ZZ")), (Some("Brazil"), Some("Kosovo"), None));
    }
}
