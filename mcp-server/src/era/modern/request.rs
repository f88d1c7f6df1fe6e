//! What a request of this era leads to. Each is complete in itself; over HTTP its headers must say the same as its body.

use std::sync::Arc;

#[cfg(feature = "http")]
use mcp_core::call::Principal;
use mcp_core::{
    call::{Call, CallMetadata, Caller},
    era::{
        Method,
        modern::{Envelope, ModernRequest, read_request, unsupported_version},
    },
    error::Error,
    header::Mirror,
    json::RawJson,
    jsonrpc::{Params, Request},
    model::{ProgressToken, Request as Asked},
};

use super::Modern;
use crate::{
    context::HeaderCheck,
    era::step::{Listen, Refused, Run, Step},
};

/// What stands beside a message and must agree with it.
pub(super) trait Beside {
    /// Why a message without an envelope is no message of this era.
    fn is_bare(&self, request: &Request, modern: &Modern) -> Option<Error>;
    fn check_version(&self, version: &str) -> Result<(), Error>;
    fn check_method_and_name(&self, method: &str, params: &Params) -> Result<(), Error>;
    fn check_arguments(&self, mirror: &Mirror, arguments: &RawJson) -> Result<(), Error>;
    /// The check of the arguments, for when the tool is known.
    fn late_check(&self) -> Option<HeaderCheck>;
}

/// A pipe has nothing beside its messages.
struct Nothing;

impl Beside for Nothing {
    fn is_bare(&self, request: &Request, modern: &Modern) -> Option<Error> {
        (request.method == Method::Initialize.name()).then(|| modern.has_no_handshake(request))
    }

    fn check_version(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn check_method_and_name(&self, _: &str, _: &Params) -> Result<(), Error> {
        Ok(())
    }

    fn check_arguments(&self, _: &Mirror, _: &RawJson) -> Result<(), Error> {
        Ok(())
    }

    fn late_check(&self) -> Option<HeaderCheck> {
        None
    }
}

/// A request that may be served.
pub(super) struct Checked {
    caller: Caller,
    progress_token: Option<ProgressToken>,
    asked: ModernRequest,
    late_check: Option<HeaderCheck>,
}

#[cfg(feature = "http")]
impl Checked {
    /// The same, with who is behind it.
    pub(super) fn of(mut self, principal: Option<&Principal>) -> Self {
        if let Some(principal) = principal {
            self.caller = self.caller.with_principal(Some(principal.clone()));
        }
        self
    }
}

impl Modern {
    /// A request on a pipe.
    pub(in crate::era) fn on_pipe(&self, request: Request) -> Result<Step, Refused> {
        let checked = self.check(&request, &Nothing)?;
        Ok(self.step(checked, request, CallMetadata::new))
    }

    /// Holds a request against the protocol and what stands beside it. The checks stand in the order that clients rely
    /// on: envelope, version, headers, method.
    #[inline(never)]
    pub(super) fn check(&self, request: &Request, beside: &impl Beside) -> Result<Checked, Refused> {
        let Request { method, params, .. } = request;
        if !Envelope::is_present(params)
            && let Some(error) = beside.is_bare(request, self)
        {
            return Err(Refused::early(error));
        }
        let mut envelope = Envelope::read(params).map_err(Refused::early)?;
        beside.check_version(&envelope.version).map_err(Refused::early)?;
        let progress_token = envelope.progress_token.take();
        let caller = envelope.into_caller(&self.engine.versions).map_err(Refused::early)?;
        let version = caller.version();
        let early = |error| Refused::early(error).to(version);
        beside.check_method_and_name(method, params).map_err(early)?;
        let asked = read_request(method, params, self.engine.limits.watched_resources);
        let asked = asked.map_err(|error| Refused::from(error).to(version))?;
        let late_check = self.check_tool(&asked, beside).map_err(early)?;
        Ok(Checked { caller, progress_token, asked, late_check })
    }

    /// Holds the headers that repeat arguments of a tool against them; later if it is not known yet whether the caller
    /// may know of the tool: to all others it must look as if there were none.
    fn check_tool(&self, asked: &ModernRequest, beside: &impl Beside) -> Result<Option<HeaderCheck>, Error> {
        let ModernRequest::Call(Asked::CallTool { name, arguments }) = asked else { return Ok(None) };
        let tools = &self.engine.registries.tools;
        let Some(tool) = tools.with_mirror(name) else { return Ok(None) };
        if tools.has_hidden() {
            return Ok(beside.late_check());
        }
        if let Some(mirror) = tool.mirror() {
            beside.check_arguments(mirror, arguments)?;
        }
        Ok(None)
    }

    /// What a request that may be served leads to.
    #[inline(never)]
    pub(super) fn step(
        &self,
        checked: Checked,
        request: Request,
        metadata: impl FnOnce(Params) -> CallMetadata,
    ) -> Step {
        let Checked { caller, progress_token, asked, late_check } = checked;
        let Request { id, params, .. } = request;
        match asked {
            ModernRequest::Discover => Step::Answer(self.discover(&id, caller.version())),
            ModernRequest::Call(asked) => {
                let call = Call::new(asked, Arc::new(caller)).with_metadata(metadata(params));
                Step::Run(Run { call, id, progress_token, late_check })
            }
            ModernRequest::Listen(filter) => {
                Step::Listen(Box::new(Listen { id, filter, caller: Arc::new(caller), metadata: metadata(params) }))
            }
        }
    }

    /// The answer to a handshake, which this era does not have: it names the revisions that are served.
    pub(super) fn has_no_handshake(&self, request: &Request) -> Error {
        let requested = request.params.text("protocolVersion");
        unsupported_version(requested.as_deref().unwrap_or_default(), &self.engine.versions)
    }
}
