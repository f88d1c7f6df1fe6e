//! What a resource may return.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use mcp_core::{
    Error,
    json::RawJson,
    model::{ReadResourceResult, ResourceContents},
};
use serde::Serialize;

use crate::handler::{
    failure,
    tool::{Json, ToolError},
};

/// What is being read: contents name it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ResourceTarget<'a> {
    /// The URI that was asked for.
    pub uri: &'a str,
    /// The media type of the definition.
    pub mime_type: Option<&'a str>,
}

/// What a resource may return.
///
/// Text, bytes and [`Json`] become the contents of the URI that was asked for; `None` says that there is no such
/// resource; contents and [`ReadResourceResult`] stand for themselves. An `Err` that is an [`Error`] goes to the
/// caller as it is; any other becomes an internal error, and the log tells the cause.
#[diagnostic::on_unimplemented(
    message = "a resource cannot return `{Self}`",
    label = "no contents of a resource",
    note = "a resource returns text, `Vec<u8>`, `Bytes`, `Blob`, `Json<T>`, `ResourceContents`, `Vec<ResourceContents>`, `ReadResourceResult`, an `Option` of one of these, or a `Result` whose error is an error type"
)]
pub trait IntoResourceContents {
    /// The contents, or the failure.
    ///
    /// # Errors
    ///
    /// When there is no such resource, or when it cannot be read.
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error>;
}

impl IntoResourceContents for ReadResourceResult {
    fn into_resource_contents(self, _: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        Ok(self)
    }
}

impl IntoResourceContents for ResourceContents {
    fn into_resource_contents(self, _: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        Ok(ReadResourceResult::new(vec![self]))
    }
}

impl IntoResourceContents for Vec<ResourceContents> {
    fn into_resource_contents(self, _: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        Ok(ReadResourceResult::new(self))
    }
}

impl<const N: usize> IntoResourceContents for [ResourceContents; N] {
    fn into_resource_contents(self, _: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        Ok(ReadResourceResult::new(self.into()))
    }
}

impl IntoResourceContents for String {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        text(target, None, self)
    }
}

impl IntoResourceContents for &'static str {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        text(target, None, self.to_owned())
    }
}

impl IntoResourceContents for Cow<'static, str> {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        text(target, None, self.into_owned())
    }
}

impl IntoResourceContents for Vec<u8> {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        Bytes::from(self).into_resource_contents(target)
    }
}

impl IntoResourceContents for Bytes {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        let contents = ResourceContents::Blob {
            uri: target.uri.to_owned(),
            mime_type: Some(target.mime_type.unwrap_or("application/octet-stream").to_owned()),
            blob: STANDARD.encode(self),
            meta: None,
        };
        contents.into_resource_contents(target)
    }
}

/// JSON text, of the media type `application/json` unless the definition names another.
impl<T: Serialize> IntoResourceContents for Json<T> {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        let json = RawJson::from_value(&self.0).map_err(|error| failure("resource", error))?;
        text(target, Some("application/json"), json.as_str().to_owned())
    }
}

/// `None`: no resource has that URI.
impl<T: IntoResourceContents> IntoResourceContents for Option<T> {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        self.ok_or_else(|| Error::resource_not_found(target.uri))?.into_resource_contents(target)
    }
}

impl<T: IntoResourceContents, E: Into<ToolError>> IntoResourceContents for Result<T, E> {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        self.map_err(|error| failure("resource", error))?.into_resource_contents(target)
    }
}

fn text(target: ResourceTarget<'_>, usual: Option<&str>, text: String) -> Result<ReadResourceResult, Error> {
    let mime_type = target.mime_type.or(usual).map(str::to_owned);
    let contents = ResourceContents::Text { uri: target.uri.to_owned(), mime_type, text, meta: None };
    contents.into_resource_contents(target)
}
