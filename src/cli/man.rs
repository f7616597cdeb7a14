//! `man`: the whole program on one page, from the same definitions as the help.

use super::Cli;
use super::failure::{Failure, Outcome};
use super::session::Session;
use crate::keymap::{Keymap, Mode};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::io::{self, Write};

/// Prints the page.
pub fn run(session: &Session) -> Result<Outcome, Failure> {
    let mut out = session.out();
    out.write_all(&page()?)?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// The page in roff.
pub(super) fn page() -> io::Result<Vec<u8>> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let man = Man::new(program.clone()).date("");
    let mut page = vec![];
    man.render_title(&mut page)?;
    // Ragged on the right: stretched blanks would tear the examples apart.
    page.extend_from_slice(b".ad l\n");
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_extra_section(&mut page)?;
    keys(&mut page)?;
    for command in program.get_subcommands() {
        chapter(command, "", &mut page)?;
    }
    Ok(renamed(&page, b".SH EXTRA", b".SH EXAMPLES"))
}

/// The keys of the screen as they come.
fn keys(page: &mut Vec<u8>) -> io::Result<()> {
    let escaped = |text: &str| text.replace('\\', "\\e").replace('-', "\\-");
    writeln!(page, ".SH KEYS")?;
    writeln!(
        page,
        "Without a command the screen opens. `lafayette keys` lists the keys with the changes of the configuration."
    )?;
    for mode in Mode::ALL {
        writeln!(page, ".SS {}", mode.sentence())?;
        for binding in Keymap::default().bindings().iter().filter(|binding| binding.mode == *mode) {
            writeln!(page, ".TP\n\\fB{}\\fR", escaped(&binding.keys.to_string()))?;
            writeln!(
                page,
                "{} (\\fI{}\\fR)",
                escaped(binding.action.sentence_in(*mode)),
                escaped(binding.action.name())
            )?;
        }
    }
    Ok(())
}

/// The page with one heading in place of another.
fn renamed(page: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    page.split_inclusive(|byte| *byte == b'\n')
        .flat_map(
            |line| if line.strip_suffix(b"\n") == Some(from) { [to, b"\n"].concat() } else { line.to_vec() },
        )
        .collect()
}

/// One command, and those below it: sections become subsections under its name.
fn chapter(command: &Command, above: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("{above}{}", command.get_name());
    writeln!(page, ".SH \"COMMAND {}\"", name.to_uppercase())?;
    // Options that every command takes are explained once.
    let own = command.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    let man = Man::new(own);
    let mut text = vec![];
    man.render_description_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    if command.get_arguments().any(|arg| !arg.is_global_set() && !arg.is_hide_set()) {
        man.render_options_section(&mut text)?;
    }
    if command.get_after_help().is_some() {
        man.render_extra_section(&mut text)?;
    }
    let text = renamed(&text, b".SH EXTRA", b".SH EXAMPLES");
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b".SH DESCRIPTION") {
            Some(_) => page.extend_from_slice(b".PP\n"),
            None => match line.strip_prefix(b".SH ") {
                Some(title) => page.extend([b".SS ", title].concat()),
                None => page.extend_from_slice(line),
            },
        }
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        chapter(below, &format!("{name} "), page)?;
    }
    Ok(())
}
