//! What a caller sees, and what is left behind, when a server over HTTP breaks in the middle.

use std::{collections::HashSet, time::Duration};

use mcp_client::{Change, Changes, Limits, McpClient};
use serde_json::json;
use tokio::sync::mpsc;

use crate::support::{
    LEGACY, MODERN, acknowledged, discovered,
    http::{Answer, HttpServer, Sent, Stream, whole_answer},
    initialized, reply, soon, text,
};

/// Waits until no more tasks live than before: those of the scripted server end with the connections of the client.
async fn nothing_is_left(before: usize) {
    soon(async {
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// Wherever an answer in a session is cut, the call ends, and only a whole reply is a result.
#[tokio::test]
async fn an_answer_in_a_session_may_be_cut_anywhere() {
    for as_events in [false, true] {
        let server = HttpServer::start(move |sent| async move {
            match sent.what() {
                "server/discover" => Answer::status(400),
                "initialize" => {
                    Answer::json(200, &reply(&sent.body, initialized(LEGACY))).header("Mcp-Session-Id", "s")
                }
                "tools/call" => {
                    let cut = sent.body["params"]["arguments"]["cut"].as_u64().unwrap();
                    let (bytes, _) = whole_answer(&sent, as_events);
                    Answer::Raw(bytes.chars().take(usize::try_from(cut).unwrap()).collect())
                }
                _ => Answer::status(202),
            }
        })
        .await;
        let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let client = McpClient::connect_http(server.url()).await.unwrap();
        for cut in 0.. {
            let result = soon(client.call_tool("x", json!({"cut": cut})).into_future()).await;
            let call = server.sent().into_iter().rfind(|sent| sent.what() == "tools/call").unwrap();
            let (bytes, whole) = whole_answer(&call, as_events);
            match result {
                Ok(result) => assert!(cut >= whole && result.joined_text() == "done", "{cut}"),
                Err(error) => assert!(cut < whole && error.is_transport(), "{cut}: {error:?}"),
            }
            if cut == bytes.len() {
                break;
            }
        }
        assert_eq!(server.count("initialize"), 1);
        drop(client);
        nothing_is_left(before).await;
    }
}

type Streams = mpsc::Sender<Stream>;

/// A server of either era whose streams stay open for as long as the test holds them.
async fn open_at(address: &str, version: &'static str, name: &'static str, streams: Streams) -> HttpServer {
    let answer = move |sent: Sent| {
        let streams = streams.clone();
        async move {
            match sent.what() {
                "server/discover" if version == MODERN => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
                "server/discover" => Answer::status(400),
                "initialize" => {
                    Answer::json(200, &reply(&sent.body, initialized(version))).header("Mcp-Session-Id", name)
                }
                "notifications/initialized" => Answer::status(202),
                _ if version == LEGACY && sent.header("mcp-session-id") != Some(name) => Answer::status(404),
                "GET" | "subscriptions/listen" => {
                    let (stream, answer) = Answer::stream();
                    if sent.what() != "GET" {
                        stream.send(&acknowledged(&sent.body)).await;
                    }
                    let _ = streams.try_send(stream);
                    answer
                }
                _ => Answer::json(200, &reply(&sent.body, text("done"))),
            }
        }
    };
    HttpServer::start_at(address, answer).await
}

/// A server that is started again finds its 200 listeners again, each of which hears that everything may have changed.
#[tokio::test]
async fn listeners_outlive_a_restart_of_the_server() {
    const LISTENERS: usize = 200;
    for version in [MODERN, LEGACY] {
        let (streams, mut opened) = mpsc::channel(16 * LISTENERS);
        let server = open_at("127.0.0.1:0", version, "first", streams.clone()).await;
        let address = server.url().trim_start_matches("http://").trim_end_matches("/mcp").to_owned();
        let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let mut limits = Limits::default();
        limits.reconnect_first = Duration::from_millis(1);
        limits.reconnect_max = Duration::from_millis(100);
        limits.reconnect_tries = 1000;
        let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_http(server.url()).await.unwrap();
        let mut listeners = Vec::new();
        for number in 0..LISTENERS {
            let wanted = Changes::none().tools().resource(format!("a:{number}"));
            listeners.push(soon(client.listen(wanted)).await.unwrap());
        }
        let mut first = Vec::new();
        while let Ok(stream) = opened.try_recv() {
            first.push(stream);
        }
        drop(server);
        drop(first);
        let again = open_at(&address, version, "second", streams.clone()).await;
        let heard: Vec<_> = listeners
            .into_iter()
            .map(|mut listener| {
                tokio::spawn(async move {
                    let mut heard = HashSet::new();
                    while heard.len() < 2 {
                        heard.insert(soon(listener.next()).await.expect("it goes on"));
                    }
                    (heard, listener)
                })
            })
            .collect();
        for (number, heard) in heard.into_iter().enumerate() {
            let (heard, _) = heard.await.unwrap();
            assert_eq!(heard, HashSet::from([Change::Tools, Change::Resource(format!("a:{number}"))]));
        }
        drop(client);
        while let Ok(stream) = opened.try_recv() {
            drop(stream);
        }
        drop(again);
        nothing_is_left(before).await;
    }
}
