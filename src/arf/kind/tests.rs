//! What every kind of mail is taken for. All mails are our own.

use super::kind;
use crate::arf::mail::{self, Mail};
use crate::model::Kind::{self, AutoReplied, Bounce, Normal};

/// `None`: the report names no envelope sender.
fn judged(raw: &str, original_mail_from: Option<&str>) -> (Kind, String) {
    let message = mail::parse(raw.as_bytes()).expect("a message");
    kind(Mail::of(&message), original_mail_from)
}

#[track_caller]
fn is(want: Kind, raw: &str) -> String {
    let (kind, reason) = judged(raw, None);
    assert_eq!(kind, want, "{reason}\n{raw}");
    assert!(reason.starts_with(&format!("{kind}: ")), "{reason}");
    reason
}

/// A plain mail of a person with this subject.
fn subject(subject: &str) -> String {
    format!("From: Ann <ann@a.example>\nTo: bob@b.example\nSubject: {subject}\n\nSee you.\n")
}

fn delivery_status(from: &str, status: &str) -> String {
    format!(
        "From: {from}\nSubject: hello\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\n\nSomething in words.\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b\n\
         Content-Type: message/rfc822\n\nFrom: x@a.example\nSubject: lost\n\nHi\n--b--\n"
    )
}

#[test]
fn a_delivery_status_part_makes_a_bounce_and_says_what_happened() {
    for action in ["failed", "delayed", "delivered", "relayed", "expanded"] {
        let raw = delivery_status(
            "ann@a.example",
            &format!(
                "Reporting-MTA: dns; mx.a.example\n\nFinal-Recipient: rfc822; b@b.example\naction: {action} (x)\nStatus: 5.1.1\n"
            ),
        );
        assert_eq!(is(Bounce, &raw), format!("bounce: a delivery-status part (RFC 3464) says {action}"));
    }
    is(Bounce, &delivery_status("ann@a.example", "Reporting-MTA: dns; mx.a.example\n"));
    let international =
        delivery_status("ann@a.example", "Final-Recipient: utf-8; ü@b.example\nAction: failed\n")
            .replace("message/delivery-status", "message/global-delivery-status");
    is(Bounce, &international);
}

#[test]
fn multipart_report_alone_is_only_a_dress() {
    let dressed = "From: \"Mail Delivery System\" <mailer-daemon@a.example>\nSubject: Undelivered Mail\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/html\n\n\
        <p>Messages wait. <a href=\"https://x.example/\">Release them</a></p>\n--b--\n";
    assert!(is(Normal, dressed).contains("link"));
    let empty_part = delivery_status("it@a.example", "Click https://x.example/\n");
    assert!(is(Normal, &empty_part).contains("no delivery-status"), "{empty_part}");
}

#[test]
fn a_bounce_that_says_auto_replied_is_a_bounce() {
    let raw = delivery_status("MAILER-DAEMON@a.example", "Action: failed\n");
    is(Bounce, &format!("Auto-Submitted: auto-replied\n{raw}"));
    is(
        Bounce,
        "From: Mail Delivery System <Mailer-Daemon@a.example>\nAuto-Submitted: auto-replied\n\
         X-Failed-Recipients: b@b.example\nSubject: Mail delivery failed: returning message to sender\n\n\
         This message was created automatically by mail delivery software.\n",
    );
}

#[test]
fn a_sender_that_is_missing_blank_or_null_makes_no_bounce_alone() {
    for original_mail_from in [None, Some(""), Some(" "), Some("<>"), Some("a@a.example")] {
        for return_path in ["", "Return-Path: <>\n", "Return-Path: <a@a.example>\n"] {
            let raw = format!("{return_path}{}", subject("Your invoice"));
            let (kind, reason) = judged(&raw, original_mail_from);
            assert_eq!(kind, Normal, "{original_mail_from:?} {return_path}");
            let null = return_path.contains("<>") || original_mail_from.is_some_and(|f| f.len() < 3);
            assert_eq!(reason.contains("empty, which alone"), null, "{original_mail_from:?} {reason}");
        }
    }
}

