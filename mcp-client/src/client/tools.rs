//! Tools: listing and calling them.

use mcp_core::{
    era::Method,
    json::{RawJson, Text},
    model::{CallToolResult, Request, Tool},
};
use serde::Serialize;

use super::{
    call::{Asked, Call, Came},
    list::{List, ListPage},
    mcp_client::{Inner, McpClient},
    result::ToolResult,
};
use crate::error::{Error, Result};

impl McpClient {
    /// Prepares a call of the tool `name`; await it to make it.
    ///
    /// `arguments` is anything that becomes a JSON object: `json!({..})`, a struct, a map, or `()` for none.
    ///
    /// If the tool was listed with an output schema, the structured result is held to it, as clients should (2026-07-28,
    /// tools, *Output Schema*): to the schema of the last list that this client has read, with any of its methods. A tool
    /// that was never listed is called as it is; its schema is not looked up. [`Call::validate_output`] turns it off.
    ///
    /// # Errors
    ///
    /// As [`Call`]'s: [`ErrorKind::Input`](crate::ErrorKind::Input) for arguments that are no object,
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an answer that is none or does not fit the output schema, and
    /// before anything is asked if that schema cannot be used; [`Error::rejection`] for what the server answers instead of a
    /// result, such as an unknown tool. A tool that ran and failed is a result: see [`CallToolResult::is_error`] and
    /// [`ToolResult::parse`].
    pub fn call_tool(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<ToolResult> {
        let request = call_request(name.into(), &arguments).map(Asked::Request);
        self.call(Method::CallTool.name(), request, read).validate_output(true)
    }

    /// All tools of the server, page by page; await it to ask. The output schemas that they have are remembered for their
    /// calls, up to [`Limits::output_schemas`](crate::Limits::output_schemas) of them.
    pub fn list_tools(&self) -> List<Tool> {
        List::new(self, learn)
    }

    /// One page of tools: the first, or the one that a page's `next_cursor` names; await it to ask.
    pub fn list_tools_page(&self, cursor: Option<String>) -> ListPage<Tool> {
        ListPage::new(self, cursor, learn)
    }
}

impl Call<ToolResult> {
    /// Whether the structured result is held to the tool's output schema. Default `true`.
    ///
    /// With the feature `json-schema` off nothing is held to anything.
    pub fn validate_output(mut self, validate: bool) -> Self {
        self.validate_output = validate;
        self
    }
}

fn learn(inner: &Inner, tools: &mut Vec<Tool>) {
    inner.link.learn(tools);
    inner.outputs.learn(tools);
}

fn read(Came { reply, expected, .. }: Came<'_>) -> Result<ToolResult> {
    let result: CallToolResult = reply.read()?;
    if let Some(expected) = expected {
        expected.check(&result)?;
    }
    Ok(ToolResult(result))
}

pub(super) fn call_request(name: String, arguments: &impl Serialize) -> Result<Request> {
    let arguments = RawJson::from_value(arguments)
        .map_err(|error| Error::input("the arguments cannot be written as JSON").because(error))?;
    let arguments = if arguments.is_null() { RawJson::EMPTY_OBJECT } else { arguments };
    if !arguments.is_object() {
        return Err(Error::input(
            "the arguments of a tool are a JSON object: pass json!({..}), a struct or a map with the names of its \
             parameters",
        ));
    }
    Ok(Request::CallTool { name: Text::from(name), arguments })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn arguments_are_objects_or_none() {
        let arguments = |value: Value| match call_request("t".into(), &value) {
            Ok(Request::CallTool { arguments, .. }) => Ok(arguments.as_str().to_owned()),
            Ok(_) => unreachable!(),
            Err(error) => Err(error.kind() == ErrorKind::Input),
        };
        assert_eq!(arguments(json!({"a": 1})).unwrap(), "{\"a\":1}");
        assert_eq!(arguments(Value::Null).unwrap(), "{}");
        assert_eq!(arguments(json!([1])), Err(true));
    }
}
