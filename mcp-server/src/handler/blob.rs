//! Bytes of a media type, wherever content goes.

use bytes::Bytes;
use mcp_core::{
    Error,
    model::{CallToolResult, Content, ReadResourceResult, ResourceContents},
};

use super::{
    resource::{IntoResourceContents, ResourceTarget},
    tool::{IntoToolResult, ToolError},
};

/// Bytes of a media type. What they become follows from it: `image/…` a picture, `audio/…` sound, anything else an
/// embedded resource, which is text if the media type says so (`text/…`, `application/json`) and the bytes are UTF-8.
///
/// A tool returns it, alone or as one of several blocks; a prompt says it; a resource returns it as its contents, with
/// this media type in the place of the definition's.
///
/// ```
/// use mcp_server::{Blob, model::PromptMessage, tool};
///
/// /// Draws a chart.
/// #[tool]
/// async fn chart(city: String) -> (String, Blob) {
///     (format!("Rain in {city}"), Blob::new(vec![0x89, b'P', b'N', b'G'], "image/png"))
/// }
///
/// /// The report of a day.
/// #[tool]
/// async fn report(day: String) -> std::io::Result<Blob> {
///     let bytes = std::fs::read(format!("/reports/{day}.pdf"))?;
///     Ok(Blob::new(bytes, "application/pdf").with_uri(format!("report://{day}")))
/// }
///
/// let message = PromptMessage::user(Blob::new(&b"RIFF"[..], "audio/wav"));
/// # assert!(matches!(message.content, mcp_server::model::Content::Audio(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    bytes: Bytes,
    mime_type: String,
    uri: Option<String>,
}

/// The URI of an embedded resource that has no other. It is only a name: nobody can read it.
const NAMELESS: &str = "blob://result";

impl Blob {
    /// Bytes of that media type: a `Vec<u8>`, a `Bytes`, a `String`, a `&'static [u8]`.
    pub fn new(bytes: impl Into<Bytes>, mime_type: impl Into<String>) -> Self {
        Self { bytes: bytes.into(), mime_type: mime_type.into(), uri: None }
    }

    /// The URI of the embedded resource, where it becomes one; `blob://result` by default. It need not be one that can be
    /// read.
    #[must_use]
    pub fn with_uri(mut self, uri: impl Into<String>) -> Self {
        self.uri = Some(uri.into());
        self
    }

    fn is_of(&self, kind: &str) -> bool {
        self.mime_type.get(..kind.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(kind))
    }

    fn into_contents(self, uri: String) -> ResourceContents {
        let is_text = self.is_of("text/") || self.is_of("application/json");
        let text = is_text.then(|| str::from_utf8(&self.bytes).ok()).flatten();
        let contents = match text {
            Some(text) => ResourceContents::text(uri, text),
            None => ResourceContents::bytes(uri, &self.bytes),
        };
        contents.with_mime_type(self.mime_type)
    }
}

impl From<Blob> for Content {
    fn from(blob: Blob) -> Self {
        if blob.is_of("image/") {
            return Self::image(blob.bytes, blob.mime_type);
        }
        if blob.is_of("audio/") {
            return Self::audio(blob.bytes, blob.mime_type);
        }
        let uri = blob.uri.clone().unwrap_or_else(|| NAMELESS.to_owned());
        blob.into_contents(uri).into()
    }
}

impl IntoToolResult for Blob {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::new(vec![self.into()]))
    }
}

impl IntoResourceContents for Blob {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        let uri = self.uri.clone().unwrap_or_else(|| target.uri.to_owned());
        self.into_contents(uri).into_resource_contents(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(mime_type: &str, bytes: &'static [u8]) -> String {
        let block = serde_json::to_value(Content::from(Blob::new(bytes, mime_type))).unwrap();
        let of = |key: &str| block["resource"].get(key).map(|_| format!("resource with {key}"));
        of("text").or_else(|| of("blob")).unwrap_or_else(|| block["type"].as_str().unwrap().to_owned())
    }

    #[test]
    fn the_media_type_says_what_bytes_become() {
        assert_eq!(kind("image/png", b"x"), "image");
        assert_eq!(kind("IMAGE/svg+xml", b"<svg/>"), "image");
        assert_eq!(kind("audio/wav", b"x"), "audio");
        assert_eq!(kind("text/csv; charset=utf-8", b"a,b"), "resource with text");
        assert_eq!(kind("text/csv", b"\xff"), "resource with blob");
        assert_eq!(kind("application/pdf", b"x"), "resource with blob");
        assert_eq!(kind("é", b"x"), "resource with blob");
    }

    #[test]
    fn as_contents_it_has_the_uri_that_was_asked_for() {
        let target = || ResourceTarget { uri: "a://b", mime_type: Some("text/plain") };
        let read = Blob::new("x", "image/png").into_resource_contents(target()).unwrap();
        assert_eq!((read.contents[0].uri(), read.contents[0].mime_type()), ("a://b", Some("image/png")));
    }
}