#[test]
fn notices_of_mail_systems_are_bounces_without_a_delivery_status_part() {
    let lost = "\nReceived: from a.example by b.example\nFrom: ann@a.example\nSubject: lost\n\nHi\n";
    for (who, headers, text) in [
        (
            "qmail",
            "From: MAILER-DAEMON@a.example\nSubject: failure notice",
            "Hi. This is the qmail-send program at a.example.\nI'm afraid I wasn't able to deliver your message.\n\n\
             <bob@b.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
        ),
        (
            "Exim",
            "From: Mail Delivery System <Mailer-Daemon@a.example>\nSubject: Mail delivery failed",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not\n\
             be delivered to one or more of its recipients.\n\n  bob@b.example\n    SMTP error: 550 unknown user\n",
        ),
        (
            "Sendmail 5",
            "From: Mail Delivery Subsystem <MAILER-DAEMON>\nSubject: Returned mail: User unknown",
            "   ----- Transcript of session follows -----\n>>> RCPT To:<bob@b.example>\n<<< 550 User unknown\n",
        ),
        (
            "Postfix, plain",
            "From: MAILER-DAEMON@a.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender",
            "I'm sorry to have to inform you that the message returned\nbelow could not be delivered.\n\n\
             <bob@b.example>: host b.example[192.0.2.1] said: 550 5.1.1 User unknown\n",
        ),
        (
            "Exchange 2003",
            "From: System Administrator <postmaster@a.example>\nSubject: Undeliverable: hi",
            "Your message\n\n  To: bob@b.example\n  Subject: hi\n\ndid not reach the following recipient(s):\n",
        ),
        (
            "Notes",
            "From: postmaster@a.example\nSubject: Undeliverable message",
            "------- Failure Reasons  --------\n\nUser bob not listed in public Name & Address Book\nbob@b.example\n",
        ),
        (
            "GroupWise",
            "From: Mailer-Daemon@a.example\nSubject: Message status - undeliverable",
            "The message that you sent was undeliverable to the following:\n  bob (user not found)\n",
        ),
        (
            "MailMarshal",
            "From: postmaster@a.example\nSubject: Undeliverable Mail: \"hi\"",
            "Your message:\n From: ann@a.example\n\nCould not be delivered because of\n550 5.1.1 User unknown\n",
        ),
        (
            "OpenSMTPD",
            "From: Mailer Daemon <MAILER-DAEMON@a.example>\nSubject: Delivery status notification: error",
            "Hi!\n\nThis is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n",
        ),
        (
            "DragonFly",
            "From: MAILER-DAEMON <>\nSubject: Mail delivery failed",
            "This is the DragonFly Mail Agent v0.13 at a.example.\n\nThere was an error delivering your mail to <b@b.example>.\n",
        ),
        (
            "Courier",
            "From: \"Courier mail server at a.example\" <@>\nSubject: NOTICE: mail delivery status.",
            "This is a delivery status notification from a.example,\nrunning the Courier mail server\n",
        ),
        (
            "Sieve",
            "From: Postmaster <postmaster@a.example>\nSubject: Rejected: hi",
            "Your message to <bob@b.example> was automatically rejected:\nNo thanks\n",
        ),
        (
            "a Japanese carrier",
            "From: no-reply@a.example\nSubject: =?utf-8?b?44Oh44O844Or44Ko44Op44O86YCa55+l?=\nContent-Type: text/plain; charset=utf-8",
            "メールボックスが一杯のため、送信できませんでした。\n\nCould not be delivered to: <bob@b.example>\n",
        ),
        (
            "a stranger",
            "From: postmaster@a.example\nReturn-Path: <>\nSubject: Unzustellbar: Hallo",
            "Das ging leider schief.\n",
        ),
        (
            "a machine that gives codes",
            "From: Mailer <mailer-daemon@a.example>\nSubject: xyz",
            "bob@b.example\n  452-4.2.2 The mailbox is over quota\n",
        ),
        (
            "no headers to speak of",
            "X-Nothing: x",
            "Delivery to the following recipients failed.\n\n bob@b.example\n",
        ),
    ] {
        for raw in [format!("{headers}\n\n{text}"), format!("{headers}\n\n{text}{lost}")] {
            let (kind, reason) = judged(&raw, None);
            assert_eq!(kind, Bounce, "{who}: {reason}\n{raw}");
        }
    }
}

