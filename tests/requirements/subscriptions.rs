//! SUBS: `subscriptions/listen`.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use mcp_server::Server;
use mcp_tests::{
    clients, covers, fixture,
    messages::{call, call_with_progress, cancelled, stateless, text_of},
    peer::Peer,
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::pagination::five_of_everything;

const ID: &str = "io.modelcontextprotocol/subscriptionId";

/// Where a stream is listened to: on a pipe between everything else, or on a connection of its own.
#[expect(clippy::large_enum_variant, reason = "a test has a few")]
enum Listener {
    Pipe(Peer),
    Http(Connection),
}

impl Listener {
    /// A listener of each kind; nothing has come yet.
    async fn both(server: &Server, id: &Value, filter: &Value) -> [Self; 2] {
        let mut peer = Peer::in_process(server);
        peer.send(&listen(id, filter)).await;
        [Self::Pipe(peer), Self::over_http(clients::serve(server).await, id, filter).await]
    }

    async fn over_http(address: SocketAddr, id: &Value, filter: &Value) -> Self {
        let mut connection = Connection::open(address).await;
        let message = listen(id, filter);
        connection.send_post(&mirror(&message), &message).await;
        let head = connection.head().await;
        assert_eq!((head.status, head.headers["content-type"].as_str()), (200, "text/event-stream"));
        Self::Http(connection)
    }

    async fn next(&mut self) -> Value {
        match self {
            Self::Pipe(peer) => peer.receive().await.unwrap(),
            Self::Http(connection) => connection.event().await.unwrap(),
        }
    }

    /// The acknowledgement, which is first.
    async fn acknowledged(&mut self) -> Value {
        let message = self.next().await;
        assert_eq!(message["method"], "notifications/subscriptions/acknowledged", "{message}");
        message
    }
}

fn listen(id: &Value, filter: &Value) -> Value {
    stateless(id.clone(), "subscriptions/listen", json!({"notifications": filter}))
}

/// A filter that lets everything through that [`change_everything`] says.
fn everything() -> Value {
    json!({
        "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
        "resourceSubscriptions": ["a://n1"],
    })
}

/// Says four things.
fn change_everything(server: &Server) {
    server.notify_tools_list_changed();
    server.notify_prompts_list_changed();
    server.notify_resource_updated("a://n1");
    server.notify_resources_list_changed();
}

/// SUBS-002: only what was asked for comes; what is false or absent was not asked for.
#[tokio::test]
async fn only_what_was_asked_for_comes() {
    covers!("SUBS-002");
    for (filter, method) in [
        (json!({"toolsListChanged": true}), "notifications/tools/list_changed"),
        (json!({"toolsListChanged": false, "promptsListChanged": true}), "notifications/prompts/list_changed"),
        (json!({"resourceSubscriptions": ["a://n1"]}), "notifications/resources/updated"),
        (json!({"resourcesListChanged": true, "promptsListChanged": false}), "notifications/resources/list_changed"),
    ] {
        let server = five_of_everything();
        let [mut witness, _] = Listener::both(&server, &json!(1), &everything()).await;
        witness.acknowledged().await;
        for mut listener in Listener::both(&server, &json!(1), &filter).await {
            listener.acknowledged().await;
            // What came too much in one round is read in the next: the witness has seen all that was sent.
            for _ in 0..3 {
                change_everything(&server);
                for _ in 0..4 {
                    witness.next().await;
                }
                let event = listener.next().await;
                assert_eq!(event["method"], method, "{filter}: {event}");
            }
        }
    }
}

/// A thread that says without a pause that a resource has changed, until it is dropped.
struct Changing {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Changing {
    fn start(server: &Server) -> Self {
        let (server, stop) = (server.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let change = move || {
            while !stopped.load(Ordering::Relaxed) {
                server.notify_resource_updated("a://n1");
            }
        };
        Self { stop, thread: Some(std::thread::spawn(change)) }
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// SUBS-003: the acknowledgement is first, however much changes while the stream opens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_acknowledgement_is_first() {
    covers!("SUBS-003");
    let server = five_of_everything();
    let address = clients::serve(&server).await;
    let filter = json!({"resourceSubscriptions": ["a://n1"]});
    let _changing = Changing::start(&server);
    for turn in 0..100 {
        Listener::over_http(address, &json!(turn), &filter).await.acknowledged().await;
        let mut peer = Peer::in_process(&server);
        for stream in 0..20 {
            peer.send(&listen(&json!(stream), &filter)).await;
        }
        let mut acknowledged = Vec::new();
        while acknowledged.len() < 20 {
            let message = peer.receive().await.unwrap();
            let stream = message["params"]["_meta"][ID].clone();
            let is_acknowledgement = message["method"] == "notifications/subscriptions/acknowledged";
            assert_eq!(acknowledged.contains(&stream), !is_acknowledgement, "{message}");
            if is_acknowledgement {
                acknowledged.push(stream);
            }
        }
    }
}

/// SUBS-004: the acknowledgement names what will come, and leaves out what this server does not have.
#[tokio::test]
async fn the_acknowledgement_names_what_will_come() {
    covers!("SUBS-004");
    let mut everything = everything();
    everything["resourceSubscriptions"] = json!(["a://n1", "b://n2/7"]);
    let tools_only = json!({"toolsListChanged": true});
    for (server, asked, agreed) in [
        (five_of_everything(), everything.clone(), everything.clone()),
        (
            five_of_everything(),
            json!({"promptsListChanged": true, "toolsListChanged": false}),
            json!({"promptsListChanged": true}),
        ),
        (five_of_everything(), json!({}), json!({})),
        (fixture::server().0, everything.clone(), tools_only),
        (Server::builder("none", "1.0.0").build(), everything, json!({})),
    ] {
        for mut listener in Listener::both(&server, &json!(1), &asked).await {
            assert_eq!(listener.acknowledged().await["params"]["notifications"], agreed, "{asked}");
        }
    }
}

/// SUBS-005, SUBS-006: every message of a stream names it by the id of the request that opened it, in its JSON type;
/// so none is without parameters.
#[tokio::test]
async fn every_message_names_its_stream() {
    covers!("SUBS-005", "SUBS-006");
    let filter = everything();
    for id in [json!(7), json!("7"), json!(-1), json!("ü \"x\"")] {
        let server = five_of_everything();
        for mut listener in Listener::both(&server, &id, &filter).await {
            assert_eq!(listener.acknowledged().await["params"]["_meta"][ID], id);
            change_everything(&server);
            for _ in 0..4 {
                let event = listener.next().await;
                assert_eq!(event["params"]["_meta"][ID], id, "{event}");
            }
        }
    }
}

/// SUBS-007: the progress of calls, and of the request that listens, is not on the stream.
#[tokio::test]
async fn progress_is_not_on_the_stream() {
    covers!("SUBS-007");
    let (server, _) = fixture::server();
    let address = clients::serve(&server).await;
    let mut message = listen(&json!("listen"), &json!({"toolsListChanged": true}));
    message["params"]["_meta"]["progressToken"] = json!("of the listener");
    let mut stream = Connection::open(address).await;
    stream.send_post(&mirror(&message), &message).await;
    assert_eq!(stream.head().await.status, 200);
    let mut listener = Listener::Http(stream);
    listener.acknowledged().await;
    let steps = stateless(1, "tools/call", call_with_progress("steps", json!({"count": 3}), "of the listener"));
    let answer = Connection::open(address).await.post(&steps).await;
    assert!(answer.events().len() > 1, "{}", answer.body);
    server.notify_tools_list_changed();
    assert_eq!(listener.next().await["method"], "notifications/tools/list_changed");

    // On a pipe they share the line, and not the id.
    let mut peer = Peer::in_process(&server);
    assert_eq!(peer.ask(&message).await["method"], "notifications/subscriptions/acknowledged");
    peer.send(&steps).await;
    loop {
        let message = peer.receive().await.unwrap();
        if message.get("id").is_some() {
            assert_eq!(text_of(&message), "done");
            break;
        }
        assert_eq!(message["method"], "notifications/progress");
        assert_eq!(message["params"].get("_meta"), None, "{message}");
    }
}

/// SUBS-014: a stream that its client cancels carries nothing more, and gets no result; others go on.
#[tokio::test]
async fn a_cancelled_stream_ends_without_a_result() {
    covers!("SUBS-014");
    let (server, _) = fixture::limited(|limits| limits.streams = 2);
    let filter = json!({"toolsListChanged": true});
    let mut peer = Peer::in_process(&server);
    for id in ["kept", "cancelled"] {
        let acknowledged = peer.ask(&listen(&json!(id), &filter)).await;
        assert_eq!(acknowledged["params"]["_meta"][ID], id);
    }
    peer.send(&cancelled("cancelled")).await;
    // The answer shows that the cancel before it was read.
    peer.prove_alive().await;
    server.notify_tools_list_changed();
    assert_eq!(peer.receive().await.unwrap()["params"]["_meta"][ID], "kept");
    peer.send(&cancelled("kept")).await;
    peer.prove_alive().await;
    let address = clients::serve(&server).await;
    let mut witness = Listener::over_http(address, &json!(1), &filter).await;
    witness.acknowledged().await;
    server.notify_tools_list_changed();
    witness.next().await;
    drop(witness);
    let answer = peer.ask(&stateless(1, "tools/call", call("echo", json!({"text": "x"})))).await;
    assert_eq!(text_of(&answer), "x");
    // Over HTTP closing the connection is the cancel: the places that the streams took are free again.
    for _ in 0..5 {
        let mut streams = Vec::new();
        for id in 0..2 {
            streams.push(opened(address, &listen(&json!(id), &filter)).await);
        }
        let refused = Connection::open(address).await.post(&listen(&json!(3), &filter)).await;
        assert_eq!(refused.status, 503);
    }
}

/// Opens a stream as soon as there is a place for it.
async fn opened(address: SocketAddr, message: &Value) -> Connection {
    for _ in 0..1000 {
        let mut stream = Connection::open(address).await;
        stream.send_post(&mirror(message), message).await;
        if stream.head().await.status == 200 {
            return stream;
        }
        tokio::task::yield_now().await;
    }
    panic!("a closed stream does not give its place back");
}
