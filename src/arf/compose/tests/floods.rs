//! One report for a flood: which mails are one matter, which of them is shown, and that none is lost.

use super::*;
use crate::model::Delivery;
use proptest::sample::Index;

const DAY: Seconds = 86_400;

fn mail(id: ReportId, change: impl FnOnce(&mut Record)) -> Record {
    let mut record = record();
    record.id = id;
    record.report.subject_shape = 7;
    record.report.arrival = NOW - DAY + i64::from(id);
    change(&mut record);
    record
}

fn sorted(records: &[Record], to: &str) -> Vec<Flood> {
    let house = House::new();
    let text = ReportText::default();
    let sender = house.sender(&text);
    let form = ReportForm::default();
    floods(records.iter().map(|r| Candidate::of(r, to, &form, &sender, NOW)).collect())
}

fn ids(floods: &[Flood]) -> Vec<Vec<ReportId>> {
    floods.iter().map(|f| std::iter::once(f.specimen).chain(f.covered.clone()).collect()).collect()
}

#[test]
fn mails_of_one_source_contact_and_pattern_within_a_day_are_one_report() {
    let records: Vec<Record> = (1..=4).map(|id| mail(id, |_| ())).collect();
    let [flood] = &sorted(&records, "abuse@network.example")[..] else { panic!("one flood") };
    assert_eq!((flood.specimen, &flood.covered[..], flood.incidents), (4, &[1, 2, 3][..], 4));
    assert_eq!((flood.first, flood.last), (NOW - DAY + 1, NOW - DAY + 4));

    let house = House::new();
    let text = ReportText::default();
    let evidence = Evidence { record: &records[3], reported_mail: MAIL, flood: Some(flood) };
    let form = ReportForm::default();
    let destination = Destination { to: "abuse@network.example", form: &form };
    let composed = compose(&evidence, &house.sender(&text), &destination, &STAMP).expect("composed");
    assert_eq!(composed.covers, [4, 1, 2, 3]);
    assert_eq!(values(&fields(&composed.bytes), "Incidents"), ["4"]);
    let arrival = clock::rfc5322(records[3].report.arrival);
    assert_eq!(values(&fields(&composed.bytes), "Arrival-Date"), [arrival.as_str()]);
    let bytes = String::from_utf8_lossy(&composed.bytes).into_owned();
    assert!(bytes.contains("Mails like this:  4\r\n"), "{bytes}");
    assert!(bytes.contains(&format!("First and last:   {}\r\n", clock::rfc5322(flood.first))), "{bytes}");
    assert!(bytes.contains(&format!("{} (UTC)\r\n", clock::rfc5322(flood.last))), "{bytes}");
    assert_eq!(errors(&composed.bytes), Vec::<String>::new());

    let other = Evidence { record: &records[0], ..evidence };
    let error = compose(&other, &house.sender(&text), &destination, &STAMP).expect_err("another specimen");
    assert_eq!(error, ComposeError::Flood(1));
}

#[test]
fn what_a_person_approves_apart_is_not_mixed() {
    let differ: [fn(&mut Record); 9] = [
        |r| r.report.source_ip = "198.51.100.8".parse().ok(),
        |r| r.report.subject_shape = 8,
        |r| r.report.url_shape = 9,
        |r| r.report.unverified = true,
        |r| r.report.source_ip_from = Some(SourceIpFrom::Received),
        |r| r.report.arrival_from = ArrivalFrom::Received,
        |r| r.report.cause = Cause::Unknown,
        |r| r.feed_kind = FeedKind::Spamtrap,
        |r| r.report.arrival += DAY,
    ];
    for (index, change) in differ.into_iter().enumerate() {
        let floods = sorted(
            &[mail(1, |_| ()), mail(1 + u32::from(index == 8), |_| ()), mail(9, change)],
            "a@b.example",
        );
        assert_eq!(floods.len(), 2, "{index}: {floods:?}");
    }
}

#[test]
fn what_must_not_be_reported_or_has_no_time_counts_for_nobody() {
    let alone: [fn(&mut Record); 5] = [
        |r| r.report.kind = crate::model::Kind::Bounce,
        |r| r.report.feedback_type = Some("not-spam".to_owned()),
        |r| r.report.source_ip = None,
        |r| r.report.arrival_from = ArrivalFrom::Import,
        |r| (r.report.subject_shape, r.report.url_shape) = (0, 0),
    ];
    for change in alone {
        let floods =
            sorted(&[mail(1, change), mail(2, change), mail(3, |_| ()), mail(4, |_| ())], "a@b.example");
        assert_eq!(ids(&floods), [vec![1], vec![2], vec![4, 3]]);
        assert_eq!(floods[2].incidents, 2);
    }
}

#[test]
fn the_mail_that_shows_most_is_the_specimen() {
    let best: [fn(&mut Record); 4] = [
        |r| r.report.headers_only = false,
        |r| r.report.source_port = Some(1),
        |r| r.report.authentication_results = vec!["mx; dmarc=fail".to_owned()],
        |r| r.report.delivery = Some(Delivery::None),
    ];
    for change in best {
        let poor = |r: &mut Record| {
            r.report.headers_only = true;
            r.report.source_port = None;
            r.report.authentication_results.clear();
            r.report.delivery = Some(Delivery::Reject);
        };
        let good = mail(1, |r| {
            poor(r);
            change(r);
        });
        let floods = sorted(&[mail(2, poor), good, mail(3, poor)], "a@b.example");
        assert_eq!(ids(&floods), [vec![1, 2, 3]]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes in whatever order: the same reports, and each mail in exactly one.
    #[test]
    fn no_mail_is_lost_and_none_is_in_two_reports(
        mails in proptest::collection::vec((0..3u64, 0..3 * DAY, 1..u32::MAX, any::<bool>()), 1..40),
        swaps in proptest::collection::vec((any::<Index>(), any::<Index>()), 0..20),
    ) {
        let mut records: Vec<Record> = mails
            .iter()
            .zip(1..)
            .map(|((shape, at, incidents, whole), id)| mail(id, |r| {
                r.report.subject_shape = *shape;
                r.report.arrival = NOW - at;
                r.report.incidents = *incidents;
                r.report.headers_only = !whole;
            }))
            .collect();
        let once = sorted(&records, "a@b.example");
        let mut all: Vec<ReportId> = ids(&once).concat();
        all.sort_unstable();
        prop_assert_eq!(all, (1..=mails.len() as u32).collect::<Vec<_>>());
        prop_assert!(once.iter().all(|flood| flood.first <= flood.last && flood.last - flood.first < DAY));
        for (a, b) in swaps {
            let (a, b) = (a.index(records.len()), b.index(records.len()));
            records.swap(a, b);
        }
        prop_assert_eq!(sorted(&records, "a@b.example"), once);
    }
}
