//! Results that would fill the context of a model.

use mcp_core::model::{CallToolResult, Content};

/// Holds the text of a result to so many bytes. What was cut says so in a block of its own, behind all others.
///
/// JSON that is cut is no JSON: a structured result that is larger becomes an error, which needs no structure
/// (2026-07-28, server/tools, "Output Schema").
pub(super) fn shorten(mut result: CallToolResult, most: usize) -> CallToolResult {
    let structured = result.structured_content.as_ref().map_or(0, |json| json.as_str().len());
    if structured > most {
        return CallToolResult::error(format!(
            "The tool has run, but its result is {structured} bytes of JSON, and at most {most} are passed on. Ask for less: \
             with narrower arguments, a filter, or page by page, if the tool takes such."
        ));
    }
    let all: usize = result.content.iter().filter_map(Content::as_text).map(str::len).sum();
    if all <= most {
        return result;
    }
    let mut left = most;
    let mut shown = 0;
    result.content.retain_mut(|block| {
        let Content::Text(text) = block else { return true };
        if text.text.len() > left {
            let end = end_of(&text.text, left);
            text.text.truncate(end);
            // What comes behind the cut would seem to follow it.
            left = 0;
        } else {
            left -= text.text.len();
        }
        shown += text.text.len();
        !text.text.is_empty()
    });
    result.content.push(Content::text(format!(
        "[cut: {shown} of {all} bytes of text are shown. The rest is kept nowhere. To see what is missing, call again with \
         narrower arguments, a filter, or page by page, if the tool takes such.]"
    )));
    result
}

/// Where to cut: between characters, and behind a line if one ends not long before.
fn end_of(text: &str, most: usize) -> usize {
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    let line = text.get(..end).and_then(|text| text.rfind('\n')).map(|line| line + 1);
    line.filter(|line| *line >= end - end / 5).unwrap_or(end)
}
