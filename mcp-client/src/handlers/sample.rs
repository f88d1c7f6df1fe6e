//! Why a model was not asked.

use std::{error::Error, fmt};

/// Why a question to a model has no answer, which is what
/// [`ClientBuilder::on_sample`](crate::ClientBuilder::on_sample) returns instead of one. Errors of other libraries become one
/// by `?`: the server reads their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplingError {
    pub(crate) is_rejection: bool,
    pub(crate) message: String,
}

impl SamplingError {
    /// The user does not want the model to be asked, or its answer to be given away (2025-11-25, client/sampling, "Error
    /// Handling").
    pub fn rejected() -> Self {
        Self { is_rejection: true, message: "User rejected sampling request".to_owned() }
    }

    /// The model could not be asked; the server reads why.
    pub fn new(message: impl Into<String>) -> Self {
        Self { is_rejection: false, message: message.into() }
    }
}

impl fmt::Display for SamplingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error> From<E> for SamplingError {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}
