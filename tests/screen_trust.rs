//! Everything in a report is written by an attacker: whatever a field holds, only sequences of the program's own come
//! out on the terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::model::{Attachment, Cause, FeedKind, Outcome, Report, ReportId, clock};
use lafayette::store::{Access, Durability, Incoming, Packer, Store, View, sha256};
use portable_pty::CommandBuilder;
use std::path::Path;
use std::sync::Arc;
use support::program::Home;
use support::pty::Pty;
use support::stream::foreign;

/// Sequences in a field of one report.
const IN_A_FIELD: usize = 16;

/// Every control, sequences of every family, everything that turns writing round or has no ink.
fn sequences() -> Vec<String> {
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32).map(String::from);
    let csi = (0x40..=0x7eu8).map(|last| format!("\x1b[1;2{}", char::from(last)));
    let modes = [
        "?1049l", "?1049h", "?25h", "?2004l", "?1000h", "?1006h", "?2026h", ">c", "=c", "6n", "!p", "?6c",
        "38;5;1m",
    ];
    let others = [
        "\x1b]0;owned\x07",
        "\x1b]2;owned\x1b\\",
        "\x1b]4;1;?\x07",
        "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
        "\x1b]9;note\x07",
        "\x1b]52;c;b3duZWQ=\x07",
        "\x1b]52;c;?\x07",
        "\x1b]1337;File=:AAAA\x07",
        "\x1b]777;notify;a;b\x07",
        "\x1bP1$r0m\x1b\\",
        "\x1bPq#0!9~\x1b\\",
        "\x1b_Gf=100;AAAA\x1b\\",
        "\x1b^private\x1b\\",
        "\x1bXstring\x1b\\",
        "\x1bc",
        "\x1b#8",
        "\x1b(0",
        "\x1bM",
        "\x1b=",
        "\u{9b}31m",
        "\u{9d}0;owned\u{9c}",
        "\u{90}q\u{9c}",
        "\u{9f}a\u{9c}",
        "\x0e\x0f",
    ];
    let unseen = [
        0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e,
        0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063,
        0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f, 0x2800, 0x3164, 0xfe00, 0xfe0e, 0xfe0f,
        0xfeff, 0xffa0, 0xfff9, 0xfffb, 0xe000, 0x1d173, 0xe0001, 0xe0041, 0xe0100, 0xe01ef, 0x10fffd,
    ];
    let unseen = unseen.into_iter().filter_map(char::from_u32).map(|c| format!("a{c}b"));
    let sequences =
        controls.chain(csi).chain(modes.map(|mode| format!("\x1b[{mode}"))).chain(others.map(String::from));
    sequences.chain(unseen).collect()
}

/// A message with this in its headers, its text, its HTML and the name of its file, as bytes and encoded.
fn message(number: usize, text: &str) -> Vec<u8> {
    let base64 = |text: &str| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, text);
    let lines: Vec<String> =
        base64(text).as_bytes().chunks(60).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    let word = format!("=?utf-8?B?{}?=", base64(text));
    let plain = text.replace(['\r', '\n'], " ");
    format!(
        "From: {word} <noreply@reporter.example>\r\nTo: desk@brand.example\r\nSubject: {word}\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"=_r\"\r\n\r\n\
         --=_r\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n\
         --=_r\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: {plain}\r\n\
         Version: 1\r\nX-Strange: {plain}\r\nSource-IP: 240.0.0.{number}\r\n\
         --=_r\r\nContent-Type: message/rfc822\r\n\r\nFrom: {word} <a@forged.example>\r\nSubject: {word}\r\n\
         X-Raw: {plain}\r\nContent-Type: multipart/mixed; boundary=\"=_m\"\r\n\r\n\
         --=_m\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n\
         --=_m\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{html}\r\n\
         --=_m\r\nContent-Type: application/octet-stream; name=\"{word}\"\r\n\
         Content-Disposition: attachment; filename=\"{word}\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n\
         --=_m--\r\n--=_r--\r\n",
        body = lines.join("\r\n"),
        html = base64(&format!("<p>{plain}</p><a href=\"http://evil.example/{plain}\">{plain}</a>")),
    )
    .into_bytes()
}

fn incoming(number: usize, text: &str) -> Incoming {
    let bytes = message(number, text);
    let some = || Some(text.to_owned());
    let all = || vec![text.to_owned(), format!("b{text}")];
    Incoming {
        sha256: sha256(&bytes),
        bytes,
        overflow: None,
        feed: Arc::from(text),
        feed_kind: FeedKind::Mailbox,
        origin: text.to_owned(),
        stored_at: clock::now(),
        outcome: if number.is_multiple_of(5) { Outcome::Quarantined(text.into()) } else { Outcome::Report },
        report: Report {
            feedback_type: some(),
            user_agent: some(),
            arrival: clock::now() - number as i64 * 1_000,
            source_ip: format!("240.0.0.{number}").parse().ok(),
            reported_domains: all(),
            reported_uris: all(),
            original_mail_from: some(),
            original_rcpt_to: all(),
            auth_failure: some(),
            authentication_results: all(),
            reporter: some(),
            from: some(),
            from_name: some(),
            reply_to: some(),
            subject: some(),
            message_id: some(),
            urls: vec![format!("http://evil.example/{text}"), text.to_owned()],
            addresses: all(),
            files: vec![Attachment {
                name: text.to_owned(),
                content_type: text.to_owned(),
                size: 3,
                sha256: text.to_owned(),
                md5: text.to_owned(),
            }],
            kind_reason: text.to_owned(),
            cause: Cause::Fraud,
            cause_reason: text.to_owned(),
            tags: all(),
            notes: all(),
            subject_shape: 1,
            url_shape: 1,
            ..Report::default()
        },
        asn: Some(64_512),
        as_name: Some(Arc::from(text)),
        country: Some([0x1b, b'[']),
    }
}

