//! What is set of tools and prompts alike.

/// Gives an item with a method `edit` its pictures and metadata.
macro_rules! icons_and_meta {
    ($item:ident) => {
        impl $item {
            /// Pictures to show.
            #[must_use]
            pub fn icons(mut self, icons: impl IntoIterator<Item = ::mcp_core::model::Icon>) -> Self {
                self.edit().icons = Some(icons.into_iter().collect());
                self
            }

            /// Open metadata of the definition: `[("com.example/owner", "shop")]`, or a whole
            /// [`Meta`](mcp_core::model::Meta). A key is the reversed name of a domain of yours, a slash and a name
            /// (2026-07-28, basic, "`_meta`").
            #[must_use]
            pub fn meta(
                mut self,
                meta: impl IntoIterator<Item = (impl Into<String>, impl Into<::serde_json::Value>)>,
            ) -> Self {
                self.edit().meta =
                    Some(Box::new(meta.into_iter().map(|(key, value)| (key.into(), value.into())).collect()));
                self
            }
        }
    };
}

pub(super) use icons_and_meta;
