//! What a tool may return.

use std::error::Error as StdError;

use mcp_core::{
    Error,
    json::RawJson,
    model::{
        AudioContent, CallToolResult, Content, EmbeddedResource, ImageContent, ResourceContents, ResourceLink,
        TextContent,
    },
    schema::Schema,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::error::ToolError;
use crate::handler::schema::{Implied, output_schema};

/// What a tool may return.
///
/// Text, numbers, `bool` and `()` become text; [`Json`] becomes a structured result with an output schema;
/// [`Content`], each of its kinds and [`CallToolResult`] stand for themselves; several blocks are a `Vec<Content>`, an
/// array, or a tuple such as `("The cat", ImageContent::new(bytes, "image/png"))`. An `Err` becomes an `isError` result with its text, or
/// a JSON-RPC error if it is a [`ToolError::protocol`]. Implement it for a type of your own to choose its form:
///
/// ```
/// use mcp_server::{IntoToolResult, ToolError, model::{CallToolResult, Content}};
///
/// struct Table(Vec<String>);
///
/// impl IntoToolResult for Table {
///     fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
///         Ok(CallToolResult::new(self.0.into_iter().map(Content::text).collect()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "no result of a tool",
    note = "a tool returns text, a number, `bool`, `()`, `Json<T>`, `Content`, an image, sound, a link or an embedded resource, `Vec<Content>` or a tuple of blocks, `CallToolResult`, or a `Result` of one of these whose error is an error type, such as `ToolError`",
    note = "for a struct, enum or list of your own return `Json<T>`, where `T` is `Serialize` and `JsonSchema`"
)]
pub trait IntoToolResult {
    /// The result, or the failure.
    ///
    /// # Errors
    ///
    /// When the tool failed, or when its value cannot be written as JSON.
    fn into_tool_result(self) -> Result<CallToolResult, ToolError>;

    /// The schema of the structured result, if every successful result has one.
    fn output_schema() -> Option<Schema> {
        None
    }

    /// Whether every structured result fits the schema, so that none has to be validated.
    #[doc(hidden)]
    fn enforces_output_schema() -> bool {
        false
    }
}

/// A structured result: `structuredContent`, the same as text, and an output schema derived from the type.
///
/// ```
/// use mcp_server::{Json, tool};
///
/// #[derive(serde::Serialize, schemars::JsonSchema)]
/// struct Report {
///     degrees: f64,
/// }
///
/// #[tool]
/// async fn weather(city: String) -> Json<Report> {
///     Json(Report { degrees: city.len() as f64 })
/// }
///
/// assert!(weather::tool().definition().output_schema.is_some());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Json<T>(pub T);

impl<T: Serialize + JsonSchema> IntoToolResult for Json<T> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        let json = RawJson::from_value(&self.0).map_err(|error| {
            tracing::error!(r#type = std::any::type_name::<T>(), %error, "a tool's result cannot be written as JSON");
            ToolError::protocol(Error::internal("the tool's result cannot be written as JSON"))
        })?;
        let mut result = CallToolResult::text(json.as_str());
        result.structured_content = Some(json);
        Ok(result)
    }

    fn output_schema() -> Option<Schema> {
        output_schema::<T>().map(|(schema, _)| schema)
    }

    fn enforces_output_schema() -> bool {
        output_schema::<T>().is_none_or(|(_, implied)| implied != Implied::Not)
    }
}

impl<T: IntoToolResult, E: Into<Box<dyn StdError + Send + Sync>>> IntoToolResult for Result<T, E> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        self.map_err(ToolError::new)?.into_tool_result()
    }

    fn output_schema() -> Option<Schema> {
        T::output_schema()
    }

    fn enforces_output_schema() -> bool {
        T::enforces_output_schema()
    }
}

impl IntoToolResult for CallToolResult {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(self)
    }
}

impl IntoToolResult for Vec<Content> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::new(self))
    }
}

impl<const N: usize> IntoToolResult for [Content; N] {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::new(self.into()))
    }
}

macro_rules! blocks {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoToolResult for $type {
            fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
                Ok(CallToolResult::new(vec![self.into()]))
            }
        }
    )*};
}

blocks!(Content TextContent ImageContent AudioContent ResourceLink EmbeddedResource ResourceContents);

macro_rules! tuples_of_blocks {
    ($(($($block:ident)*))*) => {$(
        /// One block after the other.
        #[diagnostic::do_not_recommend]
        impl<$($block: Into<Content>),*> IntoToolResult for ($($block,)*) {
            fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
                #[expect(non_snake_case, reason = "a value is called as its type is")]
                let ($($block,)*) = self;
                Ok(CallToolResult::new(vec![$($block.into()),*]))
            }
        }
    )*};
}

tuples_of_blocks!((A B) (A B C) (A B C D));

/// No content: there is nothing to say.
impl IntoToolResult for () {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::default())
    }
}

macro_rules! text_results {
    ($($type:ty)*) => {$(
        impl IntoToolResult for $type {
            fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
                Ok(CallToolResult::text(self.to_string()))
            }
        }
    )*};
}

text_results!(&'static str bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl IntoToolResult for String {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::text(self))
    }
}
