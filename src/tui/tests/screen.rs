//! A screen without a terminal and a desk without threads: keys go in as a person types them, the picture comes out.

use super::{fixture, outgoing, spam};
use crate::config::ThemeName;
use crate::jobs::desk::{
    self, Act, Answer, Line, LookUp, LookUpNews, OutboxNews, PlanNews, Question, Request, Row, Rows, Settled,
    Towards, Window,
};
use crate::keymap::{Key, Keymap, Named, Press};
use crate::model::Span;
use crate::query;
use crate::text::showable;
use crate::tui::app::App;
use crate::tui::event::{Effect, Event};
use crate::tui::remembered::Remembered;
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crate::tui::{Column, OPEN};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::time::Duration;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Colour,
    Mono,
    Ascii,
}

/// Keys as a script has them: characters stand for themselves, `<enter>` and `<ctrl-d>` for what cannot be written.
pub fn script(keys: &str) -> Vec<Key> {
    let mut out = vec![];
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let named = named.and_then(|(name, after)| Some((name.parse::<Key>().ok()?, after)));
        let (key, after) = named.unwrap_or_else(|| {
            let press = if first == ' ' { Press::Named(Named::Space) } else { Press::Char(first) };
            (Key::plain(press), &rest[first.len_utf8()..])
        });
        out.push(key);
        rest = after;
    }
    out
}

/// The screen, and the reports that its desk has.
pub struct Screen {
    pub app: App,
    pub rows: Vec<Row>,
    /// What went out and was not for the desk.
    pub outside: Vec<Effect>,
    /// What people did.
    pub acts: Vec<Request>,
    /// The newest question.
    pub question: Option<Question>,
    /// What patterns were asked for.
    pub bursting: Vec<String>,
    /// What charts were asked for.
    pub charts: Vec<Request>,
    /// What was looked up and traced, and what of that was stopped.
    pub looked_up: Vec<Request>,
    /// The newest question about URLs.
    pub url_question: Option<desk::UrlQuestion>,
    /// Lists that were to be written.
    pub exported: Vec<desk::UrlExport>,
    /// What was asked of plans and of the ledger.
    pub ledger: Vec<Request>,
}

impl Screen {
    /// Before the desk has said anything.
    pub fn silent((width, height): (u16, u16), look: Look) -> Screen {
        let settings = Settings {
            keymap: Keymap::default(),
            theme: Theme::new(ThemeName::Dark, look == Look::Colour, look == Look::Ascii),
            mouse: true,
            columns: Column::DEFAULT.to_vec(),
            configured_columns: vec![],
            remembered_in: None,
            query: OPEN.to_owned(),
            database: showable("/home/anna/reports.db"),
            message_bytes: 1 << 20,
            proxy: None,
        };
        let (app, effects) = App::new(&settings, &Remembered::default(), (width, height), fixture::NOW);
        let mut screen = Screen {
            app,
            rows: fixture::rows(40),
            outside: vec![],
            acts: vec![],
            question: None,
            bursting: vec![],
            charts: vec![],
            looked_up: vec![],
            url_question: None,
            exported: vec![],
            ledger: vec![],
        };
        for effect in effects {
            screen.remember(&effect);
        }
        screen
    }

    /// With these reports, and everything answered.
    pub fn with_rows(size: (u16, u16), look: Look, rows: Vec<Row>) -> Screen {
        let mut screen = Screen::silent(size, look);
        screen.rows = rows;
        if let Some(question) = screen.question.clone() {
            screen.perform(vec![Effect::Desk(Request::Ask(question))]);
        }
        screen
    }

    /// With reports of all states.
    pub fn new(size: (u16, u16), look: Look) -> Screen {
        Screen::with_rows(size, look, fixture::rows(40))
    }

    /// A plan is on its way again.
    pub fn unplanned(mut self) -> Screen {
        self.app.report = crate::tui::report::Report::default();
        let target = desk::PlanOf::Stored(desk::Target::Marked);
        // What it asks for is not answered.
        drop(self.app.report.begin(target.clone()));
        drop(self.app.report.begin(target));
        let size = self.app.size;
        self.happens(Event::Resize(size.0, size.1));
        self
    }

    /// After these keys, everything answered.
    pub fn keys(mut self, keys: &str) -> Screen {
        self.press(keys);
        self
    }

    pub fn press(&mut self, keys: &str) {
        for key in script(keys) {
            self.happens(Event::Key(key));
        }
    }

    /// After these keys, nothing answered.
    pub fn pressed_unanswered(mut self, keys: &str) -> Screen {
        for key in script(keys) {
            self.app.update(Event::Key(key));
        }
        self
    }

    /// After this news of the desk.
    pub fn told(mut self, event: desk::Event) -> Screen {
        self.happens(Event::Desk(event));
        self
    }

