//! The command line: every action by its name, with what stands behind it where that makes sense; completed by a few
//! letters of it, and remembered. Knows the names, not what is done by them: that is in `run`.

pub(super) mod fuzzy;
mod run;

use super::event::Effect;
use super::layer::{Editor, Layer, Reply};
use super::reports::completion::Word;
use crate::keymap::{Action, Group, Keymap, Mode};
use crate::query::Field;

/// Lines that the way back remembers.
pub const PAST: usize = 200;

/// What stands behind a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Nothing.
    None,
    /// Whatever a person writes: what it is called.
    Text(&'static str),
    /// A query.
    Query,
    /// One of these.
    OneOf(&'static str, Vec<String>),
}

/// A word that can begin a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The word.
    pub word: &'static str,
    /// What stands behind it.
    pub argument: Argument,
    /// What it does.
    pub sentence: &'static str,
    /// The keys that do the same, where they do.
    pub keys: String,
}

/// What the line may become.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What stands there then.
    pub word: String,
    /// What is said about it.
    pub sentence: String,
    /// The keys that do the same.
    pub keys: String,
}

/// The line while it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandLine {
    /// The line.
    pub editor: Editor,
    /// What its word may become, the best first.
    pub proposals: Vec<Proposal>,
    /// Which of them stands there.
    pub chosen: Option<usize>,
    /// Where the word begins, in bytes.
    start: usize,
    names: Vec<Name>,
    past: Vec<String>,
    looking: Option<usize>,
    written: String,
}

/// Words that are no actions.
const FILTER: &str = "filter";
const VIEW: &str = "view";
const THEME: &str = "theme";

/// What an action takes that asks for something, or leads to something by name.
pub fn argument_of(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Query => "QUERY",
        Action::Tag => "TAG",
        Action::Note | Action::Find => "TEXT",
        Action::Dismiss => "REASON",
        Action::SaveView => "NAME",
        Action::Pipe => "COMMAND",
        Action::SaveRaw | Action::Export | Action::Spam | Action::MessageFile => "FILE",
        Action::Kind => "KIND",
        Action::Cause => "CAUSE",
        Action::Sort => "COLUMN",
        Action::Groups => "BY",
        Action::Window => "DAYS",
        Action::LookUp => "SUBJECT",
        Action::Trace => "URL",
        _ => return None,
    })
}

/// Those that mean something outside of a line, a menu, a page.
pub fn can_be_named(action: Action) -> bool {
    action.group() != Group::Edit && !matches!(action, Action::Command | Action::Remove)
}

/// Where an action has a meaning, by the keys that the program comes with: others may have been taken away.
pub fn means_something(action: Action, mode: Mode) -> bool {
    static COME_WITH: std::sync::LazyLock<Keymap> = std::sync::LazyLock::new(Keymap::default);
    COME_WITH
        .bindings()
        .iter()
        .any(|binding| binding.action == action && [mode, Mode::Everywhere].contains(&binding.mode))
}

impl CommandLine {
    /// An empty line.
    pub fn new(names: Vec<Name>, past: Vec<String>) -> CommandLine {
        let mut line = CommandLine {
            editor: Editor::default(),
            proposals: vec![],
            chosen: None,
            start: 0,
            names,
            past,
            looking: None,
            written: String::new(),
        };
        line.propose();
        line
    }

    /// With a text that stands there already.
    pub fn with(mut self, text: &str) -> CommandLine {
        self.editor = Editor::new(text);
        self.propose();
        self
    }

    /// Other things can be named. What was proposed and chosen stays.
    pub(super) fn know(&mut self, names: Vec<Name>) {
        self.names = names;
        if self.chosen.is_none() {
            self.propose();
        }
    }

    /// Does what a key stands for.
    pub fn act(&mut self, action: Action) -> Reply {
        match action {
            Action::Back => return Reply::Close,
            Action::Accept => return self.accept(),
            Action::DeleteBack if self.editor.text().is_empty() => return Reply::Close,
            Action::Complete => self.complete(),
            Action::HistoryUp => self.look(-1),
            Action::HistoryDown => self.look(1),
            action => {
                if self.editor.act(action) {
                    self.changed();
                }
            }
        }
        Reply::Nothing
    }

    /// Writes at the cursor.
    pub fn typed(&mut self, text: &str) -> Reply {
        self.editor.insert(text);
        self.changed();
        Reply::Nothing
    }

    /// The proposal that Enter takes: the one that stands in the line, else the best one for a word that is none.
    pub fn taken(&self) -> Option<usize> {
        self.chosen.or_else(|| (self.is_at_word() && self.best_word().is_some()).then_some(0))
    }

