//! The program as a script meets it: exit codes, what stands on which stream, broken pipes.

#![expect(clippy::expect_used, reason = "helpers of tests stop the test, as tests themselves do")]

use std::process::{Command, Output, Stdio};

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("folder"))
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("write");
        path.display().to_string()
    }

    /// The program with nothing of the account it runs in.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lafayette"));
        command.args(arguments).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("runs");
        let text = |bytes| String::from_utf8(bytes).expect("utf-8");
        (status.code().expect("an exit code"), text(stdout), text(stderr))
    }
}

#[test]
fn wrong_usage_is_2_with_a_sentence_and_no_answer() {
    for arguments in [
        &["lsit"][..],
        &["list", "--format", "xml"],
        &["show"],
        &["show", "abc"],
        &["stats", "moon"],
        &["--quiet", "--verbose", "list"],
        &["import"],
    ] {
        let (code, answer, said) = Home::new().run(arguments);
        assert_eq!((code, answer.as_str()), (2, ""), "{arguments:?}");
        assert!(said.starts_with("lafayette: ") && !said.contains("error:"), "{said}");
    }
    let (_, _, said) = Home::new().run(&["lsit"]);
    assert!(said.contains("list"), "the nearest command is named: {said}");
}

#[test]
fn a_wrong_configuration_is_2_with_its_place_for_every_command_that_needs_one() {
    let home = Home::new();
    let file = home.write("c.toml", "[dns]\nserver = []\n");
    for command in [&["list"][..], &["config", "check"], &["config", "show"], &["import", "x"]] {
        let (code, answer, said) = home.run(&[&["--config", &file][..], command].concat());
        assert_eq!((code, answer.as_str()), (2, ""), "{command:?}: {said}");
        let expected =
            format!("lafayette: {file}:2:1: key 'server' is not known in [dns]; did you mean 'servers'?\n");
        assert_eq!(said, expected);
    }
    assert_eq!(home.run(&["--config", &file, "config", "template"]).0, 0);
    assert_eq!(home.run(&["--config", "/nowhere/c.toml", "list"]).0, 2);
    let output = home.command(&["config", "check"]).env("LAFAYETTE_CONFIG", &file).output().expect("runs");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_template_is_a_right_configuration_at_the_place_that_the_program_names() {
    let home = Home::new();
    let (code, path, _) = home.run(&["config", "path"]);
    assert_eq!(code, 0);
    let (_, said, _) = home.run(&["config", "check"]);
    assert!(said.contains("no configuration file"), "{said}");
    let (_, template, _) = home.run(&["config", "template"]);
    let path = std::path::Path::new(path.trim_end());
    std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
    std::fs::write(path, template).expect("write");
    let (code, said, _) = home.run(&["config", "check"]);
    assert_eq!((code, said), (0, format!("{} is right.\n", path.display())));
    let (code, shown, _) = home.run(&["config", "show", "--json"]);
    assert_eq!(code, 0);
    let database = r#"{"key":"database","value":""#;
    assert!(shown.starts_with(database) && shown.contains(r#""from":"default"}"#), "{shown}");
}

#[test]
fn a_file_that_the_configuration_names_and_nobody_can_open_fails_the_check() {
    let home = Home::new();
    let file = home.write("c.toml", "[geoip]\nfiles = ['missing.mmdb']\n");
    let (code, _, said) = home.run(&["--config", &file, "config", "check"]);
    assert_eq!(code, 2);
    assert!(said.contains("key 'geoip.files': cannot read") && said.contains("missing.mmdb"), "{said}");
}

#[test]
fn a_report_without_a_sender_is_a_matter_of_configuration() {
    let (code, _, said) =
        Home::new().run(&["report", "--id", "1", "--to", "abuse@example.net", "--out", "/nowhere"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("[report]") && said.contains("from"), "{said}");
}

#[test]
fn help_version_and_first_steps_are_answers() {
    for arguments in
        [&[][..], &["--help"], &["--version"], &["help", "list"], &["man"], &["completions", "bash"]]
    {
        let (code, answer, said) = Home::new().run(arguments);
        assert_eq!((code, said.as_str()), (0, ""), "{arguments:?}");
        assert!(answer.contains("lafayette"), "{arguments:?}: {answer}");
        assert!(!answer.contains('\x1b'), "{arguments:?}: no colours into a pipe");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child =
        Home::new().command(&["man"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn control_characters_in_arguments_do_not_reach_the_terminal() {
    let (code, _, said) = Home::new().run(&["--config", "/nowhere/\x1b[31mred", "list"]);
    assert_eq!(code, 2);
    assert!(!said.contains('\x1b'), "{said:?}");
}
