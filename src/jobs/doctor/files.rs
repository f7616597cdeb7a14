//! The database with its disk, and the files with networks and countries. Opens the database for reading only.

use super::Check;
use crate::config::Config;
use crate::enrich::geoip::GeoIp;
use crate::model::ColumnSource;
use crate::model::clock::{Seconds, rfc3339};
use crate::store::{Access, Store};
use crate::text::thousands;
use rustix::fs::{StatVfsMountFlags, statvfs};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const DATABASE: &str = "database";
const DISK: &str = "disk";
const CLOCK: &str = "clock";
const GEOIP: &str = "geoip";

const MIB: u64 = 1 << 20;
/// A day of reports of a large domain fits in here.
const LITTLE_SPACE: u64 = 1024 * MIB;
/// An import would soon fail.
const NO_SPACE: u64 = 64 * MIB;
/// Clocks of machines that are looked after agree to seconds; an hour apart one of them is wrong.
const CLOCKS_APART: Seconds = 3_600;
/// No sync for a day where a mailbox is configured: cron may have stopped.
const QUIET: Seconds = 86_400;
const DAY: Seconds = 86_400;
/// Makers of such files publish each month; networks change hands meanwhile.
const GEOIP_OLD: Seconds = 60 * DAY;
const GEOIP_USELESS: Seconds = 365 * DAY;

pub(super) fn database(config: &Config, now: Seconds) -> Vec<Check> {
    let path = &config.database;
    let subject = path.display().to_string();
    let check = |finding: String| Check::green(DATABASE, &subject, finding);
    if !path.exists() {
        let missing = check("It does not exist yet.".to_owned())
            .amber("The first `lafayette sync` or `lafayette import` makes it.");
        return vec![missing, disk(path)];
    }
    let mut checks = vec![];
    match Store::open(path, Access::ReadOnly)
        .and_then(|store| Ok((store.last_id()?, store.last_stored_at()?)))
    {
        Ok((messages, last)) => {
            let numbers = format!("It opens; {} messages were stored.", thousands(u64::from(messages)));
            checks.push(check(numbers));
            checks.extend(last.map(|last| clock(config, last, now)));
        }
        Err(error) => {
            checks
                .push(check(error.to_string()).red("`lafayette db check` looks for damage; keep a backup."));
        }
    }
    let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode() & 0o777);
    if mode & 0o007 != 0 {
        let open = format!("Others on this machine may read it (mode {mode:04o}).");
        checks.push(check(open).red(format!("chmod 600 {subject}")));
    }
    checks.push(disk(path));
    checks
}

/// What was stored last tells both whether time goes forward and whether anything still arrives.
fn clock(config: &Config, last: Seconds, now: Seconds) -> Check {
    let check = |finding: String| Check::green(CLOCK, rfc3339(now), finding);
    let last_stored = format!("The last message was stored {}.", rfc3339(last));
    let has_mailbox = config.feeds.iter().any(|feed| feed.server.is_some());
    if last > now + CLOCKS_APART {
        check(format!("{last_stored} That is in the future, so this machine's clock is or was wrong."))
            .red("Set the clock (timedatectl); arrivals and windows of time depend on it.")
    } else if has_mailbox && last + QUIET < now {
        check(format!("{last_stored} Nothing came for a day."))
            .amber("See whether cron still runs `lafayette --sync`.")
    } else {
        check(last_stored)
    }
}

fn disk(database: &Path) -> Check {
    let folder = database.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let subject = folder.display().to_string();
    let found = match statvfs(folder) {
        Ok(found) => found,
        Err(error) => {
            let finding = format!("How much room there is cannot be learnt: {error}.");
            return Check::green(DISK, subject, finding).amber("See whether the folder can be reached.");
        }
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let check = Check::green(DISK, subject, format!("{} MiB are free.", thousands(free / MIB)));
    if found.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return check.red("The disk is mounted for reading only; nothing can be stored.");
    }
    match free {
        _ if found.f_files > 0 && found.f_favail == 0 => {
            check.red("No file can be made any more (no inodes).")
        }
        ..NO_SPACE => check.red("Make room: nothing can be stored soon."),
        NO_SPACE..LITTLE_SPACE => check.amber("Make room before long; a million reports take some 2 GB."),
        _ => check,
    }
}

pub(super) fn geoip(config: &Config, now: Seconds) -> Vec<Check> {
    if config.geoip_files.is_empty() {
        let finding = if config.dns.offline {
            "No file is configured, and name servers are not asked (offline): networks and countries stay unknown."
        } else {
            "No file is configured, so networks and countries come from name servers."
        };
        return vec![Check::green(GEOIP, "none", finding).amber(
            "Name .mmdb files in [geoip] files: they work offline and know where an address is used.",
        )];
    }
    // One by one, so that a broken file does not hide the others.
    let one = |path: &std::path::PathBuf| match GeoIp::open(std::slice::from_ref(path)) {
        Ok(files) => files.about().map(|about| geoip_file(about, now)).collect(),
        Err(error) => {
            let check = Check::green(GEOIP, path.display().to_string(), error.reason);
            vec![check.red("Imports are refused until it is mended or taken out of [geoip] files.")]
        }
    };
    config.geoip_files.iter().flat_map(one).collect()
}

fn geoip_file(about: &crate::enrich::geoip::About, now: Seconds) -> Check {
    let holds = match (about.countries, about.networks) {
        (true, true) => "countries and networks",
        (true, false) => "countries",
        (false, _) => "networks",
    };
    let addresses = if about.ipv6 { "IPv4 and IPv6" } else { "IPv4 only" };
    let age = now.saturating_sub(about.built);
    let built = rfc3339(about.built);
    let built = built.get(..10).unwrap_or(&built);
    let finding = format!("{} of {built}: {holds}, {addresses}.", about.database_type);
    let check = Check::green(GEOIP, about.file.display().to_string(), finding);
    match age {
        GEOIP_USELESS.. => check.red("It is older than a year: fetch a new one."),
        GEOIP_OLD.. => check.amber("It is older than two months: fetch a new one."),
        _ => check,
    }
}
