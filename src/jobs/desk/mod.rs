//! The desk: everything that a screen asks for, answered by threads. The screen sends requests and never waits;
//! answers come as events. Of two questions the later one wins, and the earlier one stops.
//!
//! Three threads: one has the columns and answers questions, one reads single reports, one writes what people do.
//! A thread that dies says so and is started anew.

mod request;

pub use crate::index::{Buckets, Direction, Facet, Likeness, Sort};
pub use request::{
    Act, Answer, Detail, DetailPart, Event, Group, Line, Panes, Question, Request, Row, Rows, Similar,
    SyncNews, Target, ViewCount, Window,
};

/// stub
pub struct Desk;
impl Desk {
    /// stub
    pub fn open(_config: crate::config::Config, _events: impl Fn(Event) + Send + Sync + 'static) -> Desk {
        Desk
    }
    /// stub
    pub fn send(&self, _request: Request) {}
}
