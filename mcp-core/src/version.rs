//! The published revisions of the protocol, as values.

use std::{fmt, str::FromStr};

/// A revision of the Model Context Protocol that this SDK speaks.
///
/// Versions are ordered by date. A string that names none of them is "unsupported", never a parse failure
/// of the message that carries it: [`ProtocolVersion::from_str`] is how to ask.
///
/// `#[non_exhaustive]`: new revisions will be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProtocolVersion {
    /// 2024-11-05.
    V2024_11_05,
    /// 2025-03-26.
    V2025_03_26,
    /// 2025-06-18.
    V2025_06_18,
    /// 2025-11-25.
    V2025_11_25,
    /// 2026-07-28.
    V2026_07_28,
}

impl ProtocolVersion {
    /// Every revision, oldest first.
    pub const ALL: [Self; 5] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;

    /// How the wire spells it: `YYYY-MM-DD`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// Its place in [`ProtocolVersion::ALL`]: the index of tables with one entry per revision.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The string names no revision that this SDK knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol version")]
pub struct UnknownVersion;

impl FromStr for ProtocolVersion {
    type Err = UnknownVersion;

    fn from_str(s: &str) -> Result<Self, UnknownVersion> {
        Self::ALL.into_iter().find(|version| version.as_str() == s).ok_or(UnknownVersion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_survives_the_round_trip_and_strangers_are_unknown() {
        for (index, version) in ProtocolVersion::ALL.into_iter().enumerate() {
            assert_eq!(version.as_str().parse(), Ok(version));
            assert_eq!(version.index(), index);
        }
        assert_eq!("v999.0.0".parse::<ProtocolVersion>(), Err(UnknownVersion));
        assert!(ProtocolVersion::ALL.is_sorted());
    }
}
