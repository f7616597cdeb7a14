//! From marked reports to letters on their way: what would go to whom and why, what a person may approve together,
//! and the worker that sends what was approved.

mod approval;
mod plan;

pub use approval::{Approval, approval};
pub use plan::{Concern, Letter, Mend, Passed, Plan, Standing, Totals};
