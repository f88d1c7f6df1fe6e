//! The client: what a program asks a server.

use std::{fmt, future::IntoFuture, marker::PhantomData, ops::Deref, sync::Arc, time::Duration};

use futures_core::future::BoxFuture;
use mcp_core::{
    ProtocolVersion,
    era::{Method, defines},
    json::{RawJson, RawObject, Text},
    model::{CallToolResult, Implementation, Progress, Request, ServerCapabilities},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    era::{Channel, Server},
    error::{Error, Result},
    handlers::RequestOptions,
    limits::{CLOSE_TIMEOUT, Limits},
};

/// A connection to one server, whichever revision of the protocol it speaks.
///
/// Cheap to clone: clones share the connection, which lives as long as one of them, a call or a
/// [`Subscription`](crate::Subscription) does. Dropping the last ends it at once; a child process is killed and
/// reaped then and there. [`McpClient::close`] ends it in good order.
///
/// ```no_run
/// # async fn doc() -> mcp_client::Result<()> {
/// use mcp_client::McpClient;
/// use serde_json::json;
///
/// let client = McpClient::connect_http("http://127.0.0.1:8080/mcp").await?;
/// for tool in client.list_tools().await? {
///     println!("{}", tool.name);
/// }
/// let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await?.parse()?;
/// assert_eq!(sum, 3);
/// client.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpClient {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) channel: Channel,
    pub(crate) limits: Limits,
    server: Server,
}

impl McpClient {
    pub(crate) fn new((channel, server): (Channel, Server), limits: Limits) -> Self {
        Self { inner: Arc::new(Inner { channel, limits, server }) }
    }

    /// The protocol version that was agreed on.
    pub fn version(&self) -> ProtocolVersion {
        self.inner.server.version
    }

    /// What the server says it is, if it says so; for display and logs only: nothing proves it.
    pub fn server_info(&self) -> Option<&Implementation> {
        self.inner.server.info.as_ref()
    }

    /// What the server offers.
    pub fn capabilities(&self) -> &ServerCapabilities {
        &self.inner.server.capabilities
    }

    /// What the server says about how to use it: a hint for the model.
    pub fn instructions(&self) -> Option<&str> {
        self.inner.server.instructions.as_deref()
    }

    /// Prepares a call of the tool `name`; await it to make it.
    ///
    /// `arguments` is anything that becomes a JSON object: `json!({..})`, a struct, a map, or `()` for none.
    pub fn call_tool(&self, name: impl Into<String>, arguments: impl Serialize) -> CallTool {
        CallTool {
            inner: self.inner.clone(),
            request: call_request(name.into(), &arguments),
            options: RequestOptions::new(Method::CallTool.name(), &self.inner.limits),
        }
    }

    /// Prepares a call of a method that an extension defines; await it to make it.
    ///
    /// `params` is anything that becomes a JSON object, or `()` for none. The result is decoded as `R`; beside the
    /// extension's own members it may hold `_meta` and others of the protocol, so `R` should not refuse unknown fields.
    ///
    /// ```no_run
    /// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Now {
    ///     time: String,
    /// }
    ///
    /// let now: Now = client.request("com.example/now", serde_json::json!({"zone": "UTC"})).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request<R: DeserializeOwned>(&self, method: impl Into<String>, params: impl Serialize) -> CallMethod<R> {
        CallMethod {
            inner: self.inner.clone(),
            request: custom_request(method.into(), &params),
            options: RequestOptions::new("the extension's method", &self.inner.limits),
            result: PhantomData,
        }
    }

    /// Ends the connection in good order, within 5 s whatever the server does.
    ///
    /// Calls in flight fail with [`Error::is_cancelled`], subscriptions end. A child process gets the end of its
    /// input, then a termination signal, then is killed; afterwards it is gone, and so is everything it started
    /// in its process group. A session over HTTP is ended on the server.
    ///
    /// Dropped before its end, it has at least begun: drop the client to end the rest at once.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSE_TIMEOUT, self.inner.channel.close()).await.is_err() {
            tracing::debug!("the connection did not end in good order in time");
        }
    }
}

impl fmt::Debug for McpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpClient").field("version", &self.version()).field("server", &self.server_info()).finish()
    }
}

fn call_request(name: String, arguments: &impl Serialize) -> Result<Request> {
    let arguments = RawJson::from_value(arguments)
        .map_err(|error| Error::input("the arguments cannot be written as JSON").because(error))?;
    let arguments = if arguments.is_null() { RawJson::EMPTY_OBJECT } else { arguments };
    if !arguments.is_object() {
        return Err(Error::input(
            "the arguments of a tool are a JSON object: pass json!({..}), a struct or a map with the names of its \
             parameters",
        ));
    }
    Ok(Request::CallTool { name: Text::from(name), arguments })
}

