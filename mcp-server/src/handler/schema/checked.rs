//! A schema, and what is known about it since its tool was made.

use std::sync::{Arc, OnceLock};

use mcp_core::schema::{
    Schema,
    bounds::{self, Deepest},
};

use super::{document::Document, implied::Implied, validator::Validator, words::Problem};

/// A schema that is safe to validate by. Clones share what was compiled.
#[derive(Debug, Clone)]
pub(in crate::handler) struct Checked {
    pub(in crate::handler) implied: Implied,
    deepest: Deepest,
    /// Compiled when it is first needed; at once if the type does not imply the schema.
    validator: Arc<OnceLock<Validator>>,
}

impl Checked {
    /// # Errors
    ///
    /// With a sentence that goes on from "the schema": it leads elsewhere, has no bound, or is no schema.
    pub(in crate::handler) fn new(schema: &Schema, implied: Implied) -> Result<Self, String> {
        let deepest = bounds::check(schema.as_map())?;
        let validator = OnceLock::new();
        if implied == Implied::Not {
            let compiled = Validator::new(schema).map_err(|problem| format!("it is no JSON Schema {problem}"))?;
            _ = validator.set(compiled);
        }
        Ok(Self { implied, deepest, validator: Arc::new(validator) })
    }

    /// What is wrong with a value, at most [`MOST`](super::MOST) problems and one. `None` if the schema cannot tell.
    pub(in crate::handler) fn problems(&self, schema: &Schema, document: &Document<'_>) -> Option<Vec<Problem>> {
        if self.deepest.is_some_and(|deepest| document.depth() > deepest) {
            return match self.implied {
                Implied::Not => Some(vec![Problem::whole("it is nested too deeply")]),
                _ => None,
            };
        }
        let validator = match self.validator.get() {
            Some(validator) => validator,
            None => {
                let compiled = Validator::new(schema)
                    .inspect_err(|problem| tracing::warn!(problem, "a schema that was derived is no JSON Schema"))
                    .ok()?;
                self.validator.get_or_init(|| compiled)
            }
        };
        Some(validator.check(document).err().unwrap_or_default())
    }
}