    /// The line with the word that was meant. A field still wants a value behind it.
    fn accept(&mut self) -> Reply {
        let line = self.editor.text().trim().to_owned();
        let Some(word) = self.best_word() else { return Reply::Command(line) };
        let argument = line.split_once(' ').map_or("", |(_, argument)| argument.trim());
        if word.ends_with(':') && argument.is_empty() {
            self.editor = Editor::new(&word);
            self.propose();
            return Reply::Nothing;
        }
        let gap = if word.ends_with(':') || argument.is_empty() { "" } else { " " };
        Reply::Command(format!("{word}{gap}{argument}"))
    }

    /// What the first word means, where it is none itself.
    fn best_word(&self) -> Option<String> {
        let word = self.editor.text().split_whitespace().next()?;
        let is_name = self.names.iter().any(|name| name.word == word) || Action::from_name(word).is_some();
        if is_name { None } else { self.words(word).into_iter().next().map(|proposal| proposal.word) }
    }

    fn is_at_word(&self) -> bool {
        !self.editor.before_cursor().trim_start().contains(' ')
    }

    fn changed(&mut self) {
        self.looking = None;
        self.propose();
    }

    fn propose(&mut self) {
        self.chosen = None;
        let before = self.editor.before_cursor().to_owned();
        let Some((word, argument)) = before.trim_start().split_once(' ') else {
            self.start = before.len() - before.trim_start().len();
            self.proposals = self.words(before.trim_start());
            return;
        };
        self.start = before.len() - argument.len();
        self.proposals = match self.names.iter().find(|name| name.word == word).map(|name| &name.argument) {
            Some(Argument::OneOf(_, names)) => {
                let names = names.iter().map(|name| (name.as_str(), name.as_str()));
                let named = |name: &&str| Proposal {
                    word: (*name).to_owned(),
                    sentence: String::new(),
                    keys: String::new(),
                };
                best(argument, names).iter().map(named).collect()
            }
            Some(Argument::Query) => {
                let word = Word::at_the_end_of(argument);
                self.start += word.start;
                let proposed = |word| Proposal { word, sentence: String::new(), keys: String::new() };
                word.proposals().into_iter().map(proposed).collect()
            }
            _ => vec![],
        };
    }

    /// The words that what is typed fits; fields of queries among them, once something is.
    fn words(&self, typed: &str) -> Vec<Proposal> {
        let proposal = |name: &Name| {
            let hint = match &name.argument {
                Argument::None => "",
                Argument::Text(hint) | Argument::OneOf(hint, _) => hint,
                Argument::Query => "QUERY",
            };
            Proposal {
                word: name.word.to_owned(),
                sentence: [hint, name.sentence].join(if hint.is_empty() { "" } else { ": " }),
                keys: name.keys.clone(),
            }
        };
        let names = self.names.iter().map(|name| (name.word, proposal(name)));
        let fields = Field::ALL.iter().map(|field| {
            let sentence = format!("Keeps only reports with such a {}: as well", field.name());
            (
                field.name(),
                Proposal { word: format!("{FILTER} {}:", field.name()), sentence, keys: String::new() },
            )
        });
        best(typed, names.chain(fields.filter(|_| !typed.is_empty())))
    }

    /// The next proposal stands in the line.
    fn complete(&mut self) {
        let next = self.chosen.map_or(0, |at| (at + 1) % self.proposals.len().max(1));
        let Some(proposal) = self.proposals.get(next) else { return };
        let text = self.editor.text().to_owned();
        let after = text.get(self.editor.before_cursor().len()..).unwrap_or_default();
        let head = text.get(..self.start).unwrap_or_default();
        let cursor = head.chars().count() + proposal.word.chars().count();
        self.editor.set(&format!("{head}{}{after}", proposal.word), cursor);
        self.chosen = Some(next);
    }

    fn look(&mut self, by: isize) {
        if self.looking.is_none() {
            self.written = self.editor.text().to_owned();
        }
        let at = self.looking.unwrap_or(self.past.len());
        let to = at.saturating_add_signed(by).min(self.past.len());
        self.editor = Editor::new(self.past.get(to).unwrap_or(&self.written));
        self.propose();
        self.looking = Some(to);
    }
}

/// Those that what is typed fits, the best first; all of them in their order while nothing is typed.
pub(super) fn best<'a, T>(typed: &str, names: impl Iterator<Item = (&'a str, T)>) -> Vec<T> {
    let mut fitting: Vec<(i32, T)> =
        names.filter_map(|(name, what)| Some((fuzzy::score(typed, name)?, what))).collect();
    fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    fitting.into_iter().map(|(_, what)| what).collect()
}

/// The layer that it is.
pub fn layer(line: CommandLine) -> Layer {
    Layer::Command(Box::new(line))
}

/// What the person writes stays as it was.
pub(super) type Ran = Result<Vec<Effect>, String>;
