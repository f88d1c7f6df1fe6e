//! What outlives a request: sessions that are used, calls whose connections are gone, streams that fell behind.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;
use mcp_server::{Limits, Server, ServerResource};
use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, initialize, request},
    raw_http::Connection,
};
use serde_json::json;
use tower_service::Service;

use crate::{Session, session_header, start};

/// A client that lost its session may send its id with `initialize`, and forgets it when it hears that it is gone.
#[tokio::test]
async fn a_handshake_that_names_a_session_says_whether_it_is_gone() {
    mcp_tests::covers!("HTTPL-029");
    let address = start(&fixture::server().0).await;
    let session = Session::open(address, "2025-11-25").await;
    let gone = "A".repeat(43);
    for (id, status) in [(session.id.as_str(), 400), (gone.as_str(), 404)] {
        let mut connection = Connection::open(address).await;
        let answer = connection.post_with(&[session_header(id)], &initialize("2025-11-25")).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.json()["id"], initialize("2025-11-25")["id"]);
    }
    let (alone, _) = fixture::limited(|limits| limits.http_sessions = false);
    let mut connection = Connection::open(start(&alone).await).await;
    assert_eq!(connection.post_with(&[session_header(&gone)], &initialize("2025-11-25")).await.status, 200);
}

#[tokio::test]
async fn a_session_with_a_call_is_not_idle() {
    let (server, marks) = fixture::limited(|limits| limits.session_idle = Duration::from_millis(50));
    let address = start(&server).await;
    // A call that waits for its answer, and one whose answer is a stream: they hold the session in different places.
    for (started, arguments) in [(1, call("gate", json!({}))), (2, call_with_progress("hang", json!({}), "token"))] {
        let mut session = Session::open(address, "2025-11-25").await;
        let headers = session.headers();
        session.connection.send_post(&headers, &request(1, "tools/call", arguments)).await;
        marks.started.reach(started).await;
        // Longer than the session may be idle.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut other = Connection::open(address).await;
        assert_eq!(other.post_with(&headers, &request(2, "ping", json!({}))).await.status, 200);
        assert_eq!(marks.dropped.get(), 0);
        if started == 1 {
            marks.open.notify_waiters();
            assert_eq!(session.connection.answer().await.status, 200);
        }
    }
}

#[tokio::test]
async fn calls_of_one_session_are_bounded_though_their_connections_are_gone() {
    let (server, marks) = fixture::limited(|limits| limits.calls_per_session = 2);
    let address = start(&server).await;
    let session = Session::open(address, "2025-11-25").await;
    for id in 1..=2 {
        let mut connection = Connection::open(address).await;
        connection.send_post(&session.headers(), &request(id, "tools/call", call("hang", json!({})))).await;
        marks.started.reach(usize::try_from(id).unwrap()).await;
        drop(connection);
    }
    let mut connection = Connection::open(address).await;
    let answer = connection.post_with(&session.headers(), &request(3, "tools/call", call("hang", json!({})))).await;
    assert_eq!((answer.status, answer.headers.get("retry-after").map(String::as_str)), (503, Some("1")));
    // Who is turned away is told by the id of the request.
    assert_eq!((&answer.json()["id"], answer.error_code()), (&json!(3), -32603));
    // Another session is served, and this one too where no handler runs.
    let mut other = Session::open(address, "2025-11-25").await;
    assert_eq!(other.post(&request(1, "tools/call", call("add", json!({"a": 1, "b": 2})))).await.status, 200);
    assert_eq!(connection.post_with(&session.headers(), &request(4, "ping", json!({}))).await.status, 200);
    let cancel = mcp_tests::messages::cancelled(1);
    assert_eq!(connection.post_with(&session.headers(), &cancel).await.status, 202);
    marks.dropped.reach(1).await;
    let add = request(5, "tools/call", call("add", json!({"a": 1, "b": 2})));
    while connection.post_with(&session.headers(), &add).await.status == 503 {}
}

#[tokio::test]
async fn a_newcomer_finds_no_room_at_once_and_room_as_soon_as_there_is_some() {
    let (server, _) = fixture::limited(|limits| limits.sessions = 2);
    let address = start(&server).await;
    let sessions = [Session::open(address, "2025-11-25").await, Session::open(address, "2025-11-25").await];
    let mut connection = Connection::open(address).await;
    let refused = connection.post_with(&[], &initialize("2025-11-25")).await;
    assert_eq!((refused.status, &refused.json()["id"]), (503, &initialize("2025-11-25")["id"]));
    assert!(!refused.headers.contains_key("mcp-session-id"));
    let [first, _second] = sessions;
    let headers = first.headers();
    let mut ending = Connection::open(address).await;
    ending.send_request("DELETE", &headers, "").await;
    assert_eq!(ending.answer().await.status, 204);
    assert_eq!(connection.post_with(&[], &initialize("2025-11-25")).await.status, 200);
}

