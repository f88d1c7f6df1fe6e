//! What a server has answered, until somebody reads it.

use mcp_core::{
    era::{Answer, Era, Misread, Reading},
    error::shown,
    json::RawJson,
    model::CacheHint,
};

use crate::error::{Error, Result};

/// A result, before anybody has looked at what it says.
#[derive(Debug)]
pub(crate) struct Replied {
    era: Era,
    raw: RawJson,
    what: &'static str,
}

impl Replied {
    pub(super) fn new(era: Era, raw: RawJson, what: &'static str) -> Self {
        Self { era, raw, what }
    }

    /// The result of what needs no request in this era.
    pub(crate) fn nothing(era: Era) -> Self {
        Self { era, raw: RawJson::EMPTY_OBJECT, what: "" }
    }

    /// A result that was kept: as it came then.
    pub(crate) fn kept(era: Era, raw: RawJson, what: &'static str) -> Self {
        Self { era, raw, what }
    }

    /// The result as it came, and for how long and by whom it may be kept.
    pub(crate) fn to_keep(&self) -> (&RawJson, CacheHint) {
        (&self.raw, self.era.cache_hint(&self.raw))
    }

    /// Reads the result. What of it cannot be read is told to the log, and costs itself.
    pub(crate) fn read<T: Answer>(&self) -> Result<T> {
        let Reading { value, lost } = self.era.read(&self.raw).map_err(|misread| self.misshapen(misread))?;
        tell_lost(self.what, &lost);
        Ok(value)
    }

    /// The result for those who read it themselves, if it is one.
    pub(crate) fn raw(&self) -> Result<&RawJson> {
        self.era.check(&self.raw).map_err(|misread| self.misshapen(misread))?;
        Ok(&self.raw)
    }

    /// How many bytes it has on the wire.
    pub(crate) fn len(&self) -> usize {
        self.raw.as_bytes().len()
    }

    fn misshapen(&self, misread: Misread) -> Error {
        Error::invalid(format!("the server's answer to {} cannot be used: {misread}", self.what)).because(misread)
    }
}

/// Tells the log what of an answer could not be read.
pub(super) fn tell_lost(what: &str, lost: &[String]) {
    const SHOWN: usize = 16;
    for place in lost.iter().take(SHOWN) {
        tracing::warn!(lost = %shown(place), "a part of the server's answer to {what} cannot be read and is left out");
    }
    if lost.len() > SHOWN {
        tracing::warn!("{} more parts of it are left out", lost.len() - SHOWN);
    }
}
