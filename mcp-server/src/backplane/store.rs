//! What a store of marks can do.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// Values by name, each until it expires. What one caller sees of a name, all see in the same order.
#[async_trait]
pub(crate) trait Backplane: Send + Sync {
    /// What stands under the name.
    async fn get(&self, name: &str) -> Result<Option<Bytes>, Unavailable>;

    /// Puts a value there, whatever was there.
    async fn put(&self, name: &str, value: Bytes, expiry: Duration) -> Result<(), Unavailable>;

    /// Puts a value where there is none. Returns what is there otherwise.
    async fn put_if_absent(&self, name: &str, value: Bytes, expiry: Duration) -> Result<Option<Bytes>, Unavailable>;

    /// Replaces, or with `None` removes, a value that is still as it was. Whether it was.
    async fn compare_and_set(
        &self,
        name: &str,
        expected: &[u8],
        value: Option<Bytes>,
        expiry: Duration,
    ) -> Result<bool, Unavailable>;
}

/// Why a store takes or gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unavailable {
    /// Its bound is reached.
    #[error("there is no room for another mark")]
    Full,
}
