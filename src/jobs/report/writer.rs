//! Writes one letter: composed, signed where that is configured, and judged by our own rules before anybody sees it.

use super::plan::{Concern, Mend};
use super::planner::PlanError;
use crate::arf::compose::{
    ComposeError, Composed, Destination, Evidence, Flood, ReportText, Sender, Stamp, UrlMail, compose,
    compose_for_form, compose_urls,
};
use crate::arf::lint::{Answer, Outside, Severity, lint};
use crate::config::{Config, redaction_key};
use crate::dispatch::dkim::Signer;
use crate::jobs::way_out;
use crate::model::{OutgoingKind, Record};

/// Rules whose warnings composing does not give itself: the recipient, our authentication, the rate.
const OUTSIDE_RULES: &[u8] = &[7, 13, 16];

/// Everything that letters have in common.
pub struct Writer<'a> {
    config: &'a Config,
    from: &'a str,
    key: Vec<u8>,
    text: ReportText,
    signer: Option<Signer>,
    /// The domains in which we write: `own.domains`, and that of `report.from`.
    domains: Vec<String>,
}

/// What is known of one recipient and one mail besides the mail itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Circumstances<'a> {
    /// The recipient takes reports.
    pub(super) recipient: Answer<'a>,
    /// It has room for one more today.
    pub(super) rate: Answer<'a>,
}

impl<'a> Writer<'a> {
    /// By the configuration.
    ///
    /// # Errors
    /// Without a sender nothing is written; with a text, a key or a signature that cannot be used neither.
    pub fn new(config: &'a Config) -> Result<Writer<'a>, PlanError> {
        let from = config.report.from.as_deref().ok_or(PlanError::NoSender)?;
        let key =
            redaction_key(&config.redaction_key_file).map_err(|error| PlanError::Key(error.to_string()))?;
        let signer = way_out::signer(config).map_err(PlanError::Key)?;
        let of_sender = from.rsplit_once('@').map(|(_, domain)| domain.to_owned());
        let domains = config.own.domains.iter().cloned().chain(of_sender).collect();
        Ok(Writer { config, from, key, text: text(config)?, signer, domains })
    }

    /// Who reports, in these words.
    pub fn sender<'s>(&'s self, text: Option<&'s ReportText>) -> Sender<'s> {
        Sender {
            from: self.from,
            name: self.config.report.name.as_deref(),
            reporting_mta: self.config.report.reporting_mta.as_deref(),
            own: &self.config.own,
            treat_as_public: &self.config.treat_as_public,
            redaction_key: &self.key,
            text: text.unwrap_or(&self.text),
        }
    }

    /// Writes the mail that hands URLs to a feed.
    ///
    /// # Errors
    /// A sentence: why it cannot be written, or not signed.
    pub fn write_urls(
        &self,
        urls: &[&str],
        reason: &str,
        to: &str,
        stamp: &Stamp<'_>,
    ) -> Result<UrlMail, String> {
        let mut mail =
            compose_urls(urls, reason, &self.sender(None), to, stamp).map_err(|e| e.to_string())?;
        if let Some(signer) = &self.signer {
            mail.bytes = signer
                .sign(&mail.bytes, stamp.now)
                .map_err(|error| format!("the mail to {to} cannot be signed: {error}"))?;
        }
        Ok(mail)
    }

    /// Writes the letter about one flood, with what a person should know. Else why it must not leave.
    pub(super) fn write(
        &self,
        kind: OutgoingKind,
        (record, mail, flood): (&Record, &[u8], &Flood),
        to: &str,
        text: Option<&ReportText>,
        stamp: &Stamp<'_>,
        circumstances: Circumstances<'_>,
    ) -> Result<(Composed, Vec<Concern>), Concern> {
        let form = self.config.report.form(to);
        let evidence = Evidence { record, reported_mail: mail, flood: Some(flood) };
        let destination = Destination { to, form };
        let known = |warnings: &[String]| -> Vec<Concern> {
            warnings.iter().map(|text| Concern { text: text.clone(), mend: Mend::Know }).collect()
        };
        if kind == OutgoingKind::Form {
            let composed = compose_for_form(&evidence, &self.sender(text), form, stamp);
            let composed = composed.map_err(|error| blocked(&error))?;
            let concerns = known(&composed.warnings);
            return Ok((composed, concerns));
        }
        let mut composed =
            compose(&evidence, &self.sender(text), &destination, stamp).map_err(|error| blocked(&error))?;
        if let Some(signer) = &self.signer {
            composed.bytes = signer.sign(&composed.bytes, stamp.now).map_err(|error| Concern {
                text: format!("it cannot be signed: {error}"),
                mend: Mend::Drop,
            })?;
        }
        let outside = Outside {
            now: Some(stamp.now),
            domains: &self.domains,
            form: Some(form),
            by_timer: Some(false),
            ledger: Answer::Fine,
            recipient: circumstances.recipient,
            rate: circumstances.rate,
            ..Outside::default()
        };
        let mut concerns = known(&composed.warnings);
        // Where reserved addresses count as somebody's, so do reserved names.
        let is_made_up = !self.config.treat_as_public.is_empty();
        for finding in lint(&composed.bytes, &outside).findings {
            if finding.rule == 7 && finding.severity == Severity::Warning && is_made_up {
                continue;
            }
            let mend = if finding.rule == 7 { Mend::Recipient } else { Mend::Know };
            match finding.severity {
                Severity::Error => {
                    let text = format!("its own check holds it back: {finding}");
                    return Err(Concern { text, mend: if finding.rule == 7 { mend } else { Mend::Drop } });
                }
                Severity::Warning if OUTSIDE_RULES.contains(&finding.rule) => {
                    concerns.push(Concern { text: finding.message.clone(), mend });
                }
                Severity::Warning => {}
            }
        }
        Ok((composed, concerns))
    }
}

fn blocked(error: &ComposeError) -> Concern {
    let mend = match error {
        ComposeError::Recipient(..) | ComposeError::OwnRecipient(_) | ComposeError::InvolvedRecipient(..) => {
            Mend::Recipient
        }
        _ => Mend::Drop,
    };
    Concern { text: error.to_string(), mend }
}

/// The text of reports: the user's, or the built-in one.
///
/// # Errors
/// A file that cannot be read, or that misses something.
pub fn text(config: &Config) -> Result<ReportText, PlanError> {
    let Some(path) = &config.report.text else { return Ok(ReportText::default()) };
    let wrong = |why: String| PlanError::Text(path.clone(), why);
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    ReportText::parse(&text).map_err(|error| wrong(error.to_string()))
}

/// 128 random bits in hexadecimal.
pub(in crate::jobs) fn token() -> Result<String, PlanError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| PlanError::Random(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
