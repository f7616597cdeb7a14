//! What others make of our reports: our own parser, Python's `email`, and the programs that open a zip file. A program
//! that is not on this machine is left out with a word.

use super::forms::archive;
use super::*;
use crate::arf::read::{Context, read};
use crate::model::{Judgement, Outcome, ZipCipher};
use std::io::Write;
use std::process::{Command, Output, Stdio};

const TO: &str = "abuse@network.example";

/// Subjects and names as attackers write them.
const HOSTILE: &[&str] = &[
    "Wire transfer",
    "a\r\nBcc: x@victim.example",
    "a@b\nBcc: c@victim.example",
    "=?utf-8?q?a=0D=0ABcc:_x@victim.example?=",
    "nul \0 and \u{202e}bidi",
    "f\u{e4}lschung \u{4e2d}\u{6587} \u{1f642}",
];

fn every_report() -> Vec<(Record, Composed)> {
    let mut all = vec![];
    for evidence in EvidenceForm::ALL {
        for hostile in HOSTILE {
            for source in ["198.51.100.7", "2001:db8::7"] {
                let form = ReportForm { evidence: *evidence, ..ReportForm::default() };
                let mut record = record();
                record.report.source_ip = source.parse().ok();
                record.report.subject = Some((*hostile).to_owned());
                record.report.from_name = Some((*hostile).to_owned());
                record.source_name = Some((*hostile).to_owned());
                let mail = String::from_utf8_lossy(MAIL).replace("Wire transfer", hostile);
                let composed =
                    House::new().compose_as(&record, mail.as_bytes(), &form, TO).expect("composed");
                assert_eq!(errors(&composed.bytes), Vec::<String>::new(), "{hostile:?}");
                all.push((record, composed));
            }
        }
    }
    all
}

#[test]
fn our_own_parser_reads_the_same_facts() {
    let house = House::new();
    let judgement = Judgement { treat_as_public: house.public.clone(), ..Judgement::default() };
    let context =
        Context { judgement: &judgement, feed_kind: FeedKind::Mailbox, internal_date: None, now: NOW };
    for (record, composed) in every_report() {
        // As if somebody else had written it: at home it would be one of our own that came back.
        let bytes = String::from_utf8(composed.bytes).expect("text").replace(USER_AGENT, "Other/1.0");
        let reading = read(bytes.as_bytes(), &context);
        assert_eq!(reading.outcome, Outcome::Report);
        let (sent, seen) = (&record.report, &reading.report);
        assert_eq!(seen.feedback_type.as_deref(), Some(composed.report_type.name()));
        assert_eq!(seen.source_ip, sent.source_ip);
        assert_eq!(seen.source_ip_from, Some(SourceIpFrom::Field));
        assert_eq!(seen.source_port, sent.source_port);
        assert_eq!((seen.arrival, seen.arrival_from), (sent.arrival, ArrivalFrom::Field));
        assert_eq!(seen.incidents, sent.incidents);
        assert_eq!(seen.reported_domains, sent.reported_domains);
        assert_eq!(seen.authentication_results, sent.authentication_results);
        assert_eq!(seen.original_rcpt_to.len(), sent.original_rcpt_to.len());
        assert!(seen.original_mail_from.as_deref().is_some_and(|from| from.ends_with("@sender.example")));
        assert_eq!(seen.from, sent.from);
        assert_eq!(seen.message_id, sent.message_id);
        assert_eq!(seen.reporter.as_deref(), Some("abuse-desk@own.example"));
    }
}

/// Runs a program; `None`, and a word, where there is none.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Option<Output> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        let word = format!("{program} is not here: what it makes of a report was not tried\n");
        std::io::stderr().write_all(word.as_bytes()).expect("a place for it");
        return None;
    };
    // A program that has seen enough closes its input; what it says tells.
    let _ = child.stdin.take().expect("input").write_all(input);
    Some(child.wait_with_output().expect("an end"))
}

/// All of them in one go: starting Python takes longer than reading a hundred mails.
#[test]
fn pythons_email_reads_every_report_without_a_defect() {
    const SCRIPT: &str = r#"
import email, email.policy, sys
data = sys.stdin.buffer.read()
count = 0
for raw in data.split(b"\n=====\n"):
    m = email.message_from_bytes(raw, policy=email.policy.default)
    fields = list(m.iter_parts())[1].get_payload(0)
    for part in [m, fields, *m.iter_parts()]:
        assert not part.defects, part.defects
    for name, value in m.items():
        assert not value.defects, (name, value, value.defects)
    assert "Bcc" not in m and "Cc" not in m, m.keys()
    assert [a.addr_spec for a in m["To"].addresses] == ["abuse@network.example"], m["To"]
    assert [a.addr_spec for a in m["From"].addresses] == ["abuse-desk@own.example"], m["From"]
    parts = [p.get_content_type() for p in m.iter_parts()]
    assert parts[:2] == ["text/plain", "message/feedback-report"], parts
    assert len(parts) in (3, 4), parts
    count += 1
print(count)
"#;
    let reports = every_report();
    let bytes: Vec<&[u8]> = reports.iter().map(|(_, composed)| composed.bytes.as_slice()).collect();
    let Some(output) = run("python3", &["-c", SCRIPT], &bytes.join(&b"\n=====\n"[..])) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), reports.len().to_string());
}

