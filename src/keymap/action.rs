//! Everything that a key can do: name, group and sentence, once. Help, hints, the command `keys`, the manual page and
//! the check of the configuration derive from this table.

use super::Mode;

macro_rules! actions {
    ($($variant:ident $name:literal $group:ident $sentence:literal,)*) => {
        /// What a key does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $sentence] $variant,)*
        }

        impl Action {
            /// All of them, in the order of the help.
            pub const ALL: &[Action] = &[$(Action::$variant,)*];

            /// The name by which the configuration knows it.
            pub fn name(self) -> &'static str {
                match self { $(Action::$variant => $name,)* }
            }

            /// Where the help lists it.
            pub fn group(self) -> Group {
                match self { $(Action::$variant => Group::$group,)* }
            }

            /// What it does, for a person.
            pub fn sentence(self) -> &'static str {
                match self { $(Action::$variant => $sentence,)* }
            }
        }
    };
}

/// The parts of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Moving about.
    Move,
    /// Looking closer, and differently.
    Look,
    /// The query and what rewrites it.
    Filter,
    /// Marks.
    Mark,
    /// Judging reports.
    Triage,
    /// Reporting to abuse desks, and what became of it.
    Send,
    /// Taking things out of the program.
    Take,
    /// The program itself.
    Program,
    /// Writing into a line.
    Edit,
}

impl Group {
    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Look => "Look",
            Group::Filter => "Filter",
            Group::Mark => "Mark",
            Group::Triage => "Triage",
            Group::Send => "Report to abuse desks",
            Group::Take => "Take along",
            Group::Program => "Program",
            Group::Edit => "Edit a line",
        }
    }
}