fn custom_request(method: String, params: &impl Serialize) -> Result<Request> {
    if defines(&method) {
        return Err(Error::input(format!("`{method}` is no method of an extension: the protocol itself defines it")));
    }
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::input("the name of a method is made of visible characters of ASCII"));
    }
    let params = RawJson::from_value(params)
        .map_err(|error| Error::input("the parameters cannot be written as JSON").because(error))?;
    let params = if params.is_null() { RawJson::EMPTY_OBJECT } else { params };
    match RawObject::from_raw(params.clone()) {
        None => Err(Error::input("the parameters of a method are a JSON object: pass json!({..}), a struct or a map")),
        Some(members) if members.contains("_meta") => {
            Err(Error::input("`_meta` is the client's to write: leave it out of the parameters"))
        }
        Some(_) => Ok(Request::Custom { method: Text::from(method), params }),
    }
}

/// A call of an extension's method that is made when it is awaited.
///
/// Cancel-safe in the sense of the protocol: dropping the future before its end cancels the call, and tells the
/// server so.
#[must_use = "a call is made when it is awaited"]
pub struct CallMethod<R> {
    inner: Arc<Inner>,
    request: Result<Request>,
    options: RequestOptions,
    result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> CallMethod<R> {
    /// Asks the server for progress; as [`CallTool::on_progress`].
    pub fn on_progress(mut self, handler: impl FnMut(Progress) + Send + 'static) -> Self {
        self.options.on_progress = Some(Box::new(handler));
        self
    }

    /// How long to wait; as [`CallTool::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    async fn run(self) -> Result<R> {
        let Self { inner, request, mut options, .. } = self;
        let request = request?;
        let raw = inner.channel.call_method(&request, &mut options).await?;
        let unfit = |error| {
            let method = request.method();
            Error::invalid(format!("the result of {method} is not of the type that was asked for: {error}"))
        };
        raw.parse().map_err(unfit)
    }
}

impl<R: DeserializeOwned + 'static> IntoFuture for CallMethod<R> {
    type Output = Result<R>;
    type IntoFuture = BoxFuture<'static, Result<R>>;

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// As for [`CallTool`]: also if the protocol itself defines the method, if the parameters are no JSON object or
    /// hold `_meta` ([`ErrorKind::Input`](crate::ErrorKind::Input)), and if the result is no `R` ([`Error::is_invalid`]). A server without the extension answers
    /// -32601, one that wants it declared -32021: see [`Error::rejection`].
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<R> fmt::Debug for CallMethod<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallMethod").field("request", &self.request).finish_non_exhaustive()
    }
}

/// A call that is made when it is awaited.
///
/// Cancel-safe in the sense of the protocol: dropping the future before its end cancels the call, and tells the
/// server so.
#[must_use = "a call is made when it is awaited"]
pub struct CallTool {
    inner: Arc<Inner>,
    request: Result<Request>,
    options: RequestOptions,
}

impl CallTool {
    /// Asks the server for progress, and hears of it while the call is awaited.
    ///
    /// Each report restarts the clock of the timeout. The handler runs inside the call's future: it must not
    /// block.
    pub fn on_progress(mut self, handler: impl FnMut(Progress) + Send + 'static) -> Self {
        self.options.on_progress = Some(Box::new(handler));
        self
    }

    /// How long to wait for an answer or, with [`CallTool::on_progress`], for the next report. Default
    /// [`Limits::timeout`]; a call never takes longer than [`Limits::timeout_max`], or this if it is more.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    async fn run(self) -> Result<ToolResult> {
        let Self { inner, request, mut options } = self;
        inner.channel.call_tool(&request?, &mut options).await.map(ToolResult)
    }
}

impl IntoFuture for CallTool {
    type Output = Result<ToolResult>;
    type IntoFuture = BoxFuture<'static, Result<ToolResult>>;

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// [`Error::is_timeout`], [`Error::is_closed`], [`Error::is_cancelled`], [`Error::is_transport`];
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for arguments that are no object, [`Error::is_invalid`] for answers
    /// that are none; and [`Error::rejection`] for what the server answers instead of a result, such as an unknown tool. A tool that
    /// ran and failed is a result: see [`CallToolResult::is_error`] and [`ToolResult::parse`].
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for CallTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallTool").field("request", &self.request).finish_non_exhaustive()
    }
}

