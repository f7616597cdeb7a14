//! Made-up plans and rows of the ledger: everything that can become of a letter.

use super::fixture::{NOW, hostile_texts};
use crate::jobs::desk::{DeskFacts, OutboxQuestion, OutboxRows, OutgoingDetail, PlanOf, Planned, Target};
use crate::jobs::report::{Concern, Letter, Mend, Passed, Plan, Standing, Wishes};
use crate::model::{
    AuditEntry, Outgoing, OutgoingId, OutgoingKind, OutgoingState, ReportId, ReportType, ReportedMail,
    Response,
};
use std::sync::Arc;

/// A letter that may leave.
pub fn letter(kind: OutgoingKind, to: &str, id: ReportId, mails: u32) -> Letter {
    let mail = |id: ReportId| ReportedMail { report: Some(id), sha256: [id as u8; 32] };
    let bytes = format!(
        "From: <desk@nordbank.example>\r\nTo: <{to}>\r\nSubject: FW: Wire transfer {id}\r\n\r\nHello,\r\n\r\na mail that \
         came from an address in your network\r\nled to hxxp://evil[.]example/ .\r\n\r\nReported-URI: \
         http://evil.example/login\r\n"
    );
    Letter {
        kind,
        to: to.to_owned(),
        mails: (0..mails).map(|at| mail(id - at)).collect(),
        source: Some([240, 3, 0, id as u8].into()),
        incidents: mails,
        span: (NOW - 7_200, NOW - 3_600),
        report_type: ReportType::Fraud,
        subject: format!("FW: Wire transfer {id}"),
        message_id: format!("{id}@nordbank.example"),
        token: format!("{id:032x}"),
        bytes: Arc::from(bytes.into_bytes()),
        standing: Standing::Ready,
        concerns: vec![],
        unticked: None,
        singly: None,
        wants_reason: None,
        reason: None,
        repeats: None,
    }
}

fn concern(text: &str, mend: Mend) -> Concern {
    Concern { text: text.to_owned(), mend }
}

/// One letter of each sort, as these wishes leave them.
pub fn letters(wishes: &Wishes) -> Vec<Letter> {
    let old = concern("the evidence is 80 hours old; most desks want it within 72", Mend::Know);
    let own = "its cause is own: a DKIM pass of example.com (rule 2)".to_owned();
    let singly = "its reporter is not authenticated, so it may be made up (rule 1)".to_owned();
    let report = OutgoingKind::Report;
    let mut letters = vec![
        letter(report, "abuse@isp.example", 40, 3),
        Letter { concerns: vec![old], ..letter(report, "abuse@isp.example", 30, 1) },
        letter(report, "abuse@hoster.example", 29, 1),
        Letter {
            wants_reason: Some(own.clone()),
            unticked: Some("its cause is own, not fraud (rule 2)".to_owned()),
            ..letter(report, "abuse@esp.example", 28, 2)
        },
        Letter {
            singly: Some(singly.clone()),
            unticked: Some(singly),
            ..letter(report, "abuse@network.example", 26, 1)
        },
        letter(OutgoingKind::Form, "https://form.example/abuse", 25, 1),
        letter(OutgoingKind::Copy, "fraud@feed.example", 40, 1),
        Letter {
            standing: Standing::Blocked(concern(
                "the recipient's domain evil.example stands in the reported mail's own URLs (rule 7)",
                Mend::Recipient,
            )),
            bytes: Arc::from([]),
            ..letter(report, "abuse@evil.example", 24, 1)
        },
        Letter {
            standing: Standing::Told { id: 12, state: OutgoingState::Sent, at: NOW - 90_000 },
            bytes: Arc::from([]),
            ..letter(report, "abuse@isp.example", 23, 4)
        },
        Letter {
            subject: hostile_texts().concat(),
            bytes: Arc::from(hostile_texts().join("\r\n").into_bytes()),
            ..letter(report, "abuse@\u{202e}hostile.example", 22, 1)
        },
    ];
    for letter in &mut letters {
        if let Some(to) = wishes.recipients.get(&letter.to) {
            letter.to.clone_from(to);
            letter.standing = Standing::Ready;
        }
        letter.reason = letter.specimen().and_then(|id| wishes.reasons.get(&id)).cloned();
        if letter.reason.is_some() && letter.singly.is_none() {
            letter.unticked = None;
        }
        if let Some(text) = wishes.texts.get(&letter.to) {
            letter.bytes = Arc::from(text.as_str().as_bytes());
        }
    }
    for letter in &mut letters {
        letter.mails.retain(|mail| mail.report.is_none_or(|id| !wishes.dropped.contains(&id)));
    }
    letters.retain(|letter| !letter.mails.is_empty());
    letters
}

