//! What lists show of a tool, and what was found out about it when it was made.

use std::sync::Arc;

use mcp_core::{
    error::Error,
    header::Mirror,
    model::{CallToolResult, Tool},
    schema::Schema,
};
use schemars::JsonSchema;
use serde_json::Value;

use super::{error::ToolError, name, result::IntoToolResult};
use crate::handler::{
    arguments::{NoArguments, is_unit},
    asks::Asks,
    call_failure::CallFailure,
    schema::{Checked, Document, Implied, Repeated, SchemaProblem, enforced, input_schema, path_at, written},
};

#[derive(Debug, Clone)]
pub(in crate::handler) struct Definition {
    pub(in crate::handler) tool: Tool,
    pub(in crate::handler) input: Checked,
    output: Option<Checked>,
    /// Arguments that headers repeat; `None` if there are none.
    pub(in crate::handler) mirror: Option<Arc<Mirror>>,
    /// Other names of arguments, and their own; `None` if there are none.
    pub(in crate::handler) aliases: Option<Arc<[(String, String)]>>,
    /// What the client must be able to answer.
    pub(in crate::handler) asks: Asks,
    /// Whether the last round of a call counts once.
    pub(in crate::handler) once: bool,
    /// Whether answers count that come with the first request.
    pub(in crate::handler) takes_answers_ahead: bool,
}

impl Definition {
    /// # Errors
    ///
    /// With a sentence for whoever wrote the tool.
    pub(in crate::handler) fn of_types<A: JsonSchema + 'static, R: IntoToolResult>(
        name: String,
        decodes: &dyn Fn(&str) -> bool,
    ) -> Result<Self, String> {
        name::check(&name)?;
        // The unit type stands for no arguments.
        let derived = if is_unit::<A>() {
            input_schema::<NoArguments>(|schema| enforced(schema, decodes))
        } else {
            input_schema::<A>(|schema| enforced(schema, decodes))
        };
        let (schema, implied) = derived.map_err(|SchemaProblem { found }| {
            format!(
                "the arguments of tool `{name}` must be a JSON object, but `{}` is {found}: use a struct with named \
                 fields",
                std::any::type_name::<A>()
            )
        })?;
        let mut made = Self::of_schema(name, schema, implied)?;
        if let Some(schema) = R::output_schema() {
            let implied = match R::enforces_output_schema() {
                true if may_be_no_number(&schema) => Implied::ExceptNan,
                true => Implied::Whole,
                false => Implied::Not,
            };
            made.set_output(schema, implied)?;
        }
        Ok(made)
    }

    /// # Errors
    ///
    /// With a sentence for whoever wrote the schema.
    pub(in crate::handler) fn of_schema(name: String, schema: Schema, implied: Implied) -> Result<Self, String> {
        name::check(&name)?;
        if !schema.is_object_type() {
            return Err(format!("the input schema of tool `{name}` must say `\"type\": \"object\"` at its root"));
        }
        let input = Checked::new(&schema, implied)
            .map_err(|problem| format!("the input schema of tool `{name}` cannot be used: {problem}"))?;
        let mirror = Mirror::of(&schema)
            .map_err(|reason| format!("`x-mcp-header` in the schema of tool `{name}` is not allowed: {reason}"))?;
        let mirror = (!mirror.is_empty()).then(|| Arc::new(mirror));
        Ok(Self {
            tool: Tool::new(name, schema),
            input,
            output: None,
            mirror,
            aliases: None,
            asks: Asks::default(),
            once: false,
            takes_answers_ahead: false,
        })
    }

    /// # Errors
    ///
    /// With a sentence for whoever wrote the tool.
    pub(in crate::handler) fn add_alias(&mut self, alias: String, name: String) -> Result<(), String> {
        let tool = &self.tool.name;
        let properties = self.tool.input_schema.get("properties");
        let has = |name: &str| properties.and_then(|properties| properties.get(name)).is_some();
        if !has(&name) {
            return Err(format!("tool `{tool}` has no argument `{name}` that `{alias}` could stand for"));
        }
        if has(&alias) {
            return Err(format!("`{alias}` cannot stand for `{name}`: tool `{tool}` has an argument of that name"));
        }
        self.aliases =
            Some(self.aliases.iter().flat_map(|known| known.iter().cloned()).chain([(alias, name)]).collect());
        Ok(())
    }

    /// # Errors
    ///
    /// With a sentence for whoever wrote the schema.
    pub(in crate::handler) fn set_output(&mut self, schema: Schema, implied: Implied) -> Result<(), String> {
        let checked = Checked::new(&schema, implied)
            .map_err(|problem| format!("the output schema of tool `{}` cannot be used: {problem}", self.tool.name))?;
        self.output = Some(checked);
        self.tool.output_schema = Some(schema);
        Ok(())
    }

    /// What becomes of a call: the result, if it fits, or the failure. A server that `masks` errors keeps their texts.
    pub(in crate::handler) fn finish(
        &self,
        returned: Result<CallToolResult, ToolError>,
        masks: bool,
    ) -> Result<CallToolResult, CallFailure> {
        match returned {
            Ok(result) => self.check(result),
            Err(error) => Err(error.into_failure(&self.tool.name, masks)),
        }
    }

    /// Lets a result out that fits the output schema (2026-07-28, server/tools, "Output Schema"). A failure needs no
    /// structure.
    fn check(&self, result: CallToolResult) -> Result<CallToolResult, CallFailure> {
        let (Some(schema), Some(output)) = (&self.tool.output_schema, &self.output) else { return Ok(result) };
        if result.is_error {
            return Ok(result);
        }
        let Some(json) = &result.structured_content else {
            return Err(self.unfit(&["it has no structured content".to_owned()]));
        };
        match output.implied {
            Implied::Whole => return Ok(result),
            Implied::ExceptNan if !json.as_str().contains("null") => return Ok(result),
            _ => {}
        }
        let document = match Document::read(json.as_str()) {
            Ok(document) => document,
            Err(Repeated { at }) => {
                let path = written(&path_at(json.as_str(), at));
                return Err(self.unfit(&[format!("`{path}` stands there more than once")]));
            }
        };
        match output.problems(schema, &document) {
            Some(problems) if !problems.is_empty() => {
                let texts: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
                Err(self.unfit(&texts))
            }
            _ => Ok(result),
        }
    }

    /// The details are for whoever runs the server: they may tell what the tool did not mean to tell.
    fn unfit(&self, problems: &[String]) -> CallFailure {
        let _span = crate::logging::span_of_failure();
        tracing::error!(tool = self.tool.name, ?problems, "a tool's result does not fit its output schema");
        CallFailure::Protocol(Error::internal("the tool's result does not fit its output schema"))
    }
}

/// Whether the schema has numbers that a float may fail to be: infinity is written as `null`.
fn may_be_no_number(schema: &Schema) -> bool {
    fn mentions(value: &Value) -> bool {
        match value {
            Value::String(text) => text == "number",
            Value::Array(items) => items.iter().any(mentions),
            Value::Object(members) => members.values().any(mentions),
            _ => false,
        }
    }
    schema.as_map().values().any(mentions)
}
