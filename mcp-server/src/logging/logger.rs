//! What a handler holds to write log messages.

use std::{borrow::Cow, fmt, sync::Arc};

use mcp_core::model::LogLevel;
use serde::Serialize;

use super::CallLog;

/// Where the messages of a handler go.
#[derive(Clone, Default)]
pub(crate) enum LogTo {
    /// The server does not declare logging.
    Undeclared,
    /// The caller wants none.
    #[default]
    Nobody,
    /// To the caller.
    Caller(Arc<CallLog>),
}

impl LogTo {
    pub(crate) fn wants(&self, level: LogLevel) -> bool {
        matches!(self, Self::Caller(log) if log.wants(level))
    }

    pub(crate) fn log<T: Serialize + ?Sized>(&self, level: LogLevel, logger: Option<&str>, data: &T) {
        match self {
            Self::Caller(log) => log.log(level, logger, data),
            Self::Nobody => {}
            Self::Undeclared => warn_once(),
        }
    }
}

/// A server that sends log messages must declare so (server/utilities/logging, capabilities).
fn warn_once() {
    static WARNING: std::sync::Once = std::sync::Once::new();
    WARNING.call_once(|| {
        tracing::warn!(
            "a handler logs, but its server does not declare logging, so nothing is sent: call \
             `ServerBuilder::logging`, or log with `tracing` instead"
        );
    });
}

/// Writes log messages of one part of a program to the client of a call; made by
/// [`Context::logger`](crate::Context::logger).
///
/// Cheap to clone; a clone may outlive the call, and then sends nothing.
#[derive(Clone)]
pub struct Logger {
    to: LogTo,
    name: Cow<'static, str>,
}

impl Logger {
    pub(crate) fn new(to: LogTo, name: Cow<'static, str>) -> Self {
        Self { to, name }
    }

    /// As [`Context::log`](crate::Context::log), with this logger's name.
    pub fn log(&self, level: LogLevel, data: impl Serialize) {
        self.to.log(level, Some(&self.name), &data);
    }

    /// As [`Context::logs`](crate::Context::logs).
    pub fn logs(&self, level: LogLevel) -> bool {
        self.to.wants(level)
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger").field("name", &self.name).finish_non_exhaustive()
    }
}
