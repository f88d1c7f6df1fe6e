//! Tools whose schemas somebody wrote.

use std::{future::Future, sync::Arc};

use mcp_core::schema::Schema;
use serde::de::DeserializeOwned;

use super::{
    definition::Definition,
    result::IntoToolResult,
    server_tool::{ServerTool, ToolFuture, with_context},
};
use crate::{
    context::Context,
    handler::{call_failure::CallFailure, or_panic::or_panic, schema::Implied},
};

/// Why a schema makes no tool. Its text says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSchema(String);

impl ServerTool {
    /// A tool whose input schema is written, not derived: read from a file, or from another server.
    ///
    /// Arguments are validated before the handler runs, which takes them as [`RawJson`](crate::RawJson), as a
    /// `serde_json::Value`, or as any type. The schema is shown as it was written, in draft 2020-12, or in draft-07 if
    /// its `$schema` says so. Nothing that it refers to is ever fetched, and its patterns match in linear time.
    ///
    /// ```
    /// use mcp_server::{Context, Schema, ServerTool};
    /// use serde_json::{Value, json};
    ///
    /// let schema = json!({"type": "object", "properties": {"level": {"type": "integer", "maximum": 11}}});
    /// let louder = ServerTool::from_schema("louder", Schema::try_from(schema)?, |arguments: Value, _: Context| async move {
    ///     format!("it is {}", arguments["level"])
    /// });
    /// # Ok::<(), Value>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`try_from_schema`](Self::try_from_schema) fails.
    #[track_caller]
    pub fn from_schema<A, F, Fut>(name: impl Into<String>, schema: Schema, handler: F) -> Self
    where
        A: DeserializeOwned + 'static,
        F: Fn(A, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        or_panic(Self::try_from_schema(name, schema, handler).map_err(|InvalidSchema(problem)| problem))
    }

    /// As [`from_schema`](Self::from_schema), for schemas that are not the program's own.
    ///
    /// # Errors
    ///
    /// If the name is not allowed, or if the schema cannot be used: its root is not of type `object`, it is no JSON
    /// Schema, it refers to something outside itself, it is too large or has no bound, or a pattern of it cannot be
    /// matched in linear time.
    pub fn try_from_schema<A, F, Fut>(
        name: impl Into<String>,
        schema: Schema,
        handler: F,
    ) -> Result<Self, InvalidSchema>
    where
        A: DeserializeOwned + 'static,
        F: Fn(A, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let definition = Definition::of_schema(name.into(), schema, Implied::Not).map_err(InvalidSchema)?;
        let made = Self::make(definition, with_context(handler));
        match Fut::Output::output_schema() {
            Some(schema) => made.try_output_schema(schema),
            None => Ok(made),
        }
    }

    /// A tool that is listed under a schema which cannot be used here, and never runs: every call is refused with the
    /// reason. For servers that pass on tools of others, so that one of them does not go missing without a word.
    ///
    /// ```
    /// use mcp_server::{Context, Schema, ServerTool};
    /// use serde_json::{Value, json};
    ///
    /// let foreign = json!({"type": "object", "properties": {"x": {"$ref": "https://example.com/x.json"}}});
    /// let foreign = Schema::try_from(foreign)?;
    /// let tool = ServerTool::try_from_schema("look", foreign.clone(), |_: Value, _: Context| async { "looked" })
    ///     .unwrap_or_else(|invalid| ServerTool::refusing("look", foreign, &invalid));
    /// # assert!(format!("{tool:?}").contains("example.com"));
    /// # Ok::<(), Value>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `name` is not allowed.
    #[track_caller]
    pub fn refusing(name: impl Into<String>, schema: Schema, reason: &InvalidSchema) -> Self {
        let mut definition = or_panic(Definition::of_schema(name.into(), Schema::no_arguments(), Implied::Whole));
        definition.tool.input_schema = schema;
        let text: Arc<str> = format!("this tool cannot be called: {reason}").into();
        let refuse = move |_, _, _| -> ToolFuture {
            let failure = CallFailure::Arguments(text.to_string());
            Box::pin(std::future::ready(Err(failure)))
        };
        Self::make(definition, Arc::new(refuse))
    }

    /// Says what structured results are like, where the type of the result does not.
    ///
    /// Every result is validated before it is sent, unless it is an error. One that does not fit is an internal error
    /// to the client; what is wrong with it goes to `tracing`.
    ///
    /// # Panics
    ///
    /// If the schema cannot be used; [`try_output_schema`](Self::try_output_schema) returns that.
    #[must_use]
    #[track_caller]
    pub fn output_schema(self, schema: Schema) -> Self {
        or_panic(self.try_output_schema(schema).map_err(|InvalidSchema(problem)| problem))
    }

    /// As [`output_schema`](Self::output_schema), for schemas that are not the program's own.
    ///
    /// # Errors
    ///
    /// If the schema cannot be used.
    pub fn try_output_schema(mut self, schema: Schema) -> Result<Self, InvalidSchema> {
        Arc::make_mut(&mut self.definition).set_output(schema, Implied::Not).map_err(InvalidSchema)?;
        Ok(self)
    }
}