/// A plan with all of them.
pub fn planned(wishes: &Wishes) -> Planned {
    let no_contact = |id| Passed {
        id: Some(id),
        source: Some("240.3.0.9".parse().unwrap()),
        no_contact: true,
        why: "no abuse contact of its source is known".to_owned(),
    };
    let mut passed = vec![
        no_contact(21),
        no_contact(20),
        Passed {
            id: Some(19),
            source: None,
            no_contact: false,
            why: "it is no report: an aggregate report".to_owned(),
        },
    ];
    // Whose contact was named is no longer without one.
    let named = |passed: &Passed| passed.whose().is_some_and(|whose| wishes.named.contains_key(&whose));
    passed.retain(|passed| !named(passed));
    let letters: Vec<Arc<Letter>> = letters(wishes).into_iter().map(Arc::new).collect();
    let desks = letters.iter().map(|letter| DeskFacts {
        recipient: letter.to.clone(),
        named_by: Some("rdap".to_owned()),
        named_at: Some(NOW - 172_800),
        answered: (letter.to == "abuse@isp.example").then_some((Response::Answered, NOW - 400_000)),
        sent_today: u32::from(letter.to == "abuse@isp.example") * 4,
        a_day: 10,
        hidden: vec!["every recipient of the mail: a token stands for each".to_owned()],
    });
    Planned {
        of: PlanOf::Stored(Target::Ids((19..=40).collect())),
        desks: desks.collect(),
        plan: Arc::new(Plan { letters, passed }),
        text: "the text of reports".to_owned(),
        stuck: None,
    }
}

/// A row of the ledger.
pub fn outgoing(id: OutgoingId, state: OutgoingState) -> Outgoing {
    let left = matches!(state, OutgoingState::Sent | OutgoingState::Deferred | OutgoingState::Unknown);
    let waits = matches!(state, OutgoingState::Approved | OutgoingState::Deferred);
    Outgoing {
        id,
        kind: OutgoingKind::Report,
        recipient: format!("abuse@isp{id}.example"),
        source: Some([240, 3, 0, id as u8].into()),
        subject: format!("FW: Wire transfer {id}"),
        report_type: ReportType::Fraud,
        message_id: format!("{id}@nordbank.example"),
        token: format!("{id:032x}"),
        size: 4_711,
        sha256: [id as u8; 32],
        reports: vec![40 - id as ReportId],
        incidents: 3,
        warnings: vec![],
        singly: None,
        reason: None,
        repeats: None,
        state,
        state_at: NOW - id * 600,
        answer: String::new(),
        created_at: NOW - 9_000,
        created_by: "anna".to_owned(),
        approved_at: (state != OutgoingState::Held).then_some(NOW - 8_000),
        approved_by: (state != OutgoingState::Held).then(|| "anna".to_owned()),
        due: waits.then_some(NOW + 600),
        tries: u32::from(left),
        response: Response::None,
        response_at: None,
        ticket: None,
    }
}

/// A row in each state, with what only some of them have.
pub fn rows() -> Vec<Outgoing> {
    let mut rows: Vec<Outgoing> =
        OutgoingState::ALL.iter().enumerate().map(|(at, state)| outgoing(20 - at as i64, *state)).collect();
    for row in &mut rows {
        match row.state {
            OutgoingState::Deferred => row.answer = "450 4.7.1 greylisted, try again".to_owned(),
            OutgoingState::Failed => row.answer = "552 5.3.4 message too large".to_owned(),
            OutgoingState::Unknown => row.answer = "the connection ended after the message".to_owned(),
            OutgoingState::ByHand => row.ticket = Some("T-4711".to_owned()),
            OutgoingState::Sent => {
                (row.response, row.response_at) = (Response::Answered, Some(NOW - 60));
                row.answer = hostile_texts().concat();
            }
            _ => {}
        }
    }
    let held = |id| outgoing(id, OutgoingState::Held);
    rows.push(Outgoing { warnings: vec!["the evidence is 80 hours old".to_owned()], ..held(8) });
    rows.push(Outgoing { singly: Some("its reporter is not authenticated (rule 1)".to_owned()), ..held(7) });
    rows.push(Outgoing {
        kind: OutgoingKind::Form,
        recipient: "https://form.example/abuse".to_owned(),
        ..held(6)
    });
    rows
}

/// What the ledger answers.
pub fn answer(question: &OutboxQuestion) -> OutboxRows {
    let all = rows();
    let counts = OutgoingState::ALL
        .iter()
        .map(|state| (*state, all.iter().filter(|row| row.state == *state).count() as u64))
        .collect();
    let is_wanted = |row: &Outgoing| question.states.is_empty() || question.states.contains(&row.state);
    OutboxRows {
        question: question.number,
        rows: all.into_iter().filter(is_wanted).take(question.most).collect(),
        counts,
        stuck: None,
    }
}

/// Everything about a row.
pub fn detail(id: OutgoingId) -> Option<OutgoingDetail> {
    let row = rows().into_iter().find(|row| row.id == id)?;
    let entry = |number, act: &str, detail: &str| AuditEntry {
        id: number,
        at: NOW - 9_000 + number * 60,
        by: "anna".to_owned(),
        act: act.to_owned(),
        outgoing: Some(id),
        detail: detail.to_owned(),
    };
    let bytes = letter(row.kind, &row.recipient, 40, 1).bytes.to_vec();
    let history = vec![entry(1, "held", &row.recipient), entry(2, "approved", "sha256:3f")];
    Some(OutgoingDetail { row, bytes, history })
}
