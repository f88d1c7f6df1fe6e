//! A request that a busy server puts off is made again when the server says, if there is time for that.

use std::time::Duration;

use mcp_core::model::Request;
use tokio::time::{Instant, sleep};

use crate::{error::Error, timing::Clock};

/// How often one request is put off.
const TIMES: u32 = 3;

/// Whether a request may be made again.
pub(super) struct Again {
    left: u32,
}

impl Again {
    /// Asking for something twice does no harm, running something twice may.
    pub(super) fn of(request: &Request) -> Self {
        match request {
            Request::CallTool { .. } | Request::Custom { .. } => Self { left: 0 },
            _ => Self::asking(),
        }
    }

    /// For a request that only asks.
    pub(super) fn asking() -> Self {
        Self { left: TIMES }
    }

    /// Waits as long as the server asks in its refusal (`Retry-After`), if it asks for anything and the request has so much
    /// time. Whether it is to be made again.
    pub(super) async fn after(&mut self, error: &Error, clock: &Clock) -> bool {
        let Some(wait) = error.retry_after().filter(|wait| self.left > 0 && fits(*wait, clock)) else { return false };
        self.left -= 1;
        tracing::debug!(?wait, "the server is busy and asks to be asked later");
        sleep(wait).await;
        true
    }
}

fn fits(wait: Duration, clock: &Clock) -> bool {
    Instant::now().checked_add(wait).is_some_and(|then| then < clock.deadline())
}
