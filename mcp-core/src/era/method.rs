//! Every method that a revision of the protocol defines: the one table of their names.

use super::family::Era;
use crate::model::{Request, ServerNotification};

/// Who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The client.
    ToServer,
    /// The server.
    ToClient,
    /// Either.
    Both,
}

/// What a message is for its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A request: it is answered. What a server asks its client is, in the newer era, a part of an answer instead.
    Request,
    /// A notification: it is not.
    Notification,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident = $name:literal, $purpose:ident $direction:ident [$($era:ident)+] $($source:literal)?;)+) => {
        /// A method that a revision of the protocol defines. Closed: a `match` on it names them all, so that none is
        /// forgotten. The methods of tasks are not here: one revision had them, and an extension of the newest defines
        /// them anew.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $method,)+
        }

        impl Method {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$method),+];

            /// The method of that name on the wire.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$method),)+
                    _ => None,
                }
            }

            /// Its name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$method => $name,)+
                }
            }

            /// Whether it is a request or a notification.
            pub const fn purpose(self) -> Purpose {
                match self {
                    $(Self::$method => Purpose::$purpose,)+
                }
            }

            /// Who sends it.
            pub const fn direction(self) -> Direction {
                match self {
                    $(Self::$method => Direction::$direction,)+
                }
            }

            /// The eras that have it.
            pub const fn eras(self) -> &'static [Era] {
                match self {
                    $(Self::$method => &[$(Era::$era),+],)+
                }
            }

            /// The member of `params` that the header `Mcp-Name` repeats, if it must be sent (2026-07-28,
            /// basic/transports/streamable-http, "Standard Request Headers").
            pub const fn name_source(self) -> Option<&'static str> {
                match self {
                    $(Self::$method => methods!(@source $($source)?),)+
                }
            }
        }
    };
    (@source $source:literal) => { Some($source) };
    (@source) => { None };
}

// A new line goes with `Request::defined`, with `Request::name` if the header repeats it, and with its parameters in the test
// below; the compiler names the rest.
methods! {
    /// Calls a tool.
    CallTool = "tools/call", Request ToServer [Legacy Modern] "name";
    /// Lists the tools.
    ListTools = "tools/list", Request ToServer [Legacy Modern];
    /// Lists the prompts.
    ListPrompts = "prompts/list", Request ToServer [Legacy Modern];
    /// Gets a prompt.
    GetPrompt = "prompts/get", Request ToServer [Legacy Modern] "name";
    /// Lists the resources.
    ListResources = "resources/list", Request ToServer [Legacy Modern];
    /// Lists the templates of resources.
    ListResourceTemplates = "resources/templates/list", Request ToServer [Legacy Modern];
    /// Reads a resource.
    ReadResource = "resources/read", Request ToServer [Legacy Modern] "uri";
    /// Completes an argument.
    Complete = "completion/complete", Request ToServer [Legacy Modern];
    /// Says what a server is and can do.
    Discover = "server/discover", Request ToServer [Modern];
    /// Opens a stream of events.
    Listen = "subscriptions/listen", Request ToServer [Modern];
    /// Opens a session.
    Initialize = "initialize", Request ToServer [Legacy];
    /// Asks whether the other side is there.
    Ping = "ping", Request Both [Legacy];
    /// Watches a resource for the session.
    Subscribe = "resources/subscribe", Request ToServer [Legacy];
    /// Watches it no more.
    Unsubscribe = "resources/unsubscribe", Request ToServer [Legacy];
    /// Sets from which level on the session gets log messages.
    SetLevel = "logging/setLevel", Request ToServer [Legacy];
    /// Asks the client to sample a model.
    CreateMessage = "sampling/createMessage", Request ToClient [Legacy Modern];
    /// Asks the client's user.
    Elicit = "elicitation/create", Request ToClient [Legacy Modern];
    /// Asks the client for its roots.
    ListRoots = "roots/list", Request ToClient [Legacy Modern];
    /// The client is ready.
    Initialized = "notifications/initialized", Notification ToServer [Legacy];
    /// A request no longer matters, or a stream ends.
    Cancelled = "notifications/cancelled", Notification Both [Legacy Modern];
    /// A request has come so far.
    Progress = "notifications/progress", Notification Both [Legacy Modern];
    /// A log message.
    Message = "notifications/message", Notification ToClient [Legacy Modern];
    /// The tools have changed.
    ToolsListChanged = "notifications/tools/list_changed", Notification ToClient [Legacy Modern];
    /// The prompts have changed.
    PromptsListChanged = "notifications/prompts/list_changed", Notification ToClient [Legacy Modern];
    /// The resources have changed.
    ResourcesListChanged = "notifications/resources/list_changed", Notification ToClient [Legacy Modern];
    /// A resource has changed.
    ResourceUpdated = "notifications/resources/updated", Notification ToClient [Legacy Modern];
    /// The client's roots have changed.
    RootsListChanged = "notifications/roots/list_changed", Notification ToServer [Legacy];
    /// A question to the user has been answered elsewhere.
    ElicitationComplete = "notifications/elicitation/complete", Notification ToClient [Legacy];
    /// What a stream of events will carry.
    Acknowledged = "notifications/subscriptions/acknowledged", Notification ToClient [Modern];
}

