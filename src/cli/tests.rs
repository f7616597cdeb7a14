//! The command line as a whole: help of every command, the manual page, completions, what arguments mean.

use super::*;
use clap_complete::Shell;
use std::path::PathBuf;

/// Every command with its help, as a person asks for it: `lafayette help view save`.
fn help_pages(command: &mut clap::Command, above: &str, pages: &mut Vec<(String, String)>) {
    let name = format!("{above}{}", command.get_name());
    pages.push((name.replace(' ', "-"), command.render_help().to_string()));
    let below: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for below in below.iter().filter(|below| *below != "help") {
        if let Some(command) = command.find_subcommand_mut(below) {
            help_pages(command, &format!("{name} "), pages);
        }
    }
}

#[test]
fn the_definitions_hold_together() {
    Cli::command().debug_assert();
}

#[test]
fn help_of_every_command() {
    let mut program = Cli::command().term_width(100).version("0");
    program.build();
    let mut pages = vec![];
    help_pages(&mut program, "", &mut pages);
    assert!(pages.len() > 30, "{}", pages.len());
    for (name, page) in pages {
        insta::assert_snapshot!(format!("help-{name}"), page.trim_end());
    }
}

#[test]
fn every_command_and_option_has_a_sentence() {
    fn look(command: &clap::Command, above: &str) {
        let name = format!("{above} {}", command.get_name());
        assert!(command.get_about().is_some(), "{name} says nothing about itself");
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{name}: {} says nothing about itself", arg.get_id());
        }
        command.get_subcommands().for_each(|below| look(below, &name));
    }
    look(&Cli::command(), "");
}

#[test]
fn the_manual_page_has_a_chapter_for_every_command_and_explains_common_options_once() {
    let page = String::from_utf8(man::page().expect("page")).expect("utf-8");
    let mut program = Cli::command();
    program.build();
    let mut pages = vec![];
    help_pages(&mut program, "", &mut pages);
    for (name, _) in pages.iter().skip(1) {
        let title = name.trim_start_matches("lafayette-").replace('-', " ").to_uppercase();
        assert!(page.contains(&format!(".SH \"COMMAND {title}\"")), "{title}");
    }
    assert_eq!(page.matches("LAFAYETTE_CONFIG").count(), 1);
    assert!(page.starts_with(".ie") || page.contains(".TH lafayette 1"), "{}", &page[..200]);
}

#[test]
fn every_shell_gets_completions_for_every_command() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
        let text = String::from_utf8(completions::text(shell)).expect("utf-8");
        for command in Cli::command().get_subcommands() {
            assert!(text.contains(command.get_name()), "{shell}: {}", command.get_name());
        }
    }
}

fn parse(line: &[&str]) -> Result<Command, String> {
    let line = std::iter::once("lafayette").chain(line.iter().copied());
    Cli::try_parse_from(line)
        .map(|cli| cli.command.expect("a command"))
        .map_err(|error| usage_sentence(&error))
}

#[test]
fn json_is_short_for_format_json_and_limits_follow_the_format() {
    for (line, format, limit) in [
        (&["list"][..], crate::export::Format::Table, Some(50)),
        (&["list", "--json"], crate::export::Format::Json, None),
        (&["list", "--format", "json", "--limit", "7"], crate::export::Format::Json, Some(7)),
        (&["list", "--format", "csv"], crate::export::Format::Csv, None),
        (&["list", "--limit", "0"], crate::export::Format::Table, None),
    ] {
        let Ok(Command::List(args)) = parse(line) else { panic!("{line:?}") };
        assert_eq!(args.output.format(), format);
        assert_eq!(args.page.limit(format == crate::export::Format::Table), limit, "{line:?}");
    }
}

#[test]
fn common_options_stand_before_and_behind_the_command() {
    for line in [["--db", "a.db", "list", "--json"], ["list", "--db", "a.db", "--json"]] {
        let cli = Cli::try_parse_from(std::iter::once("lafayette").chain(line)).expect("parses");
        assert_eq!(cli.arguments.db, Some(PathBuf::from("a.db")));
    }
}

