//! Sessions: handshake, ids, streams, cancels.

use std::time::Duration;

use mcp_tests::{
    fixture,
    messages::{WITH_SESSIONS, call, call_with_progress, cancelled, initialize, initialized, request, text_of},
    raw_http::Connection,
};
use serde_json::json;

use crate::{Session, session_header, start};

/// LIFE-002, VER-025, HTTPL-026, JRPC-008.
#[tokio::test]
async fn every_revision_opens_a_session_and_calls() {
    mcp_tests::covers!("VER-025", "HTTPL-026", "JRPC-008");
    let address = start(&fixture::server().0).await;
    for version in WITH_SESSIONS {
        let mut session = Session::open(address, version).await;
        assert!(session.id.len() == 43 && session.id.bytes().all(|b| b.is_ascii_graphic()), "{}", session.id);
        let answer = session.post(&request("a", "tools/call", call("add", json!({"a": 1, "b": 2})))).await;
        let expected = json!({"jsonrpc": "2.0", "id": "a", "result": {"content": [{"type": "text", "text": "3"}]}});
        assert_eq!((answer.status, answer.json()), (200, expected), "{version}");
        let pong = session.post(&request(2, "ping", json!({}))).await;
        assert_eq!(pong.json(), json!({"jsonrpc": "2.0", "id": 2, "result": {}}));
        let list = session.post(&request(3, "tools/list", json!({}))).await.json();
        assert_eq!(list["result"]["tools"].as_array().unwrap().len(), 12);
        assert!(list["result"].get("ttlMs").is_none() && list["result"].get("resultType").is_none());
    }
}

/// VER-025: an unknown version is countered with the newest of this era.
#[tokio::test]
async fn an_unknown_version_is_countered() {
    mcp_tests::covers!("VER-025");
    let address = start(&fixture::server().0).await;
    for asked in ["1999-01-01", "2026-07-28", ""] {
        let answer = Connection::open(address).await.post_with(&[], &initialize(asked)).await;
        assert_eq!(answer.json()["result"]["protocolVersion"], "2025-11-25", "{asked}");
    }
}

/// A session keeps what its handshake said: one that says too much opens none.
#[tokio::test]
async fn a_handshake_that_says_too_much_opens_no_session() {
    let address = start(&fixture::server().0).await;
    let mut connection = Connection::open(address).await;
    for key in ["capabilities", "clientInfo"] {
        let mut handshake = initialize("2025-11-25");
        handshake["params"][key]["experimental"] = json!({"x": "x".repeat(16 << 10)});
        let answer = connection.post_with(&[], &handshake).await;
        assert_eq!((answer.status, answer.error_code()), (400, -32602));
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains("the handshake is too large"));
        assert_eq!(answer.headers.get("mcp-session-id"), None);
    }
    assert_eq!(connection.post_with(&[], &initialize("2025-11-25")).await.status, 200);
}

/// TOOL-022: bad arguments were a protocol error until 2025-06-18, and are a result since.
#[tokio::test]
async fn bad_arguments_are_told_as_the_revision_says() {
    mcp_tests::covers!("TOOL-022");
    let address = start(&fixture::server().0).await;
    for version in WITH_SESSIONS {
        let mut session = Session::open(address, version).await;
        let answer = session.post(&request(1, "tools/call", call("add", json!({"a": 1})))).await.json();
        if version == "2025-11-25" {
            assert_eq!(answer["result"]["isError"], true);
        } else {
            assert_eq!(answer["error"]["code"], -32602, "{version}");
        }
    }
}

