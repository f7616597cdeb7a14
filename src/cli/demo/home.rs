//! Where the demo keeps its database and the configuration that goes with it.

use super::world::{OWN, OWN_SERVER, SENDER, SERVICE};
use crate::cli::failure::Failure;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The feed of reports about mail in the name of the made-up house.
pub const FAILURES: &str = "failures";
/// The feed of its spamtraps.
pub const SPAMTRAP: &str = "spamtrap";

/// The files of the throw-away demo; those that SQLite and the redaction add begin with their names.
const NAME: &str = "demo.";

/// A database and its configuration.
#[derive(Debug)]
pub struct Home {
    pub database: PathBuf,
    pub configuration: PathBuf,
}

impl Home {
    /// The throw-away one, in a folder for its owner only. What an earlier demo left there is gone.
    pub fn throw_away(cache: Option<&Path>) -> Result<Home, Failure> {
        let Some(cache) = cache else {
            return Err(Failure::usage(
                "this account has no home folder; keep the demo's database with --db FILE",
            ));
        };
        let folder = cache.join("demo");
        let failed = |error: std::io::Error| {
            Failure::failed(format!(
                "cannot use the folder '{}': {error}; keep the demo's database elsewhere with --db FILE",
                folder.display()
            ))
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).map_err(failed)?;
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(NAME) {
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let remove = if is_folder { std::fs::remove_dir_all } else { std::fs::remove_file };
                remove(entry.path()).map_err(failed)?;
            }
        }
        Home { database: folder.join("demo.db"), configuration: folder.join("demo.toml") }.furnished()
    }

    /// One that stays. What is there already is never touched.
    pub fn kept(database: &Path) -> Result<Home, Failure> {
        let mut configuration = database.as_os_str().to_owned();
        configuration.push(".toml");
        // The configuration is read from another folder too, so the database is named in full.
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let home = Home { database: whole(database), configuration: whole(Path::new(&configuration)) };
        for path in [&home.database, &home.configuration] {
            // A link that leads nowhere is something too.
            if path.symlink_metadata().is_ok() {
                return Err(Failure::usage(format!(
                    "'{}' is there already, and the demo takes no file that is in use; choose another name for --db",
                    path.display()
                )));
            }
        }
        home.furnished()
    }

    /// Takes away what an unfinished demo made: with half a mailbox nobody can do anything, and it would be in the way
    /// of the next try.
    pub fn leave(&self) {
        let beside = ["", "-wal", "-shm", ".lock"].map(|ending| {
            let mut name = self.database.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        });
        for path in beside.iter().chain([&self.configuration]) {
            // What was never made cannot be taken away.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Writes the configuration.
    fn furnished(self) -> Result<Home, Failure> {
        let path = &self.configuration;
        let failed =
            |error: std::io::Error| Failure::failed(format!("cannot write '{}': {error}", path.display()));
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(configuration(&self.database).as_bytes()).map_err(failed)?;
        Ok(self)
    }
}

/// Where approved reports go: `demo.sent` beside `demo.db`.
fn sent(database: &Path) -> PathBuf {
    database.with_extension("sent")
}

/// The configuration under which the demo's reports are judged as [`super::judgement`] has it.
fn configuration(database: &Path) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let list = |texts: Vec<String>| toml::Value::from(texts).to_string();
    let public = super::treat_as_public().iter().map(ToString::to_string).collect();
    format!(
        "# The made-up house of `lafayette demo`.\n\
         database = {}\n\
         # All addresses of the demo are reserved ones; here they count as somebody's.\n\
         treat_as_public = {}\n\n\
         # Nobody knows these addresses.\n\
         [dns]\n\
         offline = true\n\n\
         [own]\n\
         domains = {}\n\
         senders = {}\n\
         authserv_ids = {}\n\
         trusted_hosts = {}\n\n\
         [report]\n\
         from = {}\n\n\
         # What is approved becomes files in this folder; nothing of the demo reaches a network.\n\
         [sending]\n\
         by = \"folder\"\n\
         folder = {}\n\
         hold = \"10s\"\n\
         spacing = \"0s\"\n\
         per_contact_a_day = 1000\n\n\
         # URLs that are submitted become files in that folder, too.\n\
         [[url_feed]]\n\
         name = \"phish-feed\"\n\
         kind = \"mail\"\n\
         to = \"urls@phish-feed.example\"\n\n\
         [[feed]]\n\
         name = {}\n\n\
         [[feed]]\n\
         name = {}\n\
         kind = \"spamtrap\"\n",
        text(&database.to_string_lossy()),
        list(public),
        list(OWN.iter().map(|(domain, _)| (*domain).to_owned()).collect()),
        list(vec![SERVICE.to_owned()]),
        list(vec![OWN_SERVER.to_owned()]),
        list(vec![OWN_SERVER.to_owned()]),
        text(SENDER),
        text(&sent(database).to_string_lossy()),
        text(FAILURES),
        text(SPAMTRAP),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Arguments, Config, Environment};

    #[test]
    fn the_configuration_judges_as_the_generator_does() {
        let folder = tempfile::tempdir().expect("folder");
        let home = Home::kept(&folder.path().join("it's a \"demo\".db")).expect("home");
        let arguments = Arguments { config: Some(home.configuration), ..Arguments::default() };
        let config = Config::load(&arguments, &Environment::default()).expect("a right configuration");
        assert_eq!(config.database, home.database);
        for feed in [FAILURES, SPAMTRAP] {
            assert_eq!(format!("{:?}", config.judgement(feed)), format!("{:?}", super::super::judgement()));
        }
        assert_eq!(config.report.from.as_deref(), Some(SENDER));
    }

    #[test]
    fn the_throw_away_demo_is_for_its_owner_and_takes_away_only_what_it_made() {
        let cache = tempfile::tempdir().expect("folder");
        let home = Home::throw_away(Some(cache.path())).expect("home");
        let folder = home.database.parent().expect("folder");
        std::fs::write(&home.database, "old").expect("write");
        std::fs::write(folder.join("note"), "mine").expect("write");
        let mode = std::fs::metadata(folder).expect("folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let again = Home::throw_away(Some(cache.path())).expect("once more");
        assert!(!again.database.exists() && again.configuration.exists() && folder.join("note").exists());
    }

    #[test]
    fn a_database_that_is_there_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("file");
        let failure = Home::kept(file.path()).expect_err("in use");
        assert_eq!(failure.code(), 2);
        assert!(failure.to_string().contains("is there already"), "{failure}");
    }
}
