//! A screen without a terminal before a real desk: keys go in one by one, and each is followed until nothing is owed any
//! more. No sleeps: the desk says when it is done.

use super::screen::{lines, script};
use crate::config::ThemeName;
use crate::jobs::desk::{self, Desk, Facet, Options, OutboxNews, PlanNews, Request};
use crate::jobs::report::Letter;
use crate::keymap::Keymap;
use crate::model::ReportId;
use crate::model::clock;
use crate::text::showable;
use crate::tui::app::App;
use crate::tui::event::{Effect, Event};
use crate::tui::remembered::Remembered;
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crate::tui::{Column, OPEN};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing that a desk does here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);
/// What nobody completes: asked for to hear that everything before it is done.
const BARRIER: &str = "\u{1}barrier";

/// What the desk has not yet answered.
#[derive(Debug, Default)]
struct Owed {
    answer: Option<u64>,
    panes: Option<u64>,
    rows: Option<u64>,
    detail: Option<ReportId>,
    similar: bool,
    views: bool,
    completions: bool,
    acts: usize,
    plan: Option<u64>,
    outbox: Option<u64>,
    outgoing: bool,
}

impl Owed {
    fn nothing(&self) -> bool {
        let Owed { answer, panes, rows, detail, similar, views, completions, acts, plan, outbox, outgoing } =
            self;
        answer.is_none()
            && panes.is_none()
            && rows.is_none()
            && detail.is_none()
            && !similar
            && !views
            && !completions
            && *acts == 0
            && plan.is_none()
            && outbox.is_none()
            && !outgoing
    }

    fn asked(&mut self, request: &Request) {
        match request {
            Request::Ask(question) => {
                (self.answer, self.panes, self.rows) = (Some(question.number), Some(question.number), None);
            }
            Request::Rows { question, .. } => self.rows = Some(*question),
            Request::Detail(id) => self.detail = Some(*id),
            Request::Similar { .. } => self.similar = true,
            Request::Views => self.views = true,
            Request::ViewNames | Request::Complete { .. } => self.completions = true,
            Request::Act(_) | Request::Undo | Request::Redo | Request::Ledger(_) => self.acts += 1,
            Request::Plan(question) => self.plan = Some(question.number),
            Request::Settle { number, .. } => self.plan = Some(*number),
            Request::Outbox(question) => self.outbox = Some(question.number),
            Request::Outgoing(_) => self.outgoing = true,
            _ => {}
        }
    }

    fn told(&mut self, event: &desk::Event) {
        match event {
            desk::Event::Answer(answer) => {
                self.answer = self.answer.filter(|number| *number != answer.question);
                // Also an answer that comes by itself, because something changed, is followed by its panes.
                self.panes = Some(answer.question);
            }
            desk::Event::Wrong { question, .. } => {
                self.answer = self.answer.filter(|number| number != question);
                self.panes = self.panes.filter(|number| number != question);
            }
            desk::Event::Panes(panes) => self.panes = self.panes.filter(|number| *number != panes.question),
            desk::Event::Rows(rows) => self.rows = self.rows.filter(|number| *number != rows.question),
            desk::Event::Detail(id, _) => self.detail = self.detail.filter(|wanted| wanted != id),
            desk::Event::Similar(_) => self.similar = false,
            desk::Event::Views(_) => self.views = false,
            desk::Event::ViewNames(_) | desk::Event::Completions { .. } => self.completions = false,
            desk::Event::Done { .. } => self.acts = self.acts.saturating_sub(1),
            desk::Event::Plan(number, news) if !matches!(news, PlanNews::Running { .. }) => {
                self.plan = self.plan.filter(|wanted| wanted != number);
            }
            desk::Event::Outbox(OutboxNews::Rows(rows)) => {
                self.outbox = self.outbox.filter(|wanted| *wanted != rows.question);
            }
            desk::Event::Outbox(OutboxNews::Row(..)) => self.outgoing = false,
            desk::Event::Failed(sentence) => panic!("{sentence}"),
            _ => {}
        }
    }
}

/// The screen and its desk.
pub struct Live {
    app: App,
    desk: Desk,
    events: Receiver<desk::Event>,
    owed: Owed,
    barriers: usize,
    /// What went out of the program.
    pub outside: HashSet<String>,
}

