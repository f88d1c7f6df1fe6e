//! One extension: its identifier, its settings, its methods.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use mcp_core::{
    era::defines,
    error::Error,
    json::{RawJson, RawObject},
    model::{InvalidExtension, check_extension},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::IntoMethodResult;
use crate::context::{CallScope, Context};

/// An extension of the protocol: an identifier that is declared to clients, settings, and methods of its own.
///
/// ```
/// use mcp_server::{Context, Error, Extension, Json, Server};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct NowParams {
///     zone: String,
/// }
///
/// #[derive(Serialize)]
/// struct Now {
///     time: String,
/// }
///
/// async fn now(params: NowParams, _: Context) -> Result<Json<Now>, Error> {
///     match params.zone.as_str() {
///         "UTC" => Ok(Json(Now { time: "12:00".into() })),
///         other => Err(Error::invalid_params(format!("unknown zone `{other}`: only UTC is known"))),
///     }
/// }
///
/// let clock = Extension::new("com.example/clock", serde_json::json!({"zones": ["UTC"]}))
///     .method("com.example/now", now);
/// let server = Server::builder("clock", "1.0.0").extension(clock).build();
/// # drop(server);
/// ```
///
/// Nothing is declared that was not added with [`ServerBuilder::extension`](crate::ServerBuilder::extension)
/// (SEP-2133). A change that breaks its clients needs another identifier (SEP-2133).
#[derive(Clone)]
#[must_use = "an extension does nothing until a server is built with it: `Server::builder(..).extension(..)`"]
pub struct Extension {
    id: String,
    settings: Map<String, Value>,
    methods: Vec<(String, Arc<Handler>)>,
    requires_client: bool,
    in_sessions: bool,
}

/// Starts nothing before it is polled, so that a panic anywhere in a handler is a panic of the future.
type Handler = dyn Fn(RawJson, CallScope) -> MethodFuture + Send + Sync;

/// A call under way. Dropping it cancels the handler.
pub(crate) type MethodFuture = Pin<Box<dyn Future<Output = Result<RawJson, Error>> + Send>>;

impl Extension {
    /// An extension without methods: it is declared, and that is all.
    ///
    /// `id` is the reversed name of a domain of yours, a slash and a name, as in `com.example/clock`. `settings` is
    /// anything that becomes a JSON object, or `()` for none (2026-07-28, basic/versioning, "Extension Negotiation").
    ///
    /// # Panics
    ///
    /// Where [`Extension::try_new`] fails.
    #[track_caller]
    #[expect(clippy::panic, reason = "a wrong extension is a mistake in the program, told at the caller's line")]
    pub fn new(id: impl Into<String>, settings: impl Serialize) -> Self {
        match Self::try_new(id, settings) {
            Ok(extension) => extension,
            Err(problem) => panic!("{problem}"),
        }
    }

    /// As [`Extension::new`], for identifiers that come from outside the program.
    ///
    /// ```
    /// let error = mcp_server::Extension::try_new("clock", ()).unwrap_err();
    /// assert!(error.to_string().starts_with("`clock` is no identifier of an extension: it has no prefix"));
    /// ```
    ///
    /// # Errors
    ///
    /// If the identifier has another form, or a prefix that belongs to the protocol (`io.modelcontextprotocol` is
    /// allowed: its extensions are there to be implemented), or if the settings are no JSON object.
    pub fn try_new(id: impl Into<String>, settings: impl Serialize) -> Result<Self, InvalidExtension> {
        let id = id.into();
        let settings = check_extension(&id, &settings)?;
        Ok(Self { id, settings, methods: Vec::new(), requires_client: false, in_sessions: false })
    }

