//! Makes the pictures of the README: runs the program's demo on a terminal of its own, types keys, and keeps what is
//! seen. `scripts/pictures.sh` calls it. The mailbox is the same every time; only the clock moves on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "who makes pictures looks at what came"
)]

#[path = "../../tests/support/pty.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod pty;
mod svg;

use portable_pty::CommandBuilder;
use pty::Pty;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SIZE: (u16, u16) = (120, 40);
/// After what was waited for nothing else comes for so long.
const QUIET: Duration = Duration::from_millis(700);

/// In keys: the number that the second line of the screen begins with.
const NUMBER: &str = "<number>";

/// A picture: its name, what it shows, and the keys that lead there from the one before, each with what is seen then.
struct Scene {
    name: &'static str,
    title: &'static str,
    steps: &'static [(&'static str, &'static str)],
}

const SCENES: [Scene; 5] = [
    Scene {
        name: "reports",
        title: "The screen Reports: filters, list, and a report",
        steps: &[
            ("/<ctrl-u>is:open kind:normal cause:fraud<enter>", " match"),
            ("gg<space><space><space>", "3 marked"),
            ("d", "headers"),
        ],
    },
    Scene {
        name: "patterns",
        title: "The screen Patterns: what bursts, and why it is remarkable",
        steps: &[("dA", "no longer marked"), ("3", "days before"), ("-", "2 days against")],
    },
    Scene { name: "report", title: "What would be reported, and to whom", steps: &[("r", "approve")] },
    Scene {
        name: "volume",
        title: "The screen Volume: reports of 72 hours by kind, and a calendar of what was reported",
        steps: &[
            ("A", "approve"),
            (NUMBER, ""),
            ("<enter>", " sent"),
            ("1", " match"),
            ("/<ctrl-u>delivery:none<enter>", " match"),
            ("4", "by hour"),
            ("N", "▲"),
        ],
    },
    Scene { name: "map", title: "The screen Map: where the mails came from", steps: &[("5", "countries")] },
];

fn main() {
    let arguments: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let [program, folder] = arguments.as_slice() else { panic!("expected: PROGRAM FOLDER") };
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    let mut pty = demo(&std::path::absolute(program).unwrap(), home.path());
    for scene in &SCENES {
        for (keys, seen) in scene.steps {
            let keys = keys.replace(NUMBER, &number(&pty));
            pty.keys(&keys);
            pty.sees(seen);
            pty.settle(QUIET);
        }
        let path = folder.join(format!("{}.svg", scene.name));
        std::fs::write(&path, svg::picture(pty.screen(), scene.title)).unwrap();
        println!("{}", path.display());
    }
    pty.keys("<ctrl-c>");
    assert_eq!(pty.ended(), Ok(0));
}

fn number(pty: &Pty) -> String {
    let line = pty.text().lines().nth(1).unwrap_or_default().trim().to_owned();
    line.chars().take_while(char::is_ascii_digit).collect()
}

/// The demo, when its list is there.
fn demo(program: &Path, home: &Path) -> Pty {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.env("HOME", home);
    command.env("TERM", "xterm-256color");
    command.cwd(home);
    command.arg("demo");
    let mut pty = Pty::start(command, SIZE);
    pty.sees(" match");
    pty.settle(QUIET);
    pty
}
