//! What completes the arguments of a prompt and the variables of a template.

mod completer;
mod request;
mod table;

pub use completer::Completer;
pub(crate) use request::CompletionFuture;
pub use request::{CompletionRequest, IntoCompletion};
pub(crate) use table::Completions;
