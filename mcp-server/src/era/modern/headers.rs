//! Headers that mirror the body must say the same as the body (2026-07-28, basic/transports/streamable-http, "Standard
//! Headers").

use http::HeaderMap;
use mcp_core::{
    call::HttpHead,
    era::{
        Method,
        modern::{keys, unsupported_version},
    },
    error::{Error, ErrorKind},
    header::{self, Mirror},
    json::RawJson,
    jsonrpc::{Notification, Params, Request},
};

use super::{Modern, request::Beside};
use crate::{
    context::HeaderCheck,
    era::{
        headers::MessageHeaders,
        names_modern,
        step::{Refused, Step},
    },
    http::{Single, text_of},
    logging::Transport,
};

impl Modern {
    /// A request over HTTP.
    pub(in crate::era) fn on_post(&self, request: Request, head: Box<HttpHead>) -> Result<Step, Refused> {
        let beside = Headers { found: MessageHeaders::of(&head.headers), all: &head.headers };
        let mut step = self.step(request, &beside, head.extensions.get());
        match &mut step {
            Ok(Step::Run(run)) => run.call.metadata.attach_http(head),
            Ok(Step::Listen(listen)) => listen.metadata.attach_http(head),
            Ok(Step::Answer(_) | Step::Open(..)) | Err(_) => {}
        }
        step
    }
}

/// Holds the headers of a notification against its body. None is asked for (2026-07-28,
/// basic/transports/streamable-http, "Sending Messages to the Server": they are not defined), but one that is there must
/// not say something else: whoever reads it on the way would know another message than we do.
///
/// # Errors
///
/// `HeaderMismatch` if one does.
pub(in crate::era) fn check_notification(headers: &HeaderMap, notification: &Notification) -> Result<(), Error> {
    let found = MessageHeaders::of(headers);
    let Notification { method, params } = notification;
    if text(found.method, header::METHOD)?.is_some_and(|value| *method != value) {
        return Err(mismatch("the header Mcp-Method names another method than the body"));
    }
    let version = text(found.version, header::PROTOCOL_VERSION)?;
    let within = params.meta(keys::VERSION);
    if let (Some(version), Some(within)) = (version, within)
        && within.to_text().is_none_or(|within| *within != *version)
    {
        return Err(mismatch("the header MCP-Protocol-Version names another version than `_meta`"));
    }
    Ok(())
}

/// The headers of a request.
struct Headers<'a> {
    found: MessageHeaders<'a>,
    all: &'a HeaderMap,
}

impl Beside for Headers<'_> {
    /// Where the header names a revision of this era, the envelope is what is missing. Otherwise it is the version.
    fn is_bare(&self, request: &Request, modern: &Modern) -> Option<Error> {
        match self.found.version_text() {
            version @ Some(_) if names_modern(version) => None,
            _ if request.method == Method::Initialize.name() => Some(modern.has_no_handshake(request)),
            None => Some(mismatch("the header MCP-Protocol-Version is missing")),
            Some(version) => Some(unsupported_version(version, &modern.engine.versions)),
        }
    }

    fn check_version(&self, version: &str) -> Result<(), Error> {
        if says(self.found.version, version) { Ok(()) } else { self.check_version_anew(version) }
    }

    fn check_method_and_name(&self, method: &str, defined: Option<Method>, params: &Params) -> Result<(), Error> {
        if !says(self.found.method, method) {
            self.check_method_anew(method)?;
        }
        let Some(source) = defined.and_then(Method::name_source) else { return Ok(()) };
        let name = params.peek_text(source);
        if name.as_ref().is_some_and(|name| says(self.found.name, name)) {
            return Ok(());
        }
        self.check_name_anew(name.as_deref())
    }

    fn check_arguments(&self, mirror: &Mirror, arguments: &RawJson) -> Result<(), Error> {
        check_arguments(self.all, mirror, arguments)
    }

    fn late_check(&self) -> Option<HeaderCheck> {
        Some(check_arguments)
    }

    fn transport(&self) -> Transport {
        Transport::Http
    }
}

/// The checks, of headers that do not say byte by byte what the body says.
impl Headers<'_> {
    #[cold]
    #[inline(never)]
    fn check_version_anew(&self, version: &str) -> Result<(), Error> {
        match text(self.found.version, header::PROTOCOL_VERSION)? {
            Some(value) if value == version => Ok(()),
            Some(_) => Err(mismatch("the header MCP-Protocol-Version names another version than `_meta`")),
            None => Err(mismatch("the header MCP-Protocol-Version is missing")),
        }
    }

    #[cold]
    #[inline(never)]
    fn check_method_anew(&self, method: &str) -> Result<(), Error> {
        match text(self.found.method, header::METHOD)? {
            Some(value) if value == method => Ok(()),
            Some(_) => Err(mismatch("the header Mcp-Method names another method than the body")),
            None => Err(mismatch("the header Mcp-Method is missing")),
        }
    }

    #[cold]
    #[inline(never)]
    fn check_name_anew(&self, name: Option<&str>) -> Result<(), Error> {
        let Some(value) = text(self.found.name, header::NAME)? else {
            return Err(mismatch("the header Mcp-Name is missing"));
        };
        let decoded =
            header::decode_value(value).map_err(|_| mismatch("the header Mcp-Name is not valid base64 of UTF-8"))?;
        // A body without the name is refused by the method itself.
        match name {
            Some(name) if name != decoded => Err(mismatch("the header Mcp-Name names something else than the body")),
            _ => Ok(()),
        }
    }
}

/// Checks the headers that repeat arguments of a tool (2026-07-28, basic/transports/streamable-http, "Custom Headers from
/// Tool Parameters").
fn check_arguments(headers: &HeaderMap, mirror: &Mirror, arguments: &RawJson) -> Result<(), Error> {
    let values =
        |name: &str| headers.get_all(name).iter().map(|value| value.to_str().ok()).collect::<Vec<_>>().into_iter();
    mirror.check(arguments, values).map_err(|what| mismatch(format!("the header {what}")))
}

/// Whether a header stands once and is a text as it is, byte by byte. What nearly every client sends; a header may say the
/// same in other bytes.
#[inline(never)]
fn says(header: Single<'_>, text: &str) -> bool {
    matches!(header, Single::Once(value) if value.as_bytes() == text.as_bytes()) && header::survives(text)
}

/// The text of a header that may stand once.
fn text<'a>(header: Single<'a>, name: &str) -> Result<Option<&'a str>, Error> {
    let value = match header {
        Single::Absent => return Ok(None),
        Single::Once(value) => value,
        Single::Repeated => return Err(mismatch(format!("the header {name} stands more than once"))),
    };
    let text = text_of(value).ok_or_else(|| mismatch(format!("the header {name} is not plain ASCII")))?;
    // Of white space, only spaces and tabs can stand in such a text.
    Ok(Some(text.trim_ascii()))
}

#[cold]
fn mismatch(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::HeaderMismatch, message)
}