/// A database in which every field of every report is hostile; how many reports.
fn fill(database: &Path) -> usize {
    let texts: Vec<String> = sequences().chunks(IN_A_FIELD).map(<[String]>::concat).collect();
    let store = Store::open(database, Access::ReadWrite).unwrap();
    let mut writer = store.writer("test", Durability::Normal).unwrap();
    writer.begin().unwrap();
    let mut packer = Packer::new().unwrap();
    let incoming: Vec<Incoming> = texts.iter().enumerate().map(|(at, text)| incoming(at + 1, text)).collect();
    writer.add(packer.pack(incoming).unwrap()).unwrap();
    writer.commit().unwrap();
    drop(writer);
    for (at, text) in texts.iter().enumerate() {
        let id = [at as ReportId + 1];
        // What a verb refuses cannot come out.
        let _ = store.tag(&id, text, true);
        let _ = store.note(&id, text, text);
        let _ = store.save_view(&View { name: text.clone(), query: text.clone() });
        if at.is_multiple_of(4) {
            let _ = store.dismiss(&id, text, text);
        }
    }
    texts.len()
}

#[test]
fn only_sequences_of_its_own_come_out_whatever_a_report_holds() {
    let home = Home::new("");
    let reports = fill(&home.path("reports.db"));
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lafayette"));
    command.env_clear();
    command.env("HOME", home.path(""));
    command.env("TERM", "xterm-256color");
    command.cwd(home.path(""));
    let mut pty = Pty::start(command, (160, 50));
    pty.sees(" match");
    let mut seen = String::new();
    let mut step = |pty: &mut Pty, keys: &str| {
        pty.frame(keys);
        seen.push_str(&pty.text());
    };
    step(&mut pty, "0");
    let quarantined = reports / 5;
    pty.sees(&format!(" {} match", reports - quarantined));
    // Panes, all values of each; groups by everything; sorts; the quarantine.
    for keys in ["f", "<end>", "<home>", "<tab>", "<tab>", "<tab>", "<esc>"] {
        step(&mut pty, keys);
    }
    for keys in [
        "<tab>",
        "<tab>",
        "<tab>",
        "<tab>",
        "<tab>",
        "<backtab>",
        "Q",
        "Q",
        "Q",
        "R",
        "R",
        "O",
        "<esc>",
        "b",
        "<end>",
        "<esc>",
    ] {
        step(&mut pty, keys);
    }
    // Every part of every report, with URLs as they are; then the same of the quarantine.
    for (view, reports) in [("<home>", reports - quarantined), ("Q", quarantined)] {
        step(&mut pty, view);
        step(&mut pty, "<enter>");
        step(&mut pty, "D");
        for _ in 0..reports {
            for _ in 0..10 {
                step(&mut pty, "<tab>");
            }
            for keys in ["<esc>", "<down>", "<enter>"] {
                step(&mut pty, keys);
            }
        }
        step(&mut pty, "<esc>");
    }
    for keys in ["y", "<down>", "<enter>", "*", "<esc>", "K", "<esc>", "C", "<esc>", "c", "<esc>", "<esc>"] {
        step(&mut pty, keys);
    }
    // Every column, sorted by each.
    for _ in 0..9 {
        step(&mut pty, "ls");
    }
    step(&mut pty, "+");
    step(&mut pty, "<backspace>");
    step(&mut pty, "-");
    // What is pasted into the bar may be as bad.
    step(&mut pty, "/");
    let pasted = sequences().into_iter().filter(|text| !text.contains('\x1b')).collect::<String>();
    pty.send(format!("\x1b[200~{pasted}\x1b[201~").as_bytes());
    step(&mut pty, "<left>");
    step(&mut pty, "<home>");
    step(&mut pty, "<esc>");
    pty.keys("q");
    assert_eq!(pty.ended(), Ok(0));
    pty.is_restored();
    let foreign = foreign(&pty.written);
    assert!(
        foreign.is_empty(),
        "{} foreign, the first: {:#?}",
        foreign.len(),
        &foreign[..foreign.len().min(5)]
    );
    for shown in
        ["\\u{1b}[", "\\u{9b}", "\\u{7}", "\\u{202e}", "\\u{200b}", "\\u{0}", "\\u{feff}", "\\u{e0041}"]
    {
        assert!(seen.contains(shown), "{shown} was never seen, so nothing was shown");
    }
}

#[test]
fn what_is_foreign_is_found() {
    for own in [
        "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[12;40H\x1b[38;5;208mtext ✓ 帐 e\u{301}\x1b[0m",
        "\x1b]0;Lafayette\x07\x1b]52;c;aGk=\x1b\\👩\u{200d}👧",
    ] {
        assert_eq!(foreign(own.as_bytes()), Vec::<String>::new());
    }
    for strange in [
        "\x1b]0;owned\x07",
        "\x1b]52;c;?\x07",
        "\x1b[6n",
        "\x1b[?1047h",
        "\x1b[>c",
        "\x1bc",
        "\x1bP1$r\x1b\\",
        "\x1b_a\x1b\\",
        "\u{9b}2J",
        "\n",
        "\x07",
        "\x7f",
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "a\u{200d}",
        "\u{e0041}",
        "\x1b[38:5:1m",
        "\x1b[5;5t",
    ] {
        assert!(!foreign(format!("text{strange}text").as_bytes()).is_empty(), "{strange:?}");
    }
    assert_eq!(foreign(b"a\xffb").len(), 1);
}
