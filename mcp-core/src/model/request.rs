//! What a client may ask of a server, in words that hold in every revision.

use std::collections::BTreeMap;

use super::CompletionReference;
use crate::json::{RawJson, Text};

/// A question to a server.
///
/// `#[non_exhaustive]`: more methods will come.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Request {
    /// `tools/list`: one page of the tools.
    ListTools {
        /// Where the page starts; `None` for the first. Opaque to everybody but the server (2026-07-28,
        /// server/utilities/pagination, "Implementation Guidelines").
        cursor: Option<Text>,
    },
    /// `tools/call`.
    CallTool {
        /// The tool's name.
        name: Text,
        /// The arguments, always a JSON object (2026-07-28, schema, "CallToolRequestParams").
        arguments: RawJson,
    },
    /// `prompts/list`: one page of the prompts.
    ListPrompts {
        /// As in [`Request::ListTools`].
        cursor: Option<Text>,
    },
    /// `prompts/get`.
    GetPrompt {
        /// The prompt's name.
        name: Text,
        /// The arguments by name.
        arguments: BTreeMap<String, String>,
    },
    /// `resources/list`: one page of the resources.
    ListResources {
        /// As in [`Request::ListTools`].
        cursor: Option<Text>,
    },
    /// `resources/templates/list`: one page of the templates.
    ListResourceTemplates {
        /// As in [`Request::ListTools`].
        cursor: Option<Text>,
    },
    /// `resources/read`.
    ReadResource {
        /// The resource's URI.
        uri: Text,
    },
    /// `completion/complete`.
    ///
    /// Boxed: it would make every request larger, and all are moved from hand to hand.
    Complete(Box<CompleteParams>),
    /// A method that the protocol does not define: one of an extension.
    Custom {
        /// Its name.
        method: Text,
        /// The parameters without `_meta`, always a JSON object.
        params: RawJson,
    },
}

/// What completes which value: the parameters of `completion/complete`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompleteParams {
    /// What the argument belongs to.
    pub reference: CompletionReference,
    /// The argument's name.
    pub argument: Text,
    /// What of its value is there already.
    pub value: Text,
    /// Values of other arguments that are known, since 2025-06-18.
    pub context: BTreeMap<String, String>,
}

impl CompleteParams {
    /// What the argument of that name belongs to, and what of its value is there already.
    pub fn new(reference: CompletionReference, argument: impl Into<String>, value: impl Into<String>) -> Self {
        let (argument, value) = (Text::from(argument.into()), Text::from(value.into()));
        Self { reference, argument, value, context: BTreeMap::new() }
    }
}

impl Request {
    /// The tool or prompt that is meant, or the URI of the resource; `None` for what names none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::CallTool { name, .. } | Self::GetPrompt { name, .. } => Some(name),
            Self::ReadResource { uri } => Some(uri),
            Self::ListTools { .. }
            | Self::ListPrompts { .. }
            | Self::ListResources { .. }
            | Self::ListResourceTemplates { .. }
            | Self::Complete(_)
            | Self::Custom { .. } => None,
        }
    }
}
