//! What a server may ask of its client.

/// A kind of question that a server asks its client while it works on a request. The client says beforehand which it
/// takes, in its [`ClientCapabilities`](super::ClientCapabilities).
///
/// `#[non_exhaustive]`: later revisions may add kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ask {
    /// Its user, by a form; since 2025-06-18.
    Elicitation,
    /// Its user, by a page of the web that the user opens; since 2025-11-25.
    ElicitationUrl,
    /// Its model.
    Sampling,
    /// Its model, which may use tools that the server names; since 2025-11-25.
    SamplingTools,
    /// Its model, with context that the client takes from servers.
    SamplingContext,
    /// The folders in which it works.
    Roots,
}

impl Ask {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Elicitation,
        Self::ElicitationUrl,
        Self::Sampling,
        Self::SamplingTools,
        Self::SamplingContext,
        Self::Roots,
    ];
}
