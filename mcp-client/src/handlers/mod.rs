//! What a program hands over to its client: who is called back, who answers what the server asks, and how long to wait.

mod elicit;
mod options;
mod questions;
mod roots;
mod sample;

pub(crate) use elicit::FormAction;
pub use elicit::{FormAnswer, UrlQuestion};
pub(crate) use options::{LogHandler, RequestOptions, Stderr};
pub(crate) use questions::{Handlers, boxed};
pub(crate) use roots::{Roots, check_roots};
pub use sample::SamplingError;