#[test]
fn a_notice_of_amazon_by_way_of_sns_is_a_bounce_quoted_or_not() {
    let headers = "From: x <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n";
    is(Bounce, &format!("{headers}{{\"notificationType\":\"Bounce\",\"bounce\":{{}}}}\n"));
    is(Bounce, &format!("{headers}{{\"Message\" : \"{{\\\"eventType\\\":\\\"Bounce\\\"}}\"}}\n"));
    is(Normal, &format!("{headers}{{\"notificationType\":\"Complaint\"}}\n"));
}

#[test]
fn headers_alone_are_enough_when_a_mail_system_wrote_them() {
    is(
        Bounce,
        "From: Mail Delivery System <MAILER-DAEMON@a.example>\nSubject: DELIVERY FAILURE: user x not listed\n\n",
    );
    is(
        Bounce,
        "From: x@a.example\nReturn-Path: <>\nSubject: x\nContent-Type: multipart/report;\n report-type=delivery-status; boundary=b\n\n",
    );
    is(Normal, "From: x@a.example\nReturn-Path: <>\nSubject: Delivery failure\n\n");
    is(Normal, "From: x@a.example\nSubject: x\nContent-Type: multipart/report; boundary=b\n\n");
}

#[test]
fn phishing_that_imitates_a_bounce_is_normal() {
    let page = "Content-Type: text/html\n\n<p>This message was created automatically by mail delivery software.</p>\
        <p>550 5.1.1 A message that you sent could not be delivered</p><a href=\"https://x.example/r\">Release messages</a>\n";
    let both = "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nMessages could not be delivered. 550 5.7.1\n\
        --b\nContent-Type: text/html\n\n<a href='http://x.example/'>Review</a>\n--b--\n";
    let text = "\nYour message could not be delivered to the following recipients.\nReview: https://x.example/review\n";
    for from in [
        "Mail Delivery System <mailer-daemon@a.example>",
        "\"postmaster\" <x@a.example>",
        "IT <it@a.example>",
    ] {
        for title in [
            "Undelivered mail: click to release your messages",
            "Mail delivery failed: returning message to sender",
        ] {
            for body in [page, both, text] {
                for path in ["", "Return-Path: <>\n"] {
                    is(Normal, &format!("{path}From: {from}\nSubject: {title}\n{body}"));
                }
            }
        }
    }
}

#[test]
fn other_mail_that_speaks_of_deliveries_and_quotas_is_normal() {
    for (from, title, text) in [
        (
            "Parcels <no-reply@p.example>",
            "Delivery failed: your parcel",
            "We were unable to deliver your parcel.\nhttps://x.example/\n",
        ),
        (
            "Parcels <no-reply@p.example>",
            "Delivery failed: your parcel",
            "We were unable to deliver your parcel.\n",
        ),
        (
            "Mail Administrator <postmaster@a.example>",
            "Mailbox full",
            "bob@b.example: you use 552 MB of 550 MB.\nhttp://x.example/\n",
        ),
        (
            "Ann <ann@a.example>",
            "Mail server trouble",
            "Our log says 550 5.1.1 <bob@b.example>: user unknown. Ideas?\n",
        ),
        ("root@a.example", "Logwatch for a.example", "5 times: 550 5.1.1 User unknown\n"),
        ("Ann <ann@a.example>", "Undeliverable?", "Bob says mail to him is undeliverable.\n"),
        ("Shop <news@s.example>", "Return to sender: the song", "Listen.\n"),
    ] {
        is(Normal, &format!("From: {from}\nSubject: {title}\n\n{text}"));
    }
}

