//! Calls whose rounds a program drives itself.

use mcp_core::{
    era::Method,
    json::{RawJson, RawObject},
    model::{CallToolResult, GetPromptResult, ReadResourceResult, Request},
};

use super::{
    call::{Asked, Call, Came, Read},
    mcp_client::McpClient,
    pending_call::{PendingCall, Round},
    result::ToolResult,
};
use crate::error::{Error, Result};

impl<R> Call<R> {
    /// Makes one round of the call: ends in the result, or in what the server wants to know first, which no handler answers
    /// then. For programs that ask their users elsewhere or later; answer what is asked and go on with
    /// [`McpClient::resume_tool`] and its siblings. Declare what is answered so with
    /// [`ClientBuilder::declare`](crate::ClientBuilder::declare). Progress, timeout and `_meta` are those of the round.
    ///
    /// Servers with sessions ask by requests of their own, which handlers answer also here.
    ///
    /// ```no_run
    /// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
    /// use mcp_client::{PendingCall, Round};
    /// use serde_json::json;
    ///
    /// let mut round = client.call_tool("deploy", ()).round().await?;
    /// while let Round::Asks(pending) = round {
    ///     // Another process may go on with it, tomorrow.
    ///     let kept = serde_json::to_string(&pending).unwrap();
    ///     let mut pending: PendingCall = serde_json::from_str(&kept).unwrap();
    ///     let keys: Vec<String> = pending.unanswered().map(str::to_owned).collect();
    ///     for key in keys {
    ///         println!("{:?}", pending.question(&key));
    ///         pending.answer(&key, json!({"action": "decline"}))?;
    ///     }
    ///     round = client.resume_tool(pending).round().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Call`]'s. Cancel-safe as it is.
    pub async fn round(self) -> Result<Round<R>> {
        self.run_once().await
    }
}

impl McpClient {
    /// Goes on with a call of a tool that asked something; await it, or make one more [`round`](Call::round).
    ///
    /// # Errors
    ///
    /// As [`Call`]'s; [`ErrorKind::Input`](crate::ErrorKind::Input) if it is another kind of call, or a question has no answer.
    pub fn resume_tool(&self, pending: PendingCall) -> Call<ToolResult> {
        self.resume(pending, Method::CallTool, |Came { reply, expected, .. }| {
            let result: CallToolResult = reply.read()?;
            if let Some(expected) = expected {
                expected.check(&result)?;
            }
            Ok(ToolResult(result))
        })
        .validate_output(true)
    }

    /// Goes on with a prompt that asked something; as [`resume_tool`](Self::resume_tool).
    pub fn resume_prompt(&self, pending: PendingCall) -> Call<GetPromptResult> {
        self.resume(pending, Method::GetPrompt, |came| came.reply.read())
    }

    /// Goes on with the reading of a resource that asked something; as [`resume_tool`](Self::resume_tool).
    pub fn resume_resource(&self, pending: PendingCall) -> Call<ReadResourceResult> {
        self.resume(pending, Method::ReadResource, |came| came.reply.read())
    }

    fn resume<R>(&self, pending: PendingCall, method: Method, read: Read<R>) -> Call<R> {
        let restored = restore(&pending, method);
        let given = pending.given();
        let (asked, given) = match (restored, given) {
            (Ok(request), Ok(given)) => (Ok(Asked::Request(request)), Some(given)),
            (Err(error), _) | (_, Err(error)) => (Err(error), None),
        };
        self.call(method.name(), asked, read).continued(pending.meta, given)
    }
}

/// The request as it was made.
fn restore(pending: &PendingCall, method: Method) -> Result<Request> {
    let wrong = || Error::input(format!("the pending call is none of {}, but of {}", method.name(), pending.method));
    if pending.method != method.name() {
        return Err(wrong());
    }
    let params = RawObject::from_raw(pending.params.clone()).ok_or_else(wrong)?;
    let text = |key: &str| params.get(key).and_then(|value| value.to_text()).ok_or_else(wrong);
    Ok(match method {
        Method::CallTool => {
            let arguments = params.get("arguments").filter(RawJson::is_object).ok_or_else(wrong)?;
            Request::CallTool { name: text("name")?, arguments }
        }
        Method::GetPrompt => {
            let arguments = params.get("arguments").ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
            Request::GetPrompt { name: text("name")?, arguments }
        }
        _ => Request::ReadResource { uri: text("uri")? },
    })
}
