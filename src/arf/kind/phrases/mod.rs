//! Names and phrases by which programs are known, and how tables of them become patterns. Data only: how much a
//! phrase counts is decided where it is looked for.
//!
//! Phrases are written as people write them; [`fold`] makes them comparable.

pub(super) mod answers;
pub(super) mod bounces;

use super::fold::fold;
use regex::{Regex, RegexBuilder};

/// A language and its phrases, set apart by `|`.
type Table = &'static [(&'static str, &'static str)];

/// The compiled tables are below 4 MB each; the limit is there to be noticed.
const PATTERN_BYTES: usize = 16 << 20;

/// The sources are our own literals, and tests use every one of them. One that did not compile would match nothing.
///
/// `\b` means letters of English only: a boundary of all alphabets takes the matcher off its fast path (measured on
/// 64 kB of Japanese: 30 times slower).
fn pattern(source: &str) -> Option<Regex> {
    RegexBuilder::new(&source.replace(r"\b", r"(?-u:\b)")).size_limit(PATTERN_BYTES).build().ok()
}

fn phrases(table: Table) -> impl Iterator<Item = String> {
    table.iter().flat_map(|(_, phrases)| phrases.split('|')).map(|p| fold(p, p.len()))
}

fn alternatives(tables: &[Table]) -> String {
    let mut all: Vec<String> = tables.iter().flat_map(|t| phrases(t)).map(|p| regex::escape(&p)).collect();
    // The first alternative that matches wins, so the longer of two with one beginning has to come first.
    all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    all.dedup();
    all.join("|")
}

fn any_of(tables: &[Table]) -> Option<Regex> {
    pattern(&alternatives(tables))
}

/// Whether the pattern of a table is found in folded text.
pub(super) fn says(pattern: &Option<Regex>, folded: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(folded))
}

/// Whether this stands before the colon of a reply or a forward. Outlook and webmail translate it.
pub(super) fn is_reply_mark(folded: &str) -> bool {
    const MARKS: &str = "\
        re aw antw antwort sv vs vl odp ynt yan rv rif r i ref res enc tr fw fwd wg vb vá va bls \
        hal ilt pd pdsl ha отв ответ на απ πρθ σχετ atb 回复 答复 回覆 转发 轉寄 返信 転送 회신 답장 전달";
    !folded.is_empty() && MARKS.split(' ').any(|m| m == folded)
}

/// Whether only programs that answer set this header. `X-Autorespond` may hold the subject it answers.
pub(super) fn is_answer_header(name: &str) -> bool {
    const NAMES: &str = "\
        Autoreply Auto-Reply Autoreply-From Auto-Reply-From Autoreply-Domain Autorespond \
        Auto-Respond Autoresponder Auto-Responder Autoresponse Auto-Response Mail-Autoreply \
        Mail-Auto-Reply Vacation Vacation-Message Out-Of-Office OOF Away-Message";
    let rest = name.get(..2).filter(|x| x.eq_ignore_ascii_case("x-")).and_then(|_| name.get(2..));
    rest.is_some_and(|rest| NAMES.split(' ').any(|n| n.eq_ignore_ascii_case(rest)))
}

/// Local parts and display names of mail systems, letters only.
pub(super) fn is_mail_system(letters: &str) -> bool {
    const EXACT: &str = "\
        mailerdaemon mailerdeamon maildaemon mdaemon postmaster postmastr poostmaster maildelivery \
        mailsystem mailserver internetmaildelivery systemadministrator mailadministrator mailadmin \
        ndradministrator deliverysubsystem emaildeliverysystem messagetransferagent nondelivery \
        ndr dsn";
    const STARTS: &str =
        "mailerdaemon maildeliver couriermailserver microsoftexchange mailsubsystem smtpserver emaildeliver";
    EXACT.split(' ').any(|n| n == letters)
        || STARTS.split(' ').any(|s| letters.starts_with(s))
        || letters.ends_with("postmaster")
        || letters.ends_with("ndradministrator")
        || letters.ends_with("mailerdaemon")
}

/// Local parts of programs and roles; `plain` is `local` with letters only.
pub(super) fn is_program(local: &str, plain: &str) -> bool {
    const EXACT: &str = "\
        administrator admin root daemon mail mailer bounce bounces listserv majordomo mailman \
        sympa ezmlm listmaster sysadmin system sysop robot uucp smtp mta nobody automailer";
    const ENDS: &str = "-admin -owner -request -bounces -bounce -help -daemon -ctl -return -errors _mailer";
    EXACT.split(' ').any(|n| n == plain)
        || ["noreply", "donotreply", "dontreply", "nepasrepondre", "nichtantworten", "noresponder", "nereply"]
            .iter()
            .any(|p| plain.contains(p))
        || local.starts_with("owner-")
        || local.starts_with("bounce")
        || ENDS.split(' ').any(|e| local.ends_with(e))
}
