//! A plan as lines: desks with what goes to them, then what goes elsewhere or nowhere. Pure.

use crate::jobs::desk::Planned;
use crate::jobs::report::{Letter, Mend, Standing};
use crate::model::OutgoingKind;

/// Why letters stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// To desks by mail.
    Report,
    /// By a form, which a person fills in.
    Form,
    /// Copies to feeds.
    Copy,
    /// A rule is against them.
    Blocked,
    /// Reported already.
    Told,
}

impl Class {
    const ALL: [Class; 5] = [Class::Report, Class::Form, Class::Copy, Class::Blocked, Class::Told];

    /// Of a letter.
    pub fn of(letter: &Letter) -> Class {
        match (&letter.standing, letter.kind) {
            (Standing::Blocked(_), _) => Class::Blocked,
            (Standing::Told { .. }, _) => Class::Told,
            (Standing::Ready, OutgoingKind::Report) => Class::Report,
            (Standing::Ready, OutgoingKind::Form) => Class::Form,
            (Standing::Ready, OutgoingKind::Copy | OutgoingKind::Submission) => Class::Copy,
        }
    }
}

/// What stands above lines that are no reports to desks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// Letters, so many.
    Letters(Class, usize),
    /// Mails without a contact.
    WithoutContact(usize),
    /// Mails that a rule keeps from being reported.
    Passed(usize),
}

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A heading; the cursor passes over it.
    Heading(Heading),
    /// Somebody who is written to, by the number among the groups.
    Group(usize),
    /// A letter, by its number in the plan.
    Letter(usize),
    /// What is to be known of everything, of all to one recipient, or of the letter above: so deep it stands; the cursor
    /// passes over it.
    Note(Mend, String, Depth),
    /// A mail that goes nowhere, by its number in the plan.
    Passed(usize),
}

impl Line {
    /// The cursor can be on it.
    pub fn is_thing(&self) -> bool {
        matches!(self, Line::Group(_) | Line::Letter(_) | Line::Passed(_))
    }
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Everything that may leave.
    Plan,
    /// All that goes to one recipient.
    Group,
    /// One letter.
    Letter,
}

/// A note as it is shown.
pub type Note = (Mend, String);

/// Letters of one class to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Why they stand together.
    pub class: Class,
    /// The recipient.
    pub to: String,
    /// Their numbers in the plan.
    pub letters: Vec<usize>,
}

/// What a person should know of a letter before it leaves, with what mends it.
pub fn notes(letter: &Letter) -> Vec<Note> {
    let mut notes: Vec<Note> = vec![];
    if let Standing::Blocked(rule) = &letter.standing {
        notes.push((rule.mend, rule.text.clone()));
    }
    notes.extend(letter.concerns.iter().map(|concern| (concern.mend, concern.text.clone())));
    let add = |notes: &mut Vec<Note>, mend: Mend, why: &Option<String>| {
        let Some(why) = why else { return };
        let is_told = notes
            .iter()
            .any(|(other, text)| text.contains(why.as_str()) || *other == mend && mend != Mend::Know);
        if !is_told {
            notes.push((mend, why.clone()));
        }
    };
    if letter.standing == Standing::Ready {
        if letter.reason.is_none() {
            add(&mut notes, Mend::Reason, &letter.wants_reason);
        }
        add(&mut notes, Mend::Singly, &letter.singly);
        add(&mut notes, Mend::Know, &letter.unticked);
    }
    if let Standing::Told { .. } = &letter.standing {
        add(&mut notes, Mend::Reason, &letter.wants_reason);
    }
    if let Some(reason) = &letter.reason {
        notes.push((Mend::Know, format!("the reason given: {reason}")));
    }
    notes
}

/// What is to be known of each of these letters, where they are several.
fn shared<'a>(letters: impl Iterator<Item = &'a Letter>) -> Vec<Note> {
    let mut letters = letters.map(notes);
    let first = letters.next().unwrap_or_default();
    let mut is_alone = true;
    let shared = letters.fold(first, |shared, notes| {
        is_alone = false;
        shared.into_iter().filter(|note| notes.contains(note)).collect()
    });
    if is_alone { vec![] } else { shared }
}

/// What is to be known of everything that may leave: it tells no letter from another.
pub fn of_all(planned: &Planned) -> Vec<Note> {
    let letters = planned.plan.letters.iter().map(AsRef::as_ref);
    shared(letters.filter(|letter: &&Letter| letter.standing == Standing::Ready))
}

/// Columns for the sources of a plan: a very long one pushes what stands behind it to the right instead of all.
pub fn source_width(planned: &Planned) -> usize {
    const IPV4: usize = "255.255.255.255".len();
    const MOST: usize = 24;
    let sources = planned.plan.letters.iter().filter_map(|letter| letter.source);
    sources.map(|ip| ip.to_string().len()).filter(|wide| *wide <= MOST).fold(IPV4, usize::max)
}

/// The lines of a plan, and the groups that they name.
pub fn laid_out(planned: &Planned) -> (Vec<Line>, Vec<Group>) {
    let (mut lines, mut groups) = (vec![], vec![]);
    let letters = &planned.plan.letters;
    let of_all = of_all(planned);
    let lines_of = |notes: &[Note], depth| -> Vec<Line> {
        notes.iter().map(|(mend, text)| Line::Note(*mend, text.clone(), depth)).collect()
    };
    lines.extend(lines_of(&of_all, Depth::Plan));
    let own_notes = |number: &usize, known: &[&[Note]]| -> Vec<Note> {
        let all = letters.get(*number).map(|letter| notes(letter)).unwrap_or_default();
        all.into_iter().filter(|note| !known.iter().any(|known| known.contains(note))).collect()
    };
    for class in Class::ALL {
        let mut here: Vec<Group> = vec![];
        for (number, letter) in letters.iter().enumerate().filter(|(_, letter)| Class::of(letter) == class) {
            match here.iter_mut().find(|group| group.to == letter.to) {
                Some(group) => group.letters.push(number),
                None => here.push(Group { class, to: letter.to.clone(), letters: vec![number] }),
            }
        }
        let has_notes = |number: &usize| !own_notes(number, &[&of_all]).is_empty();
        for group in &mut here {
            group.letters.sort_by_key(|number| !has_notes(number));
        }
        here.sort_by_key(|group| !group.letters.iter().any(has_notes));
        let count = here.iter().map(|group| group.letters.len()).sum();
        if count > 0 && class != Class::Report {
            lines.push(Line::Heading(Heading::Letters(class, count)));
        }
        for group in here {
            lines.push(Line::Group(groups.len()));
            let all = group.letters.iter().filter_map(|number| letters.get(*number)).map(AsRef::as_ref);
            let mut of_group = shared(all);
            of_group.retain(|note| !of_all.contains(note));
            lines.extend(lines_of(&of_group, Depth::Group));
            for number in &group.letters {
                lines.push(Line::Letter(*number));
                lines.extend(lines_of(&own_notes(number, &[&of_all, &of_group]), Depth::Letter));
            }
            groups.push(group);
        }
    }
    for no_contact in [true, false] {
        let passed = planned.plan.passed.iter().enumerate();
        let here: Vec<usize> =
            passed.filter(|(_, passed)| passed.no_contact == no_contact).map(|(number, _)| number).collect();
        let heading = if no_contact { Heading::WithoutContact } else { Heading::Passed };
        if !here.is_empty() {
            lines.push(Line::Heading(heading(here.len())));
            lines.extend(here.into_iter().map(Line::Passed));
        }
    }
    (lines, groups)
}
