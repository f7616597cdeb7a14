//! An account of its own with a configuration and a database, and the program run in it as its user would.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// No run of a test may take longer; one that does is killed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home folder.
pub struct Home(tempfile::TempDir);

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; the negative signal when one ended it.
    pub code: i32,
    pub answer: String,
    pub said: String,
    pub took: Duration,
    /// The most memory of its own that it had, in MiB.
    pub megabytes: u64,
}

impl Home {
    /// With these lines as configuration.
    pub fn new(configuration: &str) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        home.configure(configuration);
        home
    }

    pub fn configure(&self, configuration: &str) {
        let folder = self.path(".config/lafayette");
        fs::create_dir_all(&folder).unwrap();
        let database = format!("database = '{}'\n", self.path("reports.db").display());
        // No test asks the system's name servers.
        let offline = if configuration.contains("[dns]") { "" } else { "\n[dns]\noffline = true\n" };
        fs::write(folder.join("config.toml"), [&database, configuration, offline].concat()).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lafayette"));
        self.prepare(command.args(arguments));
        command
    }

    fn prepare(&self, command: &mut Command) {
        command.env_clear().env("HOME", self.0.path()).env("LOGNAME", "tester").env("PATH", "/usr/bin:/bin");
        command.current_dir(self.0.path()).stdin(Stdio::null());
    }

    /// Starts the program, its output going to files.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.start_command(self.command(arguments))
    }

    /// Starts the program by a shell that sets it limits first, such as `ulimit -f 100`.
    pub fn start_limited(&self, limit: &str, arguments: &[&str]) -> Running {
        let mut shell = Command::new("/bin/sh");
        let program = env!("CARGO_BIN_EXE_lafayette");
        self.prepare(shell.args(["-c", &format!("{limit}; exec \"$0\" \"$@\""), program]).args(arguments));
        self.start_command(shell)
    }

    /// Runs a script in which this folder is a file system of its own with so much room; `$lafayette` is the program.
    /// `None` where the system lets nobody mount one.
    pub fn run_on_small_disk(&self, folder: &str, kilobytes: u32, script: &str) -> Option<Ran> {
        let can_mount =
            Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
        if !can_mount.is_ok_and(|tried| tried.status.success()) {
            return None;
        }
        fs::create_dir_all(self.path(folder)).unwrap();
        let mount = format!("mount -t tmpfs -o size={kilobytes}k,mode=700 none {folder} || exit 99");
        let mut shell = Command::new("unshare");
        shell.args(["-rm", "/bin/sh", "-c", &format!("{mount}\n{script}")]);
        self.prepare(&mut shell);
        shell.env("lafayette", env!("CARGO_BIN_EXE_lafayette"));
        Some(self.start_command(shell).ended())
    }

    fn start_command(&self, mut command: Command) -> Running {
        let output = tempfile::tempdir().unwrap();
        let file = |name: &str| fs::File::create(output.path().join(name)).unwrap();
        command.stdout(file("answer")).stderr(file("said"));
        Running { child: command.spawn().unwrap(), output, began: Instant::now(), kilobytes: 0 }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).ended()
    }

    /// A run that must go well.
    #[track_caller]
    pub fn good(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran
    }

    /// The summary of a sync that must go well.
    #[track_caller]
    pub fn sync(&self) -> Value {
        self.good(&["sync", "--json"]).summary()
    }

    /// The hashes of all messages in the database, sorted; one that is there twice is here twice.
    #[track_caller]
    pub fn hashes(&self) -> Vec<String> {
        let mut out = vec![];
        if !self.path("reports.db").exists() {
            return out;
        }
        for query in [None, Some("is:quarantined")] {
            let arguments = ["list", "--format", "json", "--limit", "0"];
            let answer = self.good(&arguments.into_iter().chain(query).collect::<Vec<_>>()).answer;
            let reports = answer.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            out.extend(reports.map(|report| report["sha256"].as_str().unwrap().to_owned()));
        }
        out.sort();
        out
    }
}

/// A run that goes on. Killed when dropped.
pub struct Running {
    child: Child,
    output: tempfile::TempDir,
    began: Instant,
    kilobytes: u64,
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn said(&self) -> String {
        self.text("said")
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.output.path().join(name)).unwrap()).into_owned()
    }

    /// Whether it has ended by itself; looks at its memory on the way.
    pub fn has_ended(&mut self) -> bool {
        self.kilobytes = self.kilobytes.max(anonymous_kilobytes(self.child.id()));
        self.child.try_wait().unwrap().is_some()
    }

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// SIGKILL, as a power failure is for the program; false when it had ended already.
    pub fn kill(mut self) -> bool {
        let ended = self.child.try_wait().unwrap().is_some();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        !ended
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ended(mut self) -> Ran {
        use std::os::unix::process::ExitStatusExt;
        while !self.has_ended() {
            if self.began.elapsed() > PATIENCE {
                panic!("does not end: {}{}", self.text("answer"), self.said());
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        let took = self.began.elapsed();
        let status = self.child.wait().unwrap();
        Ran {
            code: status.code().unwrap_or_else(|| -status.signal().unwrap_or(0)),
            answer: self.text("answer"),
            said: self.said(),
            took,
            megabytes: self.kilobytes >> 10,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    /// The object that `--json` prints.
    #[track_caller]
    pub fn summary(&self) -> Value {
        serde_json::from_str(&self.answer).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that what it says on stderr has all of these words, in any letter case.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        let said = self.said.to_lowercase();
        let missing: Vec<_> = words.iter().filter(|word| !said.contains(&word.to_lowercase())).collect();
        assert!(missing.is_empty(), "{missing:?} is not in: {self:#?}");
    }
}

/// The six counts of a summary or of one of its feeds, in the order of the contract.
#[track_caller]
pub fn counts(tally: &Value) -> [u64; 6] {
    ["read", "stored", "duplicate", "quarantined", "not_reports", "failed"]
        .map(|name| tally[name].as_u64().unwrap_or_else(|| panic!("{name} in {tally}")))
}

/// Anonymous memory now: what it allocated, without the program file and what the system caches of the database.
fn anonymous_kilobytes(process: u32) -> u64 {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status"));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Waits until this holds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE / 3, "it never came that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