#[test]
fn a_person_who_answers_or_forwards_a_bounce_is_a_person() {
    for title in [
        "Re: Undelivered Mail Returned to Sender",
        "Fwd: failure notice",
        "AW: Unzustellbar: x",
        "[list] RE: Mail delivery failed",
    ] {
        let reason = is(
            Normal,
            &format!(
                "From: Ann <ann@a.example>\nIn-Reply-To: <1@a.example>\nSubject: {title}\n\nWhat is this?\n\n\
                > This is the mail system at host a.example.\n> <bob@b.example>: host b said: 550 5.1.1 unknown\n"
            ),
        );
        assert!(reason.contains("quotes"), "{reason}");
    }
    is(
        Normal,
        "From: Ann <ann@a.example>\nSubject: Fwd: failure notice\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\
         See below.\n--b\nContent-Type: message/rfc822\n\nFrom: MAILER-DAEMON@a.example\nSubject: failure notice\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\n\
         Content-Type: message/delivery-status\n\nAction: failed\n--c--\n--b--\n",
    );
}

#[test]
fn headers_that_only_answering_programs_set_decide() {
    for header in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: Auto-Replied (vacation)",
        "auto-submitted: auto-replied; owner=x",
        "Auto-Submitted:\n auto-replied",
        "X-Autoreply: yes",
        "X-Auto-Reply-From: b@b.example",
        "X-Autorespond: Hi",
        "X-Mail-Autoreply: 1",
        "X-Autogenerated: Reply",
        "X-Apple-Action: VACATION",
        "Precedence: auto_reply",
        "X-Precedence: auto_reply",
        "Preference: auto_reply",
        "X-Mailer: vacation 1.2",
        "Delivered-To: Autoresponder",
        "X-POST-MessageClass: 9; Autoresponder",
        "User-Agent: Vacation/1.0",
    ] {
        is(AutoReplied, &format!("{header}\n{}", subject("Re: lunch")));
    }
}

#[test]
fn headers_that_newsletters_and_notifications_have_too_do_not_decide() {
    for header in [
        "Auto-Submitted: no",
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-notified",
        "X-Autoreply: no",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: junk",
        "List-Unsubscribe: <mailto:off@a.example>",
        "Return-Path: <>",
        "X-Loop: x",
        "X-Mailer: The Bat!",
    ] {
        is(Normal, &format!("{header}\n{}", subject("News of the week")));
    }
}