actions! {
    Down "down" Move "One line down",
    Up "up" Move "One line up",
    Left "left" Move "One column to the left, or out",
    Right "right" Move "One column to the right, or in",
    PageDown "page-down" Move "One page down",
    PageUp "page-up" Move "One page up",
    HalfPageDown "half-page-down" Move "Half a page down",
    HalfPageUp "half-page-up" Move "Half a page up",
    First "first" Move "To the first line",
    Last "last" Move "To the last line",
    NextOpen "next-open" Move "To the next open report",
    PreviousOpen "previous-open" Move "To the previous open report",
    NextBurst "next-burst" Move "To the next hour that bursts",
    PreviousBurst "previous-burst" Move "To the hour before that bursts",

    Open "open" Look "Opens what the cursor is on",
    Back "back" Look "Closes the innermost thing that is open",
    Detail "detail" Look "Shows or hides the report beside the list",
    NextPart "next-part" Look "The next part of the report: headers, text, URLs and so on",
    PreviousPart "previous-part" Look "The previous part of the report",
    Find "find" Look "Searches inside what is shown",
    NextHit "next-hit" Look "To the next place that was searched for",
    PreviousHit "previous-hit" Look "To the previous place that was searched for",
    Reveal "reveal" Look "Shows URLs as they are, or defanged again",
    Groups "groups" Look "Groups reports that are alike; again for the next likeness",
    Ungroup "ungroup" Look "Shows single reports again",
    Sort "sort" Look "Sorts by the column of the cursor",
    Reverse "reverse" Look "Turns the order round",
    Columns "columns" Look "Chooses the columns of the list",
    ColumnLeft "column-left" Look "Moves the column of the cursor to the left",
    ColumnRight "column-right" Look "Moves the column of the cursor to the right",
    Narrower "narrower" Look "Makes the column of the cursor narrower",
    Wider "wider" Look "Makes the column of the cursor wider",
    Quarantine "quarantine" Look "Shows what could not be understood, then what is no report, then back",
    ScreenReports "screen-reports" Look "Goes to the screen Reports",
    ScreenUrls "screen-urls" Look "Goes to the screen URLs",
    ScreenPatterns "screen-patterns" Look "Goes to the screen Patterns",
    ScreenVolume "screen-volume" Look "Goes to the screen Volume",
    ScreenMap "screen-map" Look "Goes to the screen Map",
    ScreenOutbox "screen-outbox" Look "Goes to the screen Outbox",
    ScreenTools "screen-tools" Look "Goes to the screen Tools",
    LookUp "look-up" Look "Looks up the source at hand, or the URL; on the screen Tools, what is written there",
    Refresh "refresh" Look "Asks again, whatever is known already",
    ZoomIn "zoom-in" Look "Less time, and more of it",
    ZoomOut "zoom-out" Look "More time",
    OnlyNew "only-new" Look "Only patterns that the time before had nothing of, and back",
    Earlier "earlier" Look "The window before this one",
    Later "later" Look "The window after this one",
    Window "window" Look "Writes which days the map is of, as in days:30 ago:7",
    Scope "scope" Look "What is shown is of the query of Reports, then of everything, then of what was reported",
    WhomToTell "whom-to-tell" Look "Says whom to tell about what is looked up: adds, replaces or forbids contacts",
    Trace "trace" Look "Follows a URL to where it leads; first says who learns of it",

    Query "query" Filter "Edits the query",
    PreviousQuery "previous-query" Filter "Back to the query before this one",
    ClearQuery "clear-query" Filter "Shows everything",
    Filters "filters" Filter "Goes to the filter panes, or shows them",
    HideFilters "hide-filters" Filter "Shows or hides the filter panes",
    Toggle "toggle" Filter "Includes the value, then excludes it, then neither; in a menu, turns a switch on or off",
    Include "include" Filter "Keeps only reports with the value under the cursor",
    Exclude "exclude" Filter "Leaves out reports with the value under the cursor",
    ViewOpen "view-open" Filter "Shows what is open, and back",
    ViewNew "view-new" Filter "Shows what is new since the last look, and back",
    ViewMarked "view-marked" Filter "Shows only what is marked, and back",
    SeenWithin "seen-within" Filter "Only URLs seen within a day, then 2 days, a week, 30 days, any time",
    Views "views" Filter "Chooses a saved view",
    SaveView "save-view" Filter "Saves the query as a view",
    Seen "seen" Filter "Everything here counts as seen: nothing is new any more",

    Mark "mark" Mark "Marks the report, or takes the mark off, and goes on",
    MarkRange "mark-range" Mark "Begins a range; again marks everything in between",
    MarkAll "mark-all" Mark "Marks everything that matches and should be reported",
    MarkNone "mark-none" Mark "Takes all marks off",
    MarkInvert "mark-invert" Mark "Marks what is not marked, and the other way round",
    MarkSimilar "mark-similar" Mark "Marks what is like this report; asks in which respect",

    Dismiss "dismiss" Triage "Puts the marked reports aside, or this one; asks for a reason",
    Reopen "reopen" Triage "Takes dismissed reports back",
    Tag "tag" Triage "Gives a tag, or takes it away with a minus before it",
    Note "note" Triage "Writes a note",
    Kind "kind" Triage "Decides the kind by hand",
    Cause "cause" Triage "Decides the cause by hand",
    RetryQuarantined "retry-quarantined" Triage "Tries again to understand what is in quarantine",
    Undo "undo" Triage "Takes the last act back",
    Redo "redo" Triage "Does again what was taken back",

    Spam "spam" Send "One message that nobody reported: pasted, from a file, or written in your editor",
    MessageFile "message-file" Send "Takes the message from a file",
    EditMessage "edit-message" Send "Writes the message in your editor, or mends it there",
    Report "report" Send "Reports the marked mails, or this one: first shows what would go to whom",
    Tick "tick" Send "Ticks it, or takes the tick off; on a desk, all that goes there",
    TickAll "tick-all" Send "Ticks everything that needs no second look; again takes all ticks off",
    Approve "approve" Send "Approves what is ticked; asks for its number",
    ApproveOne "approve-one" Send "Approves what the cursor is on by itself; asks for the number 1",
    Hold "hold" Send "Keeps what is ticked in the outbox without approval; there, takes an approval back",
    LeaveOut "leave-out" Send "Leaves the mails of this report out",
    Recipient "recipient" Send "Another address in place of this contact",
    EditText "edit-text" Send "Edits the text of what goes to this contact, in your editor",
    Reason "reason" Send "Writes the reason that a rule asks for",
    Cancel "cancel" Send "Takes a message out of the outbox for good; asks for a reason",
    Retry "retry" Send "Tries what was put off at once, and lets what failed be approved anew",
    Resolve "resolve" Send "Records what happened outside: told by hand, with a ticket; arrived after all, or not",
    Respond "respond" Send "Records what the desk answered",
    Flush "flush" Send "Sends what is approved now instead of when it is due; again to stop",
    Submit "submit" Send "Submits the marked URLs, or this one, to feeds; first shows what would go where",

    Copy "copy" Take "Copies to the clipboard, also over SSH; asks what",
    Read "read" Take "Reads this part of the report in your pager",
    Pipe "pipe" Take "Pipes the raw report to a command",
    SaveRaw "save-raw" Take "Saves the raw report to a file",

    Export "export" Take "Writes URLs to a file: those that are marked, else the whole list",

    Remove "remove" Filter "Removes the saved view under the cursor, in the menu of views",

    Sync "sync" Program "Reads the mailboxes now; again to end it",
    Command "command" Program "Opens the command line: every action by its name",
    Help "help" Program "Explains the keys",
    Redraw "redraw" Program "Draws the screen anew",
    Suspend "suspend" Program "Goes into the background; fg brings it back",
    Leave "leave" Program "Goes back to the groups, or to the screen that led here, else leaves the program",
    Quit "quit" Program "Leaves the program",

    Accept "accept" Edit "Takes the line as it is",
    Complete "complete" Edit "Completes the word; again for the next proposal",
    HistoryUp "history-up" Edit "The line before",
    HistoryDown "history-down" Edit "The line after",
    CursorLeft "cursor-left" Edit "One character to the left",
    CursorRight "cursor-right" Edit "One character to the right",
    WordLeft "word-left" Edit "One word to the left",
    WordRight "word-right" Edit "One word to the right",
    LineStart "line-start" Edit "To the start of the line",
    LineEnd "line-end" Edit "To the end of the line",
    DeleteBack "delete-back" Edit "Deletes the character before the cursor",
    DeleteForward "delete-forward" Edit "Deletes the character under the cursor",
    DeleteWord "delete-word" Edit "Deletes the word before the cursor",
    DeleteToStart "delete-to-start" Edit "Deletes everything before the cursor",
    DeleteToEnd "delete-to-end" Edit "Deletes everything after the cursor",
}

