//! Content blocks in words that a revision has.

use std::borrow::Cow;

use crate::{
    model::{Annotations, Content, EmbeddedResource, ResourceContents, ResourceLink},
    version::ProtocolVersion,
};

/// The blocks as a peer of that revision can read them.
pub(super) fn step_down_all(blocks: &[Content], version: ProtocolVersion) -> Cow<'_, [Content]> {
    if version >= super::LAST || blocks.iter().all(|block| is_known(block, version)) {
        return Cow::Borrowed(blocks);
    }
    blocks.iter().map(|block| step_down(block, version).into_owned()).collect()
}

/// A block as a peer of that revision can read it (TOOL-013).
pub(super) fn step_down(block: &Content, version: ProtocolVersion) -> Cow<'_, Content> {
    match block {
        _ if is_known(block, version) => Cow::Borrowed(block),
        Content::Audio(audio) => Cow::Owned(Content::Resource(EmbeddedResource {
            resource: ResourceContents::Blob {
                uri: "audio://result".into(),
                mime_type: Some(audio.mime_type.clone()),
                blob: audio.data.clone(),
                meta: None,
            },
            annotations: audio.annotations.clone(),
            meta: None,
        })),
        Content::ResourceLink(ResourceLink { uri, name, .. }) => Cow::Owned(Content::text(format!("{name}: {uri}"))),
        Content::Text(_) | Content::Image(_) | Content::Resource(_) => Cow::Borrowed(block),
    }
}

/// Whether a peer of that revision can read a block (TOOL-012).
fn is_known(block: &Content, version: ProtocolVersion) -> bool {
    match block {
        Content::Text(_) | Content::Image(_) | Content::Resource(_) => true,
        Content::Audio(_) => version >= ProtocolVersion::V2025_03_26,
        Content::ResourceLink(_) => version >= ProtocolVersion::V2025_06_18,
    }
}

/// Annotations with the members that the revision has.
pub(super) fn annotations(annotations: &Annotations, version: ProtocolVersion) -> Annotations {
    let mut known = annotations.clone();
    if version < ProtocolVersion::V2025_06_18 {
        known.last_modified = None;
    }
    known
}
