//! What a handler may ask its client.

use mcp_core::{era::Method, json::RawJson};

use super::{Context, NotAnswered};

impl Context {
    /// Asks the client whether it is still there, and waits for its answer (2025-11-25, basic/utilities/ping).
    ///
    /// Only clients with a session can be asked, and over HTTP only if they take events; others are
    /// [`is_unsupported`](NotAnswered::is_unsupported), because each of their requests stands alone. The clock of the call
    /// stands still meanwhile, and another call may run in its place.
    ///
    /// # Errors
    ///
    /// If the client cannot be asked, is gone, refuses, or does not answer within
    /// [`Limits::ask_timeout`](crate::Limits::ask_timeout).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the question; the client is told.
    pub async fn ping_client(&self) -> Result<(), NotAnswered> {
        self.ask(Method::Ping.name(), None).await.map(drop)
    }

    async fn ask(&self, method: &'static str, params: Option<RawJson>) -> Result<RawJson, NotAnswered> {
        let scope = &self.inner().scope;
        let link = scope.client.as_ref().ok_or_else(NotAnswered::no_line)?;
        let _standing = scope.clock.as_ref().map(|clock| clock.stop());
        link.ask(method, params).await
    }
}