#[test]
fn subjects_that_name_an_automatic_answer_decide_in_every_language() {
    for title in [
        "Out of Office: x",
        "OUT OF OFFICE",
        "Out of Office AutoReply: x",
        "Automatic reply: x",
        "Auto Reply: Re: x",
        "Autoreply: x",
        "Auto-Response: x",
        "Out of office until 5 May",
        "[list] Ann Lee/London is out of the office.",
        "AUTO: Ann Lee is out of the office (returning 05/12)",
        "Vacation message: x",
        "Automatische Antwort: x",
        "Abwesenheitsnotiz: x",
        "Abwesenheitsnotiz",
        "Réponse automatique : x",
        "Reponse automatique: x",
        "Absence du bureau : x",
        "Respuesta automática: x",
        "Fuera de la oficina: x",
        "Resposta automática: x",
        "Fora do escritório: x",
        "Risposta automatica: x",
        "Fuori sede: x",
        "Automatisch antwoord: x",
        "Afwezigheidsbericht: x",
        "Automatyczna odpowiedź: x",
        "Odpowiedź automatyczna: x",
        "Automatická odpověď: x",
        "Automatická odpoveď: x",
        "Autosvar: x",
        "Automatiskt svar: x",
        "Automatisk svar: x",
        "Fraværsmelding: x",
        "Automaattinen vastaus: x",
        "Автоматический ответ: x",
        "Автоответ: x",
        "Автоматична відповідь: x",
        "Otomatik Yanıt: x",
        "OTOMATİK YANIT: x",
        "Αυτόματη απάντηση: x",
        "Automatikus válasz: x",
        "Răspuns automat: x",
        "Samodejni odgovor: x",
        "Automatski odgovor: x",
        "Автоматичен отговор: x",
        "Automātiskā atbilde: x",
        "Automatinis atsakymas: x",
        "Automaatvastus: x",
        "自動応答: x",
        "【自動返信】お問い合わせ",
        "自动答复: x",
        "自动回复：x",
        "自動回覆: x",
        "자동 회신: x",
        "부재중 자동 응답",
        "תשובה אוטומטית: x",
        "رد تلقائي: x",
        "Trả lời tự động: x",
        "Balasan otomatis: x",
        "ตอบกลับอัตโนมัติ: x",
    ] {
        assert!(is(AutoReplied, &subject(title)).contains("subject"), "{title}");
    }
    is(AutoReplied, &subject("=?utf-8?q?R=C3=A9ponse_automatique=C2=A0=3A_x?="));
}

#[test]
fn a_person_who_quotes_such_a_subject_is_a_person() {
    for title in [
        "Re: Out of office: x",
        "Re: Automatic reply: x",
        "AW: Abwesenheitsnotiz: x",
        "RE: [list] Ann is out of the office.",
        "[list] Re: [x] Ann is out of the office",
        "TR: Réponse automatique : x",
        "SV: Autosvar: x",
        "Re[2]: Autoreply: x",
        "回复: 自动答复: x",
        "Odp: Automatyczna odpowiedź: x",
        "Fwd: FW: Out of Office",
    ] {
        let raw = format!("In-Reply-To: <1@a.example>\n{}", subject(title));
        assert!(is(Normal, &raw).contains("quotes"), "{title}");
    }
    is(
        Normal,
        "From: Ann <ann@a.example>\nSubject: Re: lunch\nIn-Reply-To: <1@a.example>\n\nThen on Friday.\n\n\
         > I am out of the office until Monday. This is an automatic reply.\n",
    );
}

#[test]
fn subjects_that_only_look_alike_do_not_decide() {
    for title in [
        "Out of office furniture, 20 % off",
        "Autoresponders for your business",
        "Automatic reply systems compared",
        "Automated response teams",
        "Auto: cheap insurance",
        "Vacation deals",
        "Holiday party",
        "Away games",
        "Absence policy",
    ] {
        is(Normal, &subject(title));
    }
    let newsletter =
        format!("List-Unsubscribe: <https://x.example/>\n{}", subject("Out of office: our summer looks"));
    assert!(is(Normal, &newsletter).contains("newsletter"));
}

#[test]
fn a_word_for_holidays_needs_a_header_and_a_header_needs_a_word() {
    for title in [
        "Vacation",
        "Urlaub bis 5.5.",
        "Congés",
        "Vacaciones",
        "Férias",
        "Atvaļinājums Re: x",
        "Отпуск",
        "休暇のため",
        "Thank you for your email",
    ] {
        let raw = subject(title);
        is(Normal, &raw);
        is(AutoReplied, &format!("Return-Path: <>\n{raw}"));
        is(AutoReplied, &format!("Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n{raw}"));
        is(Normal, &format!("Return-Path: <>\n{}Book at https://x.example/\n", raw));
    }
}

