//! What a person at the screen waits for: from the request to the event, through the threads, over a real database.
//!
//! `cargo bench --bench desk [-- DATABASE]`: a database to ask instead of a made one of 20,000 reports. It is opened
//! for reading only. Milliseconds; goals are those for a million reports.

use lafayette::cli::demo::{self, Generator};
use lafayette::config::{Arguments, Config, Environment};
use lafayette::intake::{Item, RawMessage};
use lafayette::jobs::desk::{
    Desk, Direction, Event, Facet, Likeness, Options, Question, Request, Sort, Window,
};
use lafayette::jobs::{Cancel, Import, Summary};
use lafayette::model::{FeedKind, clock};
use lafayette::store::{Access, Durability, Store};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const MESSAGES: u64 = 20_000;
const RUNS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// Each with the most milliseconds to the answer, and the sort and grouping it is asked in.
const QUESTIONS: &[(&str, &str)] = &[
    ("", "16"),
    ("is:open kind:normal", "16"),
    ("since:2d \"wire transfer\"", "16"),
    ("\"wire transfer\"", "16"),
    ("your", "16"),
    ("e", "16"),
    ("since:2d url:*mail.htm", "16"),
    ("url:*mail.htm", "16"),
    ("url:mail.htm", "16"),
    ("url:login", "16"),
    ("url:e", "16"),
    ("asn:64512", "16"),
    ("kind:bounce", "16"),
    ("country:BR", "16"),
    ("since:7d account country:BR kind:normal", "16"),
];

fn main() {
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--")).map(PathBuf::from);
    let Ok(folder) = tempfile::tempdir() else { return eprintln!("no temporary folder can be made") };
    let made = folder.path().join("bench.db");
    let database = file.unwrap_or_else(|| made.clone());
    if database == made
        && let Err(error) = make(&made)
    {
        return eprintln!("{error}");
    }
    if let Err(sentence) = measure(&database) {
        eprintln!("{sentence}");
    }
}

fn make(path: &Path) -> Result<(), lafayette::store::Error> {
    let store = Store::open(path, Access::ReadWrite)?;
    let mut writer = store.writer("bench", Durability::Normal)?;
    let items = Generator::new(1, MESSAGES, clock::now())
        .map(|made| Item::Message(RawMessage::of_file(format!("made#{}", made.index), made.bytes)));
    let judgement = demo::judgement();
    let import = Import {
        store: &store,
        judgement: &judgement,
        feed: "bench",
        feed_kind: FeedKind::Mailbox,
        place: &|ip| demo::place(ip).unwrap_or_default(),
        each: None,
    };
    import.run(&mut writer, items, None, &Cancel::default(), &mut Summary::default(), &mut |_| {})
}

struct Screen {
    desk: Desk,
    events: Receiver<(Instant, Event)>,
    number: u64,
}

impl Screen {
    fn open(config: &Config) -> Screen {
        let (sender, events) = channel();
        let options = Options { config: config.clone(), read_only: true, login: "bench".to_owned() };
        let desk = Desk::open(options, move |event| {
            let _ = sender.send((Instant::now(), event));
        });
        Screen { desk, events, number: 0 }
    }