#[test]
fn a_report_needs_a_query_or_numbers_and_not_both() {
    let Ok(Command::Report(args)) =
        parse(&["report", "--id", "4", "5", "--to", "a@example.net", "--out", "x"])
    else {
        panic!("numbers")
    };
    assert_eq!(args.query().as_deref(), Ok("id:4,5"));
    let Ok(Command::Report(args)) = parse(&["report", "--to", "a@example.net", "--out", "x"]) else {
        panic!("neither")
    };
    assert_eq!(args.query().expect_err("neither").code(), 2);
    assert!(parse(&["report", "is:marked", "--id", "4", "--to", "a@example.net", "--out", "x"]).is_err());
    let sentence = parse(&["report", "--id", "4", "--to", "desk", "--out", "x"]).expect_err("no address");
    assert!(sentence.contains("'desk' is no mail address"), "{sentence}");
}

#[test]
fn acts_on_reports_need_to_be_told_which_and_what() {
    for line in [
        &["mark"][..],
        &["tag", "is:marked"],
        &["note", "is:marked"],
        &["kind", "is:marked"],
        &["export", "is:marked"],
        &["export", "is:marked", "--mbox", "a", "--eml", "b"],
        &["tag", "is:marked", "--add", "two words"],
        &["show", "4711", "--raw", "--json"],
    ] {
        assert!(parse(line).is_err(), "{line:?}");
    }
    assert!(parse(&["tag", "is:marked", "--add", "a", "--remove", "b"]).is_ok());
}

#[test]
fn the_feed_of_an_import_has_the_kind_of_the_configuration_unless_told() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "[[feed]]\nname = 'Traps'\nkind = 'spamtrap'\n").expect("write");
    let arguments = Arguments { config: Some(file), db: Some("a.db".into()), ..Arguments::default() };
    let config = crate::config::Config::load(&arguments, &Default::default()).expect("config");
    let store = crate::store::Store::open(&folder.path().join("a.db"), crate::store::Access::ReadWrite)
        .expect("store");
    let feed = |line: &[&str]| {
        let Ok(Command::Import(args)) = parse(line) else { panic!("{line:?}") };
        args.feed(&config, &store)
            .map(|(name, kind)| format!("{name} {kind}"))
            .map_err(|failure| failure.code())
    };
    assert_eq!(feed(&["import", "x"]).as_deref(), Ok("import mailbox"));
    assert_eq!(feed(&["import", "x", "--feed", "traps"]).as_deref(), Ok("Traps spamtrap"));
    assert_eq!(
        feed(&["import", "x", "--feed", "traps", "--kind", "mailbox"]).as_deref(),
        Ok("Traps mailbox")
    );
    assert_eq!(feed(&["import", "x", "--feed", "new", "--kind", "spamtrap"]).as_deref(), Ok("new spamtrap"));
    assert_eq!(feed(&["import", "x", "--feed", "a\nb"]), Err(2));
}

#[test]
fn an_import_is_partly_done_when_some_failed_and_failed_when_all_did() {
    use crate::export::tally::{Counts, FeedTally, Tally};
    let code = |read, failed| {
        let counts = Counts { read, failed, ..Counts::default() };
        let tally = Tally::of(vec![FeedTally { counts, ..FeedTally::default() }], 0.0);
        import::outcome(&tally).map_or_else(|failure| failure.code(), Outcome::code)
    };
    assert_eq!((code(0, 0), code(5, 0), code(5, 2), code(5, 5)), (0, 0, 3, 1));
}

#[test]
fn failures_have_the_codes_of_the_contract() {
    let broken = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    for (failure, code) in [
        (Failure::from(broken), 0),
        (Failure::from(full), 1),
        (Failure::usage("x"), 2),
        (Failure::from(crate::config::Error::one("x")), 2),
        (Failure::Locked("x".into()), 4),
        (Failure::Interrupted, 130),
        (Failure::Signal(1), 129),
        (Failure::Signal(15), 143),
    ] {
        assert_eq!(failure.code(), code, "{failure}");
    }
    assert_eq!((Outcome::Done.code(), Outcome::Partly.code()), (0, 3));
}
