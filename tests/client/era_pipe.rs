//! Which era a server on a pipe speaks: one test per outcome of the probe.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mcp_client::{ErrorKind, McpClient, ProtocolVersion};
use serde_json::{Value, json};

use crate::support::{
    LEGACY, MODERN, discovered, initialized, notification,
    pipe::{Peer, Script},
    refusal, reply, soon, text,
};

/// VER-016, META-001, META-002, META-003.
#[tokio::test]
async fn a_server_that_discovers_is_modern_and_is_never_initialized() {
    let script = Script::new(|mut peer, _| async move {
        let probe = peer.request("server/discover").await;
        assert!(probe["id"].is_string(), "a late answer must not look like that to a numbered request");
        let meta = &probe["params"]["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], MODERN);
        assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({}));
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"], json!({"name": "agent", "version": "1.0.0"}));
        peer.send(reply(&probe, discovered(&[LEGACY, MODERN, "2099-01-01"]))).await;
        let call = peer.request("tools/call").await;
        assert_eq!(call["params"]["_meta"], *meta);
        peer.send(reply(&call, text("done"))).await;
    });
    let client = McpClient::builder("agent", "1.0.0").connect_in_process(&script).await.unwrap();
    assert_eq!(client.version(), ProtocolVersion::V2026_07_28);
    assert_eq!(client.server_info().unwrap().name, "scripted");
    assert_eq!(client.instructions().as_deref(), Some("be kind"));
    assert!(client.capabilities().tools.unwrap().list_changed);
    assert_eq!(client.call_tool("x", ()).await.unwrap().parse::<String>().unwrap(), "done");
}

/// VER-015: whatever the code, the server is legacy; LIFE-001, LIFE-003, VER-026.
#[tokio::test]
async fn any_other_error_means_initialize_on_the_same_pipe() {
    for code in [-32601, -32602, -32600, -32000, -32002, -32022, 0, 500] {
        let script = Script::new(move |mut peer, _| async move {
            let probe = peer.request("server/discover").await;
            peer.send(refusal(&probe, code, "no", Value::Null)).await;
            let request = peer.shake_hands(LEGACY).await;
            assert_eq!(request["params"]["protocolVersion"], LEGACY);
            assert_eq!(request["params"].get("_meta"), None);
            assert!(request["id"].is_i64());
            peer.echo().await;
        });
        let client = McpClient::connect_in_process(&script).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2025_11_25);
        assert_eq!(client.server_info().unwrap().version, "7");
        let echoed: Value = client.call_tool("x", json!({"a": 1})).await.unwrap().parse().unwrap();
        assert_eq!(echoed, json!({"a": 1}));
        assert_eq!(script.connections(), 1);
    }
}

/// VER-016: silence means that the older way is tried, too; an error that comes late is no answer to it (CANC-006: nothing
/// is cancelled).
#[tokio::test(start_paused = true)]
async fn a_silent_server_is_initialized_and_its_late_refusal_ignored() {
    let script = Script::new(|mut peer, _| async move {
        let probe = peer.request("server/discover").await;
        let request = peer.request("initialize").await;
        peer.send(refusal(&probe, -32601, "Method not found", Value::Null)).await;
        peer.send(reply(&request, initialized(LEGACY))).await;
        peer.request("notifications/initialized").await;
        peer.echo().await;
    });
    let begun = tokio::time::Instant::now();
    let client = McpClient::connect_in_process(&script).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(client.version(), ProtocolVersion::V2025_11_25);
    client.call_tool("x", ()).await.unwrap();
}

/// VER-014: what a server says about itself counts whenever it comes, also from one that knows no handshake.
#[tokio::test(start_paused = true)]
async fn a_server_that_starts_slowly_is_modern_all_the_same() {
    for refuses_first in [true, false] {
        let script = Script::new(move |mut peer, _| async move {
            let probe = peer.request("server/discover").await;
            let request = peer.request("initialize").await;
            if refuses_first {
                peer.send(refusal(&request, -32601, "Method not found", Value::Null)).await;
            }
            tokio::time::sleep(Duration::from_secs(20)).await;
            peer.send(reply(&probe, discovered(&[MODERN]))).await;
            let call = peer.request("tools/call").await;
            peer.send(json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})).await;
            peer.send(reply(&call, text("done"))).await;
            assert_eq!(peer.rest().await, [] as [Value; 0], "a modern server gets no responses");
        });
        let client = McpClient::connect_in_process(&script).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2026_07_28);
        client.call_tool("x", ()).await.unwrap();
    }
    // Who speaks nothing older has nothing else to try.
    let script = Script::new(|mut peer, _| async move {
        let probe = peer.request("server/discover").await;
        tokio::time::sleep(Duration::from_secs(50)).await;
        peer.send(reply(&probe, discovered(&[MODERN]))).await;
        assert_eq!(peer.rest().await, [] as [Value; 0]);
    });
    let modern_only = McpClient::builder("agent", "1.0.0").version(ProtocolVersion::V2026_07_28);
    modern_only.connect_in_process(&script).await.unwrap();
}

