//! The folders that a program tells servers of.

use std::sync::{Arc, Mutex};

use mcp_core::{model::Root, sync::lock};

use crate::error::{Error, Result};

/// The folders as they are now. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots(Arc<Mutex<Arc<[Root]>>>);

impl Roots {
    pub(crate) fn now(&self) -> Arc<[Root]> {
        lock(&self.0).clone()
    }

    pub(crate) fn set(&self, roots: impl IntoIterator<Item = Root>) -> Result<()> {
        let roots: Arc<[Root]> = roots.into_iter().collect();
        check_roots(&roots)?;
        *lock(&self.0) = roots;
        Ok(())
    }

    /// As they are set, whatever they are: they are checked before anybody hears of them.
    pub(crate) fn of(roots: impl IntoIterator<Item = Root>) -> Self {
        Self(Arc::new(Mutex::new(roots.into_iter().collect())))
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_roots(&self.now())
    }
}

/// Each is a file or folder (2026-07-28, client/roots, "Root").
pub(crate) fn check_roots(roots: &[Root]) -> Result<()> {
    match roots.iter().find(|root| !root.uri.starts_with("file://")) {
        None => Ok(()),
        Some(root) => {
            Err(Error::input(format!("the root `{}` is no URI of a file: it must begin with file://", root.uri)))
        }
    }
}
