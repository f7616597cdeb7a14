//! From a line to what it does: the same as the keys, with what stands behind the word as the answer to what the
//! action would ask.

use super::{
    Argument, CommandLine, FILTER, Name, PAST, Ran, THEME, VIEW, argument_of, can_be_named, means_something,
};
use crate::config::ThemeName;
use crate::keymap::{Action, Mode};
use crate::model::{Cause, Kind};
use crate::query::{self, Field, Filter, nearest};
use crate::tui::app::{App, Tone};
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Editor, Layer, Reply};
use crate::tui::screens::ScreenName;

impl App {
    /// Opens the command line, with this text in it.
    pub(in crate::tui) fn open_command_line(&mut self, text: &str) {
        let line = CommandLine::new(self.names(), self.commands.clone()).with(text);
        self.layers.push(super::layer(line));
    }

    /// These views are saved.
    pub(in crate::tui) fn know_views(&mut self, names: &[String]) {
        self.views = names.to_vec();
        let all = self.names();
        if let Some(Layer::Command(line)) = self.layers.last_mut() {
            line.know(all);
        }
    }

    /// Everything that can be named here.
    fn names(&self) -> Vec<Name> {
        let mode = self.screen_mode();
        // From the panes and the report the list is not far; these have a screen of their own.
        let leads_there = |action| matches!(action, Action::LookUp | Action::Spam | Action::Trace);
        let is_near = |action| self.shown == ScreenName::Reports && means_something(action, Mode::Reports);
        let (mut here, near): (Vec<Action>, Vec<Action>) = Action::ALL
            .iter()
            .copied()
            .filter(|action| can_be_named(*action))
            .filter(|action| means_something(*action, mode) || is_near(*action) || leads_there(*action))
            .partition(|action| means_something(*action, mode));
        here.extend(near);
        let named = |action: &Action| Name {
            word: action.name(),
            argument: self.argument(*action),
            sentence: action.sentence(),
            keys: self.keymap.keys_for(mode, *action).map(ToString::to_string).unwrap_or_default(),
        };
        let mut names: Vec<Name> = here.iter().map(named).collect();
        let word = |word, argument, sentence| Name { word, argument, sentence, keys: String::new() };
        let views = self.views.clone();
        let themes = ThemeName::ALL.iter().map(|(_, name)| (*name).to_owned()).collect();
        names.splice(
            0..0,
            [
                word(FILTER, Argument::Query, "Keeps only reports that match this as well"),
                word(VIEW, Argument::OneOf("NAME", views), "Shows a saved view"),
                word(THEME, Argument::OneOf("NAME", themes), "Changes the colours"),
            ],
        );
        names
    }

    fn argument(&self, action: Action) -> Argument {
        let Some(hint) = argument_of(action) else { return Argument::None };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match action {
            Action::Query => Argument::Query,
            Action::Kind => {
                Argument::OneOf(hint, Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect())
            }
            Action::Cause => {
                Argument::OneOf(hint, Cause::ALL.iter().map(|cause| cause.name().to_owned()).collect())
            }
            Action::Sort | Action::Groups => {
                let known = self.screen_ref(self.shown).names_behind(action);
                if known.is_empty() { Argument::Text(hint) } else { Argument::OneOf(hint, names(&known)) }
            }
            _ => Argument::Text(hint),
        }
    }

    /// Does what a line says. A wrong one stays to be mended.
    pub(in crate::tui) fn run_command(&mut self, line: &str) -> Vec<Effect> {
        if line.is_empty() {
            return vec![];
        }
        // A wrong one as well: it is mended another time, too.
        self.commands.retain(|before| before != line);
        self.commands.push(line.to_owned());
        let surplus = self.commands.len().saturating_sub(PAST);
        self.commands.drain(..surplus);
        self.run(line).unwrap_or_else(|sentence| {
            self.open_command_line(line);
            self.say(Tone::Wrong, &sentence);
            vec![]
        })
    }

    fn run(&mut self, line: &str) -> Ran {
        let (word, argument) = line.split_once(' ').map_or((line, ""), |(word, rest)| (word, rest.trim()));
        match word {
            FILTER if !argument.is_empty() => return self.filter(argument),
            FILTER => return self.run_action(Action::Query, ""),
            VIEW if argument.is_empty() => return self.run_action(Action::Views, ""),
            VIEW => return self.view(argument),
            THEME => return self.change_theme(argument),
            _ => {}
        }
        match Action::from_name(word).filter(|action| can_be_named(*action)) {
            Some(action) => self.run_action(action, argument),
            None => {
                // A name is meant by each of its words, as it is by the letters that are proposed for.
                let names = self.names();
                let words =
                    || names.iter().flat_map(|name| name.word.split('-').map(|part| (part, name.word)));
                let words = || names.iter().map(|name| (name.word, name.word)).chain(words());
                let meant = nearest(word, words().map(|(part, _)| part));
                let meant = meant.and_then(|meant| words().find(|(part, _)| *part == meant));
                let meant = meant.map(|(_, name)| format!("; did you mean '{name}'?")).unwrap_or_default();
                Err(format!("'{word}' is no action{meant}"))
            }
        }
    }

