//! Why something is not opened.

/// Why something is not opened. For the log: a peer learns only that it is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It is no text of this alphabet, or too short.
    #[error("it is garbled")]
    Garbled,
    /// It was made by a version of this library that writes another format.
    #[error("it has a format of another version")]
    Format,
    /// It was made with a key that is none of ours.
    #[cfg(feature = "seal")]
    #[error("it was sealed with a key that is none of ours")]
    Key,
    /// It was changed on the way, or made for another purpose.
    #[error("it was changed, or made for another purpose")]
    Changed,
}