    /// Takes an event, and all that follows from it.
    pub fn happens(&mut self, event: Event) {
        let effects = self.app.update(event);
        self.perform(effects);
    }

    fn remember(&mut self, effect: &Effect) {
        match effect {
            Effect::Desk(Request::Ask(question)) => self.question = Some(question.clone()),
            Effect::Desk(request @ (Request::Act(_) | Request::Undo | Request::Redo)) => {
                self.acts.push(request.clone());
            }
            Effect::Desk(
                request @ (Request::LookUp(_)
                | Request::SayContact { .. }
                | Request::Trace { .. }
                | Request::StopLookUp),
            ) => self.looked_up.push(request.clone()),
            Effect::Desk(Request::Patterns(question)) => self.bursting.push(question.query.clone()),
            Effect::Desk(request @ (Request::Volume(_) | Request::Origins(_))) => {
                self.charts.push(request.clone());
            }
            Effect::Desk(
                request @ (Request::Plan(_)
                | Request::StopPlan
                | Request::Settle { .. }
                | Request::Ledger(_)
                | Request::Flush
                | Request::StopSending),
            ) => self.ledger.push(request.clone()),
            Effect::Desk(_) => {}
            effect => self.outside.push(effect.clone()),
        }
    }

    pub fn perform(&mut self, mut effects: Vec<Effect>) {
        // A screen that asks again for what it was just told would never come to rest.
        for _ in 0..20 {
            let mut events = vec![];
            for effect in effects.drain(..) {
                self.remember(&effect);
                if let Effect::Desk(request) = effect {
                    events.extend(self.answer(request));
                }
            }
            if events.is_empty() {
                return;
            }
            effects = events.into_iter().flat_map(|event| self.app.update(Event::Desk(event))).collect();
        }
        panic!("the screen does not come to rest: {effects:?}");
    }

    fn lines(&self) -> Vec<Line> {
        match self.question.as_ref().and_then(|question| question.groups) {
            Some(likeness) => fixture::groups(&self.rows, likeness),
            None => self.rows.iter().map(|row| Line::Report(Box::new(row.clone()))).collect(),
        }
    }

    fn window(&self, question: u64, window: Window) -> Rows {
        let lines = self.lines();
        let (first, count) = match window {
            Window::At { first, count } => (first, count),
            Window::Around { id, offset, count, first } => {
                let place = lines.iter().position(|line| line.row().id == id);
                (place.map_or(first, |place| place.saturating_sub(offset)), count)
            }
        };
        let first = first.min(lines.len().saturating_sub(count));
        Rows { question, first, lines: lines.into_iter().skip(first).take(count).collect() }
    }

