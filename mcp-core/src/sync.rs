//! Locks for values that are whole at every step.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose value is never left half changed: it is replaced whole, or changed in steps after each of which
/// it makes sense.
///
/// Such a value is as good after a panic as before it, so a poisoned lock says nothing, and one panic does not become
/// many.
///
/// ```
/// use std::sync::Mutex;
///
/// use mcp_core::sync::lock;
///
/// let names = Mutex::new(vec!["add"]);
/// let panicked = std::panic::catch_unwind(|| {
///     let _held = lock(&names);
///     panic!("in a handler");
/// });
/// assert!(panicked.is_err());
/// assert_eq!(*lock(&names), ["add"]);
/// ```
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