    /// The query at hand and this as well.
    fn filter(&mut self, terms: &str) -> Ran {
        let read = |text: &str| query::parse(text, self.now).map_err(|error| error.message);
        let both = read(&self.reports.bar.query)?.and(read(terms)?);
        Ok(self.reply(Reply::Visit(ScreenName::Reports, both.to_string())))
    }

    fn view(&mut self, name: &str) -> Ran {
        if !self.views.iter().any(|view| query::fold(view) == query::fold(name)) {
            let meant = nearest(name, self.views.iter().map(String::as_str));
            let meant = meant.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
            return Err(format!("no view is called '{name}'{meant}"));
        }
        let filter = Filter::All.include(Field::View, name, self.now).map_err(|error| error.message)?;
        Ok(self.reply(Reply::Visit(ScreenName::Reports, filter.to_string())))
    }

    fn change_theme(&mut self, name: &str) -> Ran {
        let names = || ThemeName::ALL.iter().map(|(_, name)| *name);
        match ThemeName::ALL.iter().find(|(_, known)| *known == name) {
            Some((theme, _)) => {
                self.theme = self.theme.named(*theme);
                Ok(vec![])
            }
            None => {
                let meant = nearest(name, names()).map(|name| format!("; did you mean '{name}'?"));
                let all = names().collect::<Vec<_>>().join(", ");
                Err(format!("'{name}' is no theme{}; there are {all}", meant.unwrap_or_default()))
            }
        }
    }

    fn run_action(&mut self, action: Action, argument: &str) -> Ran {
        let name = action.name();
        if !argument.is_empty() {
            match action {
                Action::LookUp => return Ok(self.reply(Reply::Visit(ScreenName::Tools, argument.to_owned()))),
                Action::Spam => return Ok(self.reply(Reply::Visit(ScreenName::Spam, argument.to_owned()))),
                Action::Trace => return Ok(self.reply(Reply::Trace(argument.to_owned()))),
                _ if argument_of(action).is_none() => {
                    return Err(format!("'{name}' takes nothing behind it"));
                }
                _ => {}
            }
        }
        if action == Action::Spam {
            return Ok(self.act(action));
        }
        self.go_where_it_means_something(action)?;
        if argument.is_empty() {
            return Ok(self.act(action));
        }
        if let Some(reply) = self.screen(self.shown).command(action, argument) {
            return reply.map(|reply| self.reply(reply));
        }
        let mut effects = self.act(action);
        effects.extend(self.answer(action, argument)?);
        Ok(effects)
    }

    /// To the list, when the panes or the report have the keys and the action is for the list.
    fn go_where_it_means_something(&mut self, action: Action) -> Result<(), String> {
        let mode = self.screen_mode();
        if means_something(action, mode) {
            return Ok(());
        }
        if self.shown == ScreenName::Reports && means_something(action, Mode::Reports) {
            self.reports.focus_list();
            return Ok(());
        }
        let places: Vec<String> = Mode::ALL
            .iter()
            .filter(|mode| !matches!(mode, Mode::Menu | Mode::Line | Mode::Everywhere))
            .filter(|mode| means_something(action, **mode))
            .map(|mode| mode.sentence().to_lowercase().replace("screen urls", "screen URLs"))
            .collect();
        Err(format!("'{}' means nothing here; it does {}", action.name(), places.join(", ")))
    }

    /// What stands behind the word answers what the action asked.
    fn answer(&mut self, action: Action, argument: &str) -> Ran {
        let is_written = self.mode() == Mode::Line;
        let effects = match self.layers.last_mut() {
            Some(Layer::Line(line)) => {
                line.editor = Editor::new(argument);
                self.act(Action::Accept)
            }
            Some(Layer::Menu(menu)) => {
                let chosen = menu.choices.iter().find(|choice| {
                    query::fold(choice.text.as_str()) == query::fold(argument)
                        || query::fold(choice.note.as_str()) == query::fold(argument)
                });
                let answer: Option<Answer> = chosen.map(|choice| choice.answer.clone());
                let names: Vec<String> = menu.choices.iter().map(|choice| choice.text.to_string()).collect();
                match answer {
                    Some(answer) => self.reply(Reply::Chosen(Box::new(answer))),
                    None => {
                        self.layers.pop();
                        let meant = nearest(argument, names.iter().map(String::as_str));
                        let meant = meant.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
                        return Err(format!("'{}' does not know '{argument}'{meant}", action.name()));
                    }
                }
            }
            Some(_) => vec![],
            None if is_written => {
                let mut effects = self.act(Action::LineEnd);
                effects.extend(self.act(Action::DeleteToStart));
                effects.extend(self.typed(argument));
                effects.extend(self.act(Action::Accept));
                effects
            }
            None => vec![],
        };
        Ok(effects)
    }
}
