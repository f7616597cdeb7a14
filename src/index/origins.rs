//! Where mails come from: countries with their course over time, networks with some of their addresses.

use super::Index;
use super::facets::country_name;
use super::parts::Part;
use super::selection::{Selection, Stopped};
use super::tally::{Rows, tally_codes};
use crate::model::address_space::from_column;
use crate::model::clock::Seconds;
use std::net::IpAddr;

/// The reports of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryCount {
    /// Two capital letters; `None` where it is not known.
    pub code: Option<String>,
    /// How many.
    pub count: u64,
    /// How many were reported to an abuse desk.
    pub reported: u64,
    /// How many in each span.
    pub course: Vec<u64>,
}

/// The reports of one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkCount {
    /// The AS; `None` where it is not known.
    pub asn: Option<u32>,
    /// How many.
    pub count: u64,
    /// Some of its addresses, those of the latest reports.
    pub addresses: Vec<IpAddr>,
}

impl Index {
    /// Every country that has reports, most first, in `spans` equal spans from `start` up to `end`; `reported` may hold
    /// reports that are not in the selection.
    pub fn by_country(
        &self,
        selection: &Selection,
        reported: &Selection,
        (start, end): (Seconds, Seconds),
        spans: usize,
    ) -> Result<Vec<CountryCount>, Stopped> {
        self.parts.sources()?;
        let column = &self.columns.country;
        let spans = spans.max(1);
        let length = ((end - start) / spans as Seconds).max(1);
        let mut courses = vec![0u64; column.table().len() * spans];
        for position in selection.rows.ones() {
            let since = Seconds::from(self.columns.arrival.get(position)) - start;
            // What arrived outside counts in the outermost span: a count and its course are of the same reports.
            let span = (since / length).clamp(0, spans as Seconds - 1) as usize;
            let place = courses.get_mut(column.code(position) * spans + span);
            place.into_iter().for_each(|count| *count += 1);
        }
        let reported = tally_codes(&Rows::of(&reported.rows), column.codes(), column.table().len(), None);
        let counts = column.table().iter().zip(courses.chunks(spans)).zip(reported);
        let mut countries: Vec<CountryCount> = counts
            .map(|((country, course), reported)| CountryCount {
                code: (*country != 0).then(|| country_name(*country)),
                count: course.iter().sum(),
                reported,
                course: course.to_vec(),
            })
            .filter(|country| country.count > 0 || country.reported > 0)
            .collect();
        countries.sort_by(|a, b| {
            let by_count = (b.count, b.reported).cmp(&(a.count, a.reported));
            by_count.then_with(|| (a.code.is_none(), &a.code).cmp(&(b.code.is_none(), &b.code)))
        });
        Ok(countries)
    }

    /// The networks with the most reports, `top` of them, and how many networks there are in all.
    pub fn by_network(
        &self,
        selection: &Selection,
        top: usize,
    ) -> Result<(Vec<NetworkCount>, usize), Stopped> {
        self.parts.sources()?;
        let column = &self.columns.asn;
        let counts = tally_codes(&Rows::of(&selection.rows), column.codes(), column.table().len(), None);
        let known = |asn: u32| (asn != 0).then_some(asn);
        let mut found: Vec<(usize, NetworkCount)> = counts
            .into_iter()
            .zip(column.table())
            .enumerate()
            .filter(|(_, (count, _))| *count > 0)
            .map(|(code, (count, asn))| (code, NetworkCount { asn: known(*asn), count, addresses: vec![] }))
            .collect();
        let all = found.iter().filter(|(_, network)| network.asn.is_some()).count();
        found.sort_by_key(|(_, network)| (std::cmp::Reverse(network.count), network.asn));
        found.truncate(top);
        self.add_addresses(selection, &mut found)?;
        Ok((found.into_iter().map(|(_, network)| network).collect(), all))
    }

    /// To each network the addresses of its latest reports: of one or the other of them something may be known.
    fn add_addresses(
        &self,
        selection: &Selection,
        networks: &mut [(usize, NetworkCount)],
    ) -> Result<(), Stopped> {
        /// Of each network.
        const ADDRESSES: usize = 4;
        /// Reports looked at: enough for the networks at the top, and less than a millisecond.
        const REPORTS: usize = 100_000;
        let Ok(addresses) = self.parts.addresses() else { return Err(Stopped::NotLoaded(Part::Addresses)) };
        let mut places = vec![None; self.columns.asn.table().len()];
        for (place, (code, network)) in networks.iter().enumerate() {
            if network.asn.is_some() {
                places.get_mut(*code).into_iter().for_each(|of| *of = Some(place));
            }
        }
        let mut missing = places.iter().flatten().count() * ADDRESSES;
        for position in selection.rows.ones_back().take(REPORTS) {
            let place = places.get(self.columns.asn.code(position)).copied().flatten();
            let Some((_, network)) = place.and_then(|place| networks.get_mut(place)) else { continue };
            if network.addresses.len() >= ADDRESSES {
                continue;
            }
            let Some(ip) = from_column(addresses.get(position).to_be_bytes()) else { continue };
            if !network.addresses.contains(&ip) {
                network.addresses.push(ip);
                missing -= 1;
                if missing == 0 {
                    break;
                }
            }
        }
        Ok(())
    }
}
