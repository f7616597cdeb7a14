//! The screen on which reports are approved.

use super::pane::{Places, pane, places};
use super::{cell, line_of, put};
use crate::jobs::desk::DeskFacts;
use crate::jobs::lookup::age;
use crate::jobs::report::{Letter, Mend, Standing};
use crate::keymap::{Action, Mode};
use crate::model::OutgoingKind;
use crate::text::{counted, cut, fit, fit_right, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::report::{Class, Depth, Doing, Group, Heading, Line as Entry, answered, minute, summed};
use crate::tui::reports::detail::broken;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Where list and message are: below the title and the sum, which takes two lines where there is room.
pub fn report_places(size: (u16, u16), is_reading: bool) -> Places {
    places(size, 1 + sum_lines(size.1), is_reading)
}

fn sum_lines(lines: u16) -> u16 {
    /// At ten lines every line counts.
    const ROOMY: u16 = 14;
    if lines >= ROOMY { 2 } else { 1 }
}

pub(super) fn report(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    sum(app, frame, Rect { y: 1, height: sum_lines(whole.height), ..whole });
    let state = &app.report;
    let places = report_places((whole.width, whole.height), state.is_reading);
    for (place, entry) in state.lines().iter().skip(state.top).take(places.list.height.into()).enumerate() {
        let at_cursor = state.top + place == state.cursor;
        line(app, entry, at_cursor, frame, line_of(places.list, place));
    }
    if state.planned.is_some() {
        pane(app, &state.pane, &title(app), state.is_reading, frame, places.pane);
    }
}

/// What the message beside the list belongs to.
fn title(app: &App) -> String {
    match app.report.current() {
        Some(Entry::Letter(number)) => match app.report.letter(*number) {
            Some(letter) => match letter.specimen() {
                Some(id) => format!("{id} to {}", letter.to),
                None => letter.to.clone(),
            },
            None => String::new(),
        },
        Some(Entry::Group(number)) => {
            app.report.group(*number).map_or_else(String::new, |group| group.to.clone())
        }
        _ => String::new(),
    }
}

/// What is ticked, summed up as it will be approved, or what is being done.
fn sum(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.report);
    let dots = theme.sign("…", "...");
    let doing = match state.doing {
        Some(Doing::Planning(0, 0)) => Some(format!(" finding out what would go to whom{dots} ")),
        Some(Doing::Planning(done, total)) => {
            Some(format!(" composing: {} of {} mails{dots} ", thousands(done), thousands(total)))
        }
        Some(Doing::Settling) => Some(format!(" writing the ledger{dots} ")),
        None => None,
    };
    let columns = usize::from(area.width);
    let stuck = state.planned.as_ref().is_some_and(|planned| planned.stuck.is_some());
    let right = match doing {
        Some(doing) => doing,
        None if stuck => " ! nothing can leave ".to_owned(),
        None => String::new(),
    };
    let text = match &state.planned {
        Some(planned) => summed(&state.ticked(), &planned.plan.totals()),
        None => "Report".to_owned(),
    };
    let last = usize::from(area.height).saturating_sub(1);
    let mut pieces = broken(&text, columns.saturating_sub(2).max(1)).into_iter();
    for place in 0..=last {
        let right = if place == last { cut(&right, columns) } else { String::new() };
        let room = columns.saturating_sub(width(&right));
        // What does not fit is cut where it is seen.
        let rest: Vec<&str> =
            if place == last { pieces.by_ref().collect() } else { pieces.next().into_iter().collect() };
        let line = Line::from(vec![
            Span::styled(
                cell(&showable(&format!(" {}", rest.join(" "))), room, theme),
                theme.style(Role::Heading),
            ),
            Span::styled(right, theme.style(Role::Warning)),
        ]);
        frame.render_widget(Paragraph::new(line), line_of(area, place));
    }
}