/// HTTPL-028, HTTPL-029, HTTPL-036, HTTPL-040, SEC-004.
#[tokio::test]
async fn session_ids_are_validated() {
    mcp_tests::covers!("HTTPL-028", "HTTPL-029", "HTTPL-036", "HTTPL-040");
    let address = start(&fixture::server().0).await;
    let mut connection = Connection::open(address).await;
    let list = request(1, "tools/list", json!({}));
    assert_eq!(connection.post_with(&[], &list).await.status, 400);
    let unknown = "A".repeat(43);
    let long = "A".repeat(257);
    for (id, status) in [(unknown.as_str(), 404), ("../../etc", 404), ("", 400), (&long, 400), ("a b", 400), ("ü", 400)]
    {
        assert_eq!(connection.post_with(&[session_header(id)], &list).await.status, status, "{id}");
    }
    let session = Session::open(address, "2025-11-25").await;
    let twice = [session_header(&session.id), session_header(&session.id)];
    assert_eq!(connection.post_with(&twice, &list).await.status, 400);
    for (version, status) in [("2025-11-25", 200), ("2025-06-18", 200), ("1999-01-01", 400)] {
        let headers = [
            ("mcp-session-id".to_owned(), session.id.clone()),
            ("mcp-protocol-version".to_owned(), version.to_owned()),
        ];
        assert_eq!(connection.post_with(&headers, &list).await.status, status, "{version}");
    }
}

/// HTTPL-032, HTTPL-029.
#[tokio::test]
async fn a_session_that_was_deleted_is_gone_with_its_stream_and_its_calls() {
    mcp_tests::covers!("HTTPL-029", "HTTPL-032");
    let (server, marks) = fixture::server();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    let mut stream = session.listen(address).await;
    let mut caller = session.again(address).await;
    let headers = caller.headers();
    caller.connection.send_post(&headers, &request(1, "tools/call", call("hang", json!({})))).await;
    marks.started.reach(1).await;
    session.connection.send_request("DELETE", &session.headers(), "").await;
    assert_eq!(session.connection.answer().await.status, 204);
    assert_eq!(stream.event().await, None);
    marks.dropped.reach(1).await;
    assert_eq!(caller.connection.answer().await.events(), Vec::<serde_json::Value>::new());
    assert_eq!(session.post(&request(2, "tools/list", json!({}))).await.status, 404);
    session.connection.send_request("DELETE", &session.headers(), "").await;
    assert_eq!(session.connection.answer().await.status, 404);
}

/// JRPC-004 may be broken by a client; replies still reach only the request that asked.
#[tokio::test]
async fn two_hundred_and_fifty_six_posts_with_one_id_in_one_session_get_their_own_answers() {
    let address = start(&fixture::server().0).await;
    let session = Session::open(address, "2025-11-25").await;
    let mut posts = Vec::new();
    for number in 0..256 {
        let mut own = session.again(address).await;
        posts.push(tokio::spawn(async move {
            let nonce = format!("nonce-{number}-{}", "x".repeat(number % 11));
            let answer = own.post(&request(1, "tools/call", call("nonce", json!({"text": nonce})))).await.json();
            assert_eq!((&answer["id"], text_of(&answer)), (&json!(1), nonce.as_str()));
        }));
    }
    for post in posts {
        post.await.unwrap();
    }
}

/// HTTPL-007, HTTPL-008, HTTPL-010, PROG-004.
#[tokio::test]
async fn progress_is_streamed_before_the_response() {
    mcp_tests::covers!("HTTPL-007", "HTTPL-010", "PROG-004");
    let address = start(&fixture::server().0).await;
    for version in WITH_SESSIONS {
        let mut session = Session::open(address, version).await;
        let message = request(1, "tools/call", call_with_progress("steps", json!({"count": 2}), 7));
        let answer = session.post(&message).await;
        assert_eq!(answer.headers["content-type"], "text/event-stream");
        let events = answer.events();
        assert_eq!(text_of(events.last().unwrap()), "done");
        let with_message = events[0]["params"].get("message").is_some();
        assert_eq!((&events[0]["params"]["progressToken"], with_message), (&json!(7), version != "2024-11-05"));
    }
}

