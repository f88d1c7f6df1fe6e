//! State that handlers share: one value of each type, which the server holds.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
    ops::Deref,
    sync::Arc,
};

/// A value that handlers share: a parameter of this type gets a clone of what
/// [`ServerBuilder::state`](crate::ServerBuilder::state) was given.
///
/// Functions with `#[tool]`, `#[prompt]` and `#[resource]` take it, methods in a block of `#[handlers]`, and what completes
/// arguments. It is no argument of a call: clients do not see it. Its type is found when the server is built; a server that has none
/// of that type panics then.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use mcp_server::{Server, State, tool, tools};
///
/// #[derive(Clone, Default)]
/// struct Notes(Arc<Mutex<Vec<String>>>);
///
/// /// Keeps a note.
/// #[tool]
/// fn keep(State(notes): State<Notes>, text: String) {
///     notes.0.lock().unwrap().push(text);
/// }
///
/// /// How many notes there are.
/// #[tool]
/// fn count(notes: State<Notes>) -> usize {
///     notes.0.0.lock().unwrap().len()
/// }
///
/// let server = Server::builder("notes", "1.0.0").state(Notes::default()).tools(tools![keep, count]).build();
/// assert_eq!(server.tools().names(), ["keep", "count"]);
///
/// // A test calls the function with a state of its own.
/// let notes = Notes::default();
/// keep(State(notes.clone()), "milk".to_owned());
/// assert_eq!(count(State(notes)), 1);
/// ```
///
/// A macro knows the parameter by how its type is written: `State<T>`, or a path that ends so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State<T>(pub T);

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What a handler takes of the state: one [`State`], or a tuple of what is one itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not shared state that a handler can take",
    label = "no shared state",
    note = "take `mcp_server::State<T>` by value, where `T` is `Clone`, `Send`, `Sync` and owns what it holds; `State<Arc<T>>` needs no `Clone`"
)]
pub trait SharedState: Clone + Send + Sync + 'static {
    #[doc(hidden)]
    fn find(states: &StateMap) -> Result<Self, Missing>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> SharedState for State<T> {
    fn find(states: &StateMap) -> Result<Self, Missing> {
        states.get()
    }
}

macro_rules! tuples {
    ($($($state:ident),*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($state: SharedState),*> SharedState for ($($state,)*) {
            fn find(states: &StateMap) -> Result<Self, Missing> {
                Ok(($($state::find(states)?,)*))
            }
        }
    )*};
}

tuples! {
    A;
    A, B;
    A, B, C;
    A, B, C, D;
}

/// Compiles for the types of shared state, and says what is missing for others.
pub fn is_state<S: SharedState>() {}

/// The state of a server, by its types.
#[derive(Clone, Default)]
pub struct StateMap(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

/// There is no state of a type.
#[derive(Debug, Clone, Copy)]
pub struct Missing(&'static str);

impl StateMap {
    /// # Errors
    ///
    /// With a sentence for whoever builds the server, if there is state of the type already.
    pub(crate) fn add<T: Clone + Send + Sync + 'static>(&mut self, state: T) -> Result<(), String> {
        match self.0.insert(TypeId::of::<T>(), Arc::new(state)) {
            None => Ok(()),
            Some(_) => Err(format!(
                "the server was given two states of type `{}`: make a type of its own for one of them",
                type_name::<T>()
            )),
        }
    }

    pub(super) fn get<T: Clone + 'static>(&self) -> Result<State<T>, Missing> {
        let found = self.0.get(&TypeId::of::<T>()).and_then(|state| state.downcast_ref::<T>());
        found.cloned().map(State).ok_or(Missing(type_name::<T>()))
    }
}

impl Missing {
    /// A sentence for whoever puts a handler into a server; `what` names the handler.
    pub(super) fn of(self, what: &str) -> String {
        let ty = self.0;
        format!(
            "{what} takes `State<{ty}>`, and the server has no state of that type: give it with \
             `Server::builder(..).state(..)`"
        )
    }
}

impl fmt::Debug for StateMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateMap").field("types", &self.0.len()).finish()
    }
}

/// Makes a handler of the state that it takes.
pub(super) type Binder<H> = dyn Fn(&StateMap) -> Result<Arc<H>, Missing> + Send + Sync;

/// Why a handler does not run that takes state, and is part of no server.
pub(super) const UNBOUND: &str = "the handler takes shared state, which it gets when it becomes part of a server";
