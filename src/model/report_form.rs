//! How an abuse desk gets its reports: what goes along as evidence, and in which of the forms that desks' programs
//! read. Knows no desk.

use serde::{Deserialize, Serialize};

super::report::named! {
    /// The type of a report that goes out (RFC 5965 §7.3). `auth-failure` goes to nobody who did not ask for it.
    ReportType {
        /// Unwanted mail.
        Abuse = 0 "abuse",
        /// Mail in somebody else's name.
        Fraud = 1 "fraud",
    }
}

super::report::named! {
    /// How much of the reported mail goes along.
    EvidenceForm {
        /// Its headers.
        Headers = 0 "headers",
        /// All of it, readable.
        Whole = 1 "whole",
        /// Its headers, and all of it in an archive with a password, which scanners on the way do not open.
        Zip = 2 "zip",
    }
}

super::report::named! {
    /// How the archive is locked.
    ZipCipher {
        /// What every program opens. The password is a seal against scanners and no secret, so its weakness is none.
        ZipCrypto = 0 "zipcrypto",
        /// AES-256 (WinZip's AE-2), which `unzip` and Python's zipfile do not open.
        Aes = 1 "aes",
    }
}

super::report::named! {
    /// How Source-IP writes an IPv6 address.
    Ipv6Form {
        /// `IPv6:2001:db8::1`, as RFC 5321 §4.1.3 demands.
        Strict = 0 "strict",
        /// `2001:db8::1`, which is all that some readers of reports understand.
        Bare = 1 "bare",
    }
}

/// The password that the field has agreed upon for samples.
pub const USUAL_PASSWORD: &str = "infected";

/// How one contact wants its reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportForm {
    /// What goes along.
    pub evidence: EvidenceForm,
    /// How the archive is locked, where there is one.
    pub zip_cipher: ZipCipher,
    /// Its password.
    pub zip_password: String,
    /// How IPv6 sources are written.
    pub ipv6: Ipv6Form,
    /// It gets type abuse even for fraud: some readers of reports take no other.
    pub always_abuse: bool,
    /// Headers of the reported mail that do not go along, in any letter case; a `*` at the end stands for any rest.
    pub masked_headers: Vec<String>,
    /// It gets the report as XARF 4 (JSON) besides, where everything is known that XARF demands.
    pub xarf: bool,
    /// The recipients of the reported mail are hidden. Without it this desk sees who got the mail.
    pub redaction: bool,
}

impl Default for ReportForm {
    fn default() -> ReportForm {
        ReportForm {
            evidence: EvidenceForm::Headers,
            zip_cipher: ZipCipher::ZipCrypto,
            zip_password: USUAL_PASSWORD.to_owned(),
            ipv6: Ipv6Form::Strict,
            always_abuse: false,
            masked_headers: vec![],
            xarf: false,
            redaction: true,
        }
    }
}

impl ReportForm {
    /// Whether a header of this name stays at home.
    pub fn masks(&self, header: &str) -> bool {
        self.masked_headers.iter().any(|mask| match mask.strip_suffix('*') {
            Some(start) => header.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
            None => header.eq_ignore_ascii_case(mask),
        })
    }
}
