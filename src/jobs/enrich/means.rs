//! What look-ups take, made from the configuration and the database: name servers, block lists with their keys, files,
//! what people said about contacts.

use crate::config::{Config, UsedList};
use crate::enrich::contacts::{Contacts, Refusals};
use crate::enrich::dns::{Asker, Resolver};
use crate::enrich::geoip::GeoIp;
use crate::enrich::lists::{Key, Lists};
use crate::enrich::{Enricher, Setup};
use crate::model::{Cache, ContactRule, contact_key};
use crate::store::Store;

/// Whoever can be asked. Made for one run, because keys come from commands and lists are tested once.
pub struct Means {
    resolver: Result<Resolver, String>,
    lists: Lists,
    geoip: GeoIp,
    rules: Vec<ContactRule>,
    refusals: Refusals,
}

impl Means {
    /// By the configuration. A list whose key cannot be had is asked nothing, and says why.
    ///
    /// # Errors
    /// A sentence: a file with networks and countries that cannot be used, or the database.
    pub fn open(config: &Config, store: &Store) -> Result<Means, String> {
        let geoip =
            GeoIp::open(&config.geoip_files).map_err(|error| format!("key 'files' in [geoip]: {error}"))?;
        let resolver = Resolver::new(&config.dns);
        // A password manager is not bothered for nothing.
        let is_used = config.lookups.lists && resolver.is_ok();
        let lists = if is_used { lists(config) } else { Lists::new(vec![]) };
        let mut means = Means { resolver, lists, geoip, rules: vec![], refusals: Refusals::default() };
        means.reread(config, store)?;
        Ok(means)
    }

    /// Takes over what people have said about contacts since.
    ///
    /// # Errors
    /// A sentence: the database.
    pub fn reread(&mut self, config: &Config, store: &Store) -> Result<(), String> {
        let standings = store.contact_standings().map_err(|error| error.to_string())?;
        self.refusals = Refusals {
            states: standings.into_iter().map(|standing| (standing.address, standing.state)).collect(),
            own_domains: config.own.domains.clone(),
            own_addresses: config.report.from.iter().map(|address| contact_key(address)).collect(),
            documentation: !config.treat_as_public.is_empty(),
        };
        self.rules = store.contact_rules().map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Reads again which name servers there are, after those that were known did not answer: the machine may be in
    /// another network by now.
    pub fn find_servers(&mut self, config: &Config) {
        let had_none = self.resolver.is_err();
        self.resolver = Resolver::new(&config.dns);
        if had_none && self.resolver.is_ok() && config.lookups.lists {
            self.lists = lists(config);
        }
    }

    /// Why nobody is to be asked; `None` when somebody is.
    pub fn offline(&self) -> Option<&str> {
        self.resolver.as_ref().err().map(String::as_str)
    }

    /// Asks, and keeps answers there; offline it only reads them, however old. `refresh` asks again what was kept
    /// before now.
    pub fn asker<'a>(
        &'a self,
        cache: &'a dyn Cache,
        refresh: bool,
        cancelled: &'a dyn Fn() -> bool,
    ) -> Asker<'a> {
        Asker::new(self.resolver.as_ref().ok(), cache, refresh, cancelled)
    }

    /// How contacts are found.
    pub fn contacts<'a>(&'a self, config: &'a Config, refresh: bool) -> Contacts<'a> {
        Contacts {
            settings: &config.contacts,
            rules: &self.rules,
            refusals: &self.refusals,
            treat_as_public: &config.treat_as_public,
            own_networks: &config.own.networks,
            refresh,
        }
    }

    /// Finds out everything about addresses and hosts that the configuration allows.
    pub fn enricher<'a>(&'a self, config: &'a Config, asker: &'a Asker<'a>) -> Enricher<'a> {
        let setup = Setup {
            lookups: &config.lookups,
            lists: &self.lists,
            geoip: &self.geoip,
            contacts: self.contacts(config, false),
            own: &config.own.networks,
            treat_as_public: &config.treat_as_public,
        };
        Enricher::new(setup, asker)
    }
}

/// The block lists of the configuration with their keys.
pub(in crate::jobs) fn lists(config: &Config) -> Lists {
    Lists::new(config.lists.iter().map(|used| (used.list.clone(), key(used))).collect())
}

fn key(used: &UsedList) -> Key {
    match used.key.as_ref().map(|credential| credential.ask()) {
        None => Key::None,
        Some(Ok(secret)) => Key::Secret(secret.expose().to_owned()),
        Some(Err(why)) => Key::Missing(why),
    }
}
