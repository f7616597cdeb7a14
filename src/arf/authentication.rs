//! Authentication-Results (RFC 8601) as strict and as loose as they come, and what they say about DMARC.

use super::address::{domain_of, is_aligned};
use crate::model::{Delivery, DomainPolicy};

/// More results than any server writes; those behind are not read.
const MAX_RESULTS: usize = 200;

/// One Authentication-Results value.
#[derive(Debug, Default, PartialEq)]
pub struct AuthenticationResults {
    /// Who checked; reports often leave it out.
    pub authserv_id: Option<String>,
    /// What was checked.
    pub results: Vec<MethodResult>,
}

/// The result of one method.
#[derive(Debug, Default, PartialEq)]
pub struct MethodResult {
    /// `dkim`, `spf`, `dmarc`…, lower case.
    pub method: String,
    /// `pass`, `fail`, `none`…, lower case.
    pub result: String,
    /// `header.d`, `smtp.mailfrom`…, names in lower case, values as written.
    pub properties: Vec<(String, String)>,
    /// The comments, joined by blanks; disposition and policy usually stand there.
    pub comment: String,
}

impl MethodResult {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The domain that an SPF result speaks for.
    pub fn spf_domain(&self) -> Option<String> {
        let sender = ["smtp.mailfrom", "smtp.mail", "smtp.from", "envelope-from"]
            .iter()
            .find_map(|p| self.property(p));
        domain(sender.filter(|s| !s.is_empty()).or_else(|| self.property("smtp.helo"))?)
    }

    /// The domain that a DKIM result speaks for.
    pub fn dkim_domain(&self) -> Option<String> {
        domain(["header.d", "header.i", "header.from"].iter().find_map(|p| self.property(p))?)
    }

    /// A value that stands as a property or, as `name=value`, in a comment.
    fn stated(&self, name: &str) -> Option<&str> {
        self.property(name).or_else(|| {
            self.comment.split([' ', ';', ',', '\t']).find_map(|word| {
                word.split_once('=').filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            })
        })
    }
}

fn domain(value: &str) -> Option<String> {
    let value = value.trim_matches(['<', '>', '"', '.']);
    let domain = domain_of(value).unwrap_or_else(|| value.to_ascii_lowercase());
    (domain.contains('.')).then_some(domain)
}

/// Reads one unfolded value. Without a semicolon after it, or without any authserv-id, results are found all the same.
pub fn parse(value: &str) -> AuthenticationResults {
    let mut out = AuthenticationResults::default();
    let mut first = true;
    for segment in segments(value) {
        if out.results.len() >= MAX_RESULTS {
            break;
        }
        let mut current: Option<MethodResult> = None;
        for token in segment.words {
            match token.split_once('=') {
                Some((name, value)) if is_property(name) => {
                    let property = (name.to_ascii_lowercase(), value.to_owned());
                    if let Some(result) = current.as_mut() {
                        result.properties.push(property);
                    }
                }
                Some((method, result)) if current.is_none() || is_method(method) => {
                    out.results.extend(current.take());
                    let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
                    current = Some(MethodResult {
                        method,
                        result: result.to_ascii_lowercase(),
                        ..Default::default()
                    });
                }
                Some((name, value)) => {
                    if let Some(result) = current.as_mut() {
                        result.properties.push((name.to_ascii_lowercase(), value.to_owned()));
                    }
                }
                None if first && out.authserv_id.is_none() && current.is_none() => {
                    out.authserv_id = Some(token.to_ascii_lowercase());
                }
                None => {}
            }
        }
        if let Some(result) = current.as_mut() {
            result.comment = segment.comment;
        }
        out.results.extend(current);
        first = false;
    }
    out
}

fn is_property(name: &str) -> bool {
    name.contains('.') || name.eq_ignore_ascii_case("reason")
}

fn is_method(name: &str) -> bool {
    let name = name.split('/').next().unwrap_or_default();
    [
        "dkim",
        "spf",
        "dmarc",
        "arc",
        "auth",
        "iprev",
        "sender-id",
        "domainkeys",
        "dkim-adsp",
        "dkim-atps",
        "bimi",
    ]
    .iter()
    .any(|method| method.eq_ignore_ascii_case(name))
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'(' | b')' | b';')
}

/// What stands between two semicolons.
#[derive(Default)]
struct Segment {
    words: Vec<String>,
    comment: String,
}

