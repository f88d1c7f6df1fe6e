//! What the specification requires of a server, seen from outside: in each revision, in process and over HTTP.
//!
//! One file for each group of requirements. `docs/conformance.md` says how they are counted.

mod caching;
mod completion;
mod headers;
mod logging;
mod pagination;
mod prompts;
mod resources;
mod schemas;
mod subscriptions;
mod tools;

use mcp_server::Server;
use mcp_tests::{clients, clients::Client, messages::call};
use serde_json::{Value, json};

/// A registration that must fail, and the sentence of its panic.
fn refused<T>(register: impl FnOnce() -> T) -> String {
    let panic = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(register)) {
        Ok(_) => panic!("it was registered"),
        Err(panic) => panic,
    };
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast::<&str>().unwrap()).to_owned())
}

/// Asks for a list that must be the same on every connection, whoever else is connected and whatever was asked before:
/// on connections with and without a session, before and after a handshake, a call and an error. Gives the list.
async fn same_for_everyone(server: &Server, method: &str, key: &str, called: (&str, Value)) -> Value {
    let mut lists = Vec::new();
    for mut client in clients::each_revision(server).await.into_iter().filter(|client| !client.has_session()) {
        lists.push(client.result(method, json!({})).await[key].clone());
        client.result(called.0, called.1.clone()).await;
        client.error(called.0, json!({})).await;
        lists.push(client.result(method, json!({})).await[key].clone());
    }
    // A pipe on which a session was opened too.
    let mut peer = mcp_tests::peer::Peer::in_process(server);
    peer.handshake(clients::WITH_SESSION).await;
    let within = peer.ask(&mcp_tests::messages::request(1, called.0, called.1)).await;
    assert!(within["error"].is_null(), "{within}");
    lists.push(peer.ask(&mcp_tests::messages::stateless(2, method, json!({}))).await["result"][key].clone());
    assert!(lists[0].as_array().is_some_and(|list| !list.is_empty()), "{}", lists[0]);
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    lists.swap_remove(0)
}

/// Calls a tool.
async fn called(client: &mut Client, tool: &str, arguments: Value) -> Value {
    client.result("tools/call", call(tool, arguments)).await
}

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
