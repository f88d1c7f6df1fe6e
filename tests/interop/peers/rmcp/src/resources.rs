//! A resource that changes, and a template.

use std::sync::atomic::{AtomicU32, Ordering};

use rmcp::{ErrorData, model::*};

pub const COUNT: &str = "test://count";
const LETTERS: &str = "test://letters/";

/// How often the resource has changed.
pub static CHANGES: AtomicU32 = AtomicU32::new(0);

pub fn list() -> ListResourcesResult {
    ListResourcesResult::with_all_items(vec![Resource::new(COUNT, "count").with_mime_type("text/plain")])
}

pub fn templates() -> ListResourceTemplatesResult {
    let letters = ResourceTemplate::new(format!("{LETTERS}{{name}}"), "letters").with_mime_type("text/plain");
    ListResourceTemplatesResult::with_all_items(vec![letters])
}

pub fn read(uri: String) -> Result<ReadResourceResponse, ErrorData> {
    let text = match uri.strip_prefix(LETTERS) {
        Some(name) => format!("Dear {name}"),
        None if uri == COUNT => CHANGES.load(Ordering::Relaxed).to_string(),
        None => return Err(ErrorData::resource_not_found(format!("there is no {uri}"), None)),
    };
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri)]).into())
}