#[test]
fn common_programs_open_the_archive() {
    let form = ReportForm { evidence: EvidenceForm::Zip, ..ReportForm::default() };
    let aes = ReportForm { zip_cipher: ZipCipher::Aes, ..form.clone() };
    let folder = tempfile::tempdir().expect("folder");
    let path = |name: &str, form: &ReportForm| {
        let composed = House::new().compose_as(&record(), MAIL, form, TO).expect("composed");
        let path = folder.path().join(name);
        std::fs::write(&path, archive(&composed.bytes).expect("an archive")).expect("write");
        path.display().to_string()
    };
    let (usual, aes) = (path("usual.zip", &form), path("aes.zip", &aes));
    const PYTHON: &str = "import sys, zipfile\n\
        sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read('mail.eml', pwd=b'infected'))";
    for (program, arguments) in [
        ("unzip", vec!["-p", "-P", "infected", &usual, "mail.eml"]),
        ("python3", vec!["-c", PYTHON, &usual]),
        ("7z", vec!["x", "-so", "-pinfected", &usual, "mail.eml"]),
        ("7z", vec!["x", "-so", "-pinfected", &aes, "mail.eml"]),
    ] {
        let Some(output) = run(program, &arguments, b"") else { continue };
        let mail = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program}: {said}");
        assert!(mail.contains("see https://phish.example/"), "{program}: {mail} {said}");
    }
}

/// One form is enough: a subject is written the same way in all, and a megabyte takes a second without optimisation.
#[test]
fn a_subject_of_a_megabyte_and_a_bomb_of_encoded_words_stay_mails() {
    let long = "x".repeat(1 << 20);
    let words = "=?utf-8?b?PT91dGYtOD9iP1BUOTFkR1l0T0Q5aVAxQlVPVEZr?= ".repeat(2_000);
    for subject in [long, words] {
        let mail = format!("From: a@b.example\r\nSubject: {subject}\r\n\r\nx");
        let mut record = record();
        record.report.subject = Some(subject);
        let composed = House::new().compose(&record, mail.as_bytes(), true).expect("composed");
        assert_eq!(errors(&composed.bytes), Vec::<String>::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever a sender, a reporter or a registry wrote: the headers are ours, the recipient is one.
    #[test]
    fn nobody_else_writes_a_header_or_a_recipient(
        hostile in "[ -~é\r\n\\x00\\x0b\\x85\u{2028}]{0,60}",
        evidence in proptest::sample::select(EvidenceForm::ALL),
    ) {
        let mail = format!("From: a@b.example\r\nSubject: x {hostile}\r\n\r\n{hostile}");
        let mut record = record();
        let report = &mut record.report;
        for text in [&mut report.subject, &mut report.from_name, &mut report.message_id, &mut report.auth_failure] {
            *text = Some(hostile.clone());
        }
        report.original_mail_from = Some(format!("{hostile}\nBcc: x@victim.example"));
        report.original_rcpt_to.push(format!("a@b\nBcc: {hostile}"));
        report.authentication_results.push(format!("{hostile}\r\n\r\n--=_report_0123456789abcdef0123"));
        report.urls.push(format!("http://{hostile}"));
        record.source_name = Some(format!("{hostile}\r\nBcc: x@victim.example"));
        let form = ReportForm { evidence, ..ReportForm::default() };
        let composed = match House::new().compose_as(&record, mail.as_bytes(), &form, TO) {
            Ok(composed) => composed,
            Err(ComposeError::InvolvedRecipient(..) | ComposeError::Loop(..)) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        prop_assert_eq!(errors(&composed.bytes), Vec::<String>::new());
        let message = mail::parse(&composed.bytes).expect("message");
        let outer = mail::Mail::of(&message);
        let names: Vec<&str> = outer.headers().map(|(name, _)| name).collect();
        prop_assert_eq!(
            names,
            ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
        );
        let to = outer.header("To").map(|to| to.to_string());
        prop_assert_eq!(to.as_deref(), Some("<abuse@network.example>"));
        let known: Vec<&str> = fields::NAMES.split(' ').collect();
        for (name, _) in fields(&composed.bytes) {
            prop_assert!(known.contains(&name.as_str()), "{}", name);
        }
    }

    /// A registry's answer that is not exactly one address is none.
    #[test]
    fn no_odd_address_becomes_a_recipient(
        odd in "[ -~é\r\n\\x00]{0,20}",
        sign in proptest::sample::select(&["\n", "\r", "\0", ",", ";", " ", "<", ">", "\"", "(", "é", ":"][..]),
    ) {
        let to = format!("a{sign}{odd}@network.example");
        prop_assert!(House::new().compose_to(&record(), MAIL, true, &to).is_err(), "{}", to);
    }
}
