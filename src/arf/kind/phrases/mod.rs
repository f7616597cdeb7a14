//! Names and phrases by which programs are known, and how tables of them become patterns. Data only: how much a
//! phrase counts is decided where it is looked for.
//!
//! Phrases are written as people write them; [`fold`] makes them comparable.

pub(super) mod answers;
pub(super) mod bounces;

use super::fold::fold;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;
use std::sync::LazyLock;

/// A language and its phrases, set apart by `|`.
type Table = &'static [(&'static str, &'static str)];

/// What a table becomes.
pub(super) enum Pattern {
    /// Any of many phrases, anywhere: made much sooner than a regular expression of them, which every run has to wait
    /// for (40 ms for all tables, in which hundreds of reports can be read).
    Phrases(AhoCorasick),
    /// Phrases with conditions around them.
    Form(Regex),
}

/// The sources are our own literals, and tests use every one of them. One that did not compile would match nothing.
///
/// `\b` means letters of English only: a boundary of all alphabets takes the matcher off its fast path: 64 kB of
/// Japanese took 18 ms instead of 1.3.
fn pattern(source: &str) -> Option<Pattern> {
    Regex::new(&source.replace(r"\b", r"(?-u:\b)")).ok().map(Pattern::Form)
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

/// For subjects: made quickest.
fn any_of(tables: &[Table]) -> Option<Pattern> {
    automaton(AhoCorasickKind::ContiguousNFA, tables)
}

/// For whole texts: asked three times as quickly, and made when the first text has to be read.
fn any_in_text(tables: &[Table]) -> Option<Pattern> {
    automaton(AhoCorasickKind::DFA, tables)
}

fn automaton(kind: AhoCorasickKind, tables: &[Table]) -> Option<Pattern> {
    let phrases = tables.iter().flat_map(|table| phrases(table));
    AhoCorasick::builder().kind(Some(kind)).build(phrases).ok().map(Pattern::Phrases)
}

/// Names that stand for themselves, cut apart once.
type Words = LazyLock<Vec<&'static str>>;

fn words(list: &'static str) -> Vec<&'static str> {
    list.split_ascii_whitespace().collect()
}

/// Whether the pattern of a table is found in folded text.
pub(super) fn says(pattern: &Option<Pattern>, folded: &str) -> bool {
    match pattern {
        Some(Pattern::Phrases(phrases)) => phrases.is_match(folded),
        Some(Pattern::Form(form)) => form.is_match(folded),
        None => false,
    }
}

/// Whether this stands before the colon of a reply or a forward. Outlook and webmail translate it.
pub(super) fn is_reply_mark(folded: &str) -> bool {
    static MARKS: Words = LazyLock::new(|| {
        words(
            "\
        re aw antw antwort sv vs vl odp ynt yan rv rif r i ref res enc tr fw fwd wg vb va bls \
        hal ilt pd pdsl ha отв ответ на απ πρθ σχετ atb 回复 答复 回覆 转发 轉寄 返信 転送 회신 답장 전달",
        )
    });
    MARKS.contains(&folded)
}

/// Whether only programs that answer set this header. `X-Autorespond` may hold the subject it answers.
pub(super) fn is_answer_header(name: &str) -> bool {
    static NAMES: Words = LazyLock::new(|| {
        words(
            "\
        Autoreply Auto-Reply Autoreply-From Auto-Reply-From Autoreply-Domain Autorespond \
        Auto-Respond Autoresponder Auto-Responder Autoresponse Auto-Response Mail-Autoreply \
        Mail-Auto-Reply Vacation Vacation-Message Out-Of-Office OOF Away-Message",
        )
    });
    let rest = name.get(..2).filter(|x| x.eq_ignore_ascii_case("x-")).and_then(|_| name.get(2..));
    rest.is_some_and(|rest| NAMES.iter().any(|n| n.eq_ignore_ascii_case(rest)))
}

/// Local parts and display names of mail systems, letters only.
pub(super) fn is_mail_system(letters: &str) -> bool {
    static EXACT: Words = LazyLock::new(|| {
        words(
            "\
        mailerdaemon mailerdeamon maildaemon mdaemon postmaster postmastr poostmaster maildelivery \
        mailsystem mailserver internetmaildelivery systemadministrator mailadministrator mailadmin \
        ndradministrator deliverysubsystem emaildeliverysystem messagetransferagent nondelivery \
        ndr dsn",
        )
    });
    static STARTS: Words = LazyLock::new(|| {
        words(
            "mailerdaemon maildeliver couriermailserver microsoftexchange mailsubsystem smtpserver emaildeliver",
        )
    });
    EXACT.contains(&letters)
        || STARTS.iter().any(|s| letters.starts_with(s))
        || letters.ends_with("postmaster")
        || letters.ends_with("ndradministrator")
        || letters.ends_with("mailerdaemon")
}

/// Local parts of programs and roles; `plain` is `local` with letters only.
pub(super) fn is_program(local: &str, plain: &str) -> bool {
    static EXACT: Words = LazyLock::new(|| {
        words(
            "\
        administrator admin root daemon mail mailer bounce bounces listserv majordomo mailman \
        sympa ezmlm listmaster sysadmin system sysop robot uucp smtp mta nobody automailer",
        )
    });
    static ENDS: Words = LazyLock::new(|| {
        words("-admin -owner -request -bounces -bounce -help -daemon -ctl -return -errors _mailer")
    });
    EXACT.contains(&plain)
        || ["noreply", "donotreply", "dontreply", "nepasrepondre", "nichtantworten", "noresponder", "nereply"]
            .iter()
            .any(|p| plain.contains(p))
        || local.starts_with("owner-")
        || local.starts_with("bounce")
        || ENDS.iter().any(|e| local.ends_with(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_of_every_table_is_found_by_its_pattern() {
        for (pattern, tables) in bounces::TABLES.iter().chain(answers::TABLES) {
            let all: Vec<_> = tables.iter().flat_map(|t| phrases(t)).collect();
            assert!(all.len() > 20 && !all.iter().any(|p| p.is_empty()));
            for phrase in all {
                assert!(says(pattern, &phrase), "{phrase}");
            }
        }
    }

    #[test]
    fn replies_of_smtp_servers_are_told_from_other_numbers() {
        for text in [
            "550 5.1.1 user unknown",
            "550-5.1.1 <b@b.example>",
            "no mailbox here by that name. (#5.1.1)",
            "remote host said: 550 no",
            "error: 451 try later",
            "552 mailbox full",
            "554-<b@b.example> relaying denied",
            "status: 5.2.2",
        ] {
            assert!(bounces::says_smtp_reply(text), "{text}");
        }
        for text in [
            "you used 552 mb of 550 mb",
            "only 550 euros",
            "error 404 not found",
            "version 5.1.1 of it",
            "call 555 1234",
            "in 1550 users of",
            "http error: 503 ",
        ] {
            assert!(!bounces::says_smtp_reply(text), "{text}");
        }
    }

    #[test]
    fn names_of_mail_systems_and_programs_are_told_from_those_of_people() {
        for name in [
            "mailerdaemon",
            "postmaster",
            "maildeliverysubsystem",
            "mmscndradministrator",
            "microsoftexchange329e71",
        ] {
            assert!(is_mail_system(name), "{name}");
        }
        for name in ["ann", "postman", "maildesk", "daemonic"] {
            assert!(!is_mail_system(name), "{name}");
        }
        for (local, plain) in [
            ("no-reply", "noreply"),
            ("list-owner", "listowner"),
            ("bounces+x", "bouncesx"),
            ("root", "root"),
        ] {
            assert!(is_program(local, plain), "{local}");
        }
        assert!(!is_program("ann.admin", "annadmin"));
        assert!(
            is_answer_header("x-AutoReply") && !is_answer_header("Autoreply") && !is_answer_header("X-Auto")
        );
    }
}
