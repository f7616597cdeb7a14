//! The real program on a real terminal: what a person types comes to pass, and whatever ends it, the terminal is as it
//! was before.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::cli::demo::Generator;
use lafayette::model::clock;
use portable_pty::CommandBuilder;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::dns::FakeDns;
use support::program::{Home, eventually};
use support::pty::Pty;

const SIZE: (u16, u16) = (100, 30);
const MESSAGES: u64 = 90;

/// An account with some reports in its database.
fn home(configuration: &str) -> Home {
    let home = Home::new(configuration);
    take_in(&home, 0, MESSAGES);
    home
}

/// Takes in the messages of these numbers.
fn take_in(home: &Home, first: u64, end: u64) {
    let folder = home.path(&format!("mail-{first}"));
    fs::create_dir_all(&folder).unwrap();
    for made in Generator::new(3, end, clock::now()).skip(first as usize) {
        fs::write(folder.join(format!("{}.eml", made.index)), made.bytes).unwrap();
    }
    home.run(&["import", folder.to_str().unwrap(), "--quiet"]);
}

fn command(home: &Home, arguments: &[&str], environment: &[(&str, &str)]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lafayette"));
    command.args(arguments);
    // Nothing of the account that runs the tests, RUST_BACKTRACE among it, which would fill the screen.
    command.env_clear();
    let usual = [("TERM", "xterm-256color"), ("LOGNAME", "tester"), ("PATH", "/usr/bin:/bin")];
    for (name, value) in usual.iter().chain(environment) {
        command.env(name, value);
    }
    command.env("HOME", home.path(""));
    command.cwd(home.path(""));
    command
}

/// The program, its first answer painted.
fn open(home: &Home) -> Pty {
    open_with(home, &[], &[])
}

fn open_with(home: &Home, arguments: &[&str], environment: &[(&str, &str)]) -> Pty {
    let mut pty = Pty::start(command(home, arguments, environment), SIZE);
    pty.sees(" match");
    assert!(pty.is_taken());
    pty
}

/// How many reports match, as the command line tells.
fn count(home: &Home, query: &str) -> usize {
    home.good(&["list", "--format", "json", "--limit", "0", query]).answer.lines().count()
}

