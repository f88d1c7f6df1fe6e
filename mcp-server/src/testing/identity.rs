//! Who makes a call in a test, and what comes with it.

use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "middleware")]
use mcp_core::call::HttpHead;
use mcp_core::{
    call::{CallMetadata, Caller, Principal},
    error::Error,
    json::RawJson,
    jsonrpc::{Message, Params, Rejected, decode},
    model::{ClientCapabilities, Implementation, LogLevel},
    version::ProtocolVersion,
};
use serde_json::{Map, Value, json};

use super::script::Script;

/// What a call says of its caller. Plain data, set by the methods that [`caller_options`] gives.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) version: ProtocolVersion,
    pub(super) capabilities: ClientCapabilities,
    pub(super) client: Option<Implementation>,
    pub(super) principal: Option<Principal>,
    pub(super) log_level: Option<LogLevel>,
    pub(super) meta: Map<String, Value>,
    pub(super) script: Script,
    #[cfg(feature = "middleware")]
    pub(super) head: HttpHead,
}

impl Identity {
    pub(super) fn new(version: ProtocolVersion) -> Self {
        Self {
            version,
            capabilities: ClientCapabilities::default(),
            client: None,
            principal: None,
            log_level: None,
            meta: Map::new(),
            script: Script::default(),
            #[cfg(feature = "middleware")]
            head: HttpHead::default(),
        }
    }

    pub(super) fn caller(&self) -> Arc<Caller> {
        let client = self.client.as_ref().and_then(|client| RawJson::from_value(client).ok());
        let mut capabilities = self.capabilities.clone();
        self.script.declare(&mut capabilities);
        let caller = Caller::new(self.version, capabilities);
        Arc::new(caller.with_client(client).with_principal(self.principal.clone()).with_log_level(self.log_level))
    }

    /// The parameters of a request, as a server finds them in a message.
    ///
    /// # Errors
    ///
    /// What a client would be told: the message breaks a limit, such as how deep it may be.
    pub(super) fn params(
        &self,
        mut params: Map<String, Value>,
        limits: &mcp_core::jsonrpc::Limits,
    ) -> Result<Params, Error> {
        if !self.meta.is_empty() {
            params.insert("_meta".to_owned(), Value::Object(self.meta.clone()));
        }
        let frame = json!({"jsonrpc": "2.0", "id": 1, "method": "test", "params": params}).to_string();
        match decode(&Bytes::from(frame), limits) {
            Ok(Message::Request(request)) => Ok(request.params),
            Ok(_) => Err(Error::invalid_request("the message is no request")),
            Err(Rejected::Answer { error, .. }) => Err(error),
            Err(Rejected::Response { reason, .. } | Rejected::Ignore { reason }) => Err(Error::invalid_request(reason)),
        }
    }

    pub(super) fn metadata(&self, params: Params) -> CallMetadata {
        let metadata = CallMetadata::new(params);
        #[cfg(feature = "middleware")]
        let metadata = metadata.with_http(Box::new(self.head.clone()));
        metadata
    }
}

/// Gives a type with a field `identity` its methods.
macro_rules! caller_options {
    ($type:ident) => {
        impl $type {
            /// The revision of the protocol that the caller speaks.
            pub fn revision(mut self, version: ::mcp_core::version::ProtocolVersion) -> Self {
                self.identity.version = version;
                self
            }

            /// What the client says it is.
            pub fn client(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
                self.identity.client = Some(::mcp_core::model::Implementation::new(name, version));
                self
            }

            /// What the client declares.
            pub fn capabilities(mut self, capabilities: ::mcp_core::model::ClientCapabilities) -> Self {
                self.identity.capabilities = capabilities;
                self
            }

            /// Who is behind the call, as a middleware of the host application would have found out.
            pub fn principal(mut self, principal: ::mcp_core::call::Principal) -> Self {
                self.identity.principal = Some(principal);
                self
            }

            /// From which level on the client wants log messages.
            pub fn log_level(mut self, level: ::mcp_core::model::LogLevel) -> Self {
                self.identity.log_level = Some(level);
                self
            }

            /// A member of the request's `_meta`.
            pub fn meta(mut self, key: impl Into<String>, value: impl Into<::serde_json::Value>) -> Self {
                self.identity.meta.insert(key.into(), value.into());
                self
            }

            /// A header of the HTTP request that the call came with. Said again, there are two.
            ///
            /// # Panics
            ///
            /// If no header may have that name, or that value.
            #[cfg(feature = "middleware")]
            #[track_caller]
            pub fn header(mut self, name: &str, value: &str) -> Self {
                let (Ok(name), Ok(value)) = (name.parse::<::http::HeaderName>(), value.parse()) else {
                    panic!("`{name}: {value}` is no header")
                };
                self.identity.head.headers.append(name, value);
                self
            }

            /// What the host application's middleware, or a layer, has put into the call:
            /// [`Context::extensions`](crate::Context::extensions).
            #[cfg(feature = "middleware")]
            pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
                self.identity.head.extensions.insert(value);
                self
            }
        }
    };
}

pub(super) use caller_options;
