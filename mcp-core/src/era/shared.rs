//! What does not differ between the eras.

use std::fmt::Write as _;

use crate::{
    error::Error,
    json::{RawJson, Text, write, write_str},
    jsonrpc::{Params, RequestId},
    model::{Content, LogLevel, LogMessage, ProgressToken, ServerNotification, TextContent},
    version::ProtocolVersion,
};

/// Reads `_meta.progressToken` (2026-07-28, basic/patterns/progress, "Progress Flow").
pub(super) fn read_progress_token(params: &Params) -> Result<Option<ProgressToken>, Error> {
    match params.meta("progressToken") {
        None => Ok(None),
        Some(value) => RequestId::from_json(&value).map(|token| Some(ProgressToken(token))).ok_or_else(|| {
            const MAX: usize = RequestId::MAX_LEN;
            let sentence = format!("`_meta.progressToken` must be a string of at most {MAX} bytes or an integer");
            Error::invalid_params(sentence)
        }),
    }
}

/// The level that a client names (2026-07-28, server/utilities/logging, "Error Handling"; 2025-11-25,
/// server/utilities/logging, "Error Handling").
pub(super) fn read_level(value: &RawJson, place: &str) -> Result<LogLevel, Error> {
    value.to_text().and_then(|level| level.parse().ok()).ok_or_else(|| {
        let levels = LogLevel::ALL.map(LogLevel::as_str).join(", ");
        Error::invalid_params(format!("`{place}` must be one of {levels}"))
    })
}

/// Appends what is rendered already. If it is large, room is made for what follows as well, so that a page of a list is
/// not copied once more for its last few bytes.
pub(super) fn splice(out: &mut Vec<u8>, rendered: &[u8]) {
    const REST: usize = 512;
    if rendered.len() > out.capacity() {
        out.reserve(rendered.len() + REST);
    }
    out.extend_from_slice(rendered);
}

/// Writes members of a JSON object, with the commas between them.
pub(super) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    pub(super) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// Goes on with an object that has members already.
    pub(super) fn go_on(out: &'a mut Vec<u8>) -> Self {
        Self { out, empty: false }
    }

    /// Writes a key and leaves the place of its value to the caller.
    pub(super) fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.empty, false) {
            self.out.push(b',');
        }
        write_str(self.out, key);
        self.out.push(b':');
        self.out
    }

    pub(super) fn value<T: serde::Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        write_value(self.key(key), value);
    }

    pub(super) fn optional<T: serde::Serialize>(&mut self, key: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.value(key, value);
        }
    }

    /// Adds the blocks of a tool's result. One text that says nothing about itself, which is what most tools return, is
    /// written without the machinery for the others.
    pub(super) fn content(&mut self, blocks: &[Content]) {
        let [Content::Text(TextContent { text, annotations: None, meta: None })] = blocks else {
            return self.value("content", blocks);
        };
        self.raw_members(br#""content":[{"type":"text","text":"#);
        write_str(self.out, text);
        self.out.extend_from_slice(b"}]");
    }

    /// Adds a member whose value is JSON already.
    pub(super) fn raw(&mut self, key: &str, value: &RawJson) {
        self.key(key).extend_from_slice(value.as_bytes());
    }

    /// Adds members that are already JSON, without the braces around them.
    pub(super) fn raw_members(&mut self, members: &[u8]) {
        if !members.is_empty() {
            self.begun(members);
        }
    }

    /// As [`raw_members`](Self::raw_members), whose last member may be an object that goes on: the place where it does.
    pub(super) fn begun(&mut self, members: &[u8]) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.empty, false) {
            self.out.push(b',');
        }
        splice(self.out, members);
        self.out
    }

    pub(super) fn close(self) {
        self.out.push(b'}');
    }
}

/// Writes a value of a model type.
pub(super) fn write_value<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let start = out.len();
    if write(out, value).is_err() {
        // Model types are made of strings, numbers and JSON values, which can always be written; a type that
        // cannot must not break the message around it.
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

/// An object as a value.
pub(super) fn written(write: impl FnOnce(&mut ObjectWriter<'_>)) -> RawJson {
    let mut out = Vec::new();
    let mut object = ObjectWriter::open(&mut out);
    write(&mut object);
    object.close();
    // What is written is text, and has no line break outside its strings nor inside them.
    Text::from_utf8(out.into()).map_or(RawJson::EMPTY_OBJECT, RawJson::on_one_line)
}

/// Writes a list.
pub(super) fn write_array<T>(out: &mut Vec<u8>, items: &[T], write_item: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_item(out, item);
    }
    out.push(b']');
}

/// Writes the members that an event's params have in both eras, as the revision has them.
pub(super) fn write_notification_members(
    object: &mut ObjectWriter<'_>,
    event: &ServerNotification,
    version: ProtocolVersion,
) {
    match event {
        ServerNotification::ToolsListChanged
        | ServerNotification::PromptsListChanged
        | ServerNotification::ResourcesListChanged => {}
        ServerNotification::ResourceUpdated { uri } => write_str(object.key("uri"), uri),
        ServerNotification::Progress { token, progress } => {
            token.0.write(object.key("progressToken"));
            object.value("progress", &progress.progress);
            object.optional("total", progress.total.as_ref());
            // The message came with 2025-03-26 (2025-11-25, basic/utilities/progress, "Progress Flow").
            if version >= ProtocolVersion::V2025_03_26 {
                object.optional("message", progress.message.as_ref());
            }
        }
        ServerNotification::Message(LogMessage { level, logger, data }) => {
            object.value("level", level);
            object.optional("logger", logger.as_ref());
            object.raw("data", data);
        }
    }
}

/// A list of versions for a sentence.
pub(super) fn sentence_of<'a>(versions: impl Iterator<Item = &'a str>) -> String {
    let mut sentence = String::new();
    for version in versions {
        if !sentence.is_empty() {
            sentence.push_str(", ");
        }
        // Writing to a string cannot fail.
        let _ = write!(sentence, "{version}");
    }
    sentence
}
