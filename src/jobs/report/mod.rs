//! From marked reports to letters on their way: what would go to whom and why, what a person may approve together,
//! and the worker that sends what was approved.

mod approval;
mod plan;

pub use approval::{Approval, approval};
pub use plan::{Concern, Letter, Mend, Passed, Plan, Standing, Totals};

/// STUB until main has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// d
    pub dropped: std::collections::BTreeSet<crate::model::ReportId>,
    /// d
    pub recipients: std::collections::BTreeMap<String, String>,
    /// d
    pub reasons: std::collections::BTreeMap<crate::model::ReportId, String>,
    /// d
    pub reason: Option<String>,
    /// d
    pub texts: std::collections::BTreeMap<String, crate::arf::compose::ReportText>,
}
