//! URLs to feeds: what would go where and what must not, then into the outbox, then approved by its number. What is not
//! approved stays there, held.

use super::Urls;
use crate::jobs::desk::{
    LedgerAct, Parcel, Request, SubmissionHeld, SubmissionPlan, SubmissionQuestion, UrlLine,
};
use crate::model::OutgoingId;
use crate::text::{counted, defang};
use crate::tui::app::Tone;
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Asked, Choice, Line, Page, Reply};
use crate::tui::reports::detail::defanged;
use crate::tui::reports::{hint, say};
use std::collections::BTreeSet;
use std::sync::Arc;

/// URLs of a submission that the question for its number names.
const MOST_NAMED: usize = 5;

/// A submission on its way from the key to the approval.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Submission {
    /// The number of the question.
    number: u64,
    /// What it is about, as mails have it.
    urls: Vec<String>,
    plan: Option<SubmissionPlan>,
    /// What was summed up for approval.
    rows: Vec<(OutgoingId, [u8; 32])>,
}

impl Urls {
    /// What is marked, else the URL of the cursor.
    pub(super) fn submit(&mut self) -> Reply {
        let marked: Vec<String> = self.marks.values().cloned().collect();
        let urls = match (marked.is_empty(), self.list.current()) {
            (false, _) => marked,
            (true, Some(UrlLine::Url { row, .. })) => vec![row.url.clone()],
            (true, Some(UrlLine::Group { .. })) => {
                return hint("What is marked is submitted: {mark} marks the group.");
            }
            (true, None) => return say("There is no URL to submit."),
        };
        let number = self.submission.number;
        self.submission = Submission { number, urls, ..Submission::default() };
        self.plan_submission(false)
    }

    fn plan_submission(&mut self, cut: bool) -> Reply {
        self.submission.number += 1;
        let (number, urls) = (self.submission.number, self.submission.urls.clone());
        Reply::Do(vec![Effect::Desk(Request::PlanSubmission(SubmissionQuestion { number, urls, cut }))])
    }

    /// To which feeds, with what would go to each.
    pub(super) fn planned(&mut self, plan: SubmissionPlan) -> Reply {
        if plan.number != self.submission.number {
            return Reply::Nothing;
        }
        let digit = |at: usize| u32::try_from(at + 1).ok().and_then(|at| char::from_digit(at, 10));
        let mut choices: Vec<Choice> = plan
            .feeds
            .iter()
            .enumerate()
            .map(|(at, feed)| {
                Choice::new(digit(at), feed, &of_feed(&plan, feed), Answer::SubmitTo(Some(feed.clone())))
            })
            .collect();
        if plan.feeds.len() > 1 {
            let all = counted(plan.plan.parcels.len() as u64, "submission");
            choices.push(Choice::new(Some('a'), "All of them", &all, Answer::SubmitTo(None)));
        }
        let could_be_cut = plan.plan.could_be_cut();
        if could_be_cut > 0 {
            let text = format!("Cut down {}: a recipient stands in it", counted(could_be_cut as u64, "URL"));
            choices.push(Choice::new(Some('c'), &text, "", Answer::SubmitCut));
        }
        let left_out = plan.plan.blocked.len() + plan.plan.already.len();
        if left_out > 0 {
            let lines = counted(left_out as u64, "line");
            choices.push(Choice::new(Some('w'), "What does not go, and why", &lines, Answer::SubmitWhy));
        }
        let title = format!("Submit {}", counted(self.submission.urls.len() as u64, "URL"));
        self.submission.plan = Some(plan);
        Reply::menu(&title, choices)
    }

    pub(super) fn submit_cut(&mut self) -> Reply {
        self.plan_submission(true)
    }

    /// What must not leave, and what is there already.
    pub(super) fn submit_why(&self) -> Reply {
        let Some(plan) = &self.submission.plan else { return Reply::Nothing };
        let mut lines = vec![];
        for blocked in &plan.plan.blocked {
            lines.push(defang(&blocked.url));
            lines.push(format!("    {}", defanged(&blocked.why)));
        }
        for already in &plan.plan.already {
            lines.push(defang(&already.url));
            lines.push(format!(
                "    {} has it by row {} of the outbox, {}.",
                already.feed, already.id, already.state
            ));
        }
        let columns = usize::from(self.size.0).saturating_sub(8).clamp(20, 100);
        let page = Page::of_text("What does not go", lines.iter().map(String::as_str), columns);
        Reply::page(page)
    }

