//! Why a call has no result.

use mcp_core::call::InputRequired;

use crate::rounds::Stopped;

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum CallFailure {
    /// The arguments do not fit; the text tells a model what to change. Its shape differs between revisions.
    Arguments(String),
    /// The handler failed with a text for the model: an `isError` result.
    Tool(String),
    /// The call fails as a request.
    Protocol(mcp_core::Error),
    /// Its client is asked first.
    Asking(Box<InputRequired>),
}

impl From<Stopped> for CallFailure {
    #[cold]
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Failed(error) => Self::Protocol(error),
            Stopped::Asking(asked) => Self::Asking(asked),
        }
    }
}

impl From<mcp_core::Error> for CallFailure {
    fn from(error: mcp_core::Error) -> Self {
        Self::Protocol(error)
    }
}
