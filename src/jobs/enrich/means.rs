//! What look-ups take, made from the configuration: name servers, block lists with their keys, files.

use crate::config::{Config, UsedList};
use crate::enrich::dns::{Asker, Resolver};
use crate::enrich::geoip::GeoIp;
use crate::enrich::lists::{Key, Lists};
use crate::enrich::{Enricher, Setup};
use crate::model::Cache;

/// Whoever can be asked. Made for one run, because keys come from commands and lists are tested once.
pub struct Means {
    resolver: Result<Resolver, String>,
    lists: Lists,
    geoip: GeoIp,
}

impl Means {
    /// By the configuration. A list whose key cannot be had is asked nothing, and says why.
    ///
    /// # Errors
    /// A sentence: a file with networks and countries that cannot be used.
    pub fn open(config: &Config) -> Result<Means, String> {
        let geoip =
            GeoIp::open(&config.geoip_files).map_err(|error| format!("key 'files' in [geoip]: {error}"))?;
        let resolver = Resolver::new(&config.dns);
        // A password manager is not bothered for nothing.
        let used = config.lists.iter().filter(|_| config.lookups.lists && resolver.is_ok());
        let lists = Lists::new(used.map(|used| (used.list.clone(), key(used))).collect());
        Ok(Means { resolver, lists, geoip })
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

    /// Finds out everything about addresses and hosts that the configuration allows.
    pub fn enricher<'a>(&'a self, config: &'a Config, asker: &'a Asker<'a>) -> Enricher<'a> {
        let setup = Setup {
            lookups: &config.lookups,
            lists: &self.lists,
            geoip: &self.geoip,
            own: &config.own.networks,
            treat_as_public: &config.treat_as_public,
        };
        Enricher::new(setup, asker)
    }
}

fn key(used: &UsedList) -> Key {
    match used.key.as_ref().map(|credential| credential.ask()) {
        None => Key::None,
        Some(Ok(secret)) => Key::Secret(secret.expose().to_owned()),
        Some(Err(why)) => Key::Missing(why),
    }
}
