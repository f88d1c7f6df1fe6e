//! Requests by the name of their method: those of extensions, and the protocol's own.

use mcp_core::{
    era::{Direction, Method, Purpose, defines},
    json::{RawJson, RawObject, Text},
    model::Request,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    call::{Asked, Call, Came},
    mcp_client::McpClient,
};
use crate::error::{Error, Result};

impl McpClient {
    /// Prepares a request by its method's name: one that an extension defines, or the protocol itself; await it to make
    /// it.
    ///
    /// `params` is anything that becomes a JSON object, or `()` for none; `_meta` is not among them: see [`Call::meta`]. The
    /// result is decoded as `R`, which may be [`RawJson`](crate::RawJson) for the result as it came; beside what the method
    /// defines it may hold `_meta` and others of the protocol, so `R` should not refuse unknown fields.
    ///
    /// Of the protocol's own methods those are refused that this client makes itself (`initialize`, `server/discover`,
    /// `subscriptions/listen`), with a sentence that says what to use; so are notifications. What the program asks for in
    /// this way is its own: `resources/subscribe` subscribes, but no [`Subscription`](crate::Subscription) knows of it.
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
    ///
    /// # Errors
    ///
    /// As [`Call`]'s; [`ErrorKind::Input`](crate::ErrorKind::Input) if the method may not be asked for, or does not exist in
    /// the revision that the server speaks, or if the parameters are no JSON object or hold `_meta`; [`Error::is_invalid`]
    /// if the result is no `R`. A server without the extension answers -32601, one that wants it declared -32021: see
    /// [`Error::rejection`].
    pub fn request<R: DeserializeOwned>(&self, method: impl Into<String>, params: impl Serialize) -> Call<R> {
        let method = method.into();
        let what = Method::named(&method).map_or("the extension's method", Method::name);
        self.call(what, request(method, &params).map(Asked::Request), read)
    }
}

fn read<R: DeserializeOwned>(Came { reply, method, .. }: Came<'_>) -> Result<R> {
    reply.raw()?.parse().map_err(|error| {
        Error::invalid(format!("the result of {method} is not of the type that was asked for: {error}"))
    })
}

fn request(method: String, params: &impl Serialize) -> Result<Request> {
    if let Some(remedy) = remedy(&method) {
        return Err(Error::input(format!("`{method}` cannot be asked for: {remedy}")));
    }
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::input("the name of a method is made of visible characters of ASCII"));
    }
    let params = RawJson::from_value(params)
        .map_err(|error| Error::input("the parameters cannot be written as JSON").because(error))?;
    let params = if params.is_null() { RawJson::EMPTY_OBJECT } else { params };
    let Some(members) = RawObject::from_raw(params.clone()) else {
        return Err(Error::input("the parameters of a method are a JSON object: pass json!({..}), a struct or a map"));
    };
    if members.contains("_meta") {
        return Err(Error::input("`_meta` is the client's to write: leave it out of the parameters, and use `meta`"));
    }
    let tool = if Method::named(&method) == Some(Method::CallTool) { call_of_tool(&members) } else { None };
    Ok(tool.unwrap_or(Request::Custom { method: Text::from(method), params }))
}

/// A call of a tool that says no more than any such call, so that it is made like one.
fn call_of_tool(members: &RawObject) -> Option<Request> {
    let name = members.get("name")?.to_text()?;
    let arguments = members.get("arguments").unwrap_or(RawJson::EMPTY_OBJECT);
    let others = members.members().len() - 1 - usize::from(members.contains("arguments"));
    (others == 0 && arguments.is_object()).then_some(Request::CallTool { name, arguments })
}

/// What to use instead of a method that is none for this function.
fn remedy(method: &str) -> Option<&'static str> {
    match Method::named(method) {
        Some(Method::Initialize | Method::Discover) => {
            Some("the client does so itself when it connects; `ping` asks whether the server is there")
        }
        Some(Method::Listen) => Some("`listen` opens a stream of changes"),
        Some(method) if method.purpose() == Purpose::Notification => Some("it is a notification, which nobody answers"),
        Some(method) if method.direction() == Direction::ToClient => Some("a server asks its client for it"),
        Some(_) => None,
        None if defines(method) => Some("it is a notification, which nobody answers"),
        None => None,
    }
}
