//! The rules by number: what each wants, and what to do when it is broken. They check nothing.

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its number.
    pub number: u8,
    /// What it wants.
    pub wants: &'static str,
    /// What to do about a report that breaks it.
    pub remedy: &'static str,
}

const fn rule(number: u8, wants: &'static str, remedy: &'static str) -> Rule {
    Rule { number, wants, remedy }
}

/// All of them, in order: 1 to 10 forbid a report, 11 to 18 warn.
pub const RULES: [Rule; 18] = [
    rule(
        1,
        "three parts of the types of RFC 5965 §2, in lines that SMTP carries",
        "write the report anew with a program that knows RFC 5965",
    ),
    rule(
        2,
        "the fields of RFC 5965 §3, each as often as it may stand, and no others",
        "write each field as the RFC has it, in one line, and leave others out",
    ),
    rule(3, "one report about one source", "write one report for each source address"),
    rule(
        4,
        "the subject of the reported mail, at most with FW: before it",
        "take the mail's own subject, encoded by RFC 2047",
    ),
    rule(
        5,
        "one From of ours, one To, one Date, one Message-ID, one MIME-Version",
        "set [report] from to an address of your own and send one mail to one desk",
    ),
    rule(
        6,
        "a way to ask for no more reports",
        "say in the text how to stop the reports, such as a reply with the word STOP",
    ),
    rule(
        7,
        "a recipient who is meant for abuse reports and takes them",
        "choose another abuse address of the network: `lafayette contacts show` tells why this one",
    ),
    rule(8, "no report about a report, our own mail, or what is no spam", "do not send it"),
    rule(
        9,
        "each mail once to each contact",
        "leave it, or report it again after the configured time and with a reason",
    ),
    rule(
        10,
        "no failure report to who did not ask for it",
        "report it as abuse or fraud, and leave the fields of failure reports out",
    ),
    rule(
        11,
        "what is known",
        "add it where you know it; a network may be unable to find the host without it",
    ),
    rule(
        12,
        "every fact for a person, too, as text without live links",
        "repeat it in the text, URLs defanged",
    ),
    rule(
        13,
        "mail that authenticates",
        "let the smarthost sign with DKIM for the domain of From, or name its address in SPF",
    ),
    rule(14, "answers that arrive", "send from a mailbox that somebody reads"),
    rule(
        15,
        "Auto-Submitted from timers only",
        "leave it out where a person approved, set it where none did",
    ),
    rule(16, "no more than a contact can bear", "let it wait, or put mails of one flood into one report"),
    rule(
        17,
        "fresh evidence of a size that desks take",
        "look whether it is worth sending; headers only, or a zip file, make it small and pass scanners",
    ),
    rule(18, "nobody's data but the sender's", "replace recipients by keyed tokens (RFC 6590)"),
];
