//! The state of the screen and what changes it. `update` is pure: an event in, effects out; `draw` only looks.

mod way;

use super::event::{Effect, Event, Mouse, Signal};
use super::layer::{Answer, Layer, Past, Reply};
use super::map::Map;
use super::outbox::Outbox;
use super::patterns::Patterns;
use super::remembered::Remembered;
use super::report::Report;
use super::reports::Reports;
use super::screens::{Screen, ScreenName};
use super::spam::{self, Spam};
use super::sync::{SyncEnd, SyncState, with_errors};
use super::theme::Theme;
use super::tools::Tools;
use super::urls::Urls;
use super::volume::Volume;
use super::{draw, settings::Settings};
use crate::jobs::desk::{self, Facet, PlanOf, Request, SyncNews};
use crate::keymap::{Action, Key, Keymap, Mode, Resolved};
use crate::model::clock::Seconds;
use crate::text::{Showable, showable};
use ratatui::Frame;

/// How loud a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something went wrong.
    Wrong,
}

/// The sentence in the last line, until the next key.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What it says.
    pub text: Showable,
    /// How loud.
    pub tone: Tone,
}

/// Before the command that gets a report, as long as it runs.
const RUNNING: &str = "running: ";

/// Everything that the screen shows.
pub struct App {
    /// Which keys do what.
    pub keymap: Keymap,
    /// How it looks.
    pub theme: Theme,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// The screen that is shown.
    pub shown: ScreenName,
    /// Those before it, to which the way back leads, the last one last. None of them twice, and Reports is below all.
    before: Vec<ScreenName>,
    /// The screen that sent the person to Reports with a query, to which the way out of there leads.
    led_here: Option<ScreenName>,
    /// The screen from which a plan of reports was asked for.
    planned_from: ScreenName,
    /// The screen Reports.
    pub reports: Reports,
    /// The screen URLs.
    pub urls: Urls,
    /// The screen Patterns.
    pub patterns: Patterns,
    /// The screen Volume.
    pub volume: Volume,
    /// The screen Map.
    pub map: Map,
    /// What would be reported of it.
    pub report: Report,
    /// The screen Outbox.
    pub outbox: Outbox,
    /// The screen Tools.
    pub tools: Tools,
    /// Its pane for a message that nobody reported.
    pub spam: Spam,
    /// Lines that were written as answers.
    past: Past,
    /// Lines of the command line, the last one last.
    pub commands: Vec<String>,
    /// The names of the saved views, as far as they are known.
    pub views: Vec<String>,
    /// Menus, lines and pages above the screen; the last one has the keys.
    pub layers: Vec<Layer>,
    /// The last sentence.
    pub message: Option<Message>,
    /// Reading the mailboxes.
    pub sync: SyncState,
    /// All messages that are kept.
    pub stored: u64,
    /// Where they are kept.
    pub database: Showable,
    /// The time, as the screen knows it.
    pub now: Seconds,
    /// What a command wrote while something else was being written or chosen.
    output: Option<Box<desk::Output>>,
    pending: Vec<Key>,
    changed: bool,
}

impl App {
    /// The screen before anything is known, as it was left the last time, and what it asks for first.
    pub fn new(settings: &Settings, left: &Remembered, size: (u16, u16), now: Seconds) -> (App, Vec<Effect>) {
        let mut app = App {
            keymap: settings.keymap.clone(),
            theme: settings.theme,
            size,
            shown: ScreenName::default(),
            before: vec![],
            led_here: None,
            planned_from: ScreenName::default(),
            reports: Reports::new(settings, now),
            urls: Urls::new(now),
            patterns: Patterns::new(now),
            volume: Volume::new(now),
            map: Map::new(now),
            report: Report::default(),
            outbox: Outbox::default(),
            tools: Tools::new(settings.proxy.clone(), now),
            spam: Spam::new(settings.message_bytes),
            past: Past::default(),
            commands: vec![],
            views: vec![],
            layers: vec![],
            message: None,
            sync: SyncState::Never,
            stored: 0,
            database: settings.database.clone(),
            now,
            output: None,
            pending: vec![],
            changed: true,
        };
        app.recall(left, &settings.configured_columns);
        app.resize(size);
        app.reports.filter_lines();
        let effects = app.reports.ask();
        (app, effects)
    }

