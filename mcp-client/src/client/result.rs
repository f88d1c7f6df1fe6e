//! What a tool returned.

use std::{fmt, ops::Deref};

use mcp_core::{json::RawJson, model::CallToolResult};
use serde::{Deserialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// What a tool returned. It is a [`CallToolResult`] that can also be decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult(pub(super) CallToolResult);

impl ToolResult {
    /// Decodes the result into a type.
    ///
    /// The structured content is taken if there is any. An object that is no `T` and whose only member is `result`
    /// stands for that member: some servers wrap results so that are no objects. Without structured content the
    /// single text block is taken: for `String` the text itself, for anything else its JSON, or the text as a string
    /// where it is no JSON of that type.
    ///
    /// # Errors
    ///
    /// [`Error::is_tool_error`] with the tool's text if the tool says that it failed; [`Error::is_invalid`] if
    /// the result is no `T`.
    pub fn parse<T: DeserializeOwned + 'static>(&self) -> Result<T> {
        if self.is_error {
            return Err(Error::tool(self.joined_text()));
        }
        if let Some(structured) = &self.structured_content {
            return parse_structured(structured);
        }
        let [block] = self.content.as_slice() else {
            let count = self.content.len();
            return Err(Error::invalid(format!("the result has {count} blocks of content: read them one by one")));
        };
        let text = block.as_text().ok_or_else(|| Error::invalid("the result is no text: read its content"))?;
        parse_text(text)
    }

    /// The result as it came.
    pub fn into_inner(self) -> CallToolResult {
        self.0
    }
}

fn parse_structured<T: DeserializeOwned>(structured: &RawJson) -> Result<T> {
    structured.parse().or_else(|error| {
        let inner = structured.parse::<Wrapped>().and_then(|Wrapped { result }| result.parse());
        inner.map_err(|_| unfit("structured content", &error))
    })
}

/// How the official Python SDK makes an object of a result that is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    result: RawJson,
}

fn parse_text<T: DeserializeOwned + 'static>(text: &str) -> Result<T> {
    let as_string = || RawJson::from_value(text).and_then(|string| string.parse::<T>());
    if std::any::TypeId::of::<T>() == std::any::TypeId::of::<String>() {
        return as_string().map_err(|error| unfit("text", &error));
    }
    let as_json = serde_json::from_str(text);
    as_json.or_else(|error| as_string().map_err(|_| unfit("text", &error)))
}

fn unfit(what: &str, error: &dyn fmt::Display) -> Error {
    Error::invalid(format!("the tool's {what} is not of the type that was asked for: {error}"))
}

impl Deref for ToolResult {
    type Target = CallToolResult;

    fn deref(&self) -> &CallToolResult {
        &self.0
    }
}

impl From<ToolResult> for CallToolResult {
    fn from(result: ToolResult) -> Self {
        result.0
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::model::Content;
    use serde_json::{Value, json};

    use super::*;

    fn text(text: &str) -> ToolResult {
        ToolResult(CallToolResult::text(text))
    }

    #[test]
    fn structured_content_comes_first_then_the_single_text() {
        let mut result = CallToolResult::text("7");
        assert_eq!(text("7").parse::<i64>().unwrap(), 7);
        assert_eq!(text("7").parse::<String>().unwrap(), "7");
        assert_eq!(text("\"7\"").parse::<String>().unwrap(), "\"7\"");
        assert_eq!(text("{\"a\":1}").parse::<Value>().unwrap(), json!({"a": 1}));
        assert_eq!(text("sunny").parse::<Value>().unwrap(), json!("sunny"));
        assert!(text("sunny").parse::<i64>().unwrap_err().is_invalid());
        result.structured_content = Some(RawJson::NULL);
        assert_eq!(ToolResult(result.clone()).parse::<Option<i64>>().unwrap(), None);
        result.is_error = true;
        let error = ToolResult(result).parse::<i64>().unwrap_err();
        assert!(error.is_tool_error());
        assert_eq!(error.to_string(), "7");
        let two = CallToolResult::new(vec![Content::text("a"), Content::text("b")]);
        assert!(ToolResult(two).parse::<String>().unwrap_err().is_invalid());
    }
}