    /// What the desk says to a request.
    fn answer(&mut self, request: Request) -> Vec<desk::Event> {
        match request {
            Request::Ask(Question { number, window, .. }) => {
                let marked = self.rows.iter().filter(|row| row.marked).count() as u64;
                let answer = Answer {
                    question: number,
                    lines: self.rows.len(),
                    reports: self.rows.len() as u64,
                    marked,
                    marked_in_all: marked,
                    stored: 128_304,
                    took: Duration::from_micros(2_100),
                    rows: self.window(number, window),
                };
                vec![desk::Event::Answer(answer), desk::Event::Panes(fixture::panes(number))]
            }
            Request::Rows { question, window } => vec![desk::Event::Rows(self.window(question, window))],
            Request::NextOpen { question, line, towards, settled } => {
                let is_meant = |row: &Row| !row.reported && !row.dismissed && !settled.contains(&row.id);
                let further = self.rows.iter().skip(line + 1).position(is_meant).map(|at| line + 1 + at);
                let back = self.rows.iter().take(line).rposition(is_meant);
                let found = match towards {
                    Towards::End => further,
                    Towards::Start => back,
                    Towards::EndThenStart => further.or(back),
                };
                vec![desk::Event::NextOpen(question, found)]
            }
            Request::Detail(id) => {
                let row = self.rows.iter().find(|row| row.id == id);
                vec![desk::Event::Detail(id, row.map(|row| Box::new(fixture::detail(row))))]
            }
            Request::Similar { id } => vec![desk::Event::Similar(fixture::similar(id))],
            Request::Patterns(question) => vec![found(question)],
            Request::Volume(question) => {
                let names = desk::Event::Bursts(question.number, fixture::burst_names(&question));
                vec![desk::Event::Volume(Box::new(fixture::volume(&question))), names]
            }
            Request::Origins(question) => {
                vec![desk::Event::Origins(Box::new(fixture::origins(&question)))]
            }
            Request::Views => vec![desk::Event::Views(fixture::views())],
            Request::Plan(question) => {
                let planned = Box::new(outgoing::planned(&question.wishes));
                vec![desk::Event::Plan(question.number, PlanNews::Ready(planned))]
            }
            Request::Spam(number, from) => spam::news(number, from),
            Request::SpamSource(number, ip) => {
                vec![desk::Event::Spam(number, spam::sources(&ip.to_string()))]
            }
            Request::Settle { number, letters, how } => {
                let mails = letters.iter().flat_map(|letter| &letter.mails);
                let reports = mails.filter_map(|mail| mail.report).collect();
                let sentence =
                    format!("{} approved; they leave in 10 minutes (undo takes them back)", letters.len());
                vec![desk::Event::Plan(number, PlanNews::Settled(Settled { how, reports, sentence }))]
            }
            Request::Outbox(question) => {
                vec![desk::Event::Outbox(OutboxNews::Rows(outgoing::answer(&question)))]
            }
            Request::Outgoing(id) => {
                vec![desk::Event::Outbox(OutboxNews::Row(id, outgoing::detail(id).map(Box::new)))]
            }
            Request::Ledger(_) => {
                vec![desk::Event::Done { sentence: "done in the ledger".to_owned(), undoable: true }]
            }
            Request::LookUp(LookUp { number, text, .. }) => {
                let news = match text.as_str() {
                    "wrong" => {
                        vec![LookUpNews::Ended(Some("'wrong' is nothing that can be looked up.".to_owned()))]
                    }
                    _ => vec![LookUpNews::Known(Box::new(fixture::known(&text))), LookUpNews::Ended(None)],
                };
                news.into_iter().map(|news| desk::Event::LookUp(number, news)).collect()
            }
            Request::Urls(question) => {
                let news = self.urls(&question);
                self.url_question = Some(question);
                vec![desk::Event::Urls(news)]
            }
            Request::UrlRows { question, window } => {
                let asked = self.url_question.clone().unwrap();
                let desk::UrlNews::Answer(answer) = self.urls(&desk::UrlQuestion { window, ..asked }) else {
                    return vec![];
                };
                let rows = desk::UrlRows { question, ..answer.rows };
                vec![desk::Event::Urls(desk::UrlNews::Rows(rows))]
            }
            Request::UrlMembers { question, group } => {
                let urls: Vec<(u32, String)> = match group {
                    Some(name) => vec![(7, format!("http://{name}/")), (9, "http://a.example/".to_owned())],
                    None => (1..=5).map(|entry| (entry, format!("http://{entry}.example/"))).collect(),
                };
                let (count, most) = (urls.len(), None);
                let members = desk::UrlMembers { question, urls, count, most };
                vec![desk::Event::Urls(desk::UrlNews::Members(members))]
            }
            Request::ExportUrls(export) => {
                self.exported.push(export.clone());
                match export.replace {
                    true => {
                        vec![desk::Event::Done { sentence: "2 URLs written".to_owned(), undoable: false }]
                    }
                    false => vec![desk::Event::Urls(desk::UrlNews::FileExists(export))],
                }
            }
            Request::PlanSubmission(question) => {
                let plan = super::submitting::submission(&question);
                self.ledger.push(Request::PlanSubmission(question));
                vec![desk::Event::Urls(desk::UrlNews::Planned(plan))]
            }
            Request::HoldSubmission { number, parcels } => {
                let held = desk::SubmissionHeld {
                    number,
                    rows: super::submitting::rows(&parcels),
                    sentence: "held in the outbox, not approved".to_owned(),
                    stuck: None,
                };
                self.ledger.push(Request::HoldSubmission { number, parcels });
                vec![desk::Event::Urls(desk::UrlNews::Held(held))]
            }
            Request::Trace { number, url } => {
                let news = [LookUpNews::Traced(fixture::traced(&url)), LookUpNews::Ended(None)];
                news.map(|news| desk::Event::LookUp(number, news)).to_vec()
            }
            Request::Act(Act::Mark { target: desk::Target::Ids(ids), on }) => {
                self.rows.iter_mut().filter(|row| ids.contains(&row.id)).for_each(|row| row.marked = on);
                let sentence = if on { "1 marked" } else { "1 mark taken off" };
                vec![desk::Event::Done { sentence: sentence.to_owned(), undoable: true }]
            }
            Request::Act(_) | Request::Undo | Request::Redo => {
                vec![desk::Event::Done { sentence: "Done.".to_owned(), undoable: true }]
            }
            _ => vec![],
        }
    }

