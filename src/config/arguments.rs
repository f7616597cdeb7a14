//! What the command line and the environment say about the set-up. Knows nothing of commands.

use std::ffi::OsString;
use std::path::PathBuf;

/// Options that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Arguments {
    /// The database file [env: LAFAYETTE_DB]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Everywhere")]
    pub db: Option<PathBuf>,
    /// The configuration file [env: LAFAYETTE_CONFIG]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// When to use colours: auto, always or never; auto heeds NO_COLOR
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Everywhere"
    )]
    pub color: ColorChoice,
    /// Change nothing in the database
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub read_only: bool,
    /// Say nothing but the answer and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    pub quiet: bool,
    /// Say more about what is done and how long it takes
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub verbose: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Even into a file or a pipe.
    Always,
    /// Not at all.
    Never,
}

/// The variables that count.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `LAFAYETTE_DB`
    pub db: Option<PathBuf>,
    /// `LAFAYETTE_CONFIG`
    pub config: Option<PathBuf>,
    /// `NO_COLOR` is there and not empty (<https://no-color.org>).
    pub no_color: bool,
    /// Folder for configuration; `None` without a home.
    pub config_dir: Option<PathBuf>,
    /// Folder for data; `None` without a home.
    pub data_dir: Option<PathBuf>,
    /// Folder for what can be made again; `None` without a home.
    pub cache_dir: Option<PathBuf>,
    /// Folder for what is remembered from one run to the next; `None` without a home.
    pub state_dir: Option<PathBuf>,
    /// What `~/` stands for.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Environment {
        let path = |name| std::env::var_os(name).filter(|v: &OsString| !v.is_empty()).map(PathBuf::from);
        let folders = directories::ProjectDirs::from("", "", "lafayette");
        Environment {
            db: path("LAFAYETTE_DB"),
            config: path("LAFAYETTE_CONFIG"),
            no_color: path("NO_COLOR").is_some(),
            config_dir: folders.as_ref().map(|f| f.config_dir().to_owned()),
            data_dir: folders.as_ref().map(|f| f.data_dir().to_owned()),
            cache_dir: folders.as_ref().map(|f| f.cache_dir().to_owned()),
            // Systems without a place of its own keep it with the data.
            state_dir: folders.as_ref().map(|f| f.state_dir().unwrap_or(f.data_dir()).to_owned()),
            home: directories::BaseDirs::new().map(|b| b.home_dir().to_owned()),
        }
    }
}

impl ColorChoice {
    /// Whether to use colours on a stream.
    pub fn enabled(self, is_terminal: bool, environment: &Environment) -> bool {
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !environment.no_color,
        }
    }
}
