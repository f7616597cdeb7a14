//! Messages as mboxrd, which gives back the exact bytes: every line that is `From ` behind any number of `>` gets one
//! more. Knows nothing of reports.

use crate::model::clock::{self, Seconds};
use std::io::{self, Write};

/// Writes one message with the line before it and the blank line behind it. Of the message itself nothing changes,
/// but a last line without an end gets one ([`is_exact`]): an mbox cannot say that it had none.
pub fn write(out: &mut dyn Write, stored_at: Seconds, message: &[u8]) -> io::Result<()> {
    // The sender stands in the message; here is the one that tells least (RFC 4155, appendix A).
    writeln!(out, "From MAILER-DAEMON {}", clock::asctime(stored_at))?;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        if line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From ")) {
            out.write_all(b">")?;
        }
        out.write_all(line)?;
    }
    out.write_all(if is_exact(message) { b"\n" } else { b"\n\n" })
}

/// Whether a reader of the mbox gets the message byte for byte.
pub fn is_exact(message: &[u8]) -> bool {
    message.is_empty() || message.ends_with(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_would_begin_a_message_are_quoted_and_quoted_ones_once_more() {
        let mut out = vec![];
        write(&mut out, 1_795_000_000, b"From a\nTo: b\n\n>From c\n>>From d\n> From e\nfrom f\nFrom g")
            .expect("written");
        let expected = "From MAILER-DAEMON Wed Nov 18 11:06:40 2026\n>From a\nTo: b\n\n>>From c\n>>>From d\n> From e\n\
                        from f\n>From g\n\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn only_a_last_line_without_an_end_is_not_kept_as_it_is() {
        for (message, exact) in
            [(&b""[..], true), (b"a\r\n", true), (b"a\n\n", true), (b"a", false), (b"a\r", false)]
        {
            assert_eq!(is_exact(message), exact, "{message:?}");
        }
    }
}
