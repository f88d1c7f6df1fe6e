//! Why a call has no result.

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum CallFailure {
    /// The arguments do not fit; the text tells a model what to change. Its shape differs between revisions.
    Arguments(String),
    /// The handler failed with a text for the model: an `isError` result.
    Tool(String),
    /// The call fails as a request.
    Protocol(mcp_core::Error),
}
