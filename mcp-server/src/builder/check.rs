//! What is held of items before they are added.

use crate::handler::ServerResource;

/// Refuses a resource that there is already, or that could never be read.
#[track_caller]
pub(super) fn resource<'a>(resource: &ServerResource, before: impl IntoIterator<Item = &'a ServerResource>) {
    let uri = resource.uri();
    for other in before {
        let above = other.uri();
        assert!(!other.is_same(resource), "two resources have the URI `{uri}`: give one of them another");
        let covered = other.covers(resource);
        assert!(!covered, "`{uri}` is never read: `{above}` takes all its URIs: add `{uri}` before it");
    }
}