    /// What a desk with the URLs of the fixture says.
    fn urls(&self, question: &desk::UrlQuestion) -> desk::UrlNews {
        if let Err(error) = crate::query::parse(&format!("url:{}x", question.pattern), fixture::NOW) {
            let (query, column) = (question.pattern.clone(), error.column.saturating_sub("url:".len()));
            return desk::UrlNews::Wrong(question.number, query::QueryError { query, column, ..error });
        }
        let found: Vec<desk::UrlLine> = fixture::urls(question.grouping)
            .into_iter()
            .filter(|line| match line {
                desk::UrlLine::Url { row, .. } => row.url.contains(&question.pattern),
                desk::UrlLine::Group { .. } => true,
            })
            .collect();
        let count = question.window.count;
        let first = question.window.first.min(found.len().saturating_sub(count));
        desk::UrlNews::Answer(desk::UrlAnswer {
            question: question.number,
            lines: found.len(),
            urls: found.len() as u64,
            has_feeds: true,
            took: Duration::from_micros(1_300),
            rows: desk::UrlRows {
                question: question.number,
                first,
                lines: found.into_iter().skip(first).take(count).collect(),
            },
        })
    }

    /// What is drawn on a terminal of the size that the screen knows.
    pub fn picture(&self) -> Buffer {
        self.picture_at(self.app.size)
    }

    /// What is drawn on a terminal of another size, as between a resize and its news.
    pub fn picture_at(&self, (width, height): (u16, u16)) -> Buffer {
        let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
        let Ok(_) = terminal.draw(|frame| self.app.draw(frame));
        terminal.backend().buffer().clone()
    }

    /// The text of the picture.
    pub fn text(&self) -> String {
        lines(&self.picture(), |cell| cell.symbol().to_owned())
    }

    /// The text and, under it, what each cell looks like.
    pub fn text_and_styles(&self) -> String {
        let picture = self.picture();
        format!(
            "{}\n{}\n{}",
            lines(&picture, |cell| cell.symbol().to_owned()),
            "-".repeat(picture.area.width.into()),
            lines(&picture, |cell| style_letter(cell).to_string())
                .replace('.', " ")
                .lines()
                .map(str::trim_end)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }

    /// The styles of the cells that spell `text` where it first stands in the line that holds `line`.
    pub fn style_of(&self, line: &str, text: &str) -> String {
        let picture = self.picture();
        let width = usize::from(picture.area.width);
        for cells in picture.content.chunks(width) {
            let symbols: Vec<&str> = cells.iter().map(Cell::symbol).collect();
            let whole = symbols.concat();
            if !whole.contains(line) {
                continue;
            }
            for start in 0..width {
                if symbols[start..].concat().starts_with(text) {
                    return cells[start..start + text.chars().count()].iter().map(style_letter).collect();
                }
            }
        }
        panic!("'{text}' is not in a line with '{line}':\n{}", self.text())
    }
}

/// A picture as lines of whatever sign stands for a cell.
pub fn lines(picture: &Buffer, sign: impl Fn(&Cell) -> String) -> String {
    let mut out: Vec<String> = vec![];
    for cells in picture.content.chunks(picture.area.width.into()) {
        let mut line = String::new();
        let mut covered = 0;
        for cell in cells {
            // A wide sign covers the cell behind it.
            if covered > 0 {
                covered -= 1;
                continue;
            }
            line.push_str(&sign(cell));
            covered = crate::text::width(cell.symbol()).saturating_sub(1);
        }
        out.push(line.trim_end().to_owned());
    }
    out.join("\n")
}

/// `#` reversed, `_` underlined, `~` struck out; else the colour's letter (f grey, g green, r red, y yellow, c cyan),
/// a capital where it is bold, `b` bold alone, `d` dim, `.` plain.
fn style_letter(cell: &Cell) -> char {
    let has = |modifier| cell.modifier.contains(modifier);
    let letter = match cell.fg {
        Color::Reset => '.',
        Color::DarkGray => 'f',
        Color::Green => 'g',
        Color::Red => 'r',
        Color::Yellow => 'y',
        Color::Cyan => 'c',
        _ => '?',
    };
    match letter {
        _ if has(Modifier::REVERSED) => '#',
        _ if has(Modifier::UNDERLINED) => '_',
        _ if has(Modifier::CROSSED_OUT) => '~',
        '.' if has(Modifier::BOLD) => 'b',
        '.' if has(Modifier::DIM) => 'd',
        letter if has(Modifier::BOLD) => letter.to_ascii_uppercase(),
        letter => letter,
    }
}

/// A screen of which nothing is known, at a size that has room for everything.
pub fn blank() -> App {
    Screen::silent((160, 50), Look::Colour).app
}

/// What the desk finds to burst.
fn found(question: desk::PatternsQuestion) -> desk::Event {
    let patterns = match query::parse(&question.query, fixture::NOW) {
        Ok(_) if question.query.contains("zqxj") => Ok(vec![]),
        Ok(_) => Ok(fixture::patterns()),
        Err(error) => Err(error),
    };
    desk::Event::Patterns(Box::new(desk::PatternsFound {
        question: question.number,
        patterns,
        span: Span::new(fixture::NOW - 86_400, fixture::NOW),
        left_out_text: question.query.contains("view:"),
        newest: Some(fixture::NOW - 102 * 86_400),
        took: Duration::from_millis(31),
    }))
}
