//! An HTTP status where a message was expected, as an error that says what to do.

use crate::error::Error;

/// An HTTP status instead of a message.
pub(crate) fn unwelcome(status: u16, text: &str) -> Error {
    let hint = match status {
        401 => ": it wants credentials",
        403 => ": the credentials do not allow this",
        404 | 405 => ": is this the URL of an MCP server?",
        429 | 503 => ": it is busy, try later",
        _ => "",
    };
    let text: String = text.chars().take(200).collect();
    let shown = if text.is_empty() { String::new() } else { format!(" ({text})") };
    Error::status(status, format!("the server answered with HTTP status {status}{hint}{shown}"))
}
