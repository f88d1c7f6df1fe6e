//! How a handler ends without a result.

use mcp_core::{call::InputRequired, error::Error};

/// Why a handler has no result: it failed, or its client is asked first.
#[derive(Debug)]
pub(crate) enum Stopped {
    Failed(Error),
    Asking(Box<InputRequired>),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
