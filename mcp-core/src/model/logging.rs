//! Log messages for the client.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::json::RawJson;

/// How serious a message is, after RFC 5424. Ordered: `Debug` is the least. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Details for developers.
    Debug,
    /// Normal operation.
    Info,
    /// Normal but significant.
    Notice,
    /// Something may go wrong.
    Warning,
    /// Something went wrong.
    Error,
    /// A part fails.
    Critical,
    /// Act at once.
    Alert,
    /// Nothing works.
    Emergency,
}

impl LogLevel {
    /// Every level, least serious first.
    pub const ALL: [Self; 8] = [
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    /// From 1 up, in the order of the levels.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The level of that number; `None` for 0 and what has no level.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// How the wire spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }
}

/// The string names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLevel;

impl FromStr for LogLevel {
    type Err = UnknownLevel;

    fn from_str(s: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == s).ok_or(UnknownLevel)
    }
}

/// A log message. Never put secrets into it: it leaves the machine (2026-07-28, server/utilities/logging, "Security").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogMessage {
    /// How serious it is.
    pub level: LogLevel,
    /// The part of the program that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logger: Option<String>,
    /// What is said: a string, or anything else.
    pub data: RawJson,
}

impl LogMessage {
    /// A message without a logger's name.
    pub fn new(level: LogLevel, data: RawJson) -> Self {
        Self { level, logger: None, data }
    }
}
