//! The output schemas of the tools that were listed last.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use mcp_core::{
    model::{CallToolResult, Request, Tool},
    schema::Schema,
    sync::lock,
};

use super::compiled::Compiled;
use crate::error::{Error, Result};

/// Output schemas by the names of their tools, at most so many.
#[derive(Debug)]
pub(crate) struct Outputs {
    by_tool: Mutex<HashMap<String, Arc<Output>>>,
    max: usize,
}

/// What a tool says its structured result is. Compiled when it is first called.
#[derive(Debug)]
pub(crate) struct Output {
    tool: String,
    schema: Schema,
    compiled: OnceLock<Result<Compiled, String>>,
}

impl Outputs {
    pub(crate) fn new(max: usize) -> Self {
        Self { by_tool: Mutex::default(), max }
    }

    /// Takes over what a page of the server's list says.
    pub(crate) fn learn(&self, tools: &[Tool]) {
        let mut known = lock(&self.by_tool);
        for tool in tools {
            match &tool.output_schema {
                None => _ = known.remove(&tool.name),
                Some(schema) if known.get(&tool.name).is_some_and(|output| output.schema == *schema) => {}
                Some(schema) if known.len() < self.max || known.contains_key(&tool.name) => {
                    let (name, compiled) = (tool.name.clone(), OnceLock::new());
                    let output = Output { tool: name.clone(), schema: schema.clone(), compiled };
                    known.insert(name, Arc::new(output));
                }
                Some(_) => {
                    tracing::debug!(tool = %tool.name, "one output schema too many: results will not be checked");
                }
            }
        }
    }

    /// What the result of a call has to fit.
    ///
    /// # Errors
    ///
    /// If nothing can be validated by the schema, so that nobody calls a tool only to lose its result (2026-07-28, basic,
    /// *`$ref` Resolution*).
    pub(crate) fn expected(&self, request: &Request) -> Result<Option<Arc<Output>>> {
        let Request::CallTool { name, .. } = request else { return Ok(None) };
        let Some(output) = lock(&self.by_tool).get(name.as_str()).cloned() else { return Ok(None) };
        output.compiled()?;
        Ok(Some(output))
    }
}

impl Output {
    fn compiled(&self) -> Result<&Compiled> {
        self.compiled.get_or_init(|| Compiled::new(&self.schema)).as_ref().map_err(|reason| {
            Error::invalid(format!(
                "the output schema of tool `{}` cannot be used: {reason}; call it with `validate_output(false)` to take \
                 its results as they are",
                self.tool
            ))
        })
    }

    /// Whether a result fits. That of a tool that failed is free (2026-07-28, tools, *Error Handling*).
    pub(crate) fn check(&self, result: &CallToolResult) -> Result<()> {
        if result.is_error {
            return Ok(());
        }
        let checked = match &result.structured_content {
            Some(structured) => self.compiled()?.check(structured),
            None => Err("it has no structured content at all".to_owned()),
        };
        checked.map_err(|reason| {
            Error::invalid(format!("the result of tool `{}` does not fit its output schema: {reason}", self.tool))
        })
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::json::Text;
    use serde_json::json;

    use super::*;

    fn tool(name: &str, output: Option<serde_json::Value>) -> Tool {
        let mut tool = Tool::new(name, Schema::no_arguments());
        tool.output_schema = output.map(|schema| Schema::try_from(schema).unwrap());
        tool
    }

    fn expected(outputs: &Outputs, name: &str) -> Option<Arc<Output>> {
        let arguments = mcp_core::json::RawJson::EMPTY_OBJECT;
        outputs.expected(&Request::CallTool { name: Text::from(name), arguments }).unwrap()
    }

    #[test]
    fn the_last_list_counts_and_no_more_are_remembered_than_may_be() {
        let outputs = Outputs::new(2);
        let schema = || Some(json!({"type": "object"}));
        outputs.learn(&[tool("a", schema()), tool("b", schema()), tool("c", schema())]);
        let first = expected(&outputs, "a").unwrap();
        assert!(expected(&outputs, "b").is_some() && expected(&outputs, "c").is_none());
        outputs.learn(&[tool("a", schema()), tool("b", None), tool("c", schema())]);
        assert!(Arc::ptr_eq(&first, &expected(&outputs, "a").unwrap()), "what did not change is not compiled again");
        assert!(expected(&outputs, "b").is_none() && expected(&outputs, "c").is_some());
        outputs.learn(&[tool("a", Some(json!({"type": "string"})))]);
        assert!(!Arc::ptr_eq(&first, &expected(&outputs, "a").unwrap()));
    }
}
