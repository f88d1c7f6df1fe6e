//! Servers that serve one era only answer as if they had never heard of the other.

use std::net::SocketAddr;

use mcp_server::ProtocolVersion;
use mcp_tests::{
    fixture,
    messages::{STATELESS, WITH_SESSIONS, initialize, request, stateless},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::{session_header, start};

async fn serving(only_new: bool) -> SocketAddr {
    let versions = ProtocolVersion::ALL.into_iter().filter(|version| (version.as_str() == STATELESS) == only_new);
    start(&fixture::builder().0.versions(versions).build()).await
}

fn version(version: &str) -> (String, String) {
    ("MCP-Protocol-Version".to_owned(), version.to_owned())
}

/// A message, its headers, and the error that answers it.
type Case<'a> = (&'a Value, Vec<(String, String)>, i64);

/// Without the older era there is no session to be missing, gone or initialized already.
#[tokio::test]
async fn without_the_older_era_nothing_is_said_of_sessions() {
    mcp_tests::covers!("HTTPM-027", "HTTPM-029", "VER-013");
    let address = serving(true).await;
    let list = request(1, "tools/list", json!({}));
    let stray = session_header("bogus");
    let unsupported = json!([STATELESS]);
    let cases: [Case<'_>; 6] = [
        (&list, vec![], -32020),
        (&list, vec![stray.clone()], -32020),
        (&list, vec![version("2025-11-25")], -32022),
        (&list, vec![version("1999-01-01"), stray.clone()], -32022),
        (&initialize("2025-11-25"), vec![], -32022),
        (&initialize("2025-11-25"), vec![version("2025-11-25"), stray.clone()], -32022),
    ];
    for (message, headers, code) in cases {
        let answer = Connection::open(address).await.post_with(&headers, message).await;
        assert_eq!((answer.status, answer.error_code()), (400, code), "{headers:?} {}", answer.body);
        assert_eq!(answer.json()["id"], message["id"]);
        if code == -32022 {
            assert_eq!(answer.json()["error"]["data"]["supported"], unsupported);
        }
        assert!(!answer.body.contains("initialize"), "{}", answer.body);
    }
    // An id of a session means nothing to a request that is complete.
    let complete = stateless(2, "tools/list", json!({}));
    let mut headers = mirror(&complete);
    headers.push(stray);
    assert_eq!(Connection::open(address).await.post_with(&headers, &complete).await.status, 200);
}

/// A client of both eras asks `server/discover` first, and takes -32601 for the word of an older server.
#[tokio::test]
async fn without_the_newer_era_its_methods_are_unknown() {
    let address = serving(false).await;
    let discover = stateless(1, "server/discover", json!({}));
    let mut session = crate::Session::open(address, WITH_SESSIONS[3]).await;
    let answer = session.post(&discover).await;
    assert_eq!((answer.status, answer.error_code()), (200, -32601), "{}", answer.body);
    let answer = Connection::open(address).await.post_with(&mirror(&discover), &discover).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}
