//! Items of lists, each with the members that a revision has.

use super::content::annotations as known_annotations;
use crate::{
    era::shared::{ObjectWriter, write_array},
    model::{Icon, Meta, Prompt, PromptArgument, Resource, ResourceTemplate, Tool},
    version::ProtocolVersion,
};

/// Writes one page of a list.
pub(super) fn write_page<T>(
    out: &mut Vec<u8>,
    key: &str,
    items: &[T],
    next_cursor: Option<&String>,
    write_item: impl Fn(&mut Vec<u8>, &T),
) {
    let mut object = ObjectWriter::open(out);
    write_array(object.key(key), items, write_item);
    object.optional("nextCursor", next_cursor);
    object.close();
}

/// The members that came late, and came for everything that lists show.
fn write_late_members(
    object: &mut ObjectWriter<'_>,
    version: ProtocolVersion,
    icons: Option<&Vec<Icon>>,
    meta: Option<&Meta>,
) {
    if version >= ProtocolVersion::V2025_11_25 {
        object.optional("icons", icons);
    }
    if version >= ProtocolVersion::V2025_06_18 {
        object.optional("_meta", meta);
    }
}

fn write_title(object: &mut ObjectWriter<'_>, version: ProtocolVersion, title: Option<&String>) {
    if version >= ProtocolVersion::V2025_06_18 {
        object.optional("title", title);
    }
}

/// Writes a tool with the members that the revision has (2026-07-28, schema, "Tool").
pub(super) fn write_tool(out: &mut Vec<u8>, tool: &Tool, version: ProtocolVersion) {
    let Tool { name, title, description, input_schema, output_schema, annotations, icons, meta } = tool;
    let mut object = ObjectWriter::open(out);
    object.value("name", name);
    write_title(&mut object, version, title.as_ref());
    object.optional("description", description.as_ref());
    object.value("inputSchema", input_schema);
    if version >= ProtocolVersion::V2025_06_18 {
        // In this era an output schema describes an object (2025-06-18, schema, "CallToolResult").
        object.optional("outputSchema", output_schema.as_ref().filter(|schema| schema.is_object_type()));
    }
    if version >= ProtocolVersion::V2025_03_26 {
        object.optional("annotations", annotations.as_ref());
    }
    write_late_members(&mut object, version, icons.as_ref(), meta.as_deref());
    object.close();
}

/// Writes a prompt.
pub(super) fn write_prompt(out: &mut Vec<u8>, prompt: &Prompt, version: ProtocolVersion) {
    let Prompt { name, title, description, arguments, icons, meta } = prompt;
    let mut object = ObjectWriter::open(out);
    object.value("name", name);
    write_title(&mut object, version, title.as_ref());
    object.optional("description", description.as_ref());
    if !arguments.is_empty() {
        write_array(object.key("arguments"), arguments, |out, argument| write_argument(out, argument, version));
    }
    write_late_members(&mut object, version, icons.as_ref(), meta.as_deref());
    object.close();
}

fn write_argument(out: &mut Vec<u8>, argument: &PromptArgument, version: ProtocolVersion) {
    let PromptArgument { name, title, description, required } = argument;
    let mut object = ObjectWriter::open(out);
    object.value("name", name);
    write_title(&mut object, version, title.as_ref());
    object.optional("description", description.as_ref());
    object.optional("required", Some(required).filter(|required| **required));
    object.close();
}

/// Writes a resource (2026-07-28, schema, "Resource").
pub(super) fn write_resource(out: &mut Vec<u8>, resource: &Resource, version: ProtocolVersion) {
    let Resource { uri, name, title, description, mime_type, size, annotations, icons, meta } = resource;
    let mut object = ObjectWriter::open(out);
    object.value("uri", uri);
    object.value("name", name);
    write_title(&mut object, version, title.as_ref());
    object.optional("description", description.as_ref());
    object.optional("mimeType", mime_type.as_ref());
    object.optional("size", size.as_ref());
    object.optional("annotations", annotations.as_ref().map(|hints| known_annotations(hints, version)).as_ref());
    write_late_members(&mut object, version, icons.as_ref(), meta.as_deref());
    object.close();
}

/// Writes a resource template.
pub(super) fn write_template(out: &mut Vec<u8>, template: &ResourceTemplate, version: ProtocolVersion) {
    let ResourceTemplate { uri_template, name, title, description, mime_type, annotations, icons, meta } = template;
    let mut object = ObjectWriter::open(out);
    object.value("uriTemplate", uri_template);
    object.value("name", name);
    write_title(&mut object, version, title.as_ref());
    object.optional("description", description.as_ref());
    object.optional("mimeType", mime_type.as_ref());
    object.optional("annotations", annotations.as_ref().map(|hints| known_annotations(hints, version)).as_ref());
    write_late_members(&mut object, version, icons.as_ref(), meta.as_deref());
    object.close();
}