#[test]
fn a_sentence_of_an_answer_needs_a_header() {
    for text in [
        "I am out of the office until Monday.",
        "This is an automatic reply.",
        "Ich bin bis Montag nicht im Büro.",
        "Je suis absent jusqu'à lundi.",
        "Estoy de vacaciones.",
        "Sono in ferie.",
        "Jestem na urlopie.",
        "Jag är på semester.",
        "Olen lomalla.",
        "Я в отпуске.",
        "Я у відпустці.",
        "Yıllık izindeyim.",
        "Szabadságon vagyok.",
        "Sunt în concediu.",
        "ただいま休暇を\nいただいております。",
    ] {
        let raw = format!(
            "From: Ann <ann@a.example>\nSubject: Re: lunch\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
        );
        is(Normal, &raw);
        is(AutoReplied, &format!("Return-Path: <>\n{raw}"));
        let late = raw.replace(text, &format!("{}\n{text}", "blah blah blah\n".repeat(500)));
        is(Normal, &format!("Return-Path: <>\n{late}"));
    }
}

#[test]
fn a_generated_mail_in_reply_to_another_is_an_automatic_answer() {
    let raw = format!("Auto-Submitted: auto-generated\n{}", subject("Hello"));
    is(Normal, &raw);
    is(Normal, &format!("In-Reply-To: <1@a.example>\n{raw}"));
    is(Normal, &format!("Return-Path: <>\n{raw}"));
    is(AutoReplied, &format!("Return-Path: <>\nIn-Reply-To: <1@a.example>\n{raw}"));
    let rule = format!("X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n{raw}");
    is(Normal, &rule);
    is(AutoReplied, &format!("In-Reply-To: <1@a.example>\n{rule}"));
    is(Normal, &format!("In-Reply-To: <1@a.example>\n{}", rule.replace("Subject: ", "Subject: FW: ")));
}

#[test]
fn a_read_receipt_is_an_automatic_answer() {
    let raw = "From: bob@b.example\nSubject: Read: hi\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n\
        --b\n\nIt was read.\n--b\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n";
    assert!(is(AutoReplied, raw).contains("RFC 8098"));
}

#[test]
fn headers_below_a_line_of_blanks_are_found() {
    is(
        Bounce,
        "      \nReturn-Path: <>\nFrom: MAILER-DAEMON@a.example\nSubject: failure notice\n\n<b@b.example>:\n550 5.1.1 unknown\n",
    );
}

#[test]
fn a_container_without_its_boundary_is_read_in_one_piece() {
    is(
        Bounce,
        "From: post_master@a.example\nSubject: Re: hi\nContent-Type: multipart/mixed\n\n\
         Error message below:\n550 - Requested action not taken: no such user here\n",
    );
}

#[test]
fn hostile_mail_is_decided_without_panic_and_in_linear_time() {
    let deep = (0..200)
        .map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"))
        .collect::<String>();
    let tags = format!(
        "From: postmaster@a.example\nSubject: {}\nContent-Type: text/html\n\n{}",
        "[a]".repeat(5000),
        "<".repeat(1 << 20)
    );
    let colons = format!(
        "From: postmaster@a.example\nSubject: {}\n\n{}",
        "re:".repeat(5000),
        "received:\n".repeat(100_000)
    );
    let words = format!("From: mailer-daemon@a.example\nSubject: x\n\n{}", "5.5.5 550-<a@".repeat(100_000));
    let wide = format!(
        "Return-Path: <>\nFrom: <\u{130}@\u{fffd}>\nSubject: {}\n\n{}",
        "\u{130}\u{301}".repeat(2000),
        "é".repeat(100_000)
    );
    for raw in [
        deep,
        tags,
        colons,
        words,
        wide,
        ":".into(),
        "From:\n\n".into(),
        "From: <>\nSubject:\nReturn-Path:\n".into(),
    ] {
        if let Some(message) = mail::parse(raw.as_bytes()) {
            let start = std::time::Instant::now();
            kind(Mail::of(&message), Some("\u{0}é"));
            assert!(start.elapsed().as_secs() < 5, "{:.60}", raw);
        }
    }
}
