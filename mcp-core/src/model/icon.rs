//! Pictures for user interfaces.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// A picture that a user interface may show (2026-07-28, schema, "Icon"). The source is untrusted: fetch it without
/// credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Icon {
    /// An `https:` or `data:` URI.
    pub src: String,
    /// Overrides the media type that the source gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Sizes such as `48x48`, or `any`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Vec<String>>,
    /// The background it was drawn for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<IconTheme>,
}

/// The background an icon was drawn for. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IconTheme {
    /// A light background.
    Light,
    /// A dark background.
    Dark,
}

impl Icon {
    /// How much memory it holds, in bytes.
    pub(super) fn kept_bytes(&self) -> usize {
        let Self { src, mime_type, sizes, theme: _ } = self;
        let sizes: usize = sizes.iter().flatten().map(|size| size_of::<String>() + size.len()).sum();
        size_of::<Self>() + src.len() + mime_type.as_ref().map_or(0, String::len) + sizes
    }

    /// An icon of any size at `src`. Clients take `https:` and `data:` URIs, and no others (2026-07-28, basic,
    /// "`icons`").
    pub fn new(src: impl Into<String>) -> Self {
        Self { src: src.into(), mime_type: None, sizes: None, theme: None }
    }

    /// An icon that is part of the definition itself, as a `data:` URI. Clients show PNG and JPEG, and many SVG and
    /// WebP (2026-07-28, basic, "`icons`").
    pub fn from_bytes(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        let mime_type = mime_type.into();
        let src = format!("data:{mime_type};base64,{}", STANDARD.encode(bytes));
        Self { src, mime_type: Some(mime_type), sizes: None, theme: None }
    }

    /// Adds the media type, which overrides what the source gives.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Adds the sizes it is good for, such as `48x48`, or `any`.
    #[must_use]
    pub fn with_sizes(mut self, sizes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.sizes = Some(sizes.into_iter().map(Into::into).collect());
        self
    }

    /// Adds the background it was drawn for.
    #[must_use]
    pub fn with_theme(mut self, theme: IconTheme) -> Self {
        self.theme = Some(theme);
        self
    }
}
