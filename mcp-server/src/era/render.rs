//! Answers and errors in the words of the era that asked, held to a bound.

use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "http")]
use http::StatusCode;
use mcp_core::{
    call::Outcome,
    era::{Era, legacy, modern},
    error::Error,
    jsonrpc::RequestId,
    model::{Content, ResourceContents, ServerResult},
    version::ProtocolVersion,
};

use super::step::Refused;
use crate::{budget::COUNTED, engine::Engine};

/// How an era answers.
pub(super) trait Words: Send + Sync {
    fn engine(&self) -> &Arc<Engine>;

    /// Writes the answer to a call.
    fn write_answer(
        &self,
        out: &mut Vec<u8>,
        version: ProtocolVersion,
        id: &RequestId,
        answer: &Result<Outcome, Error>,
    );

    /// Writes an error to a request, whose revision may not be known.
    fn write_error(&self, out: &mut Vec<u8>, version: Option<ProtocolVersion>, id: &RequestId, error: &Error);

    /// The status of an answer over HTTP that is an error; early if the message itself is at fault.
    #[cfg(feature = "http")]
    fn status(&self, error: &Error, is_early: bool) -> StatusCode;
}

/// The answer to a call for a caller that speaks `version`.
pub(super) fn answer(
    words: &dyn Words,
    version: ProtocolVersion,
    id: &RequestId,
    answer: &Result<Outcome, Error>,
) -> Bytes {
    let max = words.engine().limits.answer_bytes;
    if let Ok(outcome) = answer
        && least_size(outcome) > max
    {
        return too_large(words, version, id, max);
    }
    let mut frame = Vec::with_capacity(256);
    words.write_answer(&mut frame, version, id, answer);
    if frame.len() > max {
        return too_large(words, version, id, max);
    }
    if frame.len() >= COUNTED {
        // As long as it waits for its client it has the room that it is counted for, and not what it grew by.
        frame.shrink_to_fit();
    }
    frame.into()
}

/// The error that answers a request of which it is not known which revision it speaks.
#[cfg(feature = "http")]
pub(super) fn error(words: &dyn Words, id: &RequestId, error: &Error) -> Bytes {
    error_to(words, None, id, error)
}

/// The error that answers a request that is refused.
#[cold]
pub(super) fn refusal(words: &dyn Words, id: &RequestId, refused: &Refused) -> Bytes {
    error_to(words, refused.version, id, &refused.error)
}

fn error_to(words: &dyn Words, version: Option<ProtocolVersion>, id: &RequestId, error: &Error) -> Bytes {
    let mut frame = Vec::with_capacity(128);
    words.write_error(&mut frame, version, id, error);
    frame.into()
}

/// An error before it is known who asked; the kinds that can fail so early have the same number everywhere.
pub(super) fn early_error(id: Option<&RequestId>, error: &Error) -> Bytes {
    let mut frame = Vec::with_capacity(128);
    let version = ProtocolVersion::LATEST;
    match Era::of(version) {
        Era::Legacy => legacy::write_error(&mut frame, id, error, version),
        Era::Modern => modern::write_error(&mut frame, id, error, version),
    }
    frame.into()
}

#[cold]
fn too_large(words: &dyn Words, version: ProtocolVersion, id: &RequestId, max: usize) -> Bytes {
    tracing::warn!(max, "an answer is replaced by an error: it is too large");
    let error = Error::internal(format!("the answer is too large: at most {max} bytes are sent"));
    error_to(words, Some(version), id, &error)
}

/// A lower bound of the answer's size that costs nothing, so that what is far too large is never written.
fn least_size(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Complete(ServerResult::CallTool(result)) => {
            let structured = result.structured_content.as_ref().map_or(0, |value| value.as_str().len());
            result.content.iter().map(block_size).sum::<usize>() + structured
        }
        Outcome::Complete(ServerResult::ReadResource(result)) => result.contents.iter().map(contents_size).sum(),
        Outcome::Complete(ServerResult::GetPrompt(result)) => {
            result.messages.iter().map(|message| block_size(&message.content)).sum()
        }
        Outcome::Complete(ServerResult::Custom(result)) => result.as_str().len(),
        // What is listed is the server's own, and what asks back is small.
        _ => 0,
    }
}

fn contents_size(contents: &ResourceContents) -> usize {
    match contents {
        ResourceContents::Text { text, .. } => text.len(),
        ResourceContents::Blob { blob, .. } => blob.len(),
    }
}

fn block_size(block: &Content) -> usize {
    match block {
        Content::Text(text) => text.text.len(),
        Content::Image(image) => image.data.len(),
        Content::Audio(audio) => audio.data.len(),
        Content::Resource(embedded) => contents_size(&embedded.resource),
        _ => 0,
    }
}