/// What a tool returned. It is a [`CallToolResult`] that can also be decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult(CallToolResult);

impl ToolResult {
    /// Decodes the result into a type.
    ///
    /// The structured content is taken if there is any. An object that is no `T` and whose only member is `result`
    /// stands for that member: some servers wrap results so that are no objects. Without structured content the
    /// single text block is taken: for `String` the text itself, for anything else its JSON, or the text as a string
    /// where it is no JSON of that type.
    ///
    /// # Errors
    ///
    /// [`Error::is_tool_error`] with the tool's text if the tool says that it failed; [`Error::is_invalid`] if
    /// the result is no `T`.
    pub fn parse<T: DeserializeOwned + 'static>(&self) -> Result<T> {
        if self.is_error {
            return Err(Error::tool(self.joined_text()));
        }
        if let Some(structured) = &self.structured_content {
            return parse_structured(structured);
        }
        let [block] = self.content.as_slice() else {
            let count = self.content.len();
            return Err(Error::invalid(format!("the result has {count} blocks of content: read them one by one")));
        };
        let text = block.as_text().ok_or_else(|| Error::invalid("the result is no text: read its content"))?;
        parse_text(text)
    }

    /// The result as it came.
    pub fn into_inner(self) -> CallToolResult {
        self.0
    }
}

fn parse_structured<T: DeserializeOwned>(structured: &RawJson) -> Result<T> {
    structured.parse().or_else(|error| {
        let inner = structured.parse::<Wrapped>().and_then(|Wrapped { result }| result.parse());
        inner.map_err(|_| unfit("structured content", &error))
    })
}

/// How the official Python SDK makes an object of a result that is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    result: RawJson,
}

fn parse_text<T: DeserializeOwned + 'static>(text: &str) -> Result<T> {
    let as_string = || RawJson::from_value(text).and_then(|string| string.parse::<T>());
    if std::any::TypeId::of::<T>() == std::any::TypeId::of::<String>() {
        return as_string().map_err(|error| unfit("text", &error));
    }
    let as_json = serde_json::from_str(text);
    as_json.or_else(|error| as_string().map_err(|_| unfit("text", &error)))
}

fn unfit(what: &str, error: &dyn fmt::Display) -> Error {
    Error::invalid(format!("the tool's {what} is not of the type that was asked for: {error}"))
}

impl Deref for ToolResult {
    type Target = CallToolResult;

    fn deref(&self) -> &CallToolResult {
        &self.0
    }
}

impl From<ToolResult> for CallToolResult {
    fn from(result: ToolResult) -> Self {
        result.0
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::model::Content;
    use serde_json::{Value, json};

    use super::*;
    use crate::error::ErrorKind;

    fn text(text: &str) -> ToolResult {
        ToolResult(CallToolResult::text(text))
    }

    #[test]
    fn structured_content_comes_first_then_the_single_text() {
        let mut result = CallToolResult::text("7");
        assert_eq!(text("7").parse::<i64>().unwrap(), 7);
        assert_eq!(text("7").parse::<String>().unwrap(), "7");
        assert_eq!(text("\"7\"").parse::<String>().unwrap(), "\"7\"");
        assert_eq!(text("{\"a\":1}").parse::<Value>().unwrap(), json!({"a": 1}));
        assert_eq!(text("sunny").parse::<Value>().unwrap(), json!("sunny"));
        assert!(text("sunny").parse::<i64>().unwrap_err().is_invalid());
        result.structured_content = Some(RawJson::NULL);
        assert_eq!(ToolResult(result.clone()).parse::<Option<i64>>().unwrap(), None);
        result.is_error = true;
        let error = ToolResult(result).parse::<i64>().unwrap_err();
        assert!(error.is_tool_error());
        assert_eq!(error.to_string(), "7");
        let two = CallToolResult::new(vec![Content::text("a"), Content::text("b")]);
        assert!(ToolResult(two).parse::<String>().unwrap_err().is_invalid());
    }

    #[test]
    fn arguments_are_objects_or_none() {
        let arguments = |value: Value| match call_request("t".into(), &value) {
            Ok(Request::CallTool { arguments, .. }) => Ok(arguments.as_str().to_owned()),
            Ok(_) => unreachable!(),
            Err(error) => Err(error.kind() == ErrorKind::Input),
        };
        assert_eq!(arguments(json!({"a": 1})).unwrap(), "{\"a\":1}");
        assert_eq!(arguments(Value::Null).unwrap(), "{}");
        assert_eq!(arguments(json!([1])), Err(true));
    }
}
