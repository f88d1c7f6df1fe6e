//! The caller of an earlier request: a client says with every request who it is, and nearly always the same.

use std::sync::Arc;

use super::keys;
use crate::{
    call::Caller,
    jsonrpc::{KnownMeta, Limits, Params},
};

/// A caller, and the `_meta` by which it is known again.
///
/// Whoever sends the very same bytes in `_meta` says the same about itself; so this is all that `_meta` says, and
/// nothing that was found out about the caller in another way, such as a token. Holds at most 2 KiB.
#[derive(Debug)]
pub struct Familiar {
    meta: KnownMeta,
    caller: Arc<Caller>,
}

impl Familiar {
    /// Keeps the caller of a request that was decoded with `limits`; `None` if its `_meta` says more than who is
    /// calling, such as a progress token, or is too long to be kept.
    pub fn new(params: &Params, limits: &Limits, caller: &Caller) -> Option<Self> {
        let who = [keys::VERSION, keys::CLIENT_INFO, keys::CLIENT_CAPABILITIES];
        let meta = params.keep_meta(limits, |key| who.contains(&key))?;
        // Its own text: the request's would keep the whole frame.
        Some(Self { meta, caller: Arc::new(caller.detached()) })
    }

    /// What to decode the peer's next message with.
    pub fn meta(&self) -> &KnownMeta {
        &self.meta
    }

    /// The caller of a message whose `_meta` turned out to be known
    /// ([`Params::is_meta_known`](crate::jsonrpc::Params::is_meta_known)).
    pub fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        era::modern::Envelope,
        jsonrpc::{Message, decode_from},
        version::ProtocolVersion,
    };

    const META: &str = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

    fn params(meta: &str, known: Option<&Familiar>) -> Params {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"_meta":{meta},"name":"add"}}}}"#);
        match decode_from(&Bytes::from(frame), &Limits::default(), known.map(Familiar::meta)) {
            Ok(Message::Request(request)) => request.params,
            other => panic!("{meta} gave {other:?}"),
        }
    }

    fn keep(meta: &str) -> Option<Familiar> {
        let params = params(meta, None);
        let caller = Envelope::read(&params).unwrap().into_caller(&[ProtocolVersion::LATEST]).unwrap();
        Familiar::new(&params, &Limits::default(), &caller)
    }

    #[test]
    fn the_same_meta_is_known_again_and_can_still_be_read() {
        let familiar = keep(META).unwrap();
        assert_eq!(familiar.caller().client().unwrap().name, "c");
        let again = params(META, Some(&familiar));
        assert!(again.is_meta_known());
        assert_eq!(again.meta(keys::CLIENT_INFO).unwrap().as_str(), r#"{"name":"c","version":"1"}"#);
        assert_eq!(again.peek_meta_text(keys::VERSION).unwrap(), "2026-07-28");
        assert_eq!(again.text("name").unwrap(), "add");
    }

    #[test]
    fn another_meta_is_not_known() {
        let familiar = keep(META).unwrap();
        for other in [
            META.replace(r#""c""#, r#""d""#),
            META.replace(r#""{}""#, "{ }"),
            META.replace('{', "{ "),
            META.replace("{}}", r#"{},"progressToken":1}"#),
        ] {
            assert_eq!(params(&other, Some(&familiar)).is_meta_known(), other == META, "{other}");
        }
    }

    #[test]
    fn what_changes_from_request_to_request_is_not_kept() {
        for (place, more) in [("{}}", r#"{},"progressToken":1}"#), ("{}}", r#"{},"traceparent":"00-1-2-01"}"#)] {
            assert!(keep(&META.replace(place, more)).is_none(), "{more}");
        }
        assert!(keep(&META.replace(r#""c""#, &format!("\"{}\"", "c".repeat(1024)))).is_none());
    }
}
