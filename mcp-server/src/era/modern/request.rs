//! What a request of this era leads to. Each is complete in itself; over HTTP its headers must say the same as its body.

use std::sync::Arc;

use mcp_core::{
    call::{Call, CallMetadata, Principal},
    era::{
        Method,
        modern::{Envelope, ModernRequest, read_request, read_resume, unsupported_version},
    },
    error::Error,
    header::Mirror,
    json::RawJson,
    jsonrpc::{Params, Request},
    model::Request as Asked,
};

use super::Modern;
use crate::{
    context::HeaderCheck,
    era::{
        step::{Listen, Refused, Run, Step},
        told::{tell_of_parts, tell_refused},
    },
    logging::Transport,
};

/// What stands beside a message and must agree with it.
pub(super) trait Beside {
    /// Why a message without an envelope is no message of this era.
    fn is_bare(&self, request: &Request, modern: &Modern) -> Option<Error>;
    fn check_version(&self, version: &str) -> Result<(), Error>;
    /// `defined` is the method, if the protocol has it.
    fn check_method_and_name(&self, method: &str, defined: Option<Method>, params: &Params) -> Result<(), Error>;
    fn check_arguments(&self, mirror: &Mirror, arguments: &RawJson) -> Result<(), Error>;
    /// The check of the arguments, for when the tool is known.
    fn late_check(&self) -> Option<HeaderCheck>;
    fn transport(&self) -> Transport;
}

/// A pipe has nothing beside its messages.
struct Nothing(Transport);

impl Beside for Nothing {
    fn is_bare(&self, request: &Request, modern: &Modern) -> Option<Error> {
        (request.method == Method::Initialize.name()).then(|| modern.has_no_handshake(request))
    }

    fn check_version(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn check_method_and_name(&self, _: &str, _: Option<Method>, _: &Params) -> Result<(), Error> {
        Ok(())
    }

    fn check_arguments(&self, _: &Mirror, _: &RawJson) -> Result<(), Error> {
        Ok(())
    }

    fn late_check(&self) -> Option<HeaderCheck> {
        None
    }

    fn transport(&self) -> Transport {
        self.0
    }
}

impl Modern {
    /// A request on a pipe.
    pub(in crate::era) fn on_pipe(&self, request: Request, transport: Transport) -> Result<Step, Refused> {
        self.step(request, &Nothing(transport), None)
    }

    /// Holds a request against the protocol and what stands beside it, and says what it leads to. The checks stand in the
    /// order that clients rely on: envelope, version, headers, method.
    #[inline(never)]
    pub(super) fn step(
        &self,
        request: Request,
        beside: &impl Beside,
        principal: Option<&Principal>,
    ) -> Result<Step, Refused> {
        let check = |version: &str| beside.check_version(version);
        let envelope = Envelope::read(&request.params, &self.engine.versions, principal, check);
        let Envelope { caller, progress_token } = envelope.map_err(|error| self.bare(&request, beside, error))?;
        let Request { id, method, params } = request;
        let refused = |refused: Refused| refused.to(caller.version());
        let mismatch = |error: Error| {
            tell_of_parts(&self.engine, &id, &method, &params, beside.transport(), &error);
            refused(Refused::early(error))
        };
        let defined = Method::named(&method);
        beside.check_method_and_name(&method, defined, &params).map_err(mismatch)?;
        let asked = read_request(&method, defined, &params, self.engine.limits.watched_resources);
        match asked.map_err(|error| refused(error.into()))? {
            ModernRequest::Discover => Ok(Step::Answer(self.discover(&id, caller.version()))),
            ModernRequest::Call(asked) => {
                let late_check = self.check_tool(&asked, beside).map_err(mismatch)?;
                let resume = read_resume(&params).map_err(|error| refused(error.into()))?;
                let call = Call::new(asked, caller).with_metadata(CallMetadata::new(params)).with_resume(resume);
                Ok(Step::Run(Run { call, id, progress_token, late_check }))
            }
            ModernRequest::Listen(filter) => {
                // It lives for as long as the stream.
                let caller = Arc::try_unwrap(caller).map_or_else(|shared| shared, |own| Arc::new(own.into_kept()));
                let metadata = CallMetadata::new(params);
                Ok(Step::Listen(Box::new(Listen { id, filter, caller, metadata })))
            }
        }
    }

    /// Why a request whose envelope cannot be read is refused: what stands beside it may know better.
    #[cold]
    fn bare(&self, request: &Request, beside: &impl Beside, error: Error) -> Refused {
        let is_bare = !Envelope::is_present(&request.params);
        let error = is_bare.then(|| beside.is_bare(request, self)).flatten().unwrap_or(error);
        tell_refused(&self.engine, Some(request), beside.transport(), &error);
        Refused::early(error)
    }

    /// Holds the headers that repeat arguments of a tool against them; later if it is not known yet whether the caller
    /// may know of the tool: to all others it must look as if there were none.
    fn check_tool(&self, asked: &Asked, beside: &impl Beside) -> Result<Option<HeaderCheck>, Error> {
        let Asked::CallTool { name, arguments } = asked else { return Ok(None) };
        let tools = &self.engine.registries.tools;
        let Some(tool) = tools.with_mirror(name) else {
            // What a source has is known when it is asked.
            return Ok(tools.elsewhere().and_then(|_| beside.late_check()));
        };
        if tools.has_hidden() {
            return Ok(beside.late_check());
        }
        if let Some(mirror) = tool.mirror() {
            beside.check_arguments(mirror, arguments)?;
        }
        Ok(None)
    }

    /// The answer to a handshake, which this era does not have: it names the revisions that are served.
    pub(super) fn has_no_handshake(&self, request: &Request) -> Error {
        let requested = request.params.text("protocolVersion");
        unsupported_version(requested.as_deref().unwrap_or_default(), &self.engine.versions)
    }
}
