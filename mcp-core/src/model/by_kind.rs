//! Reading what says by its member `type` what it is.

/// Implements `Deserialize` for an enum whose variants each are one kind. The kind is looked at first, so that nothing is built
/// that the kind does not have. With `_ => Variant` that variant keeps what is of another kind as raw JSON.
macro_rules! read_by_kind {
    ($type:ident { $($kind:literal => $variant:ident,)+ $(_ => $other:ident,)? }) => {
        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use ::serde::de::Error as _;

                #[derive(::serde::Deserialize)]
                struct Kind {
                    #[serde(rename = "type")]
                    kind: String,
                }
                let raw = $crate::json::RawJson::deserialize(deserializer)?;
                let Kind { kind } = raw.parse().map_err(D::Error::custom)?;
                let block = match kind.as_str() {
                    $($kind => raw.parse().map(Self::$variant),)+
                    $(_ => Ok(Self::$other(raw)),)?
                    #[allow(unreachable_patterns, reason = "where every other kind has a variant")]
                    other => return Err(D::Error::unknown_variant(other, &[$($kind),+])),
                };
                block.map_err(D::Error::custom)
            }
        }
    };
}

pub(super) use read_by_kind;
