//! Who is listening, and how an event reaches them. Knows sinks, not transports.
//!
//! ```text
//! publish ──► what is watched waits, each event once ──► a task of its own ──► the sinks that watch it
//! ```
//!
//! Who publishes waits for nobody: the sinks are found by what they watch, and pushed to by a task that lets others run
//! in between.

mod fan_out;
mod index;
mod interest;

pub use fan_out::Attachment;
pub(crate) use fan_out::Notifier;
pub(crate) use index::{NotWatched, WatchLimits};
pub use interest::Interest;
