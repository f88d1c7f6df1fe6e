//! A schema where nothing can be validated: it must be implied by its type.

use mcp_core::schema::{Schema, bounds};

use super::{document::Document, implied::Implied, words::Problem};

/// A schema that decoding holds by itself.
#[derive(Debug, Clone)]
pub(in crate::handler) struct Checked {
    pub(in crate::handler) implied: Implied,
}

impl Checked {
    /// # Errors
    ///
    /// With a sentence that goes on from "the schema", also if it says more than its type.
    pub(in crate::handler) fn new(schema: &Schema, implied: Implied) -> Result<Self, String> {
        bounds::check(schema.as_map())?;
        match implied {
            Implied::Not => Err("it says more than its type enforces, such as a range, a pattern or a format: \
                                 enable the feature `json-schema` of mcp-server, or say it with a type"
                .to_owned()),
            implied => Ok(Self { implied }),
        }
    }

    /// Nothing is known.
    pub(in crate::handler) fn problems(&self, _: &Schema, _: &Document<'_>) -> Option<Vec<Problem>> {
        None
    }
}