/// Cuts at semicolons outside comments and quotes, comments taken aside.
fn segments(value: &str) -> Vec<Segment> {
    let mut out = vec![Segment::default()];
    let (mut word, mut depth, mut quoted, mut escaped) = (String::new(), 0usize, false, false);
    fn end(word: &mut String, out: &mut [Segment]) {
        if let (false, Some(last)) = (word.is_empty(), out.last_mut()) {
            last.words.push(std::mem::take(word));
        }
    }
    let mut rest = value;
    loop {
        // A run that means nothing special, whatever is open.
        let plain = rest.bytes().take_while(|b| is_plain(*b)).count();
        if plain > 0 {
            let (run, behind) = rest.split_at(plain);
            match out.last_mut() {
                Some(last) if depth > 0 => last.comment.push_str(run),
                _ => word.push_str(run),
            }
            (rest, escaped) = (behind, false);
        }
        let Some(c) = rest.chars().next() else { break };
        rest = &rest[c.len_utf8()..];
        let literal = std::mem::replace(&mut escaped, false);
        match c {
            '\\' if !literal && (quoted || depth > 0) => {
                escaped = true;
                continue;
            }
            '"' if !literal && depth == 0 => quoted = !quoted,
            '(' if !literal && !quoted => {
                if depth == 0 {
                    end(&mut word, &mut out);
                }
                depth += 1;
            }
            ')' if !literal && !quoted && depth > 0 => {
                depth -= 1;
                if let Some(last) = out.last_mut() {
                    last.comment.push(' ');
                }
            }
            _ if depth > 0 => {
                if let Some(last) = out.last_mut() {
                    last.comment.push(c);
                }
            }
            _ if quoted => word.push(c),
            ';' => {
                end(&mut word, &mut out);
                out.push(Segment::default());
            }
            c if c.is_whitespace() => end(&mut word, &mut out),
            c => word.push(c),
        }
    }
    end(&mut word, &mut out);
    out
}

/// The outcome of DMARC for a mail, and the evidence in words.
#[derive(Debug, Clone, PartialEq)]
pub enum Dmarc {
    /// An aligned identifier passed, or the checker says so.
    Pass(String),
    /// No aligned identifier passed, or the checker says so.
    Fail(String),
    /// The results do not tell.
    Unknown,
}

/// What the results say together about a mail with this From domain. A stated DMARC result counts more than ours: the
/// checker knew the policy record and the alignment mode, we do not.
pub fn dmarc(all: &[AuthenticationResults], from_domain: Option<&str>) -> Dmarc {
    let of = |method: &'static str| all.iter().flat_map(|a| &a.results).filter(move |r| r.method == method);
    for result in of("dmarc") {
        match result.result.as_str() {
            "pass" | "bestguesspass" => return Dmarc::Pass("the reporter states dmarc=pass".to_owned()),
            "fail" => return Dmarc::Fail("the reporter states dmarc=fail".to_owned()),
            _ => {}
        }
    }
    let stated = of("dmarc").find_map(|r| r.property("header.from")).and_then(domain);
    let Some(from) = from_domain.map(str::to_owned).or(stated) else { return Dmarc::Unknown };
    let (mut spf_seen, mut dkim_seen) = (false, false);
    for result in of("spf") {
        spf_seen = true;
        if let Some(d) = result.spf_domain().filter(|d| result.result == "pass" && is_aligned(d, &from)) {
            return Dmarc::Pass(format!("SPF passed for {d}, aligned with From {from}"));
        }
    }
    for result in of("dkim") {
        dkim_seen = true;
        if let Some(d) = result.dkim_domain().filter(|d| result.result == "pass" && is_aligned(d, &from)) {
            return Dmarc::Pass(format!("DKIM passed for {d}, aligned with From {from}"));
        }
    }
    // One method alone does not say that the other failed too.
    if spf_seen && dkim_seen {
        return Dmarc::Fail(format!("neither SPF nor DKIM passed for a domain aligned with From {from}"));
    }
    Dmarc::Unknown
}

/// Every domain for which DKIM or SPF passed, with the method's name.
pub fn passes(all: &[AuthenticationResults]) -> impl Iterator<Item = (&'static str, String)> {
    all.iter().flat_map(|a| &a.results).filter(|r| r.result == "pass").filter_map(|r| {
        match r.method.as_str() {
            "dkim" => r.dkim_domain().map(|d| ("DKIM", d)),
            "spf" => r.spf_domain().map(|d| ("SPF", d)),
            _ => None,
        }
    })
}

