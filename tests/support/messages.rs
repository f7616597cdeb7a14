//! Messages for mailboxes: failure reports that differ in everything that tells one message from another.

use sha2::{Digest, Sha256};

/// A failure report (RFC 6591), one for each number.
pub fn report(number: usize) -> Vec<u8> {
    padded_report(number, 0)
}

/// As [`report`], with so many bytes more in the reported mail.
pub fn padded_report(number: usize, more: usize) -> Vec<u8> {
    let (third, fourth) = (number / 250 % 250, number % 250 + 1);
    let filler = format!("{number:07} Lorem ipsum dolor sit amet, consectetur adipisici elit.\n");
    let body = filler.repeat(more.div_ceil(filler.len()));
    let text = format!(
        "From: DMARC reporter <noreply@reporter.example>
To: dmarc@brand.example
Subject: FW: Your invoice {number}
Message-ID: <report-{number}@reporter.example>
Date: Fri, 20 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=\"=_report\"

--=_report
Content-Type: text/plain; charset=us-ascii

This is an authentication failure report.

--=_report
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: Reporter/1.0
Version: 1
Auth-Failure: dmarc
Original-Mail-From: <bounce-{number}@sender.example>
Original-Rcpt-To: <person@reporter.example>
Source-IP: 198.51.{third}.{fourth}
Reported-Domain: brand.example
Arrival-Date: Fri, 20 Nov 2026 09:59:00 +0000
Delivery-Result: reject
Authentication-Results: mx.reporter.example; dmarc=fail header.from=brand.example

--=_report
Content-Type: message/rfc822

From: Accounting <accounting@brand.example>
To: person@reporter.example
Subject: Your invoice {number}
Message-ID: <invoice-{number}@brand.example>
Date: Fri, 20 Nov 2026 09:59:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Please pay at http://pay-{number}.example.net/invoice today.
{body}
--=_report--
"
    );
    text.replace('\n', "\r\n").into_bytes()
}

/// So many reports, from this number on.
pub fn reports(numbers: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    numbers.map(report).collect()
}

/// What the program calls a message's `sha256`.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A message that nobody could take for a report.
pub fn newsletter(number: usize) -> Vec<u8> {
    format!(
        "From: news@example.net\r\nTo: dmarc@brand.example\r\nSubject: News {number}\r\n\r\nNothing new.\r\n"
    )
    .into_bytes()
}