/// A newcomer looks at no session of others, so that it costs the same however many there are: making room is not its work.
#[tokio::test(start_paused = true)]
async fn a_newcomer_does_not_look_for_sessions_that_have_ended() {
    let (server, _) = fixture::limited(|limits| (limits.sessions, limits.session_idle) = (3, Duration::from_secs(60)));
    let open = async || {
        let request = axum::http::Request::post("/mcp").header("Host", "localhost");
        let request = request.header("Content-Type", "application/json").header("Accept", "*/*");
        let body = http_body_util::Full::new(Bytes::from(initialize("2025-11-25").to_string()));
        server.http_service().call(request.body(body).unwrap()).await.unwrap().status().as_u16()
    };
    assert_eq!(open().await, 200);
    // Looked for every fifteen seconds from now on: those that begin now are over at 65 s and found at 75 s.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!([open().await, open().await, open().await], [200, 200, 503]);
    tokio::time::sleep(Duration::from_secs(56)).await;
    assert_eq!([open().await, open().await], [200, 503], "the first has ended at 60 s");
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(open().await, 503, "two have ended, and nobody has looked yet");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!([open().await, open().await, open().await], [200, 200, 503]);
}

/// A session whose stream nobody reads for a while keeps the newest of everything that it watches, and no stream is ever
/// deaf.
#[tokio::test]
async fn every_stream_of_a_session_hears_whatever_was_missed_before_it() {
    let (builder, _) = fixture::builder();
    let server = builder.resources([ServerResource::text("test://0", "0", "0")]).build();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    for number in 0..200 {
        let subscribe = request(number, "resources/subscribe", json!({"uri": format!("test://{number}")}));
        assert_eq!(session.post(&subscribe).await.json()["result"], json!({}));
    }
    let change_all = || {
        for number in 0..200 {
            server.notify_resource_updated(format!("test://{number}"));
        }
    };
    change_all();
    for round in 0..2 {
        let mut stream = Connection::open(address).await;
        let mut headers = session.headers();
        headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
        stream.send_request("GET", &headers, "").await;
        assert_eq!(stream.head().await.status, 200);
        if round == 1 {
            change_all();
        }
        let mut heard = std::collections::BTreeSet::new();
        while heard.len() < 200 {
            let event = stream.event().await.unwrap_or_else(|| panic!("deaf in round {round}"));
            heard.insert(event["params"]["uri"].as_str().unwrap().to_owned());
        }
    }
}

/// A client that lost the stream of its session gets what it missed, under the ids that it would have had.
#[tokio::test]
async fn the_stream_of_a_session_is_resumed_after_the_last_event_that_was_seen() {
    let (server, _) = fixture::limited(|limits| limits.replay_events = 3);
    let address = start(&server).await;
    let session = Session::open(address, "2025-11-25").await;
    let open = async |seen: Option<&str>| {
        let mut headers = session.headers();
        headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
        headers.extend(seen.map(|seen| ("Last-Event-ID".to_owned(), seen.to_owned())));
        let mut stream = Connection::open(address).await;
        stream.send_request("GET", &headers, "").await;
        assert_eq!(stream.head().await.status, 200);
        stream
    };
    let next = async |stream: &mut Connection| String::from_utf8(stream.chunk().await.unwrap()).unwrap();
    let mut stream = open(None).await;
    for id in 1..=5 {
        server.notify_tools_list_changed();
        let event = next(&mut stream).await;
        assert!(event.starts_with(&format!("id: {id}\ndata: {{")), "{event}");
    }
    // All that is still there, those after one that was seen, nothing, and nothing for an id that is not ours.
    for (seen, ids) in [("0", vec![3, 4, 5]), ("3", vec![4, 5]), ("5", vec![]), ("ours?", vec![])] {
        let mut stream = open(Some(seen)).await;
        if !ids.is_empty() {
            let missed = next(&mut stream).await;
            let said: Vec<u64> = missed.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
            assert_eq!(said, ids);
        }
    }
    let mut stream = open(None).await;
    server.notify_tools_list_changed();
    assert!(next(&mut stream).await.starts_with("id: 6\n"));
}

/// The condition is asked again: what was seen then may be hidden now.
#[tokio::test]
async fn what_a_client_may_not_know_of_any_more_is_not_replayed() {
    static SEEN: AtomicBool = AtomicBool::new(true);
    let secret = ServerResource::text("test://secret", "secret", "text").visible_if(|_| SEEN.load(Ordering::SeqCst));
    let public = ServerResource::text("test://public", "public", "text");
    let mut limits = Limits::default();
    limits.replay_events = 10;
    let server = Server::builder("lasting", "1.0.0").resources([secret, public]).limits(limits).build();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    let mut stream = session.listen(address).await;
    for (id, uri) in [(1, "test://secret"), (2, "test://public")] {
        assert_eq!(session.post(&request(id, "resources/subscribe", json!({"uri": uri}))).await.status, 200);
        server.notify_resource_updated(uri);
        assert_eq!(stream.event().await.unwrap()["params"]["uri"], uri);
    }
    let replayed = async || {
        let mut headers = session.headers();
        headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
        headers.push(("Last-Event-ID".to_owned(), "0".to_owned()));
        let mut stream = Connection::open(address).await;
        stream.send_request("GET", &headers, "").await;
        assert_eq!(stream.head().await.status, 200);
        String::from_utf8(stream.chunk().await.unwrap()).unwrap()
    };
    let all = replayed().await;
    assert!(all.contains("test://secret") && all.contains("test://public"), "{all}");
    SEEN.store(false, Ordering::SeqCst);
    let rest = replayed().await;
    assert!(!rest.contains("test://secret") && rest.contains("id: 2\n"), "{rest}");
}
