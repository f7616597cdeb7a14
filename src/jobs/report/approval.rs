//! What a person has to do before a report may leave: rules 1 to 3 of the design. Pure; knows records and no letters.

use crate::model::{Cause, Record, SourceIpFrom};

/// How a report may be approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// It starts unticked because of this: a sentence.
    pub unticked: Option<String>,
    /// It is approved by itself and never together with others, because of this.
    pub singly: Option<String>,
    /// A person has to write a reason, because of this.
    pub wants_reason: Option<String>,
}

/// How a report about these mails may be approved: what holds for one of them holds for all.
pub fn approval<'a>(records: impl IntoIterator<Item = &'a Record>) -> Approval {
    let mut all = Approval::default();
    for record in records {
        let one = of(record);
        all.unticked = all.unticked.or(one.unticked);
        all.singly = all.singly.or(one.singly);
        all.wants_reason = all.wants_reason.or(one.wants_reason);
    }
    all
}

fn of(record: &Record) -> Approval {
    let report = &record.report;
    let singly = if report.unverified {
        Some("its reporter is not authenticated, so it may be made up (rule 1)".to_owned())
    } else if report.source_ip_from.is_some_and(|from| from != SourceIpFrom::Field) {
        Some("its source was derived from the mail and not stated by the reporter (rule 3)".to_owned())
    } else {
        None
    };
    let cause = report.cause;
    let is_ours = matches!(cause, Cause::Own | Cause::OwnEsp | Cause::Forwarded);
    let wants_reason = is_ours.then(|| format!("its cause is {cause}: {} (rule 2)", report.cause_reason));
    // Only reports about authentication have a cause that can be fraud; spam to a trap is unwanted whoever sent it.
    let is_failure =
        report.feedback_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("auth-failure"));
    let is_innocent = match cause {
        Cause::Fraud => false,
        Cause::Unknown => is_failure,
        _ => true,
    };
    let unticked = is_innocent.then(|| format!("its cause is {cause}, not fraud (rule 2)"));
    Approval { unticked: unticked.or_else(|| singly.clone()), singly, wants_reason }
}
