//! Who reports, and whether that is proven (DESIGN §6 rule 1).

use super::address;
use super::authentication::{self, AuthenticationResults};
use super::mail::Mail;
use crate::model::Judgement;

/// The address in the From header of the report's own mail, lower case.
pub fn reporter(outer: Mail<'_>) -> Option<String> {
    let (_, address) = address::mailbox(&outer.header("From")?)?;
    (!address.is_empty()).then(|| address.to_ascii_lowercase())
}

/// Our own server authenticated the reporter, or the user trusts it without.
///
/// Only the topmost Authentication-Results header counts, and only with an authserv-id that is ours: everything below
/// it may have been written by the sender (RFC 8601 §5).
pub fn is_verified(outer: Mail<'_>, reporter: Option<&str>, judgement: &Judgement) -> bool {
    let Some((reporter, domain)) = reporter.and_then(|r| Some((r, address::domain_of(r)?))) else {
        return false;
    };
    let trusted = judgement.trusted_reporters.iter().any(|t| match t.strip_prefix('@') {
        None if t.contains('@') => t.eq_ignore_ascii_case(reporter),
        bare => address::is_under(&domain, bare.unwrap_or(t)),
    });
    if trusted {
        return true;
    }
    let Some(top) = outer.header("Authentication-Results") else { return false };
    let results = authentication::parse(&top);
    is_ours(&results, &judgement.own.authserv_ids) && is_authenticated(&results, &domain)
}

fn is_ours(results: &AuthenticationResults, ids: &[String]) -> bool {
    results.authserv_id.as_deref().is_some_and(|id| ids.iter().any(|own| own.eq_ignore_ascii_case(id)))
}

fn is_authenticated(results: &AuthenticationResults, domain: &str) -> bool {
    let dmarc_passed = results.results.iter().any(|r| r.method == "dmarc" && r.result == "pass");
    dmarc_passed
        || authentication::passes(std::slice::from_ref(results)).any(|(_, d)| address::is_aligned(&d, domain))
}

#[cfg(test)]
mod tests {
    use super::super::mail;
    use super::*;
    use crate::model::Own;

    fn verified(header: &str, trusted: &[&str]) -> bool {
        let raw = format!("{header}From: Reports <DMARC@mail.reporter.example>\n\nx\n");
        let message = mail::parse(raw.as_bytes()).expect("message");
        let outer = Mail::of(&message);
        let judgement = Judgement {
            own: Own { authserv_ids: vec!["mx.own.example".to_owned()], ..Own::default() },
            trusted_reporters: trusted.iter().map(|t| (*t).to_owned()).collect(),
            ..Judgement::default()
        };
        is_verified(outer, reporter(outer).as_deref(), &judgement)
    }

    #[test]
    fn only_our_own_topmost_word_or_the_users_trust_verifies() {
        let ours = |results: &str| format!("Authentication-Results: mx.own.example; {results}\n");
        assert!(verified(&ours("dmarc=pass header.from=mail.reporter.example"), &[]));
        assert!(verified(&ours("dkim=pass header.d=reporter.example"), &[]));
        assert!(!verified(&ours("dkim=pass header.d=other.example"), &[]));
        assert!(!verified("Authentication-Results: mx.other.example; dmarc=pass\n", &[]));
        let forged = format!("Authentication-Results: mx.other.example; spf=fail\n{}", ours("dmarc=pass"));
        assert!(!verified(&forged, &[]));
        assert!(!verified("", &[]));
        assert!(verified("", &["reporter.example"]));
        assert!(verified("", &["dmarc@mail.reporter.example"]));
        assert!(!verified("", &["porter.example"]));
    }
}
