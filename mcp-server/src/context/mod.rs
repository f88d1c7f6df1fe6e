//! What a handler may ask for while it runs: who calls, where progress goes, and the client itself.

mod activity;
mod answer;
mod ask;
mod clock;
mod handle;
mod link;
mod progress;
mod report;
mod scope;
mod shortcuts;
mod step;

pub(crate) use activity::Activity;
pub use answer::Answer;
pub(crate) use clock::Clock;
pub(crate) use handle::CallGuard;
pub use handle::Context;
pub(crate) use link::ClientLink;
pub use link::NotAnswered;
pub(crate) use scope::{CallScope, HeaderCheck};
