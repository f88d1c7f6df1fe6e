//! Log messages for the client: from a handler to the stream of its own call, and nowhere else.

mod call_log;
#[cfg(feature = "tracing-layer")]
mod layer;
mod logger;
mod span;

pub(crate) use call_log::{CallLog, EndOnDrop};
#[cfg(feature = "tracing-layer")]
pub use layer::ClientLogLayer;
pub(crate) use logger::LogTo;
pub use logger::Logger;
pub(crate) use span::{Arrival, CallSpan, Described, Transport, span_of_failure};
