//! Completions: what an argument's value might be.

use mcp_core::{
    era::Method,
    model::{CompleteParams, Completion, CompletionReference, Request},
};

use super::{
    call::{Asked, Call},
    mcp_client::McpClient,
};

impl McpClient {
    /// Asks how the value of an argument of a prompt or of a resource template might go on; await it to ask
    /// (2026-07-28, completion).
    ///
    /// ```no_run
    /// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
    /// use mcp_client::model::CompletionReference;
    ///
    /// let prompt = CompletionReference::prompt("review");
    /// let found = client.complete(prompt, "framework", "a").context("language", "Rust").await?;
    /// println!("{:?}", found.values);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Call`]'s.
    pub fn complete(
        &self,
        reference: CompletionReference,
        argument: impl Into<String>,
        value: impl Into<String>,
    ) -> Call<Completion> {
        let request = Request::Complete(Box::new(CompleteParams::new(reference, argument, value)));
        self.call(Method::Complete.name(), Ok(Asked::Request(request)), |came| came.reply.read())
    }
}

impl Call<Completion> {
    /// Adds the value of another argument that is known already. Servers heed it since 2025-06-18.
    pub fn context(self, argument: impl Into<String>, value: impl Into<String>) -> Self {
        self.change(|request| {
            if let Request::Complete(params) = request {
                params.context.insert(argument.into(), value.into());
            }
        })
    }
}