/// VER-015: a server that writes before its first message, and ends no line, is found out like any other.
#[tokio::test]
async fn noise_without_a_line_end_hides_no_answer() {
    for noise in ["Starting... ", "\u{1b}[2K\r", "{v1} \"ready\" [", "{\"level\":\"info\"}"] {
        for modern in [false, true] {
            let script = Script::new(move |mut peer, _| async move {
                let probe = peer.request("server/discover").await;
                if modern {
                    peer.raw(&format!("{noise}{}", reply(&probe, discovered(&[MODERN])))).await;
                } else {
                    let refused = refusal(&probe, -32601, "Method not found", Value::Null);
                    peer.raw(&format!("{noise}{refused}")).await;
                    let request = peer.request("initialize").await;
                    peer.raw(&format!("{noise}{}", reply(&request, initialized(LEGACY)))).await;
                    peer.request("notifications/initialized").await;
                }
                peer.echo().await;
            });
            let client = soon(McpClient::connect_in_process(&script)).await.unwrap();
            assert_eq!(client.version() == ProtocolVersion::V2026_07_28, modern, "{noise:?}");
        }
    }
}

/// VER-015: an answer to the first question that cannot be read at all is none of the newer era.
#[tokio::test]
async fn an_answer_that_cannot_be_read_means_initialize() {
    for broken in [r#""result":{"a":1,"a":2}"#, r#""error":7"#, r#""result":{"#, r#""result":"\ud83d\u0000"#] {
        let script = Script::new(move |mut peer, _| async move {
            peer.request("server/discover").await;
            peer.raw(&format!(r#"{{"jsonrpc":"2.0","id":"discover",{broken}}}"#)).await;
            peer.shake_hands(LEGACY).await;
            peer.echo().await;
        });
        let client = soon(McpClient::connect_in_process(&script)).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2025_11_25, "{broken}");
    }
}

/// VER-023: a server that ends on the probe is started again and not probed.
#[tokio::test]
async fn a_server_that_ends_on_the_probe_is_asked_again_without_it() {
    let script = Script::new(|mut peer, number| async move {
        if number == 0 {
            peer.request("server/discover").await;
            return;
        }
        peer.shake_hands("2024-11-05").await;
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    assert_eq!(client.version(), ProtocolVersion::V2024_11_05);
    assert_eq!(script.connections(), 2);
}

/// Noise is skipped, and a legacy server's pings are answered before and after the handshake (PING-001).
#[tokio::test]
async fn noise_is_skipped_and_pings_are_answered() {
    let script = Script::new(|mut peer, _| async move {
        peer.raw("Server starting…").await;
        peer.raw("{\"jsonrpc\":\"2.0\",\"id\":").await;
        peer.raw("[]").await;
        peer.send(json!({"jsonrpc": "2.0", "id": "nobody", "result": {}})).await;
        peer.refuse_probe().await;
        let request = peer.request("initialize").await;
        peer.send(json!({"jsonrpc": "2.0", "id": "p1", "method": "ping"})).await;
        assert_eq!(peer.next().await.unwrap(), json!({"jsonrpc": "2.0", "id": "p1", "result": {}}));
        // Not declared, so it does not exist here.
        peer.send(json!({"jsonrpc": "2.0", "id": 1, "method": "roots/list"})).await;
        let answer = peer.next().await.unwrap();
        assert_eq!((answer["id"].clone(), answer["error"]["code"].clone()), (json!(1), json!(-32601)));
        peer.send(reply(&request, initialized(LEGACY))).await;
        peer.request("notifications/initialized").await;
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    client.call_tool("x", ()).await.unwrap();
}

/// JRPC-024, STDIO-008: a modern server's requests are never answered.
#[tokio::test]
async fn a_modern_server_gets_no_responses() {
    let script = Script::modern(|mut peer: Peer| async move {
        peer.send(json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})).await;
        peer.send(notification("notifications/unheard-of", json!({}))).await;
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, text("done"))).await;
        assert_eq!(peer.rest().await, [] as [Value; 0]);
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    client.call_tool("x", ()).await.unwrap();
}

/// VER-005: an offer is taken once.
#[tokio::test]
async fn a_refused_version_is_negotiated_once() {
    let unsupported = |probe: &Value, versions: Value| {
        refusal(probe, -32022, "unsupported", json!({"supported": versions, "requested": MODERN}))
    };
    let script = Script::new(move |mut peer, _| async move {
        let first = peer.request("server/discover").await;
        peer.send(unsupported(&first, json!([MODERN]))).await;
        let second = peer.request("server/discover").await;
        assert_ne!(first["id"], second["id"]);
        peer.send(reply(&second, discovered(&[MODERN]))).await;
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    assert_eq!(client.version(), ProtocolVersion::V2026_07_28);

    let stubborn = Script::new(move |mut peer, _| async move {
        while let Some(probe) = peer.next().await {
            assert_eq!(probe["method"], "server/discover", "VER-014");
            peer.send(unsupported(&probe, json!([MODERN]))).await;
        }
    });
    let error = McpClient::connect_in_process(&stubborn).await.unwrap_err();
    assert_eq!(error.rejection().unwrap().code, -32022);
}

/// VER-024: an offer of legacy versions only is opened with the best of them.
#[tokio::test]
async fn legacy_offers_are_taken_through_initialize() {
    for by_error in [false, true] {
        let script = Script::new(move |mut peer, _| async move {
            let offered = json!(["2025-03-26", "2025-06-18", "1999-01-01"]);
            let probe = peer.request("server/discover").await;
            let answer = if by_error {
                refusal(&probe, -32022, "unsupported", json!({"supported": offered}))
            } else {
                reply(&probe, discovered(&["2025-03-26", "2025-06-18"]))
            };
            peer.send(answer).await;
            let request = peer.shake_hands("2025-06-18").await;
            assert_eq!(request["params"]["protocolVersion"], "2025-06-18");
            peer.echo().await;
        });
        let client = McpClient::connect_in_process(&script).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2025_06_18);
    }
}

/// Nothing in common, in every way a server can say so: VER-027, VER-029.
#[tokio::test]
async fn nothing_in_common_is_an_error_that_names_both_sides() {
    let discovers = Script::new(|mut peer, _| async move {
        let probe = peer.request("server/discover").await;
        peer.send(reply(&probe, discovered(&["2099-01-01"]))).await;
        assert_eq!(peer.rest().await, [] as [Value; 0]);
    });
    let error = McpClient::connect_in_process(&discovers).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Version);
    assert!(error.to_string().contains("2099-01-01") && error.to_string().contains(MODERN), "{error}");

    let gone = Arc::new(AtomicBool::new(false));
    let seen = gone.clone();
    let initializes = Script::new(move |mut peer, _| {
        let seen = seen.clone();
        async move {
            peer.refuse_probe().await;
            let request = peer.request("initialize").await;
            peer.send(reply(&request, initialized("2023-01-01"))).await;
            assert_eq!(peer.rest().await, [] as [Value; 0], "the client leaves without a word");
            seen.store(true, Ordering::SeqCst);
        }
    });
    let error = McpClient::connect_in_process(&initializes).await.unwrap_err();
    assert!(error.to_string().contains("2023-01-01"), "{error}");
    soon(async {
        while !gone.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// VER-029: a refusal of `initialize` may name a version that both have.
#[tokio::test]
async fn a_refused_initialize_is_negotiated_once() {
    let script = Script::new(|mut peer, _| async move {
        peer.refuse_probe().await;
        let request = peer.request("initialize").await;
        let data = json!({"supported": ["2024-11-05"], "requested": LEGACY});
        peer.send(refusal(&request, -32602, "Unsupported protocol version", data)).await;
        let again = peer.shake_hands("2024-11-05").await;
        assert_eq!(again["params"]["protocolVersion"], "2024-11-05");
        assert_ne!(again["id"], request["id"]);
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    assert_eq!(client.version(), ProtocolVersion::V2024_11_05);
}

/// VER-017: a client that insists on the newer era probes too, and fails with a sentence.
#[tokio::test]
async fn a_chosen_version_is_insisted_on() {
    let legacy = Script::new(|mut peer, _| async move {
        peer.refuse_probe().await;
        assert_eq!(peer.rest().await, [] as [Value; 0]);
    });
    let modern_only = McpClient::builder("agent", "1.0.0").version(ProtocolVersion::V2026_07_28);
    let error = modern_only.connect_in_process(&legacy).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Version && error.to_string().contains("`versions`"), "{error}");

    let script = Script::new(|mut peer, _| async move {
        // No probe: there is nothing to find out.
        peer.shake_hands("2025-03-26").await;
        peer.echo().await;
    });
    let client =
        McpClient::builder("agent", "1.0.0").version(ProtocolVersion::V2025_03_26).connect_in_process(&script).await;
    assert_eq!(client.unwrap().version(), ProtocolVersion::V2025_03_26);

    let none = McpClient::builder("agent", "1.0.0").versions([]).connect_in_process(&legacy).await;
    assert_eq!(none.unwrap_err().kind(), ErrorKind::Input);
}

/// LIFE-008: a server that never answers costs a bounded time.
#[tokio::test(start_paused = true)]
async fn a_server_that_answers_nothing_times_out() {
    let script = Script::new(|peer, _| async move {
        let all = peer.rest().await;
        assert!(all.iter().all(|message| message["method"] != "notifications/cancelled"), "CANC-006");
    });
    let builder = McpClient::builder("agent", "1.0.0").timeout(Duration::from_secs(5));
    let error = builder.connect_in_process(&script).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}
