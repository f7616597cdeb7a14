//! From marked reports to letters on their way: what would go to whom and why ([`Planner`]), what a person may approve
//! together, the ledger, and the worker that sends what was approved ([`send()`]).

mod answers;
mod approval;
mod asked_again;
mod ledger;
mod plan;
mod planner;
mod recipients;
mod send;
mod spam;
mod writer;

pub use answers::{Answers, read_answers};
pub use approval::{Approval, approval};
pub use ledger::{ApproveError, approve, can_leave, can_send, hold};
pub use plan::{Concern, Letter, Mend, Passed, Plan, Standing, Totals, Whose};
pub use planner::{MOST_MAILS, Order, PlanError, Planner, Wishes};
pub(in crate::jobs) use send::{Done, Leaving, later};
pub use send::{Hurry, SendError, SendNews, SendSummary, next, send};
pub use spam::{Spam, SpamOrder, SpamSource, SpamUrl, UrlObjection, sources};
pub(in crate::jobs) use writer::token;
pub use writer::{Writer, text};
