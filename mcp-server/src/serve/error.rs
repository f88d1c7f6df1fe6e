//! Why serving did not begin, or ended.

use std::{borrow::Cow, fmt, io};

use thiserror::Error;

/// What a `main` returns that serves.
pub type Result<T, E = ServeError> = std::result::Result<T, E>;

/// A transport failed. Opaque: ask it with its methods, show its text.
#[derive(Error)]
#[error(transparent)]
pub struct ServeError(Problem);

#[derive(Debug, Error)]
enum Problem {
    #[error("{what}: {source}")]
    Io { what: Cow<'static, str>, source: io::Error },
    #[cfg(feature = "http")]
    #[error("{0}")]
    Configuration(Cow<'static, str>),
}

impl ServeError {
    pub(super) fn io(what: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        Self(Problem::Io { what: what.into(), source })
    }

    #[cfg(feature = "http")]
    pub(super) fn configuration(what: impl Into<Cow<'static, str>>) -> Self {
        Self(Problem::Configuration(what.into()))
    }

    /// The server was asked for something unsafe or contradictory; the text says what to do.
    pub fn is_configuration(&self) -> bool {
        !self.is_io()
    }

    /// The operating system refused: an address in use, a closed pipe.
    pub fn is_io(&self) -> bool {
        matches!(self.0, Problem::Io { .. })
    }
}

/// As `Display`: it is what a `main` that returns the error prints.
impl fmt::Debug for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
