//! Bounces, and what only looks like one.

use super::{is, judged, subject};
use crate::model::Kind::{Bounce, Normal};

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
    is(Normal, "From: MAILER-DAEMON@a.example\nSubject: Undelivered Mail\nContent-Type: text/html\n\n");
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
fn worms_that_come_as_bounces_with_a_file_are_normal() {
    for kind in [
        "application/zip; name=message.zip",
        "application/octet-stream; name=mail.scr",
        "text/html; name=mail.htm",
    ] {
        for text in
            ["The message cannot be represented in 7-bit ASCII.", "550 5.1.1 <bob@b.example>: user unknown"]
        {
            let raw = format!(
                "From: Mail Delivery System <mailer-daemon@a.example>\nReturn-Path: <>\nSubject: Mail Transaction Failed\n\
                 Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{text}\n--b\nContent-Type: {kind}\n\
                 Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nUEsDBBQAAAAIAA==\n--b--\n"
            );
            assert!(is(Normal, &raw).contains("file"), "{raw}");
        }
    }
}

#[test]
fn logs_and_questions_with_whole_notices_in_them_are_normal() {
    let log = "550 5.1.1 <bob@b.example>: user unknown (in reply to RCPT TO command)\n";
    let lead =
        "Hello all, since Tuesday our users see what follows below and I do not know where it comes from. "
            .repeat(5);
    for (from, headers, title) in [
        ("root@a.example", "", "Logwatch for a.example"),
        ("no-reply@a.example", "Return-Path: <>\n", "Daily report"),
        ("Ann <ann@a.example>", "List-Post: <mailto:l@a.example>\n", "Undelivered mail with Exim"),
        ("Ann <ann@a.example>", "", "Undelivered mail with Exim"),
        ("Ann <ann@a.example>", "In-Reply-To: <1@a.example>\n", "Returned mail"),
        ("Ann <ann@a.example>", "Return-Path: <>\n", "Strange things"),
    ] {
        is(
            Normal,
            &format!(
                "{headers}From: {from}\nSubject: {title}\n\n{lead}\nThis is the mail system at host a.example.\n{log}"
            ),
        );
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
        (
            "Mail Delivery System <mailer-daemon@a.example>",
            "Delivery failed",
            "Error 550: mailbox unavailable. Keep it: https://x.example/\n",
        ),
        (
            "Mail Delivery System <mailer-daemon@a.example>",
            "Delivery failed",
            "Messages wait for you at HXXPS://x[.]example/\n",
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