#[test]
fn a_person_filters_marks_resizes_and_leaves() {
    let home = home("");
    let mut pty = open(&home);
    let delivered = count(&home, "delivery:none");
    assert!(delivered > 0 && delivered < MESSAGES as usize);
    pty.keys("/<ctrl-u>delivery:none");
    pty.sees(&format!(" {delivered} match"));
    pty.keys("<enter> ");
    pty.sees("1 marked");
    eventually("the mark is kept", || count(&home, "is:marked delivery:none") == 1);
    for size in [(80, 24), (40, 10), (12, 4), (1, 1), (200, 60), SIZE] {
        pty.resize(size);
        if size.0 >= 40 {
            // How many are kept stands one column before the edge.
            pty.until("the screen has the size", |screen| {
                let title = screen.rows(0, size.0).next().unwrap_or_default();
                title.trim_end().chars().count() + 1 == usize::from(size.0)
                    && screen.contents().contains(" match")
            });
        }
    }
    pty.keys("u");
    eventually("the mark is taken back", || count(&home, "is:marked") == 0);
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    let home = home("[screen]\nmouse = true\n");
    for (signal, keys, code) in
        [("-TERM", "", 143), ("-HUP", "/half a que", 129), ("-INT", "?", 130), ("-TERM", "<enter>K", 143)]
    {
        let mut pty = open(&home);
        assert_ne!(pty.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        pty.keys(keys);
        pty.signal(signal);
        assert_eq!(pty.ended(), Ok(code), "{signal}: as a shell tells of it");
        pty.is_restored();
    }
}

#[test]
fn it_goes_into_the_background_and_comes_back_as_it_was() {
    let home = home("");
    let mut pty = open(&home);
    pty.keys("/wire<enter>");
    pty.sees("/is:open kind:normal wire");
    for by_key in [true, false] {
        if by_key {
            pty.keys("<ctrl-z>");
        } else {
            pty.signal("-TSTP");
        }
        pty.until("the terminal is given back", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        eventually("it is stopped", || pty.state() == 'T');
        assert!(!pty.is_raw());
        pty.signal("-CONT");
        pty.until("the screen is back", |screen| {
            screen.alternate_screen() && screen.contents().contains("/is:open kind:normal wire")
        });
        pty.sees("? help");
        assert!(pty.is_taken());
    }
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
#[cfg(debug_assertions)]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let home = home("");
    let mut pty = open_with(&home, &[], &[("LAFAYETTE_PANIC", "screen")]);
    pty.keys("<f12>");
    assert_eq!(pty.ended(), Ok(101));
    pty.is_restored();
    assert!(pty.text().contains("on purpose"), "{}", pty.text());
}

#[test]
#[cfg(debug_assertions)]
fn a_worker_that_dies_is_told_and_survived() {
    let home = home("");
    let mut pty = open_with(&home, &[], &[("LAFAYETTE_PANIC", "worker")]);
    for _ in 0..2 {
        pty.keys("<f12>");
        pty.sees("! ");
        let delivered = count(&home, "delivery:none");
        pty.keys("/<ctrl-u>delivery:none<enter>");
        pty.sees(&format!(" {delivered} match"));
        pty.keys("0");
        pty.sees("/everything");
    }
    assert!(!pty.text().contains("panicked"), "nothing is printed over the screen:\n{}", pty.text());
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let home = home("");
    let mut pty = open(&home);
    pty.hang_up();
    assert_eq!(pty.ended(), Ok(129));
}

#[test]
fn a_database_that_is_removed_leaves_a_screen_that_can_be_left() {
    let home = home("");
    let mut pty = open(&home);
    for ending in ["", "-wal", "-shm", ".lock"] {
        // Not all of them are there at all times.
        let _ = fs::remove_file(home.path(&format!("reports.db{ending}")));
    }
    pty.keys("<down> <tab>d/<ctrl-u>wire");
    pty.sees("/wire");
    pty.keys("<enter>");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
fn a_database_that_cannot_be_opened_is_told() {
    let home = Home::new("");
    fs::write(home.path("reports.db"), "this is no database, and long enough to be one".repeat(300)).unwrap();
    let mut pty = Pty::start(command(&home, &[], &[]), SIZE);
    assert_eq!(pty.ended(), Ok(1));
    assert!(pty.text().contains("is not a Lafayette database"), "{}", pty.text());
    assert!(!pty.written.windows(8).any(|bytes| bytes == b"\x1b[?1049h"), "no screen was opened");
    pty.is_restored();
}

#[test]
fn an_empty_database_is_made_and_says_what_to_do() {
    let home = Home::new("");
    let mut pty = Pty::start(command(&home, &[], &[]), SIZE);
    pty.sees("No entries here so far");
    pty.sees("new, empty database");
    pty.sees("reports.db");
    pty.sees("lafayette import");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
fn marks_wait_for_an_import_that_has_the_database() {
    let home = home("");
    let mut pty = open(&home);
    // An import from a pipe that nobody writes to holds the lock for as long as it is wanted.
    let mut import = home.command(&["import", "-", "--quiet"]);
    let mut import =
        import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the lock is held", || fs::metadata(home.path("reports.db.lock")).is_ok_and(|m| m.len() > 0));
    let began = Instant::now();
    pty.keys(" ");
    pty.keys("/<ctrl-u>delivery:none");
    pty.sees("/delivery:none");
    let delivered = count(&home, "delivery:none");
    pty.sees(&format!(" {delivered} match"));
    assert!(began.elapsed() < Duration::from_secs(10), "the screen waited {:?}", began.elapsed());
    pty.keys("<enter>");
    drop(import.stdin.take());
    import.wait().unwrap();
    eventually("the mark came through", || count(&home, "is:marked") == 1);
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
}

#[test]
fn two_programs_and_the_command_line_work_on_one_database() {
    let home = home("");
    let (mut one, mut two) = (open(&home), open(&home));
    one.keys("0 ");
    one.sees("1 marked");
    two.keys("M");
    two.sees(" 1 match");
    home.good(&["mark", "delivery:none", "--quiet"]);
    let marked = count(&home, "is:marked");
    assert!(marked > 1);
    one.sees(&format!("{marked} marked"));
    two.sees(&format!(" {marked} match"));
    for mut pty in [one, two] {
        pty.keys("q");
        assert_eq!(pty.ended(), Ok(0));
        pty.is_restored();
    }
}

#[test]
fn new_reports_arrive_while_the_cursor_stays() {
    let home = home("");
    let mut pty = open(&home);
    pty.keys("0");
    pty.sees("/everything");
    pty.keys("<down><down><down>");
    pty.settle(Duration::from_millis(100));
    let cursor = |text: String| {
        let line = text.lines().find(|line| line.contains('▸')).unwrap_or_default().to_owned();
        line.split_whitespace().find(|word| word.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
    };
    let before = cursor(pty.text()).unwrap();
    let stored = |pty: &Pty| pty.text().lines().next().unwrap_or_default().trim_end().to_owned();
    let old = stored(&pty);
    take_in(&home, MESSAGES, MESSAGES + 20);
    pty.until("more are kept", |screen| {
        screen.contents().lines().next().is_some_and(|line| line.trim_end() != old)
    });
    pty.settle(Duration::from_millis(200));
    assert_eq!(cursor(pty.text()), Some(before), "{}", pty.text());
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
}

#[test]
fn what_is_copied_comes_out_as_osc_52() {
    let home = home("");
    let mut pty = open(&home);
    pty.keys("y1");
    pty.settle(Duration::from_millis(100));
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    let written = String::from_utf8_lossy(&pty.written).into_owned();
    let copied = written.split("\x1b]52;c;").nth(1).unwrap().split(['\x07', '\x1b']).next().unwrap();
    let number = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, copied).unwrap();
    assert!(number.iter().all(u8::is_ascii_digit), "{copied}");
}

#[test]
fn an_address_is_looked_up_and_the_reports_behind_it_are_opened() {
    let dns = FakeDns::start();
    let home = home("");
    let listed = home.good(&["list", "--format", "json", "--limit", "0", "is:open kind:normal"]).answer;
    let sources = listed.lines().filter_map(|line| {
        let report: serde_json::Value = serde_json::from_str(line).ok()?;
        report["source_ip"].as_str().map(str::to_owned)
    });
    let address = sources.into_iter().find(|ip| ip.starts_with("24")).unwrap();
    dns.ptr(&address, &["mail.sender.example"]);
    dns.a("mail.sender.example", &[&address]);
    let reversed: Vec<&str> = address.split('.').rev().collect();
    let origin = format!("{}.origin.asn.cymru.com", reversed.join("."));
    dns.txt(&origin, &["64500 | 240.0.0.0/8 | ZZ | ripencc | 2001-01-01"]);
    dns.txt("AS64500.asn.cymru.com", &["64500 | ZZ | ripencc | 2001-01-01 | EXAMPLE-NET, ZZ"]);
    home.configure(&format!(
        "treat_as_public = [\"240.0.0.0/4\"]\n[dns]\nservers = [\"{}\"]\ntimeout_seconds = 1\n\
         [lookups]\nlists = false\ncontacts = false\n",
        dns.address()
    ));
    let behind = count(&home, &format!("ip:{address}"));
    let mut pty = open(&home);
    pty.keys("7");
    pty.sees("Everything that is known about");
    pty.keys(&format!("/{address}<enter>"));
    pty.sees("mail.sender.example (confirmed");
    pty.sees("AS64500 EXAMPLE-NET");
    pty.sees("Team Cymru");
    pty.sees("switched off: lists = false");
    pty.keys("<enter>");
    pty.sees(&format!("/ip:{address}"));
    pty.sees(&format!(" {behind} match"));
    pty.keys("7r");
    pty.sees("AS64500 EXAMPLE-NET");
    pty.keys("q");
    pty.sees(&format!(" {behind} match"));
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
fn nothing_is_written_and_nothing_computed_while_nothing_happens() {
    let home = home("");
    let mut pty = open(&home);
    pty.keys("d<down>");
    pty.settle(Duration::from_millis(300));
    let before = ticks(pty.id());
    let (bytes, _) = pty.settle(Duration::from_millis(1_000));
    assert_eq!(bytes, 0);
    assert!(ticks(pty.id()) - before <= 1, "{} ticks", ticks(pty.id()) - before);
}

/// The processor time that a process used, in hundredths of a second.
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum()
}

#[test]
fn no_color_means_none() {
    let home = home("");
    let mut pty = open_with(&home, &[], &[("NO_COLOR", "1")]);
    pty.keys("f q q");
    assert_eq!(pty.ended(), Ok(0));
    let written = String::from_utf8_lossy(&pty.written).into_owned();
    for sequence in written.split("\x1b[").skip(1) {
        let Some((parameters, _)) =
            sequence.split_once('m').filter(|(p, _)| p.bytes().all(|b| b.is_ascii_digit() || b == b';'))
        else {
            continue;
        };
        let coloured =
            parameters.split(';').any(|p| matches!(p.parse::<u16>(), Ok(30..=38 | 40..=48 | 90..=107)));
        assert!(!coloured, "\\e[{parameters}m");
    }
}

#[test]
fn without_a_terminal_it_shows_the_first_steps() {
    let home = Home::new("");
    let ran = home.good(&[]);
    assert!(ran.answer.contains("First steps") && !ran.answer.contains('\x1b'), "{ran:?}");
}

#[test]
fn demo_opens_the_screen() {
    let home = Home::new("");
    let arguments = ["demo", "--count", "60", "--db", "demo.db"];
    let mut pty = Pty::start(command(&home, &arguments, &[]), SIZE);
    pty.sees(" match");
    assert!(pty.is_taken());
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}

#[test]
fn how_it_was_left_is_found_again_and_a_broken_file_is_said() {
    let home = home("");
    let mut pty = open(&home);
    pty.keys(":sort subject<enter>");
    pty.sees("Subject▴");
    pty.keys(":quit<enter>");
    assert_eq!(pty.ended(), Ok(0));
    let kept = home.path(".local/state/lafayette/screen.toml");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&kept).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut pty = open(&home);
    pty.sees("Subject▴");
    pty.keys(":<up>");
    pty.sees(":quit");
    // In one go both would be alt-q.
    pty.keys("<esc>");
    pty.sees_no(":quit");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    fs::write(&kept, "columns = 3").unwrap();
    let mut pty = open(&home);
    pty.sees("is begun anew");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    let mut pty = open(&home);
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
}

#[test]
fn a_part_of_a_report_is_read_in_the_pager_without_control_characters() {
    let home = home("");
    let mail = "Content-Type: text/plain\r\nSubject: red \x1b[31mletters\r\n\r\nThe \x1b]0;title\x07 https://evil.example/\r\n";
    fs::write(home.path("red.eml"), mail).unwrap();
    home.run(&["import", home.path("red.eml").to_str().unwrap(), "--quiet"]);
    let mut pty = open_with(&home, &[], &[("PAGER", "tee -a read.txt; sleep 0.1; true")]);
    pty.keys("/<ctrl-u>is:not-report<enter>");
    pty.sees(" 3 match");
    pty.keys("<enter>");
    pty.sees("headers");
    for _ in 0..6 {
        let before = fs::read_to_string(home.path("read.txt")).unwrap_or_default().len();
        pty.keys("p");
        eventually("it was read", || {
            fs::read_to_string(home.path("read.txt")).is_ok_and(|text| text.len() > before)
        });
        pty.until("the screen is back", |screen| screen.alternate_screen() && screen.hide_cursor());
        pty.frame("<tab>");
    }
    let read = fs::read_to_string(home.path("read.txt")).unwrap();
    assert!(read.contains("red") && read.contains("title"), "{read}");
    assert!(read.chars().all(|c| c == '\n' || !c.is_control()), "{read:?}");
    assert!(!read.contains("https://evil.example"), "{read}");
    assert!(pty.is_taken());
    pty.keys("q");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
    let mut pty = open_with(&home, &[], &[("PAGER", "no-such-pager")]);
    pty.keys("<enter>");
    pty.sees("headers");
    pty.keys("p");
    pty.sees("The pager 'no-such-pager' ended with");
}

#[test]
fn a_person_marks_reports_approves_and_everything_leaves() {
    let home = home(
        "treat_as_public = [\"240.0.0.0/4\", \"2001:db8::/32\"]\n[own]\ndomains = [\"nordbank.example\"]\n\
         authserv_ids = [\"mx.nordbank.example\"]\ntrusted_hosts = [\"mx.nordbank.example\"]\n\
         [dns]\noffline = true\n[report]\n\
         from = \"abuse-desk@nordbank.example\"\n[sending]\nby = \"folder\"\nfolder = \"~/sent\"\nhold = \"0s\"\n\
         spacing = \"0s\"\n",
    );
    home.run(&["contacts", "set", "240.0.0.0/4", "add", "abuse@isp.example"]);
    let mut pty = open_with(&home, &[], &[("EDITOR", "sed -i s/Hello/Greetings/")]);
    pty.keys("/<ctrl-u>is:open cause:fraud ip:240.0.0.0/4 since:2d<enter>");
    let open = count(&home, "is:open cause:fraud ip:240.0.0.0/4 since:2d");
    pty.sees(&format!(" {open} match"));
    pty.keys("  r");
    pty.sees("2 reports to 1 desk, covering 2 mails");
    pty.resize((100, 50));
    pty.sees("Hello,");
    pty.keys("e");
    pty.sees("Greetings,");
    pty.keys("A2<enter>");
    pty.sees("2 sent");
    eventually("they are reported", || count(&home, "is:reported") == 2);
    let folder = fs::read_dir(home.path("sent")).unwrap();
    let messages = folder.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let to_desk =
        messages.filter(|text| text.contains("To: <abuse@isp.example>") && text.contains("Greetings,"));
    assert_eq!(to_desk.count(), 2);
    pty.keys("6");
    pty.sees("sent 2");
    pty.keys("q/<ctrl-u>is:reported<enter>");
    pty.sees(" 2 match");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
}