impl Action {
    /// What it does there, where that is not quite what it does elsewhere.
    pub fn sentence_in(self, mode: Mode) -> &'static str {
        match (mode, self) {
            (Mode::Filters, Action::NextPart) => "The next pane",
            (Mode::Filters, Action::PreviousPart) => "The previous pane",
            (Mode::Filters, Action::Include) => "Includes the value, besides others of its pane",
            (Mode::Filters, Action::Exclude) => "Leaves the value out, besides others of its pane",
            (Mode::Filters, Action::Find) => "Shows only the values that hold a text",
            (Mode::Report, Action::NextPart) => "The next desk; in a message, its next part",
            (Mode::Report, Action::PreviousPart) => "The desk before; in a message, its part before",
            (Mode::Outbox, Action::NextPart) => "The next state; in a message, its next part",
            (Mode::Outbox, Action::PreviousPart) => "The state before; in a message, its part before",
            (Mode::Report | Mode::Outbox, Action::NextOpen) => "To the next message",
            (Mode::Report | Mode::Outbox, Action::PreviousOpen) => "To the message before",
            (Mode::Urls, Action::Open) => "Opens a group, or the mails that name the URL",
            (Mode::Urls, Action::Find) => "Only URLs that match a pattern, as behind url:",
            (Mode::Urls, Action::Scope) => "URLs of the query of Reports, or of everything",
            (Mode::Urls, Action::ClearQuery) => "Takes pattern and time away",
            (Mode::Urls, Action::Groups) => "Groups by host, by shape of the path, by its ending",
            (Mode::Urls, Action::Ungroup) => "Groups by the likeness before",
            (Mode::Urls, Action::Mark) => "Marks the URL, or all of the group, or takes the marks off",
            (Mode::Urls, Action::MarkAll) => "Marks every URL of the list, or takes all their marks off",
            (Mode::Urls, Action::LookUp) => "Looks up the host",
            (Mode::Patterns, Action::Open) => "Opens the reports of the pattern",
            (Mode::Patterns, Action::Mark) => "Marks what is open of the pattern",
            (Mode::Patterns, Action::Dismiss) => "Dismisses what is open of the pattern; asks for a reason",
            (Mode::Patterns, Action::Query) => "Among which reports patterns are looked for",
            (Mode::Patterns, Action::ClearQuery) => "Looks for patterns among all reports",
            (Mode::Patterns, Action::Copy) => "Copies the query that selects the pattern",
            (Mode::Patterns | Mode::Map, Action::ZoomIn) => "Less time",
            (Mode::Volume, Action::Scope) => "Counts the query of Reports, or everything",
            (Mode::Volume, Action::NextPart | Action::PreviousPart) => {
                "To the days of what was reported, and back"
            }
            (Mode::Map, Action::NextPart) => "On to the table of countries, that of networks, the map",
            (Mode::Map, Action::PreviousPart) => "The other way round",
            (Mode::Volume | Mode::Map, Action::Refresh) => "Counts again",
            (Mode::Tools, Action::LookUp) => "Writes what is to be looked up",
            (Mode::Tools, Action::PreviousQuery) => "Back to what was looked up before",
            (Mode::Tools, Action::NextPart) => "The next part of what is known",
            (Mode::Tools, Action::PreviousPart) => "The part before",
            (Mode::Menu, Action::Toggle) => "In a menu of switches, turns one on or off",
            (Mode::Patterns, Action::Report) => {
                "Reports what is open of the pattern: first shows what would go to whom"
            }
            (Mode::Report, Action::LookUp) => "Why this contact: looks up the source",
            (Mode::Report, Action::Hold) => "Keeps what is ticked in the outbox, without approval",
            (Mode::Report, Action::Resolve) => "Records that a desk was told by its form, with a ticket",
            (Mode::Outbox, Action::Hold) => "Takes an approval back",
            (_, action) => action.sentence(),
        }
    }

    /// The action of this name.
    pub fn from_name(name: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_is_its_own_and_finds_its_action() {
        let names: HashSet<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(Action::ALL.iter().all(|action| Action::from_name(action.name()) == Some(*action)));
    }
}
