//! Tools as the functions that APIs of models take, and results as they take them back.
//!
//! ```text
//! Tool ── Functions::add ──► Function (declaration, notes) ──► the API
//! the API ── function's name, arguments ──► tool's name, Functions::arguments ──► call ──► function_result ──► the API
//! ```

mod api;
mod declare;
mod gemini;
mod names;
mod note;
mod plain;
mod refs;
mod restore;
mod result;
mod strict;

pub use api::FunctionApi;
pub use declare::{Function, Functions};
pub use note::Note;
pub use result::{FunctionResult, function_result};