    fn wait(&self, mut is_wanted: impl FnMut(&Event) -> bool) -> Result<Instant, String> {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok((_, Event::Failed(sentence))) => return Err(sentence),
                Ok((at, event)) if is_wanted(&event) => return Ok(at),
                Ok(_) => {}
                Err(_) => return Err("nothing came for a minute".to_owned()),
            }
        }
    }

    fn question(&mut self, text: &str) -> Question {
        self.number += 1;
        Question {
            number: self.number,
            text: text.to_owned(),
            sort: Sort::Arrival,
            direction: Direction::Descending,
            groups: None,
            window: Window::At { first: 0, count: 50 },
            facets: Facet::ALL.iter().copied().filter(|f| !matches!(f, Facet::Hour | Facet::Day)).collect(),
            windows: ["1h", "1d", "2d", "7d", "30d"].map(str::to_owned).to_vec(),
            top: 50,
        }
    }

    /// Milliseconds to the answer, and from there to the panes.
    fn ask(&mut self, question: Question) -> Result<(f64, f64, u64), String> {
        let number = question.number;
        let start = Instant::now();
        self.desk.send(Request::Ask(question));
        let mut reports = 0;
        let answered = self.wait(|event| match event {
            Event::Answer(answer) if answer.question == number => {
                reports = answer.reports;
                true
            }
            _ => false,
        })?;
        let counted = self.wait(|event| matches!(event, Event::Panes(panes) if panes.question == number))?;
        Ok((ms(answered - start), ms(counted - answered), reports))
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median_and_p99(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
    (at(50).copied().unwrap_or(0.0), at(99).copied().unwrap_or(0.0))
}

fn measure(database: &Path) -> Result<(), String> {
    let arguments = Arguments { db: Some(database.to_path_buf()), ..Arguments::default() };
    let config = Config::load(&arguments, &Environment::default()).map_err(|error| error.to_string())?;
    starts(&config)?;
    let mut screen = Screen::open(&config);
    let warm = screen.question("url:warm");
    screen.ask(warm)?;
    println!(
        "\n{:<46} {:>9} {:>9} {:>9} {:>9}   goals",
        "question [reports]", "answer", "p99", "panes", "p99"
    );
    for (text, goal) in QUESTIONS {
        repeat(&mut screen, text, goal, |_| {})?;
    }
    for sort in [Sort::Subject, Sort::Ip, Sort::Country, Sort::Reporter] {
        repeat(&mut screen, &format!("kind:normal -id:0 sorted by {sort}"), "", |question| {
            "kind:normal".clone_into(&mut question.text);
            question.sort = sort;
        })?;
    }
    for likeness in [Likeness::Subject, Likeness::Source, Likeness::Network, Likeness::Host] {
        repeat(&mut screen, &format!("kind:normal in groups by {likeness}"), "", |question| {
            "kind:normal".clone_into(&mut question.text);
            question.groups = Some(likeness);
        })?;
    }
    windows(&mut screen)
}

/// From opening the desk to the first page, the columns, and an answer about URLs.
fn starts(config: &Config) -> Result<(), String> {
    let (mut first, mut loaded, mut urls) = (vec![], vec![], vec![]);
    for _ in 0..10 {
        let start = Instant::now();
        let mut screen = Screen::open(config);
        let question = screen.question("is:open kind:normal");
        screen.desk.send(Request::Ask(question));
        first.push(ms(screen.wait(|event| matches!(event, Event::First(_)))? - start));
        loaded.push(ms(screen.wait(|event| matches!(event, Event::Answer(_)))? - start));
        let question = screen.question("url:*mail.htm");
        screen.desk.send(Request::Ask(question));
        urls.push(ms(
            screen.wait(|event| matches!(event, Event::Answer(answer) if answer.question == 2))? - start
        ));
    }
    println!("{:<46} {:>9} {:>9}   goal", "from the start to", "median", "worst");
    for (name, times, goal) in [
        ("the first page", first, "20"),
        ("the first answer", loaded, "100"),
        ("an answer about URLs", urls, "250"),
    ] {
        let (median, worst) = median_and_p99(times);
        println!("{name:<46} {median:>9.3} {worst:>9.3}   {goal}");
    }
    Ok(())
}

fn repeat(screen: &mut Screen, name: &str, goal: &str, change: impl Fn(&mut Question)) -> Result<(), String> {
    let (mut answers, mut panes, mut reports) = (vec![], vec![], 0);
    for _ in 0..RUNS {
        let mut question = screen.question(name);
        change(&mut question);
        let (answer, pane, found) = screen.ask(question)?;
        answers.push(answer);
        panes.push(pane);
        reports = found;
    }
    let ((answer, answer_99), (pane, pane_99)) = (median_and_p99(answers), median_and_p99(panes));
    let name = format!("{name} [{reports}]");
    println!("{name:<46} {answer:>9.3} {answer_99:>9.3} {pane:>9.3} {pane_99:>9.3}   {goal} + 10");
    Ok(())
}

/// Pages all over the list: rows that lie far apart are the dear ones.
fn windows(screen: &mut Screen) -> Result<(), String> {
    let question = screen.question("\"wire transfer\"");
    let number = question.number;
    let reports = screen.ask(question)?.2 as usize;
    let mut times = vec![];
    for run in 0..RUNS {
        let first = run * reports / RUNS;
        let start = Instant::now();
        screen.desk.send(Request::Rows { question: number, window: Window::At { first, count: 60 } });
        times.push(ms(screen.wait(|event| matches!(event, Event::Rows(_)))? - start));
    }
    let (median, p99) = median_and_p99(times);
    println!("{:<46} {median:>9.3} {p99:>9.3}   3", "60 rows anywhere in \"wire transfer\"");
    Ok(())
}