fn line(app: &App, entry: &Entry, at_cursor: bool, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let columns = usize::from(area.width);
    let spans = match entry {
        Entry::Heading(heading) => {
            put(frame, area, &format!(" {}", heading_words(app, *heading)), theme.style(Role::Heading));
            return;
        }
        Entry::Note(mend, text, depth) => note(app, *mend, text, *depth, columns),
        Entry::Group(number) => match app.report.group(*number) {
            Some(group) => desk(app, group, columns),
            None => vec![],
        },
        Entry::Letter(number) => match app.report.letter(*number) {
            Some(one) => letter(app, one, columns),
            None => vec![],
        },
        Entry::Passed(number) => {
            let passed = app.report.planned.as_ref().and_then(|planned| planned.plan.passed.get(*number));
            let text =
                passed.map(|passed| format!("{:>7}  {}", passed.name(), passed.why)).unwrap_or_default();
            vec![Span::styled(
                cell(&showable(&text), columns.saturating_sub(1), theme),
                theme.style(Role::Text),
            )]
        }
    };
    let has_keys = !app.report.is_reading;
    let style = match (at_cursor, has_keys) {
        (true, true) => theme.style(Role::Cursor),
        (true, false) => theme.style(Role::RestingCursor),
        _ => theme.style(Role::Text),
    };
    let sign = if at_cursor { theme.sign("▸", ">") } else { " " };
    let spans: Vec<Span<'_>> = std::iter::once(Span::raw(sign)).chain(spans).collect();
    frame.render_widget(Paragraph::new(Line::from(spans)).style(style), area);
}

fn key(app: &App, action: Action) -> String {
    app.keymap.keys_for(Mode::Report, action).map(ToString::to_string).unwrap_or_default()
}

fn heading_words(app: &App, heading: Heading) -> String {
    let number = |count: usize| thousands(count as u64);
    match heading {
        Heading::Letters(Class::Report, count) => format!("Reports {}", number(count)),
        Heading::Letters(Class::Form, count) => format!(
            "By form {}: {} copies the text, {} records that they were told",
            number(count),
            key(app, Action::Copy),
            key(app, Action::Resolve)
        ),
        Heading::Letters(Class::Copy, count) => format!("Copies to feeds {}", number(count)),
        Heading::Letters(Class::Blocked, count) => format!("Blocked {}", number(count)),
        Heading::Letters(Class::Told, count) => format!("Reported already {}", number(count)),
        Heading::WithoutContact(count) => {
            let key = key(app, Action::Recipient);
            format!("Without a contact {}: not sent, and they stay open; {key} names one", number(count))
        }
        Heading::Passed(count) => format!("Not to be reported {}", number(count)),
    }
}

/// `! c writes a reason: its cause is own …`, under what it is about.
fn note(app: &App, mend: Mend, text: &str, depth: Depth, columns: usize) -> Vec<Span<'static>> {
    let indent = match depth {
        Depth::Plan => 0,
        Depth::Group => 2,
        Depth::Letter => 6,
    };
    let theme = &app.theme;
    let does = match mend {
        Mend::Know => String::new(),
        Mend::Reason => format!("{} writes a reason: ", key(app, Action::Reason)),
        Mend::Singly => format!("{} approves it by itself: ", key(app, Action::ApproveOne)),
        Mend::Recipient => format!("{} writes to another address: ", key(app, Action::Recipient)),
        Mend::Drop => format!("{} leaves it out: ", key(app, Action::LeaveOut)),
    };
    let head = format!("{}! {does}", " ".repeat(indent));
    let room = columns.saturating_sub(width(&head) + 1);
    vec![
        Span::styled(cut(&head, columns.saturating_sub(1)), theme.style(Role::Warning)),
        Span::styled(cell(&showable(text), room, theme), theme.style(Role::Faint)),
    ]
}