/// HTTPL-012, HTTPL-014, HTTPL-016, TOOL-026.
#[tokio::test]
async fn a_change_reaches_every_session_once_on_its_newest_stream() {
    mcp_tests::covers!("HTTPL-016", "TOOL-026");
    let (server, _) = fixture::server();
    let address = start(&server).await;
    let first = Session::open(address, "2025-11-25").await;
    let second = Session::open(address, "2024-11-05").await;
    let mut old = first.listen(address).await;
    let mut new = first.listen(address).await;
    assert_eq!(old.event().await, None);
    let mut other = second.listen(address).await;
    server.tools().remove("add");
    server.notify_tools_list_changed();
    let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
    assert_eq!(new.event().await.unwrap(), changed);
    assert_eq!(other.event().await.unwrap(), changed);
    // What was missed while no stream was open waits for the next one; only one notice, however many changes.
    drop((new, other));
    server.tools().remove("echo");
    let mut next = first.listen(address).await;
    assert_eq!(next.event().await.unwrap(), changed);
}

/// CANC-005, CANC-008, CANC-010, CANC-011.
#[tokio::test]
async fn a_cancelled_call_is_dropped_and_gets_no_response() {
    mcp_tests::covers!("CANC-008", "CANC-010", "CANC-011");
    let (server, marks) = fixture::server();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-06-18").await;
    for (turn, message) in [call("hang", json!({})), call_with_progress("hang", json!({}), "p")].into_iter().enumerate()
    {
        let mut caller = session.again(address).await;
        let headers = caller.headers();
        caller.connection.send_post(&headers, &request("x", "tools/call", message)).await;
        marks.started.reach(turn + 1).await;
        for id in [json!("unknown"), json!("x"), json!("x")] {
            assert_eq!(session.post(&cancelled(id)).await.status, 202);
        }
        marks.dropped.reach(turn + 1).await;
        marks.cancelled.reach(turn + 1).await;
        let answer = caller.connection.answer().await;
        assert!(answer.events().iter().all(|event| event.get("id").is_none()), "{}", answer.body);
    }
    assert_eq!(session.post(&request(2, "ping", json!({}))).await.status, 200);
}

/// CANC-005: a cancel reaches only calls of its own session.
#[tokio::test]
async fn a_cancel_from_another_session_does_nothing() {
    let (server, marks) = fixture::server();
    let address = start(&server).await;
    let mut victim = Session::open(address, "2025-11-25").await;
    let mut stranger = Session::open(address, "2025-11-25").await;
    let headers = victim.headers();
    victim.connection.send_post(&headers, &request(1, "tools/call", call("gate", json!({})))).await;
    marks.started.reach(1).await;
    assert_eq!(stranger.post(&cancelled(1)).await.status, 202);
    marks.open.notify_waiters();
    assert_eq!(text_of(&victim.connection.answer().await.json()), "through");
}

/// HTTPL-011: a disconnect is not a cancel.
#[tokio::test]
async fn a_call_survives_the_disconnect_of_its_client() {
    mcp_tests::covers!("HTTPL-011");
    let (server, marks) = fixture::server();
    let address = start(&server).await;
    let session = Session::open(address, "2025-11-25").await;
    let mut caller = session.again(address).await;
    let headers = caller.headers();
    caller.connection.send_post(&headers, &request(1, "tools/call", call("gate", json!({})))).await;
    marks.started.reach(1).await;
    drop(caller);
    // The server has seen the end of the connection once it answers on another one and the first is closed; the gate
    // opens only for who waits at it, so a call that had been dropped could never finish.
    let mut other = session.again(address).await;
    assert_eq!(other.post(&request(2, "ping", json!({}))).await.status, 200);
    loop {
        marks.open.notify_waiters();
        let finished = tokio::time::timeout(Duration::from_millis(20), marks.finished.reach(1)).await;
        if finished.is_ok() {
            break;
        }
    }
}

