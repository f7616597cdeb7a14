//! `[report]` and `[[report_form]]`: who writes abuse reports, in which words, and which desk gets them in which form.

use super::location::Step::{Item, Key};
use super::validate::Check;
use super::{file, values};
use crate::model::{EvidenceForm, Ipv6Form, ReportForm, ZipCipher};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Who writes the abuse reports, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The address; without one no report is written.
    pub from: Option<String>,
    /// The display name beside it.
    pub name: Option<String>,
    /// The host that Reporting-MTA names (RFC 5965 §3.2); left out when not given, so that no host name leaks.
    pub reporting_mta: Option<String>,
    /// The file with the text for a person, in place of the built-in one.
    pub text: Option<PathBuf>,
    /// Every mail gets a report of its own, floods too.
    pub one_per_mail: bool,
    /// How desks get their reports,
    form: ReportForm,
    /// except these: an address, or a domain with its subdomains.
    forms: Vec<(String, ReportForm)>,
}

impl Report {
    /// How this contact gets its reports: as its address says, else the longest of its domains, else as all others.
    pub fn form(&self, address: &str) -> &ReportForm {
        let address = address.to_ascii_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let of_domain =
            |name: &str| domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let named = self.forms.iter().filter(|(name, _)| *name == address || of_domain(name));
        named.max_by_key(|(name, _)| (*name == address, name.len())).map_or(&self.form, |(_, form)| form)
    }
}

/// `[report]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileReport {
    /// The address that abuse reports come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The display name beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The host that Reporting-MTA names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporting_mta: Option<String>,
    /// The file with the text for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<PathBuf>,
    /// Every mail gets a report of its own.
    pub one_per_mail: bool,
    /// What goes along as evidence.
    pub evidence: EvidenceForm,
    /// How the archive is locked.
    pub zip_cipher: ZipCipher,
    /// Its password.
    pub zip_password: String,
    /// How IPv6 sources are written.
    pub ipv6: Ipv6Form,
    /// Type abuse even for fraud.
    pub always_abuse: bool,
    /// Headers that do not go along.
    pub masked_headers: Vec<String>,
    /// The report as XARF besides.
    pub xarf: bool,
}

impl Default for FileReport {
    fn default() -> FileReport {
        let ReportForm {
            evidence, zip_cipher, zip_password, ipv6, always_abuse, masked_headers, xarf, ..
        } = ReportForm::default();
        FileReport {
            from: None,
            name: None,
            reporting_mta: None,
            text: None,
            one_per_mail: false,
            evidence,
            zip_cipher,
            zip_password,
            ipv6,
            always_abuse,
            masked_headers,
            xarf,
        }
    }
}

impl FileReport {
    /// How all desks without a form of their own get their reports.
    pub fn form(&self) -> ReportForm {
        ReportForm {
            evidence: self.evidence,
            zip_cipher: self.zip_cipher,
            zip_password: self.zip_password.clone(),
            ipv6: self.ipv6,
            always_abuse: self.always_abuse,
            masked_headers: self.masked_headers.clone(),
            xarf: self.xarf,
            // For one desk at a time, never for all.
            redaction: true,
        }
    }
}

/// `[[report_form]]`: what is absent is as `[report]` has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileForm {
    /// An address, or a domain; the only key without a default.
    pub contact: String,
    /// What goes along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceForm>,
    /// How the archive is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_cipher: Option<ZipCipher>,
    /// Its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_password: Option<String>,
    /// How IPv6 sources are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<Ipv6Form>,
    /// Type abuse even for fraud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_abuse: Option<bool>,
    /// Headers that do not go along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_headers: Option<Vec<String>>,
    /// The report as XARF besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xarf: Option<bool>,
    /// Recipients of the reported mail are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redaction: Option<bool>,
}

impl FileForm {
    fn over(&self, base: &ReportForm) -> ReportForm {
        ReportForm {
            evidence: self.evidence.unwrap_or(base.evidence),
            zip_cipher: self.zip_cipher.unwrap_or(base.zip_cipher),
            zip_password: self.zip_password.clone().unwrap_or_else(|| base.zip_password.clone()),
            ipv6: self.ipv6.unwrap_or(base.ipv6),
            always_abuse: self.always_abuse.unwrap_or(base.always_abuse),
            masked_headers: self.masked_headers.clone().unwrap_or_else(|| base.masked_headers.clone()),
            xarf: self.xarf.unwrap_or(base.xarf),
            redaction: self.redaction.unwrap_or(base.redaction),
        }
    }
}

impl Check<'_> {
    /// Both tables.
    pub fn report(&mut self, file: &file::File) -> Report {
        let report = &file.report;
        let mut value = |key, text: &Option<String>, check| {
            text.as_ref().and_then(|text| self.value(&[Key("report"), Key(key)], text, check))
        };
        let mut out = Report {
            from: value("from", &report.from, values::mail_address),
            name: value("name", &report.name, values::line),
            reporting_mta: value("reporting_mta", &report.reporting_mta, values::domain),
            text: report.text.as_deref().map(|path| self.path(path)),
            one_per_mail: report.one_per_mail,
            form: report.form(),
            forms: vec![],
        };
        if report.from.is_none() && (report.name.is_some() || report.reporting_mta.is_some()) {
            self.problem(&[Key("report")], "needs 'from', the address that reports come from");
        }
        self.value(&[Key("report"), Key("zip_password")], &report.zip_password, password);
        for (index, mask) in report.masked_headers.iter().enumerate() {
            self.value(&[Key("report"), Key("masked_headers"), Item(index)], mask, header);
        }
        for (index, form) in file.report_form.iter().enumerate() {
            let at = [Key("report_form"), Item(index)];
            let key = |name| [at[0].clone(), at[1].clone(), Key(name)];
            if form.contact.is_empty() {
                self.problem(&at, "a [[report_form]] needs a 'contact', an address or a domain");
                continue;
            }
            if let Some(text) = &form.zip_password {
                self.value(&key("zip_password"), text, password);
            }
            for (item, mask) in form.masked_headers.iter().flatten().enumerate() {
                self.value(&[&key("masked_headers")[..], &[Item(item)]].concat(), mask, header);
            }
            let Some(contact) = self.value(&key("contact"), &form.contact, values::reporter) else {
                continue;
            };
            if out.forms.iter().any(|(known, _)| *known == contact) {
                self.problem(&key("contact"), format!("'{contact}' has two forms"));
            }
            out.forms.push((contact, form.over(&out.form)));
        }
        out
    }
}

/// Printable ASCII without blanks: it is read in a mail and typed into any program.
fn password(text: &str) -> Result<(), String> {
    if !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err("must be 1 to 64 letters, digits and signs without blanks".to_owned())
}

/// A header's name (RFC 5322 §2.2), or its beginning and `*`.
fn header(text: &str) -> Result<(), String> {
    let name = text.strip_suffix('*').unwrap_or(text);
    if !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b":*".contains(&b)) {
        return Ok(());
    }
    Err(format!("'{}' is no header; write it like 'X-Customer' or 'X-Own-*'", text.escape_debug()))
}
