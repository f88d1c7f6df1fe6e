//! Runs handlers again after each question, also where their clients could be asked at once.

use crate::server::Server;

/// From now on every handler of this server is dropped when it asks, and runs again with the answer: also for clients that
/// can be asked at once, which would hide that a handler depends on luck. Steps and answers are there again, all else is
/// done again. For tests.
///
/// What a handler does differently in its second run shows: another question under the same key is asked again, another
/// result is another one than the user agreed to.
///
/// ```
/// use mcp_server::{Answer, Context, Server, ToolError, testing, tool, tools};
/// use serde_json::json;
///
/// #[tool]
/// async fn draw(ctx: Context) -> Result<String, ToolError> {
///     let number = ctx.step("number", async || Ok::<_, ToolError>(4)).await?; // drawn at random
///     let Answer::Accept(true) = ctx.confirm("keep", format!("Keep {number}?")).await? else { return Ok("none".into()) };
///     Ok(number.to_string())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_server::Error> {
/// let server = Server::builder("numbers", "1.0.0").tools(tools![draw]).build();
/// testing::replay_always(&server);
/// let client = testing::TestClient::new(&server).answer("keep", true);
/// assert_eq!(client.call("draw", json!({})).await?.joined_text(), "4");
/// assert_eq!(client.asked().len(), 1); // the question was the same in the second run
/// # Ok(())
/// # }
/// ```
pub fn replay_always(server: &Server) {
    server.inner.engine.rounds.replay_always();
}
