//! A tool that sends log messages to its client.

use mcp_server::{Context, model::LogLevel, tool};

/// Logs at three levels.
#[tool(read_only)]
pub(super) async fn log3(ctx: Context) -> &'static str {
    let logger = ctx.logger("fixture");
    logger.log(LogLevel::Debug, "debug message");
    logger.log(LogLevel::Info, "info message");
    logger.log(LogLevel::Error, "error message");
    "logged"
}
