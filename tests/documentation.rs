//! What the documentation lists is what the program has: keys, screens and themes come out of its tables.
//!
//! `LAFAYETTE_DOCUMENT=1 cargo test --test documentation` writes `docs/keys.md` anew.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::config::ThemeName;
use lafayette::keymap::{Action, Binding, Keymap, Mode, Preset, Sequence};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(file(name)).expect("a file of the project")
}

/// A bar would end a cell of a table.
fn in_a_table(keys: &str) -> String {
    format!("`{}`", keys.replace('|', "\\|"))
}

/// A key of each action in a mode, as a line of a table.
fn lines(keymap: &Keymap, mode: Mode, which: impl Fn(&Binding) -> bool) -> Vec<String> {
    let line = |action: &Action| {
        let bound = keymap.bindings().iter().filter(|bound| bound.mode == mode && bound.action == *action);
        let keys: Vec<String> =
            bound.filter(|bound| which(bound)).map(|bound| in_a_table(&bound.keys.to_string())).collect();
        let (name, sentence) = (action.name(), action.sentence_in(mode));
        (!keys.is_empty()).then(|| format!("| {} | {name} | {sentence} |\n", keys.join(" ")))
    };
    Action::ALL.iter().filter_map(line).collect()
}

/// The page about keys.
fn keys_page() -> String {
    let mut page = "# Keys\n\nMade from the program's own table; `lafayette keys` lists them with the changes of the \
                    configuration, `?` shows them on the screen. The middle column is what the configuration and the \
                    command line (`:`) call an action.\n"
        .to_owned();
    let usual = Keymap::default();
    let mut part = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(
                page,
                "\n## {heading}\n\n| keys | action | does |\n| --- | --- | --- |\n{}",
                lines.concat()
            );
        }
    };
    for mode in Mode::ALL {
        part(&format!("{} (`[keys.{}]`)", mode.sentence(), mode.name()), lines(&usual, *mode, |_| true));
    }
    let emacs = Keymap::from(Preset::Emacs);
    for mode in Mode::ALL {
        let is_new = |bound: &Binding| !usual.bindings().contains(bound);
        part(
            &format!("With `keymap = \"emacs\"`: {}", mode.sentence().to_lowercase()),
            lines(&emacs, *mode, is_new),
        );
    }
    page
}

#[test]
fn the_page_about_keys_is_what_the_program_has() {
    let (path, wanted) = (file("docs/keys.md"), keys_page());
    if std::env::var_os("LAFAYETTE_DOCUMENT").is_some() {
        fs::write(&path, &wanted).expect("docs/keys.md is written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let differs = there.lines().zip(wanted.lines()).find(|(there, wanted)| there != wanted);
    assert!(
        there == wanted,
        "docs/keys.md is not what the program has; LAFAYETTE_DOCUMENT=1 writes it anew. First: {differs:?}"
    );
}

/// The tables of the README that are headed `keys`, each with the modes that it is about.
const TABLES: &[(&str, &[Mode])] = &[
    ("## The screen", &[Mode::Reports, Mode::Detail]),
    ("### Reporting, and the outbox on the screen", &[Mode::Report]),
];

/// The rows of the table of keys below a heading.
fn rows_below<'a>(readme: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    let below = readme.split_once(&format!("\n{heading}\n")).map(|(_, below)| below).expect(heading);
    let table = below.lines().skip_while(|line| !line.starts_with("| keys")).skip(2);
    table.take_while(|line| line.starts_with('|'))
}

/// What stands in backticks.
fn keys_in(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(|keys| keys.replace("\\|", "|")).collect()
}

#[test]
fn every_key_that_the_readme_names_does_something_there() {
    let (readme, keymap) = (read("README.md"), Keymap::default());
    for (heading, modes) in TABLES {
        let first_cells = rows_below(&readme, heading).filter_map(|row| row.split(" | ").next());
        let keys: Vec<String> = first_cells.flat_map(keys_in).collect();
        assert!(keys.len() > 8, "the table below '{heading}' was not found");
        for keys in keys {
            let sequence: Sequence =
                keys.parse().unwrap_or_else(|_| panic!("'{keys}' below '{heading}' is no key"));
            let is_bound = |bound: &Binding| {
                bound.keys == sequence && (modes.contains(&bound.mode) || bound.mode == Mode::Everywhere)
            };
            assert!(keymap.bindings().iter().any(is_bound), "'{keys}' does nothing there: '{heading}'");
        }
    }
}

#[test]
fn every_key_of_the_list_of_reports_stands_in_the_readme() {
    let (keymap, readme) = (Keymap::default(), read("README.md"));
    let named: Vec<String> = rows_below(&readme, "## The screen").flat_map(keys_in).collect();
    let is_named = |bound: &Binding| named.contains(&bound.keys.to_string());
    for action in Action::ALL {
        let mut here =
            keymap.bindings().iter().filter(|b| b.mode == Mode::Reports && b.action == *action).peekable();
        assert!(here.peek().is_none() || here.any(is_named), "'{}' has no key in the README", action.name());
    }
}

#[test]
fn every_screen_and_theme_stands_in_the_readme_and_themes_in_the_example_of_the_configuration() {
    let (readme, example) = (read("README.md"), read("config.example.toml"));
    let screens = Keymap::default();
    let screens = screens.bindings().iter().filter_map(|bound| {
        let title = bound.action.sentence().strip_prefix("Goes to the screen ")?;
        Some((bound.keys.to_string(), title.to_owned()))
    });
    let rows: Vec<(String, String)> = screens.collect();
    assert_eq!(rows.len(), 7);
    for (keys, title) in rows {
        assert!(readme.contains(&format!("\n| `{keys}` | {title} |")), "the screen {title} on {keys}");
    }
    let unwrapped = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let themes: Vec<String> = ThemeName::ALL.iter().map(|(_, name)| format!("`{name}`")).collect();
    assert!(
        unwrapped(&readme).contains(&themes.join(", ")),
        "the README's themes are not {}",
        themes.join(", ")
    );
    let names = ThemeName::ALL.iter().map(|(_, name)| *name);
    let modes = example.split_once("# Other keys, by mode:").expect("a comment about keys").1;
    let modes = modes.split_once("A sequence").expect("its end").0;
    for mode in Mode::ALL {
        assert!(modes.contains(&format!(" {}", mode.name())), "[keys.{}]", mode.name());
    }
    let comment = example.lines().find(|line| line.starts_with("# dark (")).expect("a comment about themes");
    assert!(names.clone().all(|name| comment.contains(name)), "{comment}");
}