    /// Whether something has to be drawn since this was last asked.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Draws everything.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        draw::screen(self, frame);
    }

    /// A screen, to look at.
    pub fn screen_ref(&self, name: ScreenName) -> &dyn Screen {
        match name {
            ScreenName::Reports => &self.reports,
            ScreenName::Urls => &self.urls,
            ScreenName::Patterns => &self.patterns,
            ScreenName::Volume => &self.volume,
            ScreenName::Map => &self.map,
            ScreenName::Report => &self.report,
            ScreenName::Outbox => &self.outbox,
            ScreenName::Tools => &self.tools,
            ScreenName::Spam => &self.spam,
        }
    }

    /// A screen, to change.
    pub(super) fn screen(&mut self, name: ScreenName) -> &mut dyn Screen {
        match name {
            ScreenName::Reports => &mut self.reports,
            ScreenName::Urls => &mut self.urls,
            ScreenName::Patterns => &mut self.patterns,
            ScreenName::Volume => &mut self.volume,
            ScreenName::Map => &mut self.map,
            ScreenName::Report => &mut self.report,
            ScreenName::Outbox => &mut self.outbox,
            ScreenName::Tools => &mut self.tools,
            ScreenName::Spam => &mut self.spam,
        }
    }

    /// When the clock makes what is shown untrue, if it does.
    pub fn end(&self) -> Option<Seconds> {
        self.screen_ref(self.shown).end()
    }

    /// Where the keys go.
    pub fn mode(&self) -> Mode {
        self.layers.last().map_or_else(|| self.screen_mode(), Layer::mode)
    }

    /// Where they go when no layer is open.
    pub fn screen_mode(&self) -> Mode {
        self.screen_ref(self.shown).mode()
    }

    /// Keys that were pressed and wait for the next one.
    pub fn pending(&self) -> &[Key] {
        &self.pending
    }

    /// Takes an event in.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        self.changed = true;
        let mut effects = self.happened(event);
        if !self.is_occupied_beside(ScreenName::Reports)
            && let Some(output) = self.output.take()
        {
            effects.extend(self.desk(desk::Event::Output(*output)));
        }
        self.reports.filter_lines();
        if effects.iter().any(|effect| matches!(effect, Effect::Copy(_))) {
            self.say(Tone::Done, "Copied.");
        }
        // It may run for long before it says anything.
        let piped = effects.iter().find_map(|effect| match effect {
            Effect::Desk(Request::Pipe { command, .. }) => Some(format!(
                "{RUNNING}{command} · {}",
                self.keymap.spelled(self.screen_mode(), "{back} ends it")
            )),
            _ => None,
        });
        piped.iter().for_each(|sentence| self.say(Tone::Done, sentence));
        effects
    }

    fn happened(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Mouse(mouse, column, line) => self.mouse(mouse, column, line),
            Event::Resize(width, height) => self.resize((width, height)),
            Event::Signal(Signal::End(number)) => vec![Effect::End(number)],
            Event::Signal(Signal::Stop) => vec![Effect::Suspend],
            Event::Signal(Signal::Continue) => vec![Effect::Redraw],
            Event::Desk(event) => self.desk(event),
            Event::Edited(text) => {
                let reply = match self.shown {
                    ScreenName::Spam => self.spam.edited(text),
                    _ => self.report.edited(text),
                };
                self.reply(reply)
            }
            Event::Read(Ok(())) => vec![],
            Event::Read(Err(sentence)) => {
                self.say(Tone::Wrong, &sentence);
                vec![]
            }
        }
    }

    /// All screens, so that each is as it has to be when it is shown.
    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        let all = ScreenName::ALL.iter().chain(&[ScreenName::Report, ScreenName::Spam]);
        all.flat_map(|name| self.screen(*name).resize(size)).collect()
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        self.message = None;
        // Before what the key means elsewhere: the letter that stands before a line of the menu.
        if let (Some(Layer::Menu(menu)), Some(typed)) = (self.layers.last(), key.typed())
            && self.pending.is_empty()
            && menu.has_letter(typed)
        {
            return self.typed(&typed.to_string());
        }
        let mode = self.mode();
        self.pending.push(key);
        match self.keymap.resolve(mode, &self.pending) {
            Resolved::Pending => vec![],
            Resolved::Action(action) => {
                self.pending.clear();
                self.act(action)
            }
            Resolved::Nothing => {
                let alone = self.pending.len() == 1;
                self.pending.clear();
                match key.typed() {
                    Some(typed) if alone => self.typed(&typed.to_string()),
                    // What follows a key that began something may stand for itself.
                    _ if !alone => self.key(key),
                    _ => vec![],
                }
            }
        }
    }

    /// Into a line that is written. Elsewhere text is not meant as keys: it would choose from a menu what nobody read.
    fn paste(&mut self, text: &str) -> Vec<Effect> {
        if self.mode() == Mode::Spam || self.mode() == Mode::Tools && spam::is_mail(text) {
            let mut effects = self.show(ScreenName::Spam);
            let reply = self.spam.pasted(text);
            effects.extend(self.reply(reply));
            return effects;
        }
        if self.mode() == Mode::Tools {
            // There it can only be what is to be looked up.
            self.tools.rewrite();
        }
        if self.mode() != Mode::Line {
            return vec![];
        }
        /// A query of more characters is a mistake: somebody pasted a mail.
        const LONGEST: usize = 4_096;
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        if text.chars().nth(LONGEST).is_some() {
            self.say(Tone::Wrong, "The pasted text was cut after 4,096 characters.");
        }
        self.typed(&line)
    }

    pub(super) fn typed(&mut self, text: &str) -> Vec<Effect> {
        match self.layers.last_mut() {
            Some(layer) => {
                let reply = layer.typed(text);
                self.tell_what_is_written();
                self.reply(reply)
            }
            None => self.screen(self.shown).typed(text),
        }
    }

    /// The screen may follow a line while it is written.
    fn tell_what_is_written(&mut self) {
        if let Some(Layer::Line(line)) = self.layers.last() {
            let (asked, text) = (line.asked.clone(), line.editor.text().to_owned());
            self.screen(self.shown).being_written(&asked, &text);
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Vec<Effect> {
        if self.layers.is_empty() {
            let reply = self.screen(self.shown).mouse(mouse, column, line);
            return self.reply(reply);
        }
        match mouse {
            Mouse::ScrollDown => self.act(Action::Down),
            Mouse::ScrollUp => self.act(Action::Up),
            Mouse::Click => vec![],
        }
    }

    /// Does what a key stands for. Tests call it as well.
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Redraw => return vec![Effect::Redraw],
            Action::Suspend => return vec![Effect::Suspend],
            _ => {}
        }
        if let Some(layer) = self.layers.last_mut() {
            let reply = layer.act(action, self.size);
            self.tell_what_is_written();
            return self.reply(reply);
        }
        if let Some(name) = ScreenName::of(action) {
            self.led_here = None;
            // A plan that is open is a part of Reports; from there the same key leads to the list.
            let leads_to_plan = name == ScreenName::Reports && self.report.is_open();
            let leads_to_plan = leads_to_plan && self.shown != ScreenName::Report;
            return self.show(if leads_to_plan { ScreenName::Report } else { name });
        }
        match action {
            Action::Leave | Action::Back if self.leads_back(action).is_some() => {
                let name = self.led_here.take();
                name.map_or_else(Vec::new, |name| self.return_to(name))
            }
            Action::Quit => vec![Effect::Quit],
            Action::Help => {
                self.layers.push(Layer::help(&self.keymap, self.screen_mode(), &self.theme, self.size.0));
                vec![]
            }
            Action::Command => {
                self.open_command_line("");
                vec![Effect::Desk(Request::ViewNames)]
            }
            Action::Undo if self.shown == ScreenName::Urls && self.urls.can_restore_marks() => {
                let reply = self.urls.restore_marks();
                self.reply(reply)
            }
            Action::Undo if self.shown != ScreenName::Report => vec![Effect::Desk(Request::Undo)],
            Action::Redo if self.shown != ScreenName::Report => vec![Effect::Desk(Request::Redo)],
            Action::Spam => self.show(ScreenName::Spam),
            Action::Sync if matches!(self.sync, SyncState::Starting | SyncState::Running(..)) => {
                self.say(Tone::Done, "The read of the mailboxes ends.");
                vec![Effect::Desk(Request::StopSync)]
            }
            Action::Sync => {
                self.sync = SyncState::Starting;
                vec![Effect::Desk(Request::Sync)]
            }
            _ => {
                let reply = self.screen(self.shown).act(action);
                self.reply(reply)
            }
        }
    }

    pub(super) fn reply(&mut self, reply: Reply) -> Vec<Effect> {
        match reply {
            Reply::Nothing => vec![],
            Reply::Close => {
                self.layers.pop();
                vec![]
            }
            Reply::Open(mut layer) => {
                if let Layer::Line(line) = &mut *layer {
                    line.recall(self.past.of(&line.asked));
                }
                self.layers.push(*layer);
                vec![]
            }
            Reply::Say(tone, text) => {
                self.say(tone, &text);
                vec![]
            }
            Reply::Hint(sentence) => {
                let sentence = self.keymap.spelled(self.mode(), sentence);
                self.say(Tone::Done, &sentence);
                vec![]
            }
            Reply::Do(effects) => effects,
            Reply::Chosen(answer) => {
                self.layers.pop();
                if let Answer::Written(asked, text) = &*answer {
                    self.past.remember(asked, text);
                }
                let reply = match *answer {
                    Answer::Plan(of) => return self.plan(of),
                    answer => self.screen(self.shown).answered(answer),
                };
                self.reply(reply)
            }
            Reply::Visit(name, with) => {
                if name == ScreenName::Reports && self.shown != name {
                    self.led_here = Some(self.shown);
                }
                let mut effects = self.show(name);
                let reply = self.screen(name).visit(&with);
                effects.extend(self.reply(reply));
                effects
            }
            Reply::Trace(url) => {
                let mut effects = self.show(ScreenName::Tools);
                let reply = self.tools.ask_to_trace(&url);
                effects.extend(self.reply(reply));
                effects
            }
            Reply::Command(line) => {
                self.layers.pop();
                self.run_command(&line)
            }
            Reply::Report(of) => match self.report.objection(&of) {
                Some(reply) => self.reply(reply),
                None => self.plan(of),
            },
            Reply::Reports { settled, tone, sentence } => {
                let mut effects = self.report.close();
                // What a person looks at elsewhere meanwhile stays.
                if self.shown == ScreenName::Report {
                    effects.extend(self.return_to(self.planned_from));
                }
                self.before.retain(|before| *before != ScreenName::Report);
                effects.extend(self.reports.go_on_from(&settled));
                if !sentence.is_empty() {
                    self.say(tone, &sentence);
                }
                effects
            }
            Reply::Leave => self.return_to(self.before.last().copied().unwrap_or_default()),
            Reply::To(name) => self.return_to(name),
        }
    }

    /// Plans reports in the place of whatever was planned.
    fn plan(&mut self, of: PlanOf) -> Vec<Effect> {
        let mut effects = self.report.begin(of);
        self.planned_from = self.shown;
        effects.extend(self.show(ScreenName::Report));
        effects
    }

    /// Shows a sentence in the last line.
    pub fn say(&mut self, tone: Tone, text: &str) {
        self.message = Some(Message { text: showable(text), tone });
    }

    /// A layer is open, or a line is written, or another screen is shown than this one.
    fn is_occupied_beside(&self, name: ScreenName) -> bool {
        self.shown != name || !self.layers.is_empty() || self.mode() == Mode::Line
    }

    fn desk(&mut self, event: desk::Event) -> Vec<Effect> {
        match event {
            desk::Event::Failed(sentence) => self.reply(Reply::Say(Tone::Wrong, sentence)),
            desk::Event::Done { sentence, .. } => self.reply(Reply::Say(Tone::Done, sentence)),
            desk::Event::Sync(SyncNews::Running { feed, done, total }) => {
                self.sync = SyncState::Running(showable(&feed), done, total);
                vec![]
            }
            desk::Event::Sync(SyncNews::Ended { at, sentence, is_stopped, errors }) => {
                let end = SyncEnd::of(is_stopped, &errors);
                self.sync = SyncState::Ended(at, end);
                let tone = if end == SyncEnd::Failed { Tone::Wrong } else { Tone::Done };
                self.say(tone, &with_errors(sentence, &errors));
                vec![]
            }
            desk::Event::Completions { facet: Facet::Tag, prefix, values }
                if matches!(self.layers.last(), Some(Layer::Line(_))) =>
            {
                if let Some(Layer::Line(line)) = self.layers.last_mut() {
                    line.completed(&prefix, &values);
                }
                vec![]
            }
            // What somebody writes or chooses at the moment is not to be taken away under the fingers.
            desk::Event::Output(output) if self.is_occupied_beside(ScreenName::Reports) => {
                let sentence = format!("`{}` ended with {}; Reports shows it.", output.command, output.ended);
                self.say(Tone::Done, &sentence);
                self.output = Some(Box::new(output));
                vec![]
            }
            desk::Event::CommandEnded => {
                self.message.take_if(|message| message.text.as_str().starts_with(RUNNING));
                self.reports.command_ended();
                vec![]
            }
            desk::Event::Loaded { stored } => {
                self.stored = stored;
                vec![]
            }
            // The screens that are not shown ask when they are.
            desk::Event::Changed => {
                let (name, now) = (self.shown, self.now);
                let reply = self.screen(name).desk(event, now);
                self.reply(reply)
            }
            event => {
                match &event {
                    desk::Event::Answer(answer) => self.stored = answer.stored,
                    desk::Event::ViewNames(names) => self.know_views(names),
                    _ => {}
                }
                let (name, now) = (ScreenName::concerned(&event, self.shown), self.now);
                let is_answer = matches!(event, desk::Event::Answer(_));
                let instead = self.is_occupied_beside(name).then(|| name.instead_of_menu(&event));
                let mut effects = match (self.screen(name).desk(event, now), instead) {
                    // A menu would choose from itself what somebody meanwhile writes or chooses elsewhere.
                    (Reply::Open(_), Some((tone, sentence))) => self.reply(Reply::Say(tone, sentence)),
                    (reply, _) => self.reply(reply),
                };
                if is_answer && self.shown == ScreenName::Urls {
                    effects.extend(self.enter());
                }
                effects
            }
        }
    }
}
