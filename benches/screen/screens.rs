//! Every screen but Reports: it opens, other windows, the cursor moves.

use super::measure::{Answers, QUIET, STEPS, Step, steps};
use super::pty::Pty;
use std::time::Duration;

/// Patterns of a long window take their time.
const LONG_QUIET: Duration = Duration::from_millis(900);
const OPENINGS: usize = 20;

/// Keys for other windows, from the shortest to the longest and back.
const FARTHER_AND_NEARER: [&str; 8] = ["-", "-", "-", "-", "+", "+", "+", "+"];

/// A screen, its key, the most milliseconds until all of it is there, and what is done in it.
struct Screen {
    name: &'static str,
    key: &'static str,
    goal: &'static str,
    quiet: Duration,
    steps: &'static [Step],
    windows: &'static [&'static str],
}

const SCREENS: [Screen; 6] = [
    Screen {
        name: "URLs",
        key: "2",
        goal: "26",
        quiet: QUIET,
        steps: &[
            ("URLs, cursor down", "<down>", STEPS),
            ("URLs, cursor up", "<up>", STEPS),
            ("URLs, page down", "<pagedown>", 50),
        ],
        windows: &[],
    },
    Screen {
        name: "Patterns",
        key: "3",
        goal: "100",
        quiet: LONG_QUIET,
        steps: &[("Patterns, cursor down", "<down>", 40), ("Patterns, cursor up", "<up>", 40)],
        windows: &[],
    },
    Screen {
        name: "Volume",
        key: "4",
        goal: "26",
        quiet: QUIET,
        steps: &[("Volume, an hour back", "<left>", 60), ("Volume, an hour on", "<right>", 60)],
        windows: &FARTHER_AND_NEARER,
    },
    Screen {
        name: "Map",
        key: "5",
        goal: "26",
        quiet: QUIET,
        steps: &[
            ("Map, a country to the east", "<right>", 60),
            ("Map, a country to the west", "<left>", 60),
            ("Map, a country to the south", "<down>", 20),
            ("Map, a country to the north", "<up>", 20),
        ],
        windows: &FARTHER_AND_NEARER,
    },
    Screen {
        name: "Outbox",
        key: "6",
        goal: "26",
        quiet: QUIET,
        steps: &[("Outbox, next state", "<tab>", 16)],
        windows: &[],
    },
    Screen { name: "Tools", key: "7", goal: "26", quiet: QUIET, steps: &[], windows: &[] },
];

/// All of them, of everything; then the list is as it was.
pub fn all(pty: &mut Pty) {
    pty.keys("0");
    pty.settle(QUIET);
    for screen in &SCREENS {
        let mut opened = Answers::default();
        for turn in 0..=OPENINGS {
            // The first time columns may have to be read.
            match turn {
                0 => Answers::default().press(pty, screen.key, Duration::from_secs(2)),
                _ => opened.press(pty, screen.key, screen.quiet),
            }
            pty.keys("1");
            pty.settle(QUIET);
        }
        opened.print(&format!("{} opens", screen.name), screen.goal);
        pty.keys(screen.key);
        pty.settle(screen.quiet);
        if screen.name == "Patterns" {
            windows_of_patterns(pty);
        }
        steps(pty, screen.steps);
        if !screen.windows.is_empty() {
            let mut other = Answers::default();
            screen.windows.iter().for_each(|key| other.press(pty, key, screen.quiet));
            other.print(&format!("{}, another window", screen.name), screen.goal);
        }
        if screen.name == "URLs" {
            urls(pty);
        }
        pty.keys("1");
        pty.settle(QUIET);
    }
    report(pty);
    pty.keys("o");
    pty.settle(QUIET);
}

/// Each window by itself: the time grows with what lies in it.
fn windows_of_patterns(pty: &mut Pty) {
    pty.keys("+");
    pty.settle(LONG_QUIET);
    for (name, goal) in [("1 d", "100"), ("2 d", "100"), ("7 d", "100"), ("30 d", "")] {
        let mut asked = Answers::default();
        for turn in 0..5 {
            if turn > 0 {
                pty.keys("+");
                pty.settle(LONG_QUIET);
            }
            asked.press(pty, "-", LONG_QUIET);
        }
        asked.print(&format!("Patterns of {name}"), goal);
    }
    // Back to one in which something bursts, however old the database is.
    (0..2).for_each(|_| {
        pty.keys("+");
        pty.settle(LONG_QUIET);
    });
}

/// Other orders, other groups, a pattern typed key by key.
fn urls(pty: &mut Pty) {
    for (name, keys) in
        [("URLs, another order", "oooo"), ("URLs, grouped", "<tab>"), ("URLs, seen within", "wwwww")]
    {
        let mut asked = Answers::default();
        let turns: Vec<String> = if keys.starts_with('<') {
            vec![keys.to_owned(); 4]
        } else {
            keys.chars().map(String::from).collect()
        };
        turns.iter().for_each(|key| asked.press(pty, key, QUIET));
        asked.print(name, "26");
    }
    pty.keys("/");
    pty.settle(QUIET);
    let mut typed = Answers::default();
    "mail.htm".chars().for_each(|key| typed.press(pty, &key.to_string(), QUIET));
    typed.print("URLs, a typed character", "26");
    pty.keys("<esc>");
    pty.settle(QUIET);
    pty.keys("0");
    pty.settle(QUIET);
}

/// What would be reported of a pattern: composed, not held, since the database is read only.
fn report(pty: &mut Pty) {
    pty.keys("/<ctrl-u>since:3d country:BR kind:normal cause:fraud<enter>");
    pty.settle(QUIET);
    pty.keys("a");
    pty.settle(QUIET);
    pty.keys("r");
    pty.settle(Duration::from_secs(3));
    steps(pty, &[("Report, cursor down", "<down>", 60), ("Report, cursor up", "<up>", 60)]);
    pty.keys("<esc>");
    pty.settle(QUIET);
    pty.keys("1");
    pty.settle(QUIET);
}
