//! The extensions of a server, by their methods.

use std::collections::HashMap;

use mcp_core::{
    error::Error,
    json::{RawJson, RawObject},
};

use super::{Extension, definition::MethodFuture};
use crate::context::CallScope;

/// The extensions of a server. They do not change while it runs.
#[derive(Debug, Default)]
pub(crate) struct Extensions {
    all: Vec<Extension>,
    /// Which of them has a method.
    by_method: HashMap<String, usize>,
    /// Each with its settings (2026-07-28, basic/versioning, "Extension Negotiation").
    declared: RawObject,
    declared_in_sessions: RawObject,
}

impl Extensions {
    /// Adds an extension.
    ///
    /// # Errors
    ///
    /// With a sentence for whoever wrote it, if another has its identifier or one of its methods.
    pub(crate) fn add(&mut self, extension: Extension) -> Result<(), String> {
        let id = extension.id();
        if self.all.iter().any(|other| other.id() == id) {
            return Err(format!("two extensions are called `{id}`: add it once"));
        }
        let taken = extension.method_names().find_map(|method| Some((method, self.by_method.get(method)?)));
        if let Some((method, other)) = taken {
            let other = self.all.get(*other).map_or("", Extension::id);
            return Err(format!("the extensions `{other}` and `{id}` both have a method `{method}`: rename one"));
        }
        let at = self.all.len();
        self.by_method.extend(extension.method_names().map(|method| (method.to_owned(), at)));
        let settings = RawJson::from_value(extension.settings()).unwrap_or(RawJson::EMPTY_OBJECT);
        if extension.is_declared_in_sessions() {
            self.declared_in_sessions.insert(extension.id(), settings.clone());
        }
        self.declared.insert(extension.id(), settings);
        self.all.push(extension);
        Ok(())
    }

    /// Answers a call of a method that the protocol does not define.
    ///
    /// # Errors
    ///
    /// If no extension has the method, or if the client must have declared the extension and has not.
    pub(crate) fn call(&self, method: &str, params: RawJson, scope: CallScope) -> Result<MethodFuture, Error> {
        let extension = self.by_method.get(method).and_then(|at| self.all.get(*at));
        extension.ok_or_else(|| Error::method_not_found(method))?.call(method, params, scope)
    }

    /// What is declared: each extension with its settings (2026-07-28, basic/versioning, "Extension Negotiation").
    pub(crate) fn declared(&self) -> RawObject {
        self.declared.clone()
    }

    /// What is declared in the handshake of a session.
    pub(crate) fn declared_in_sessions(&self) -> RawObject {
        self.declared_in_sessions.clone()
    }
}