/// The disposition that the checker states: `dis=` (OpenDMARC, Google), `action=` (Microsoft), or a `policy.` property.
pub fn disposition(all: &[AuthenticationResults]) -> Option<Delivery> {
    let stated = dmarc_results(all).find_map(|r| {
        ["dis", "action", "disposition", "policy.applied-disposition", "policy.evaluated-disposition"]
            .iter()
            .find_map(|name| r.stated(name))
    })?;
    match stated.to_ascii_lowercase().trim_matches(['"', '.']) {
        "none" | "permerror" | "temperror" => Some(Delivery::None),
        // Microsoft's "override reject": the policy said reject, the mail went to the junk folder.
        "quarantine" | "oreject" | "pct.quarantine" => Some(Delivery::Quarantine),
        "reject" | "pct.reject" => Some(Delivery::Reject),
        _ => Some(Delivery::Other),
    }
}

/// The policy that the domain published.
pub fn policy(all: &[AuthenticationResults]) -> Option<DomainPolicy> {
    dmarc_results(all).find_map(|r| {
        let stated =
            ["p", "policy.published-domain-policy", "policy.dmarc"].iter().find_map(|name| r.stated(name))?;
        DomainPolicy::from_name(stated.trim_matches(['"', '.']))
    })
}

fn dmarc_results(all: &[AuthenticationResults]) -> impl Iterator<Item = &MethodResult> {
    all.iter().flat_map(|a| &a.results).filter(|r| r.method == "dmarc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> [AuthenticationResults; 1] {
        [parse(value)]
    }

    #[test]
    fn results_are_read_with_and_without_the_name_of_the_checker() {
        let strict = parse(
            "mx.example 1; dkim=fail reason=\"bad; key\" (x) header.d=a.example header.i=@a.example;\n\
             spf=pass smtp.mailfrom=b@c.example; dmarc/1=fail (p=none; dis=none) header.from=a.example",
        );
        assert_eq!(strict.authserv_id.as_deref(), Some("mx.example"));
        let methods: Vec<_> = strict.results.iter().map(|r| (r.method.as_str(), r.result.as_str())).collect();
        assert_eq!(methods, [("dkim", "fail"), ("spf", "pass"), ("dmarc", "fail")]);
        assert_eq!(strict.results[0].dkim_domain().as_deref(), Some("a.example"));
        assert_eq!(strict.results[1].spf_domain().as_deref(), Some("c.example"));

        let bare = parse("dmarc=fail (p=none; dis=none) header.from=example.com");
        assert_eq!((bare.authserv_id, bare.results.len()), (None, 1));

        let loose = parse(
            "mta.example  from=a.example; domainkeys=neutral (no sig);  from=b.example; dkim=pass (ok)",
        );
        assert_eq!(loose.authserv_id.as_deref(), Some("mta.example"));
        assert!(loose.results.iter().any(|r| r.method == "dkim" && r.result == "pass"));
        let tight = parse("example.org; dmarc=pass(p=reject dis=none)  example.org=example.org");
        assert_eq!(policy(&[tight]), Some(DomainPolicy::Reject));
        assert_eq!(parse(""), AuthenticationResults::default());
    }

    #[test]
    fn policy_and_disposition_stand_in_comments_and_properties() {
        for (value, policy_, disposition_) in [
            (
                "x; dmarc=fail (p=reject; dis=quarantine) header.from=a.example",
                Some(DomainPolicy::Reject),
                Some(Delivery::Quarantine),
            ),
            (
                "x; dmarc=fail (p=NONE sp=REJECT dis=NONE) header.from=a.example",
                Some(DomainPolicy::None),
                Some(Delivery::None),
            ),
            ("x; dmarc=fail action=oreject header.from=a.example", None, Some(Delivery::Quarantine)),
            (
                "x; dmarc=fail policy.published-domain-policy=reject policy.applied-disposition=reject",
                Some(DomainPolicy::Reject),
                Some(Delivery::Reject),
            ),
            ("x; dmarc=fail (sp=none) header.from=a.example", None, None),
            ("x; spf=fail (dis=none)", None, None),
        ] {
            assert_eq!((policy(&one(value)), disposition(&one(value))), (policy_, disposition_), "{value}");
        }
    }

    #[test]
    fn dmarc_follows_from_aligned_passes() {
        let verdict = |value: &str| dmarc(&one(value), Some("mail.a.example"));
        assert!(matches!(
            verdict("dkim=pass header.d=b.example; spf=pass smtp.mailfrom=x@c.example"),
            Dmarc::Fail(_)
        ));
        assert!(matches!(
            verdict("dkim=fail header.d=a.example; spf=pass smtp.mailfrom=x@a.example"),
            Dmarc::Pass(_)
        ));
        assert!(matches!(verdict("dkim=fail header.d=a.example"), Dmarc::Unknown));
        assert!(matches!(
            verdict("dmarc=fail header.from=a.example; dkim=pass header.d=b.example"),
            Dmarc::Fail(_)
        ));
        assert!(matches!(dmarc(&[], Some("a.example")), Dmarc::Unknown));
    }
}