    /// What goes to this feed, or to all, into the outbox.
    pub(super) fn submit_to(&mut self, feed: Option<&str>) -> Reply {
        let Some(plan) = &self.submission.plan else { return Reply::Nothing };
        let is_meant = |parcel: &&Arc<Parcel>| feed.is_none_or(|feed| parcel.feed == feed);
        let parcels: Vec<Arc<Parcel>> = plan.plan.parcels.iter().filter(is_meant).cloned().collect();
        if parcels.is_empty() {
            let why = plan.plan.blocked.first().map(|blocked| defanged(&blocked.why));
            return say(&match why {
                Some(why) => format!("Nothing would go there: {why}"),
                None => "Nothing would go there: all of it is there, or on its way.".to_owned(),
            });
        }
        let number = self.submission.number;
        Reply::Do(vec![Effect::Desk(Request::HoldSubmission { number, parcels })])
    }

    /// It is held; now the number.
    pub(super) fn held(&mut self, held: SubmissionHeld) -> Reply {
        if held.number != self.submission.number {
            return Reply::Nothing;
        }
        if let Some(stuck) = held.stuck {
            return Reply::Say(Tone::Wrong, format!("{}: {stuck}", held.sentence));
        }
        // What is approved by itself is so in the outbox, unless it is all that there is.
        let is_alone = held.rows.len() == 1;
        let chosen: Vec<_> = held.rows.into_iter().filter(|row| is_alone || !row.is_singly).collect();
        if chosen.is_empty() {
            let why = "they are approved one by one in the outbox";
            return Reply::Say(Tone::Done, format!("{}; {why}", held.sentence));
        }
        let (rows, chosen): (Vec<_>, Vec<Arc<Parcel>>) =
            chosen.into_iter().map(|row| (row.row, row.parcel)).unzip();
        let urls: usize = chosen.iter().map(|parcel| parcel.distinct().len()).sum();
        let count = rows.len();
        let mut text =
            vec![format!("{} of {}.", counted(count as u64, "submission"), counted(urls as u64, "URL"))];
        // What speaks against it comes first: a small terminal has no room for the rest.
        let warnings = chosen.iter().flat_map(|parcel| {
            let warnings = parcel.warnings.iter().chain(&parcel.singly);
            warnings.map(|warning| format!("! {}: {}", parcel.feed, defanged(warning)))
        });
        text.extend(warnings.collect::<BTreeSet<_>>());
        text.push(
            "Held in the outbox, which shows the exact bytes; leaving this leaves them there.".to_owned(),
        );
        for parcel in chosen.iter().take(MOST_NAMED) {
            text.push(format!("To {} ({}):", parcel.feed, defang(&parcel.target)));
            let distinct = parcel.distinct();
            text.extend(distinct.iter().take(MOST_NAMED).map(|url| format!("  {}", defang(url))));
            if distinct.len() > MOST_NAMED {
                text.push(format!("  … and {} more", distinct.len() - MOST_NAMED));
            }
        }
        if chosen.len() > MOST_NAMED {
            text.push(format!("… and {} more", chosen.len() - MOST_NAMED));
        }
        self.submission.rows = rows;
        let title = format!("Type {count} to approve");
        Reply::ask(Line::new(Asked::Number(count), &title, "", false).explained(text.join("\n")))
    }

    /// Exactly what was summed up. Its marks have served.
    pub(super) fn submit_approved(&mut self) -> Reply {
        let rows = std::mem::take(&mut self.submission.rows);
        let Submission { urls, .. } = &self.submission;
        self.marks.retain(|_, url| !urls.contains(url));
        Reply::Do(vec![Effect::Desk(Request::Ledger(LedgerAct::Approve(rows)))])
    }
}

/// `37 URLs in 1 submission; 2 there already`
fn of_feed(plan: &SubmissionPlan, feed: &str) -> String {
    let parcels: Vec<&Arc<Parcel>> = plan.plan.parcels.iter().filter(|parcel| parcel.feed == feed).collect();
    let urls: usize = parcels.iter().map(|parcel| parcel.distinct().len()).sum();
    let already = plan.plan.already.iter().filter(|already| already.feed == feed).count();
    let mut text = match urls {
        0 => "nothing".to_owned(),
        urls => format!("{} in {}", counted(urls as u64, "URL"), counted(parcels.len() as u64, "submission")),
    };
    if already > 0 {
        text.push_str(&format!("; {already} there already"));
    }
    if !plan.plan.blocked.is_empty() {
        text.push_str(&format!("; {} blocked", plan.plan.blocked.len()));
    }
    text
}