impl Live {
    /// Opens it and waits for the first answer.
    pub fn open(options: Options, (width, height): (u16, u16)) -> Live {
        let (sender, events) = channel();
        let desk = Desk::open(options, move |event| {
            // Nobody listens any more when the test is over.
            let _ = sender.send(event);
        });
        let settings = Settings {
            configured_columns: vec![],
            remembered_in: None,
            keymap: Keymap::default(),
            theme: Theme::new(ThemeName::Dark, true, false),
            mouse: true,
            columns: Column::DEFAULT.to_vec(),
            query: OPEN.to_owned(),
            database: showable("/home/anna/reports.db"),
            message_bytes: 1 << 20,
            proxy: None,
        };
        let (app, effects) = App::new(&settings, &Remembered::default(), (width, height), clock::now());
        let mut live =
            Live { app, desk, events, owed: Owed::default(), barriers: 0, outside: HashSet::default() };
        live.perform(effects);
        live.settle();
        live
    }

    /// Presses these keys, each after everything that the one before led to.
    pub fn keys(&mut self, keys: &str) -> &mut Live {
        for key in script(keys) {
            let effects = self.app.update(Event::Key(key));
            self.perform(effects);
            self.settle();
        }
        self
    }

    /// Pastes as terminals do, and waits until everybody has answered.
    pub fn paste(&mut self, text: &str) -> &mut Live {
        let effects = self.app.update(Event::Paste(text.to_owned()));
        self.perform(effects);
        self
    }

    /// Presses these keys as fast as nobody types.
    pub fn at_once(&mut self, keys: &str) -> &mut Live {
        for key in script(keys) {
            let effects = self.app.update(Event::Key(key));
            self.perform(effects);
        }
        self.settle();
        self
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Desk(request) => {
                    self.owed.asked(&request);
                    self.desk.send(request);
                }
                Effect::Copy(text) => drop(self.outside.insert(text)),
                _ => {}
            }
        }
    }

    /// Takes in what comes until the picture holds this.
    pub fn until(&mut self, text: &str) -> &mut Live {
        while !self.text().contains(text) {
            self.next();
        }
        self
    }

    /// Until nothing is owed, and nothing came of the last thing that was told.
    fn settle(&mut self) {
        loop {
            while !self.owed.nothing() {
                self.next();
            }
            self.barriers += 1;
            let prefix = format!("{BARRIER}{}", self.barriers);
            self.desk.send(Request::Complete { facet: Facet::Kind, prefix: prefix.clone() });
            while self.next() != Some(prefix.clone()) {}
            if self.owed.nothing() {
                return;
            }
        }
    }

    /// Takes the next event in; the prefix, when it is what ends a barrier.
    fn next(&mut self) -> Option<String> {
        let end = Instant::now() + PATIENCE;
        let event = self.events.recv_timeout(end.saturating_duration_since(Instant::now()));
        let event = event.unwrap_or_else(|_| panic!("the desk owes {:?}\n{}", self.owed, self.text()));
        if let desk::Event::Completions { prefix, .. } = &event
            && prefix.starts_with(BARRIER)
        {
            return Some(prefix.clone());
        }
        self.owed.told(&event);
        let effects = self.app.update(Event::Desk(event));
        self.perform(effects);
        None
    }

    /// The picture.
    pub fn text(&self) -> String {
        let Ok(mut terminal) = Terminal::new(TestBackend::new(self.app.size.0, self.app.size.1));
        let Ok(_) = terminal.draw(|frame| self.app.draw(frame));
        lines(terminal.backend().buffer(), |cell| cell.symbol().to_owned())
    }

    /// The last sentence.
    pub fn said(&self) -> String {
        self.app.message.as_ref().map(|message| message.text.to_string()).unwrap_or_default()
    }

    /// The plan that is shown.
    pub fn planned(&self) -> &desk::Planned {
        self.app.report.planned.as_ref().unwrap_or_else(|| panic!("there is no plan:\n{}", self.text()))
    }

    /// The letters of it that are ticked.
    pub fn ticked(&self) -> Vec<Arc<Letter>> {
        self.app.report.ticked()
    }

    /// The query.
    pub fn query(&self) -> &str {
        &self.app.reports.bar.query
    }

    /// How many reports match, and how many are marked at all.
    pub fn counts(&self) -> (u64, u64) {
        self.app.reports.answer.as_ref().map_or((0, 0), |answer| (answer.reports, answer.marked_in_all))
    }

    /// The counts beside the list.
    pub fn panes(&self) -> &desk::Panes {
        self.app.reports.panes.as_ref().unwrap_or_else(|| panic!("there are no panes:\n{}", self.text()))
    }

    /// The reports at hand, in their order.
    pub fn rows(&self) -> Vec<desk::Row> {
        self.app.reports.list.rows.lines.iter().map(|line| line.row().clone()).collect()
    }

    /// The line of the cursor.
    pub fn current(&self) -> desk::Line {
        self.app
            .reports
            .list
            .current()
            .cloned()
            .unwrap_or_else(|| panic!("there is no line:\n{}", self.text()))
    }
}
