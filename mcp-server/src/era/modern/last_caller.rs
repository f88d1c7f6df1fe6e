//! Who asks, and who asked last on the same connection.

use std::sync::Arc;

use mcp_core::{
    call::Caller,
    era::modern::{Envelope, Familiar},
    error::Error,
    jsonrpc::{KnownMeta, Params},
    model::ProgressToken,
};

use crate::engine::Engine;

/// The caller of the last request on a connection: a client repeats itself with every request, so that comparing
/// bytes tells who it is.
#[derive(Debug, Default)]
pub(crate) struct LastCaller(Option<Familiar>);

impl LastCaller {
    /// What the next message is decoded with.
    pub(in crate::era) fn meta(&self) -> Option<&KnownMeta> {
        self.0.as_ref().map(Familiar::meta)
    }

    fn keep(&mut self, params: &Params, engine: &Engine, caller: &Caller) {
        if let Some(familiar) = Familiar::new(params, &engine.limits.json(), caller) {
            self.0 = Some(familiar);
        }
    }
}

/// Who asks, and where progress is wanted; kept in `last`, if there is such a place. `check` looks at the version that
/// the request names, as it is spelled, before it is known whether it is served.
pub(in crate::era) fn read_caller(
    engine: &Engine,
    params: &Params,
    last: Option<&mut LastCaller>,
    check: impl FnOnce(&str) -> Result<(), Error>,
) -> Result<(Arc<Caller>, Option<ProgressToken>), Error> {
    let known = last.as_ref().and_then(|last| last.0.as_ref()).filter(|_| params.is_meta_known());
    if let Some(familiar) = known {
        check(familiar.caller().version().as_str())?;
        return Ok((familiar.caller().clone(), None));
    }
    let mut envelope = Envelope::read(params)?;
    check(&envelope.version)?;
    let token = envelope.progress_token.take();
    let caller = envelope.into_caller(&engine.versions)?;
    if let Some(last) = last {
        last.keep(params, engine, &caller);
    }
    Ok((Arc::new(caller), token))
}
