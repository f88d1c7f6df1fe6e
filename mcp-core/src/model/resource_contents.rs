//! What a resource holds.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use super::{Meta, meta::collect};

/// What a resource holds: text or bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ResourceContents {
    /// Text.
    #[serde(rename_all = "camelCase")]
    Text {
        /// The resource's URI.
        uri: String,
        /// Its media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The text.
        text: String,
        /// Open metadata.
        #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<Box<Meta>>,
    },
    /// Bytes.
    #[serde(rename_all = "camelCase")]
    Blob {
        /// The resource's URI.
        uri: String,
        /// Its media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The bytes in base64.
        blob: String,
        /// Open metadata.
        #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
        meta: Option<Box<Meta>>,
    },
}

/// With `text` it is text, whatever else it has.
impl<'de> Deserialize<'de> for ResourceContents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            uri: String,
            mime_type: Option<String>,
            text: Option<String>,
            blob: Option<String>,
            #[serde(rename = "_meta")]
            meta: Option<Box<Meta>>,
        }
        let Wire { uri, mime_type, text, blob, meta } = Wire::deserialize(deserializer)?;
        match (text, blob) {
            (Some(text), _) => Ok(Self::Text { uri, mime_type, text, meta }),
            (None, Some(blob)) => Ok(Self::Blob { uri, mime_type, blob, meta }),
            (None, None) => Err(de::Error::missing_field("text")),
        }
    }
}

impl ResourceContents {
    /// Text, without a media type.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text { uri: uri.into(), mime_type: None, text: text.into(), meta: None }
    }

    /// Bytes, of the media type `application/octet-stream` unless another is set.
    pub fn bytes(uri: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        let mime_type = Some("application/octet-stream".to_owned());
        Self::Blob { uri: uri.into(), mime_type, blob: STANDARD.encode(bytes), meta: None }
    }

    /// Sets the media type.
    #[must_use]
    pub fn with_mime_type(mut self, new: impl Into<String>) -> Self {
        let (Self::Text { mime_type, .. } | Self::Blob { mime_type, .. }) = &mut self;
        *mime_type = Some(new.into());
        self
    }

    /// Adds open metadata, since 2025-06-18: `[("com.example/source", "station 7")]`, or a whole [`Meta`].
    #[must_use]
    pub fn with_meta(mut self, new: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Self {
        let (Self::Text { meta, .. } | Self::Blob { meta, .. }) = &mut self;
        *meta = Some(collect(new));
        self
    }

    /// The resource's URI.
    pub fn uri(&self) -> &str {
        let (Self::Text { uri, .. } | Self::Blob { uri, .. }) = self;
        uri
    }

    /// The media type, if it is known.
    pub fn mime_type(&self) -> Option<&str> {
        let (Self::Text { mime_type, .. } | Self::Blob { mime_type, .. }) = self;
        mime_type.as_deref()
    }

    /// Open metadata.
    pub fn meta(&self) -> Option<&Meta> {
        let (Self::Text { meta, .. } | Self::Blob { meta, .. }) = self;
        meta.as_deref()
    }
}