/// `abuse@isp.example  3 reports, 41 mails      RDAP 2 d old · answered 11-02 · 4 of 10 today`.
fn desk(app: &App, group: &Group, columns: usize) -> Vec<Span<'static>> {
    let theme = &app.theme;
    let letters: Vec<&Letter> =
        group.letters.iter().filter_map(|number| app.report.letter(*number)).map(AsRef::as_ref).collect();
    let mails: u64 = letters.iter().map(|letter| letter.mails.len() as u64).sum();
    let what = match group.class {
        Class::Copy => format!("{}, {}", counted_copies(letters.len()), counted(mails, "mail")),
        _ => format!("{}, {}", counted(letters.len() as u64, "report"), counted(mails, "mail")),
    };
    let known = app.report.facts(&group.to).map(|facts| known(facts, app.now)).unwrap_or_default();
    let known = if theme.ascii { known.replace('·', "-") } else { known };
    let room = columns.saturating_sub(1);
    // Who it is comes first; what is known gives way.
    let left = format!("{}  {what}", group.to);
    let left_wide = width(showable(&left).as_str()).min(room);
    let right_wide = width(&known).min(room.saturating_sub(left_wide + 2));
    let between = room - left_wide - right_wide;
    vec![
        Span::styled(cell(&showable(&left), left_wide, theme), theme.style(Role::Heading)),
        Span::raw(" ".repeat(between)),
        Span::styled(cell(&showable(&known), right_wide, theme), theme.style(Role::Faint)),
    ]
}

fn counted_copies(count: usize) -> String {
    if count == 1 { "1 copy".to_owned() } else { format!("{} copies", thousands(count as u64)) }
}

/// Who named it and when, what came back last, what left today.
fn known(facts: &DeskFacts, now: i64) -> String {
    let mut known = vec![];
    if let Some(by) = &facts.named_by {
        let age =
            facts.named_at.map(|at| format!(", {}", age(now.saturating_sub(at).max(0)))).unwrap_or_default();
        known.push(format!("{by}{age}"));
    }
    if let Some((response, at)) = facts.answered {
        known.push(format!("{} {}", answered(response), minute(at).get(5..10).unwrap_or_default()));
    }
    if facts.sent_today > 0 {
        known.push(format!("{} of {} today", facts.sent_today, facts.a_day));
    }
    known.join(" · ")
}

/// `[✓]  4711 240.3.0.7   12 mails  fraud  Wire transfer…`.
fn letter(app: &App, letter: &Letter, columns: usize) -> Vec<Span<'static>> {
    let theme = &app.theme;
    let is_ticked = app.report.is_ticked(letter);
    let (sign, role) = match (&letter.standing, letter.kind) {
        (Standing::Blocked(_), _) => (theme.sign(" ✗ ", " x "), Role::Error),
        (Standing::Told { .. }, _) => (" R ", Role::Reported),
        (Standing::Ready, OutgoingKind::Form) => (" F ", Role::Text),
        (Standing::Ready, _) if is_ticked => (theme.sign("[✓]", "[x]"), Role::Marked),
        (Standing::Ready, _) if letter.singly.is_some() => ("[1]", Role::Text),
        (Standing::Ready, _) => ("[ ]", Role::Text),
    };
    let source = letter.source.map_or_else(String::new, |ip| ip.to_string());
    let specimen = letter.specimen().map_or_else(String::new, |id| id.to_string());
    let head = format!(
        "{} {} {} {} {} ",
        sign,
        fit_right(&specimen, 6),
        fit(&source, width(&source).max(app.report.source_width)),
        fit_right(&counted(u64::from(letter.incidents), "mail"), 9),
        fit(letter.report_type.name(), 5),
    );
    let told = match &letter.standing {
        Standing::Told { id, state, at } => format!("row {id}, {state} {} ", minute(*at)),
        _ => String::new(),
    };
    let room = columns.saturating_sub(1);
    let head = cut(&head, room);
    let rest = room.saturating_sub(width(&head));
    let told_wide = width(&told).min(rest);
    let role_of_text =
        if matches!(letter.standing, Standing::Told { .. }) { Role::Reported } else { Role::Text };
    vec![
        Span::styled(head, theme.style(role)),
        Span::styled(cell(&showable(&told), told_wide, theme), theme.style(Role::Reported)),
        Span::styled(cell(&showable(&letter.subject), rest - told_wide, theme), theme.style(role_of_text)),
    ]
}