/// JRPC-012: a refusal carries the id of the request it refuses.
#[tokio::test]
async fn refusals_name_the_request() {
    mcp_tests::covers!("JRPC-012", "HTTPL-036");
    let address = start(&fixture::server().0).await;
    let mut connection = Connection::open(address).await;
    let list = request("mine", "tools/list", json!({}));
    let mut named = session_header(&"A".repeat(43));
    for (headers, status, code) in [
        (vec![], 400, -32600),
        (vec![named.clone()], 404, -32600),
        (vec![("MCP-Protocol-Version".to_owned(), "1999-01-01".to_owned())], 400, -32022),
    ] {
        let answer = connection.post_with(&headers, &list).await;
        assert_eq!((answer.status, answer.error_code(), &answer.json()["id"]), (status, code, &json!("mine")));
    }
    // A handshake is told what it lacks, not that it needs a handshake.
    let malformed = connection.post_with(&[], &request("mine", "initialize", json!({}))).await;
    assert_eq!((malformed.status, malformed.error_code()), (400, -32602));
    assert!(malformed.body.contains("protocolVersion"), "{}", malformed.body);
    // Streams and ends belong to sessions; a request that stands alone has neither.
    named = ("MCP-Protocol-Version".to_owned(), "2026-07-28".to_owned());
    for method in ["GET", "DELETE"] {
        connection.send_request(method, std::slice::from_ref(&named), "").await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"), "{method}");
    }
    let response = connection.post_with(&[named.clone()], &json!({"jsonrpc": "2.0", "id": 1, "result": {}})).await;
    assert_eq!(response.status, 400);
    assert!(response.body.contains("no responses"), "{}", response.body);
    // HTTPL-036: no handshake either in a version that is not one.
    for (version, code) in [("garbage", -32022), ("2026-07-28", -32602)] {
        let headers = [("MCP-Protocol-Version".to_owned(), version.to_owned())];
        let answer = connection.post_with(&headers, &initialize("2025-11-25")).await;
        assert_eq!((answer.status, answer.error_code()), (400, code), "{version}");
    }
    let twice = [named.clone(), named];
    assert_eq!(connection.post_with(&twice, &initialize("2025-11-25")).await.status, 400);
}

/// LIFE-006, JRPC-013, VER-028.
#[tokio::test]
async fn a_session_answers_what_it_does_not_know() {
    mcp_tests::covers!("HTTPL-003");
    let address = start(&fixture::server().0).await;
    let mut session = Session::open(address, "2025-11-25").await;
    for method in ["server/discover", "subscriptions/listen", "prompts/list", "no/such"] {
        let answer = session.post(&request(1, method, json!({}))).await;
        assert_eq!((answer.status, answer.error_code()), (200, -32601), "{method}");
    }
    assert_eq!(session.post(&json!({"jsonrpc": "2.0", "method": "notifications/unknown"})).await.status, 202);
    // HTTPL-003: nothing was asked, and nothing is answered.
    assert_eq!(session.post(&json!({"jsonrpc": "2.0", "id": 9, "result": {}})).await.status, 202);
    let again = session.post(&initialize("2025-11-25")).await;
    assert_eq!((again.status, again.error_code()), (400, -32600));
    let early = Connection::open(address).await.post_with(&[], &initialized()).await;
    assert_eq!(early.status, 400);
}

/// P4: sessions are bounded, and idle ones end.
#[tokio::test]
async fn sessions_are_bounded_and_idle_ones_end() {
    let (server, _) = fixture::limited(|limits| {
        limits.sessions = 3;
        limits.session_idle = Duration::from_millis(300);
    });
    let address = start(&server).await;
    let kept = Session::open(address, "2025-11-25").await;
    let stream = kept.listen(address).await;
    for _ in 0..2 {
        Session::open(address, "2025-11-25").await;
    }
    let mut connection = Connection::open(address).await;
    let full = connection.post_with(&[], &initialize("2025-11-25")).await;
    assert_eq!((full.status, full.headers["retry-after"].as_str()), (503, "1"));
    // The idle sessions end by themselves; the one with a stream does not.
    while connection.post_with(&[], &initialize("2025-11-25")).await.status == 503 {}
    let mut kept = kept.again(address).await;
    assert_eq!(kept.post(&request(1, "ping", json!({}))).await.status, 200);
    drop(stream);
}
