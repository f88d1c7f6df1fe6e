//! Content blocks in words that a revision has.

use std::borrow::Cow;

use crate::{
    model::{
        Annotations, AudioContent, Content, EmbeddedResource, ImageContent, Meta, ResourceContents, ResourceLink,
        TextContent,
    },
    version::ProtocolVersion,
};

/// The blocks as a peer of that revision can read them.
pub(super) fn step_down_all(blocks: &[Content], version: ProtocolVersion) -> Cow<'_, [Content]> {
    if version >= super::LAST || blocks.iter().all(|block| is_known(block, version)) {
        return Cow::Borrowed(blocks);
    }
    blocks.iter().map(|block| step_down(block, version).into_owned()).collect()
}

/// A block as a peer of that revision can read it (2024-11-05, schema, "CallToolResult"): of a kind and with members
/// that the revision has.
pub(super) fn step_down(block: &Content, version: ProtocolVersion) -> Cow<'_, Content> {
    if is_known(block, version) {
        return Cow::Borrowed(block);
    }
    let mut block = match block {
        Content::Audio(audio) if version < ProtocolVersion::V2025_03_26 => Content::Resource(EmbeddedResource {
            resource: ResourceContents::Blob {
                uri: "audio://result".into(),
                mime_type: Some(audio.mime_type.clone()),
                blob: audio.data.clone(),
                meta: None,
            },
            annotations: audio.annotations.clone(),
            meta: None,
        }),
        Content::ResourceLink(link) if version < ProtocolVersion::V2025_06_18 => Content::Text(described(link)),
        known => known.clone(),
    };
    match &mut block {
        Content::Text(TextContent { annotations, meta, .. })
        | Content::Image(ImageContent { annotations, meta, .. })
        | Content::Audio(AudioContent { annotations, meta, .. }) => strip(annotations, meta, version),
        Content::Resource(EmbeddedResource { resource, annotations, meta }) => {
            strip(annotations, meta, version);
            *resource = contents(resource, version).into_owned();
        }
        Content::ResourceLink(ResourceLink { icons, .. }) => *icons = None,
        Content::Other(_) => {}
    }
    Cow::Owned(block)
}

/// A link in words.
fn described(ResourceLink { uri, name, title, description, annotations, .. }: &ResourceLink) -> TextContent {
    let mut text = format!("{}: {uri}", title.as_ref().unwrap_or(name));
    if let Some(description) = description {
        text.push('\n');
        text.push_str(description);
    }
    let mut text = TextContent::new(text);
    text.annotations.clone_from(annotations);
    text
}

/// Takes out what the revision lacks.
fn strip(hints: &mut Option<Annotations>, meta: &mut Option<Box<Meta>>, version: ProtocolVersion) {
    if let Some(hints) = hints {
        *hints = annotations(hints, version);
    }
    *meta = meta.take().filter(|_| version >= ProtocolVersion::V2025_06_18);
}

/// Whether a peer of that revision can read a block (2026-07-28, server/tools, "Tool Result"), and has words for all of
/// its members.
fn is_known(block: &Content, version: ProtocolVersion) -> bool {
    let before_meta = version < ProtocolVersion::V2025_06_18;
    let plain = |hints: &Option<Annotations>, meta: &Option<Box<Meta>>| {
        !before_meta || (meta.is_none() && hints.as_ref().is_none_or(|hints| hints.last_modified.is_none()))
    };
    match block {
        Content::Text(TextContent { annotations, meta, .. })
        | Content::Image(ImageContent { annotations, meta, .. }) => plain(annotations, meta),
        Content::Audio(AudioContent { annotations, meta, .. }) => {
            version >= ProtocolVersion::V2025_03_26 && plain(annotations, meta)
        }
        Content::Resource(EmbeddedResource { resource, annotations, meta }) => {
            plain(annotations, meta) && (!before_meta || resource.meta().is_none())
        }
        Content::ResourceLink(ResourceLink { icons, .. }) => {
            !before_meta && (version >= ProtocolVersion::V2025_11_25 || icons.is_none())
        }
        // Whoever passes it on knows more about it than is known here.
        Content::Other(_) => true,
    }
}

/// Contents with the members that the revision has.
pub(super) fn contents(contents: &ResourceContents, version: ProtocolVersion) -> Cow<'_, ResourceContents> {
    if version >= ProtocolVersion::V2025_06_18 || contents.meta().is_none() {
        return Cow::Borrowed(contents);
    }
    let mut known = contents.clone();
    let (ResourceContents::Text { meta, .. } | ResourceContents::Blob { meta, .. }) = &mut known;
    *meta = None;
    Cow::Owned(known)
}

/// Annotations with the members that the revision has.
pub(super) fn annotations(annotations: &Annotations, version: ProtocolVersion) -> Annotations {
    let mut known = annotations.clone();
    if version < ProtocolVersion::V2025_06_18 {
        known.last_modified = None;
    }
    known
}
