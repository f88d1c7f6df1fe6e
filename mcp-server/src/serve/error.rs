//! Why serving did not begin, or ended.

use std::{borrow::Cow, fmt, io};

/// What a `main` returns that serves.
pub type Result<T, E = ServeError> = std::result::Result<T, E>;

/// A transport failed. Opaque: ask it with its methods, show its text.
pub struct ServeError {
    what: Cow<'static, str>,
    source: Option<io::Error>,
    configuration: bool,
}

impl ServeError {
    pub(super) fn io(what: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        Self { what: what.into(), source: Some(source), configuration: false }
    }

    #[cfg(feature = "http")]
    pub(super) fn configuration(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), source: None, configuration: true }
    }

    /// The server was asked for something unsafe or contradictory; the text says what to do.
    pub fn is_configuration(&self) -> bool {
        self.configuration
    }

    /// The operating system refused: an address in use, a closed pipe.
    pub fn is_io(&self) -> bool {
        self.source.is_some()
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// As `Display`: it is what a `main` that returns the error prints.
impl fmt::Debug for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
