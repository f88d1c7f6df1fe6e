//! What a tool may return.

use std::{borrow::Cow, future::Future, pin::Pin};

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
/// | Returned | Becomes |
/// |---|---|
/// | `String`, `&'static str`, `Cow<'static, str>`, numbers, `bool` | text |
/// | `()` | no content |
/// | [`Json<T>`](Json), [`JsonWithText<T>`](JsonWithText) | a structured result, with an output schema |
/// | [`Content`] and each of its kinds, [`ResourceContents`] | that block |
/// | [`Blob`](crate::Blob) | an image, sound or an embedded resource, as its media type says |
/// | `Vec<Content>`, `[Content; N]`, a tuple such as `("The cat", Blob::new(bytes, "image/png"))` | several blocks |
/// | [`ContentStream`](crate::ContentStream) | the blocks that a stream gives, in order |
/// | [`CallToolResult`] | itself |
/// | `Option<T>` | what `T` becomes; `None` is the text `nothing found`, and no failure |
/// | `Result<T, E>` | what `T` becomes; an `Err` a result that the model reads as a failure, see [`ToolError`] |
///
/// `Option<T>` has no output schema, because not every result of it has a structure; `Json<Option<T>>` has one, and so has
/// `Result<Json<T>, E>`.
///
/// Implement it for a type of your own to choose its form:
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
    note = "a tool returns text, a number, `bool`, `()`, `Json<T>`, `Content`, an image, sound, a link or an embedded resource, `Vec<Content>` or a tuple of blocks, `CallToolResult`, or an `Option` or a `Result` of one of these whose error is an error type, such as `ToolError`",
    note = "for a struct, enum or list of your own return `Json<T>`, where `T` is `Serialize` and `JsonSchema`",
    note = "for bytes return `Blob::new(bytes, \"image/png\")`, for a stream of blocks `ContentStream::new(stream)`"
)]
pub trait IntoToolResult {
    /// The result, or the failure.
    ///
    /// # Errors
    ///
    /// When the tool failed, or when its value cannot be written as JSON.
    fn into_tool_result(self) -> Result<CallToolResult, ToolError>;

    /// The result, or what is still to be awaited for it.
    #[doc(hidden)]
    #[inline]
    fn returned(self) -> Returned
    where
        Self: Sized,
    {
        Returned::Now(self.into_tool_result())
    }

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

/// What a handler has returned. Most results are there at once, and cost nothing more.
pub enum Returned {
    Now(Result<CallToolResult, ToolError>),
    Later(Pin<Box<dyn Future<Output = Result<CallToolResult, ToolError>> + Send>>),
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

impl<T> Json<T> {
    /// The same structure with a text of your own in the place of the JSON, for models and people that read the text.
    ///
    /// A client of a revision without structured results sees nothing but the text, and other clients may show a model
    /// nothing but the text: it should say what matters (2026-07-28, server/tools, "Structured Content").
    ///
    /// ```
    /// use mcp_server::{Json, JsonWithText, tool};
    ///
    /// #[derive(serde::Serialize, schemars::JsonSchema)]
    /// struct Sum {
    ///     sum: i64,
    /// }
    ///
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> JsonWithText<Sum> {
    ///     let sum = a + b;
    ///     Json(Sum { sum }).with_text(format!("{a} and {b} make {sum}"))
    /// }
    ///
    /// assert!(add::tool().definition().output_schema.is_some());
    /// ```
    pub fn with_text(self, text: impl Into<String>) -> JsonWithText<T> {
        JsonWithText { json: self, text: text.into() }
    }
}

/// A structured result with a text of its own; made by [`Json::with_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonWithText<T> {
    /// The structure.
    pub json: Json<T>,
    /// The text.
    pub text: String,
}

impl<T: Serialize + JsonSchema> IntoToolResult for JsonWithText<T> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        let mut result = self.json.into_tool_result()?;
        result.content = vec![Content::text(self.text)];
        Ok(result)
    }

    fn output_schema() -> Option<Schema> {
        Json::<T>::output_schema()
    }

    fn enforces_output_schema() -> bool {
        Json::<T>::enforces_output_schema()
    }
}

impl<T: Serialize + JsonSchema> IntoToolResult for Json<T> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        let json = RawJson::from_value(&self.0).map_err(|error| {
            let _span = crate::logging::span_of_failure();
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

impl<T: IntoToolResult, E: Into<ToolError>> IntoToolResult for Result<T, E> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        self.map_err(Into::into)?.into_tool_result()
    }

    fn returned(self) -> Returned {
        match self {
            Ok(value) => value.returned(),
            Err(error) => Returned::Now(Err(error.into())),
        }
    }

    fn output_schema() -> Option<Schema> {
        T::output_schema()
    }

    fn enforces_output_schema() -> bool {
        T::enforces_output_schema()
    }
}

/// What a model is told where there is nothing.
const NOTHING: &str = "nothing found";

/// `None`: there is nothing to return, which is no failure.
impl<T: IntoToolResult> IntoToolResult for Option<T> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        self.map_or_else(|| Ok(CallToolResult::text(NOTHING)), T::into_tool_result)
    }

    fn returned(self) -> Returned {
        self.map_or_else(|| Returned::Now(Ok(CallToolResult::text(NOTHING))), T::returned)
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

impl IntoToolResult for Cow<'static, str> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::text(self))
    }
}

impl IntoToolResult for String {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::text(self))
    }
}
