//! How a client over HTTP ends all that it has in flight at once.

use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

/// Says to every request and stream of a client that it has been closed. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Closing(CancellationToken);

impl Closing {
    /// From now on nothing is begun, and what runs is given up.
    pub(super) fn close(&self) {
        self.0.cancel();
    }

    /// The error for what would begin too late.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.is_cancelled() {
            return Err(Error::closed("the client is closed: connect again"));
        }
        Ok(())
    }

    /// Runs a step, unless the client is closed before it has begun or before it has ended.
    pub(super) async fn unless_closed<T>(&self, step: impl Future<Output = Result<T>>) -> Result<T> {
        self.check()?;
        tokio::select! {
            biased;
            result = step => result,
            () = self.0.cancelled() => Err(Error::cancelled()),
        }
    }
}