    /// Adds a method. Its handler takes the parameters as one type, and a [`Context`].
    ///
    /// The parameters are decoded without `_meta`; `()` stands for none. What does not fit is refused with a sentence
    /// that says why. For what the handler may return see [`IntoMethodResult`]. Names that begin as the extension's
    /// identifier does are nobody else's. Over HTTP a client names the method in a header too, as for every method.
    ///
    /// # Panics
    ///
    /// If the extension has the method already, if the protocol defines the method, or if the name is not 1 to 128
    /// visible characters of ASCII.
    #[track_caller]
    pub fn method<P, F, Fut>(mut self, name: impl Into<String>, handler: F) -> Self
    where
        P: DeserializeOwned + Send + 'static,
        F: Fn(P, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoMethodResult> + Send + 'static,
    {
        let name = name.into();
        self.check_method(&name);
        let handler = Arc::new(handler);
        let call = move |params: RawJson, scope| -> MethodFuture {
            let handler = handler.clone();
            Box::pin(async move {
                let params = decode::<P>(&params)?;
                let (context, guard) = Context::open(scope);
                let returned = handler(params, context).await;
                guard.complete();
                returned.into_method_result()
            })
        };
        self.methods.push((name, Arc::new(call)));
        self
    }

    /// Refuses calls of its methods by clients that have not declared the extension (2026-07-28, basic/versioning,
    /// "Extension Negotiation"): in the newest revision each request declares it, in those with sessions the handshake.
    /// Without this, anybody may call them.
    pub fn requires_client(mut self) -> Self {
        self.requires_client = true;
        self
    }

    /// Declares the extension in the handshake of sessions too. Capabilities have a place for extensions since the
    /// newest revision, which has no sessions; do this only for an extension whose own specification asks for it. Its
    /// methods can be called in sessions either way.
    pub fn declared_in_sessions(mut self) -> Self {
        self.in_sessions = true;
        self
    }

    /// The identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The settings that clients are told.
    pub fn settings(&self) -> &Map<String, Value> {
        &self.settings
    }

    pub(super) fn is_declared_in_sessions(&self) -> bool {
        self.in_sessions
    }

    pub(super) fn method_names(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|(name, _)| name.as_str())
    }

    /// Answers a call of one of its methods, or says that it has no such method.
    pub(super) fn call(&self, method: &str, params: RawJson, scope: CallScope) -> Result<MethodFuture, Error> {
        let found = self.methods.iter().find(|(name, _)| name == method);
        let (_, handler) = found.ok_or_else(|| Error::method_not_found(method))?;
        if self.requires_client {
            let declared = scope.caller.capabilities().extensions.get(&self.id);
            if !declared.is_some_and(|settings| settings.is_object()) {
                return Err(self.undeclared());
            }
        }
        Ok(handler(params, scope))
    }

    /// Held to 2026-07-28, basic, "`_meta`"; 2026-07-28, basic/versioning, "Extension Negotiation".
    fn undeclared(&self) -> Error {
        let id = &self.id;
        let sentence = format!("this method needs a client that declares the extension `{id}` in its capabilities");
        Error::missing_capability(sentence, json!({"extensions": {id: {}}}))
    }

    #[track_caller]
    fn check_method(&self, name: &str) {
        let id = &self.id;
        assert!(
            matches!(name.len(), 1..=128) && name.bytes().all(|byte| byte.is_ascii_graphic()),
            "the name of a method of extension `{id}` must be 1 to 128 visible characters of ASCII: it is {name:?}"
        );
        assert!(
            !defines(name),
            "`{name}` is a method of the protocol itself: extension `{id}` needs a name of its own"
        );
        // One revision had tasks, and the newest has them as an extension of its own.
        let tasks = id.split_once('/') == Some(("io.modelcontextprotocol", "tasks"));
        assert!(
            tasks || !name.starts_with("tasks/"),
            "`{name}` belongs to the extension for tasks: extension `{id}` needs a name of its own"
        );
        assert!(
            !name.starts_with("rpc."),
            "names that begin with `rpc.` belong to JSON-RPC: extension `{id}` needs another than `{name}`"
        );
        let known = self.methods.iter().any(|(known, _)| known == name);
        assert!(!known, "extension `{id}` has two methods called `{name}`: rename one");
    }
}

/// The parameters as the handler's type. A type that has no members is also written as `null`.
fn decode<P: DeserializeOwned>(params: &RawJson) -> Result<P, Error> {
    params.parse().or_else(|error| {
        let none = RawObject::from_raw(params.clone()).is_some_and(|members| members.is_empty());
        let nothing = none.then(|| RawJson::NULL.parse().ok()).flatten();
        nothing.ok_or_else(|| Error::invalid_params(format!("`params`: {error}")))
    })
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: Vec<&str> = self.method_names().collect();
        f.debug_struct("Extension").field("id", &self.id).field("methods", &methods).finish_non_exhaustive()
    }
}
