//! Values that many peers read are rendered once per revision, on first use.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::version::ProtocolVersion;

/// A value together with its JSON for each revision that somebody asked for.
///
/// At most one rendering per revision is kept, for as long as the value lives.
#[derive(Debug)]
pub struct Rendered<T> {
    value: T,
    renderings: [OnceLock<Bytes>; ProtocolVersion::ALL.len()],
}

impl<T> Rendered<T> {
    /// Wraps a value. Nothing is rendered yet.
    pub fn new(value: T) -> Self {
        Self { value, renderings: Default::default() }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The rendering for `version`, made by `render` the first time. All callers must render alike.
    pub fn bytes(&self, version: ProtocolVersion, render: impl FnOnce(&T, &mut Vec<u8>)) -> &Bytes {
        self.renderings[version.index()].get_or_init(|| {
            let mut out = Vec::new();
            render(&self.value, &mut out);
            Bytes::from(out)
        })
    }
}
