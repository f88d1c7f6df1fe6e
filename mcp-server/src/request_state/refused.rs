//! Why something is not opened.

use std::fmt;

/// Why something is not opened. For the log: a peer learns only that it is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no text of this alphabet, or too short.
    Garbled,
    /// It was made by a version of this library that writes another format.
    Format,
    /// It was made with a key that is none of ours.
    #[cfg(feature = "seal")]
    Key,
    /// It was changed on the way, or made for another purpose.
    Changed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Garbled => "it is garbled",
            Self::Format => "it has a format of another version",
            #[cfg(feature = "seal")]
            Self::Key => "it was sealed with a key that is none of ours",
            Self::Changed => "it was changed, or made for another purpose",
        })
    }
}
