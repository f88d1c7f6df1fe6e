//! A result that comes block by block.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
};

use futures_core::Stream;
use mcp_core::{Error, model::CallToolResult};
use tokio::task::coop::consume_budget;

use super::{
    error::ToolError,
    result::{IntoToolResult, Returned},
};

/// The blocks that a stream gives, in order: a tool that returns it is answered when the stream has ended.
///
/// The items are anything that a tool may return: texts, [`Content`](mcp_core::model::Content), a `Result` of these. A
/// failure ends the stream and is the result; what came before it is dropped. Of an item with structure the text is
/// taken. The protocol sends a result as a whole: meanwhile [`Context::progress`](crate::Context::progress) says how far
/// it is.
///
/// All blocks are held until the end: limit a stream that might be long. One that never ends is dropped after
/// [`Limits::call_timeout`](crate::Limits::call_timeout), as every call.
///
/// ```
/// use mcp_server::{ContentStream, tool};
/// use std::io::{self, BufRead};
///
/// # mod tokio_stream { pub use futures_core::Stream;
/// #     pub struct Iter<I>(I);
/// #     pub fn iter<I>(iter: I) -> Iter<I> { Iter(iter) }
/// #     impl<I: Iterator + Unpin> Stream for Iter<I> {
/// #         type Item = I::Item;
/// #         fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<I::Item>> {
/// #             std::task::Poll::Ready(self.0.next())
/// #         }
/// #     }
/// # }
/// /// Numbers the lines of a text.
/// #[tool]
/// async fn number(text: String) -> ContentStream {
///     let lines = text.lines().zip(1..).map(|(line, n)| format!("{n}: {line}")).collect::<Vec<_>>();
///     ContentStream::new(tokio_stream::iter(lines.into_iter()))
/// }
/// ```
#[must_use = "a stream gives nothing until it is returned or collected"]
pub struct ContentStream(Pin<Box<dyn Future<Output = Result<CallToolResult, ToolError>> + Send>>);

impl ContentStream {
    /// The items of a stream.
    pub fn new<S>(stream: S) -> Self
    where
        S: Stream<Item: IntoToolResult> + Send + 'static,
    {
        Self(Box::pin(collect(stream)))
    }

    /// All of it, as a call would be answered: for tests, and for a tool that adds to it.
    ///
    /// # Errors
    ///
    /// With the first failure in the stream.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the stream, and what was collected.
    pub async fn collect(self) -> Result<CallToolResult, ToolError> {
        self.0.await
    }
}

async fn collect<S: Stream<Item: IntoToolResult>>(stream: S) -> Result<CallToolResult, ToolError> {
    let mut stream = pin!(stream);
    let mut whole = CallToolResult::default();
    while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx).map(|item| item.map(S::Item::returned))).await {
        let part = match item {
            Returned::Now(result) => result?,
            Returned::Later(result) => result.await?,
        };
        if part.is_error {
            return Ok(part);
        }
        whole.content.extend(part.content);
        // A stream that always has an item ready would hold the thread, and its deadline would never be looked at.
        consume_budget().await;
    }
    Ok(whole)
}

impl IntoToolResult for ContentStream {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Err(ToolError::protocol(Error::internal(
            "a stream is no result yet: return the `ContentStream` itself from the tool, or await `collect`",
        )))
    }

    fn returned(self) -> Returned {
        Returned::Later(self.0)
    }
}

impl fmt::Debug for ContentStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentStream")
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Has so many items, and never waits.
    struct Ready(usize);

    impl Stream for Ready {
        type Item = &'static str;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let left = self.0.checked_sub(1);
            self.0 = left.unwrap_or_default();
            Poll::Ready(left.map(|_| "x"))
        }
    }

    #[tokio::test]
    async fn a_stream_that_never_waits_lets_others_work() {
        let mut all = pin!(ContentStream::new(Ready(10_000)).collect());
        assert!(all.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(all.await.unwrap().content.len(), 10_000);
    }
}
