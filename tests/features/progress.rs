//! Progress: growing, on its own stream, and never more than is read.

use mcp_server::{Context, Server, tool, tools};
use mcp_tests::{
    clients::{self, Client, WITH_SESSION},
    covers,
    messages::{call, call_with_progress},
};
use serde_json::{Value, json};

/// Reports from several tasks at once, in whatever order.
#[tool]
async fn scramble(ctx: Context) -> &'static str {
    let tasks = (0..4_i32).map(|task| {
        let ctx = ctx.clone();
        tokio::spawn(async move {
            for step in [5, 3, 5, 8, 1, 9] {
                ctx.progress(f64::from(step * 4 + task) / 8.0, 5.0, "").await;
            }
            ctx.progress(f64::NAN, None, "").await;
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    "done"
}

/// Reports far more often than anybody reads, and does not wait.
#[tool]
async fn hurry(ctx: Context) -> &'static str {
    let reports = (1..=10_000).map(|step| ctx.progress(f64::from(step), 10_000.0, "x".repeat(100)));
    for report in reports {
        // The report is made when the future is polled, which happens once.
        let _ = poll_once(report);
    }
    "done"
}

/// Reports far more often than anybody wants to read, to a client that reads everything.
#[tool]
async fn chatter(ctx: Context) -> &'static str {
    for step in 1..=3_000 {
        ctx.progress(f64::from(step), 3_000.0, "").await;
    }
    "done"
}

/// Polls a future once.
fn poll_once(future: impl Future) -> bool {
    let waker = std::task::Waker::noop();
    std::pin::pin!(future).as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready()
}

fn server() -> Server {
    Server::builder("progress", "1.0.0").tools(tools![scramble, hurry, chatter]).prompts([]).build()
}

/// The reports among what came, which end with a result.
#[track_caller]
fn reports(mut all: Vec<Value>, token: &Value) -> Vec<Value> {
    let answer = all.pop().unwrap();
    assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");
    for report in &all {
        assert_eq!(report["method"], "notifications/progress", "{report}");
        assert_eq!(report["params"]["progressToken"], *token);
    }
    all.into_iter().map(|mut report| report["params"].take()).collect()
}

#[track_caller]
fn assert_growing(reports: &[Value]) {
    let values: Vec<f64> = reports.iter().map(|report| report["progress"].as_f64().unwrap()).collect();
    assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
}

/// PROG-001, PROG-002, PROG-003, PROG-006: whoever reports, in every revision.
#[tokio::test]
async fn progress_grows_and_is_sent_to_those_who_asked() {
    covers!("PROG-002", "PROG-003", "PROG-006");
    for mut client in clients::each_revision(&server()).await {
        assert_eq!(
            reports(client.all("tools/call", call("scramble", json!({}))).await, &Value::Null),
            [Value::Null; 0]
        );
        for token in [json!("a token"), json!(0), json!(-7)] {
            let params = call_with_progress("scramble", json!({}), token.clone());
            let reports = reports(client.all("tools/call", params).await, &token);
            assert_growing(&reports);
            assert_eq!(reports.last().unwrap()["progress"], 4.875);
            assert_eq!(reports.last().unwrap()["total"], 5.0);
        }
    }
}

/// PROG-008: what has not been sent yet is replaced.
#[tokio::test]
async fn reports_that_nobody_has_read_are_replaced() {
    covers!("PROG-008");
    for mut client in clients::all(&server()).await {
        let params = call_with_progress("hurry", json!({}), "t");
        let reports = reports(client.all("tools/call", params).await, &json!("t"));
        assert_growing(&reports);
        assert!(reports.len() < 100, "{}", reports.len());
        assert_eq!(reports.last().unwrap()["progress"], 10_000.0);
    }
}

/// PROG-005: no other stream hears of it.
#[tokio::test]
async fn progress_goes_to_the_stream_of_its_request_only() {
    covers!("PROG-005", "SUBS-007");
    for version in [Some(WITH_SESSION), None] {
        let server = server();
        let address = clients::serve(&server).await;
        let events = Client::over_http(address, version).await;
        // A session may listen and call at the same time.
        let mut caller =
            if events.has_session() { events.again().await } else { Client::over_http(address, version).await };
        let mut events = events.listen(&[]).await;
        let params = call_with_progress("scramble", json!({}), 1);
        assert!(!reports(caller.all("tools/call", params).await, &json!(1)).is_empty());
        server.notify_prompts_list_changed();
        assert_eq!(events.next().await["method"], "notifications/prompts/list_changed");
    }
}

/// Both sides limit the rate (2025-11-25, basic/utilities/progress); the newest report is sent in any case.
#[tokio::test]
async fn reports_are_limited_in_time_and_the_last_one_arrives() {
    covers!("PROG-008");
    for mut client in clients::all(&server()).await {
        let started = std::time::Instant::now();
        let all = client.all("tools/call", call_with_progress("chatter", json!({}), "token")).await;
        let reports = reports(all, &json!("token"));
        let seconds = usize::try_from(started.elapsed().as_secs()).unwrap() + 1;
        assert!(reports.len() <= seconds * 65 + 1, "{} in {seconds} s", reports.len());
        assert_eq!(reports.last().unwrap()["progress"], 3_000.0);
    }
}