/// Whether a name belongs to the protocol, so that no extension may have a method of it. So do all names of
/// notifications, defined or not.
pub fn defines(name: &str) -> bool {
    Method::named(name).is_some() || name.starts_with("notifications/")
}

impl Request {
    /// The method's name on the wire.
    pub fn method(&self) -> &str {
        match self {
            Self::Custom { method, .. } => method,
            defined => defined.defined().map_or("", Method::name),
        }
    }

    /// The method's name, if the protocol defines the method.
    pub fn defined_method(&self) -> Option<&'static str> {
        self.defined().map(Method::name)
    }

    fn defined(&self) -> Option<Method> {
        Some(match self {
            Self::ListTools { .. } => Method::ListTools,
            Self::CallTool { .. } => Method::CallTool,
            Self::ListPrompts { .. } => Method::ListPrompts,
            Self::GetPrompt { .. } => Method::GetPrompt,
            Self::ListResources { .. } => Method::ListResources,
            Self::ListResourceTemplates { .. } => Method::ListResourceTemplates,
            Self::ReadResource { .. } => Method::ReadResource,
            Self::Complete(_) => Method::Complete,
            Self::Custom { .. } => return None,
        })
    }
}

impl ServerNotification {
    /// The notification's name on the wire.
    pub fn method(&self) -> &'static str {
        let method = match self {
            Self::ToolsListChanged => Method::ToolsListChanged,
            Self::PromptsListChanged => Method::PromptsListChanged,
            Self::ResourcesListChanged => Method::ResourcesListChanged,
            Self::ResourceUpdated { .. } => Method::ResourceUpdated,
            Self::Progress { .. } => Method::Progress,
            Self::Message(_) => Method::Message,
        };
        method.name()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        era::{legacy, modern, read_notification},
        error::{Error, ErrorKind},
        jsonrpc::{Limits, Message, decode},
    };

    /// What each method reads of its parameters, all in one.
    const PARAMS: &str = r#"{"name":"a","uri":"a:b","level":"info","data":1,"progressToken":1,"progress":1,
        "protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"},"notifications":{},
        "ref":{"type":"ref/prompt","name":"a"},"argument":{"name":"a","value":"b"}}"#;

    fn message(method: Method) -> Message {
        let id = if method.purpose() == Purpose::Request { r#""id":1,"# } else { "" };
        let frame = format!(r#"{{"jsonrpc":"2.0",{id}"method":"{}","params":{PARAMS}}}"#, method.name());
        decode(&Bytes::from(frame), &Limits::default()).expect("a message")
    }

    /// Whether a reader of requests knows the method.
    fn is_read<T>(read: Result<T, Error>) -> bool {
        let error = read.err();
        assert!(error.as_ref().is_none_or(|error| error.kind() == ErrorKind::MethodNotFound), "{error:?}");
        error.is_none()
    }

    #[test]
    fn every_method_is_found_by_its_name_and_notifications_are_named_as_such() {
        for method in Method::ALL {
            let name = method.name();
            assert_eq!(Method::named(name), Some(*method));
            assert!(defines(name), "{name}");
            assert_eq!(method.purpose() == Purpose::Notification, name.starts_with("notifications/"), "{name}");
        }
        assert_eq!(Method::named("Tools/call"), None);
        assert!(defines("notifications/unknown") && !defines("tasks/list") && !defines(""));
    }

    #[test]
    fn an_era_reads_the_requests_that_the_table_gives_it() {
        for &method in Method::ALL {
            let Message::Request(request) = message(method) else { continue };
            let is_asked = |era| method.direction() != Direction::ToClient && method.eras().contains(&era);
            let (name, params) = (&request.method, &request.params);
            assert_eq!(is_read(legacy::read_request(name, params, 4096)), is_asked(Era::Legacy), "{name}");
            assert_eq!(
                is_read(modern::read_request(name, Method::named(name), params, 8)),
                is_asked(Era::Modern),
                "{name}"
            );
        }
    }

    #[test]
    fn every_event_of_a_server_is_read_by_its_name() {
        // They are about a request or a stream of the receiver, and no events.
        const OTHERS: [Method; 3] = [Method::Cancelled, Method::ElicitationComplete, Method::Acknowledged];
        for &method in Method::ALL {
            let Message::Notification(notification) = message(method) else { continue };
            let is_event = method.direction() != Direction::ToServer && !OTHERS.contains(&method);
            let read = read_notification(&notification);
            assert_eq!(read.is_some(), is_event, "{}", method.name());
            assert!(read.is_none_or(|event| event.method() == method.name()), "{}", method.name());
        }
    }
}
