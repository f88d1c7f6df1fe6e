//! `#[handlers]` on several blocks of one type.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use mcp_server::{Handlers, Server, handlers};
use serde_json::json;

use crate::call;

trait Store: Send + Sync + 'static {
    fn get(&self) -> String;
}

struct Fixed(&'static str);

impl Store for Fixed {
    fn get(&self) -> String {
        self.0.to_owned()
    }
}

struct Notes<S> {
    store: S,
    reads: AtomicU32,
}

#[handlers(groups(search, admin))]
impl<S: Store> Notes<S> {
    fn new(store: S) -> Self {
        Self { store, reads: AtomicU32::new(0) }
    }

    #[tool]
    fn read(&self) -> String {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.get()
    }
}

mod searching {
    use super::{Notes, Ordering, Store};

    #[mcp_server::handlers(group = search)]
    impl<S: Store> Notes<S> {
        #[tool]
        fn find(&self, text: String) -> bool {
            self.store.get().contains(&text)
        }

        #[resource("notes://reads")]
        fn reads(&self) -> String {
            self.reads.load(Ordering::Relaxed).to_string()
        }
    }
}

#[handlers(group = admin)]
impl<S: Store> Notes<S> {
    #[prompt]
    fn tidy(&self) -> String {
        format!("Tidy up: {}", self.store.get())
    }
}

#[tokio::test]
async fn blocks_of_one_type_are_served_together() {
    let notes = Arc::new(Notes::new(Fixed("milk")));
    let server = Server::builder("notes", "1.0.0").handlers(notes.clone()).build();
    assert_eq!(server.tools().names(), ["read", "find"]);
    assert_eq!(server.prompts().names(), ["tidy"]);
    assert!(server.resources().get("notes://reads").is_some());
    assert_eq!(call(&server, "find", json!({"text": "il"})).await, Ok("true".to_owned()));
    assert_eq!(call(&server, "read", json!({})).await, Ok("milk".to_owned()));
    // The program has kept what the handlers share.
    assert_eq!(notes.reads.load(Ordering::Relaxed), 1);
    assert_eq!((notes.clone().tools().len(), notes.prompts().len()), (2, 1));
}

struct Forms;

#[handlers]
impl Forms {
    #[tool]
    fn list(&self) {}
}

#[handlers(group = administration)]
impl Forms {
    #[tool]
    fn clear(&self) {}
}

#[test]
fn a_group_can_be_served_by_itself() {
    let forms = Arc::new(Forms);
    let server = Server::builder("forms", "1.0.0").handlers(forms.clone()).build();
    assert_eq!(server.tools().names(), ["list"]);
    let server = Server::builder("forms", "1.0.0").handlers(forms.clone().administration()).build();
    assert_eq!(server.tools().names(), ["clear"]);
    let dynamic: Arc<dyn Handlers> = forms;
    assert_eq!(Server::builder("forms", "1.0.0").handlers(dynamic).build().tools().names(), ["list"]);
}

struct Parts;

#[handlers(groups(#[cfg(test)] compiled, #[cfg(not(test))] left_out))]
impl Parts {
    #[tool]
    fn always(&self) {}
}

#[cfg(test)]
#[handlers(group = compiled)]
impl Parts {
    #[tool]
    fn sometimes(&self) {}
}

#[cfg(not(test))]
#[handlers(group = left_out)]
impl Parts {
    #[tool]
    fn never(&self) {}
}

#[test]
fn a_group_is_named_under_the_condition_of_its_block() {
    let server = Server::builder("parts", "1.0.0").handlers(Parts).build();
    assert_eq!(server.tools().names(), ["always", "sometimes"]);
}

trait Shelf: Send + Sync {
    fn label(&self) -> String;
}

impl Shelf for Fixed {
    fn label(&self) -> String {
        self.0.to_owned()
    }
}

#[handlers]
impl dyn Shelf {
    #[tool]
    async fn label_of(&self, suffix: String) -> String {
        format!("{}{suffix}", self.label())
    }

    #[prompt]
    fn ask(&self, #[arg(complete = Self::words)] word: String) -> String {
        format!("{} {word}", self.label())
    }

    fn words(&self) -> Vec<String> {
        vec![self.label()]
    }
}

#[tokio::test]
async fn a_trait_object_has_handlers() {
    let shelf: Arc<dyn Shelf> = Arc::new(Fixed("top"));
    let server = Server::builder("shelf", "1.0.0").handlers(shelf).build();
    assert_eq!(server.prompts().names(), ["ask"]);
    assert_eq!(call(&server, "label_of", json!({"suffix": "!"})).await, Ok("top!".to_owned()));
}
