//! Why a handler failed: what the model reads, what the caller is told, and what the log says.

use std::{
    error::Error as StdError,
    io,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;
use mcp_server::{
    Error, ErrorKind, Server, ToolError,
    middleware::{Call, Next, Outcome, from_fn},
    prompt, prompts, resource, resources, testing, tool, tools,
};
use mcp_tests::clients;
use serde_json::json;
use tracing::{Dispatch, Instrument, Level, subscriber::DefaultGuard};
use tracing_subscriber::util::SubscriberInitExt;

/// Two subscribers: with only one in the process, `tracing` asks the thread that first meets a span or an event whether
/// anybody wants it, for good, and that of another test may have none.
type Listening = (DefaultGuard, Dispatch);

/// What `tracing` wrote, one event on a line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens in this thread for as long as the guard lives, to what is at least INFO.
    fn listen() -> (Self, Listening) {
        Self::from(Level::INFO)
    }

    fn from(level: Level) -> (Self, Listening) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(level);
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        let other = Dispatch::new(tracing_subscriber::fmt().with_max_level(level).with_writer(io::sink).finish());
        (log, (subscriber.set_default(), other))
    }

    fn events(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The events of failed handlers.
    fn failures(&self) -> Vec<String> {
        let mut events = self.events();
        events.retain(|line| line.contains("failed"));
        events
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn broken() -> io::Error {
    io::Error::other("the disk is\r\nbroken")
}

fn anyhow_error() -> anyhow::Error {
    anyhow::Error::new(broken()).context("the file of stations cannot be read").context("there is no weather")
}

/// Fails with three errors, one the cause of the other.
#[tool]
async fn weather() -> anyhow::Result<String> {
    Err(broken()).context("the file of stations cannot be read").context("there is no weather")
}

/// The same with `eyre`.
#[tool]
async fn tides() -> eyre::Result<String> {
    use eyre::WrapErr as _;
    Err(broken()).wrap_err("the file of harbours cannot be read").wrap_err("there are no tides")
}

/// The same for the model, causes and all.
#[tool]
async fn candid() -> Result<String, ToolError> {
    Err(ToolError::with_causes(anyhow_error()))
}

/// Fails as the protocol does.
#[tool]
async fn refuse() -> Result<String, Error> {
    Err(Error::invalid_params("no such city"))
}

/// The same, in a helper's error.
#[tool]
async fn refuse_by_question_mark() -> Result<String, ToolError> {
    fn helper() -> Result<String, Error> {
        Err(Error::invalid_params("no such city"))
    }
    Ok(helper()?)
}

#[prompt]
async fn plan() -> Result<String, Error> {
    Err(Error::invalid_params("no such city"))
}

#[resource("weather://oslo")]
async fn oslo() -> Result<String, Error> {
    Err(Error::invalid_params("no such city"))
}

#[prompt]
async fn plan_badly() -> anyhow::Result<String> {
    Err(anyhow_error())
}

#[resource("weather://bergen")]
async fn bergen() -> eyre::Result<String> {
    use eyre::WrapErr as _;
    Err(broken()).wrap_err("there is no weather")
}

/// An error of the protocol inside of another is a cause as any other.
#[tool]
async fn wrapped() -> anyhow::Result<String> {
    Err(Error::invalid_params("no such city")).context("there is no weather")
}

/// Gives each call a span, as a program would.
async fn spanned(call: Call, next: Next) -> Result<Outcome, Error> {
    next.run(call).instrument(tracing::info_span!("one_call", number = 7)).await
}

fn server() -> Server {
    builder().build()
}

fn builder() -> mcp_server::ServerBuilder {
    Server::builder("failures", "1.0.0")
        .tools(tools![weather, tides, candid, refuse, refuse_by_question_mark, wrapped])
        .prompts(prompts![plan, plan_badly])
        .resources(resources![oslo, bergen])
        .layer(from_fn(spanned))
}

#[tokio::test]
async fn the_log_has_all_causes_in_the_span_of_the_call_and_the_model_one_text() {
    let (log, _guard) = Log::listen();
    let server = server();
    let told = testing::call(&server, "weather", json!({})).await.unwrap();
    assert_eq!((told.is_error, told.joined_text().as_str()), (true, "there is no weather"));
    let told = testing::call(&server, "tides", json!({})).await.unwrap();
    assert_eq!((told.is_error, told.joined_text().as_str()), (true, "there are no tides"));
    let failures = log.failures();
    assert_eq!(failures.len(), 2, "{failures:?}");
    for (line, [error, first]) in failures.iter().zip([
        ["there is no weather", "the file of stations cannot be read"],
        ["there are no tides", "the file of harbours cannot be read"],
    ]) {
        assert!(line.contains("one_call{number=7}"), "{line}");
        let whole = format!("error=\"{error}\" causes=[\"{first}\", \"the disk is  broken\"]");
        assert!(line.contains(&whole), "{line}");
    }
}

#[tokio::test]
async fn the_model_reads_the_causes_if_the_author_says_so() {
    let told = testing::call(&server(), "candid", json!({})).await.unwrap();
    assert_eq!(
        told.joined_text(),
        "there is no weather\ncaused by: the file of stations cannot be read\ncaused by: the disk is  broken"
    );
}

/// Panics where it works, not where it is made.
#[tool]
async fn panicky() -> String {
    panic!("on purpose")
}

/// Never ends.
#[tool]
async fn endless() -> String {
    std::future::pending().await
}

/// Also where nobody wants the spans of calls that succeed.
#[tokio::test]
async fn whatever_fails_is_told_with_its_call() {
    for level in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG] {
        let (log, _guard) = Log::from(level);
        let mut limits = mcp_server::Limits::default();
        limits.call_timeout = std::time::Duration::from_millis(50);
        let server = builder().tools(tools![panicky, endless]).limits(limits.clone()).build();
        let outer = Server::builder("outer", "1.0.0").limits(limits).mount("inner", server.clone()).build();
        let tool = |name: &str| ("tools/call", json!({"name": name, "arguments": {}}), name.to_owned());
        for (server, prefix) in [(&server, ""), (&outer, "inner_")] {
            for mut client in clients::all(server).await {
                for (method, params, name) in [
                    tool(&format!("{prefix}weather")),
                    tool(&format!("{prefix}panicky")),
                    tool(&format!("{prefix}endless")),
                    ("prompts/get", json!({"name": format!("{prefix}plan_badly")}), format!("{prefix}plan_badly")),
                    ("resources/read", json!({"uri": "weather://bergen"}), "weather://bergen".to_owned()),
                ] {
                    let before = log.events().len();
                    client.ask(method, params).await;
                    let event = log.events().split_off(before);
                    // A tool that fails, and a call that runs out of time, are warnings.
                    if level == Level::ERROR && (name.ends_with("weather") || name.ends_with("endless")) {
                        continue;
                    }
                    let event: Vec<_> = event.iter().filter(|line| line.contains("mcp_server::")).collect();
                    let [event] = event[..] else { panic!("{name} at {level}: {event:?}") };
                    assert_eq!(event.matches("request{").count(), 1, "{level}: {event}");
                    let call = format!("method=\"{method}\" name=\"{name}\" id=");
                    assert!(event.contains(&call) && event.contains("revision=\""), "{level}: {event}");
                }
                // What succeeds, and what a handler of another call says, is in no span of a call before.
                client.ask("tools/list", json!({})).await;
            }
        }
        let quiet = testing::call(&server, "weather", json!({})).await.unwrap();
        assert!(quiet.is_error);
        if level != Level::ERROR {
            let event = log.events().pop().unwrap();
            assert!(event.contains(r#"request{transport="none" method="tools/call" name="weather" "#), "{event}");
        }
    }
}

#[tokio::test]
async fn masked_errors_are_told_by_a_reference_alone() {
    let (log, _guard) = Log::listen();
    let inner = builder().mask_errors().build();
    let outer = Server::builder("outer", "1.0.0").mount("inner", server()).mask_errors().build();
    let around = Server::builder("around", "1.0.0").mount("inner", inner.clone()).build();
    for (server, tool) in [(&inner, "candid"), (&outer, "inner_candid"), (&around, "inner_candid")] {
        for mut client in clients::all(server).await {
            let answer = client.ask("tools/call", json!({"name": tool, "arguments": {}})).await;
            assert_eq!(answer["result"]["isError"], true, "{answer}");
            let text = answer["result"]["content"][0]["text"].as_str().unwrap();
            let reference = text.strip_prefix("the tool failed: the server's log says why, under ").unwrap();
            let line = log.failures().pop().unwrap();
            assert!(line.contains(reference) && line.contains("the disk is  broken"), "{line}");
        }
    }
    // What does not fit the arguments is the caller's affair.
    let told = testing::call(&inner, "candid", json!({"x": 1})).await.unwrap();
    assert!(told.joined_text().contains("unknown argument `x`"), "{told:?}");
}

#[tokio::test]
async fn an_error_of_the_protocol_means_the_same_wherever_it_is_returned() {
    for mut client in clients::all(&server()).await {
        for (method, params) in [
            ("tools/call", json!({"name": "refuse", "arguments": {}})),
            ("tools/call", json!({"name": "refuse_by_question_mark", "arguments": {}})),
            ("prompts/get", json!({"name": "plan"})),
            ("resources/read", json!({"uri": "weather://oslo"})),
        ] {
            let answer = client.ask(method, params).await;
            assert_eq!(
                (&answer["error"]["code"], &answer["error"]["message"]),
                (&json!(-32602), &json!("no such city"))
            );
        }
    }
    let told = testing::call(&server(), "wrapped", json!({})).await.unwrap();
    assert_eq!((told.is_error, told.joined_text().as_str()), (true, "there is no weather"));
}

#[tokio::test]
async fn who_fills_in_a_prompt_or_reads_a_resource_finds_the_causes_by_a_reference() {
    let (log, _guard) = Log::listen();
    let server = server();
    let failed = [
        testing::get_prompt(&server, "plan_badly", json!({})).await.unwrap_err(),
        testing::read(&server, "weather://bergen").await.unwrap_err(),
    ];
    for (error, line) in failed.iter().zip(log.failures()) {
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(!error.message().contains("weather"), "{error}");
        let reference = error.message().rsplit(' ').next().unwrap();
        assert!(line.contains(reference) && line.contains("there is no weather"), "{line}");
        assert!(line.contains("the disk is  broken"), "{line}");
    }
}

#[test]
fn a_question_mark_takes_every_kind_of_error() {
    fn through<E>(error: E) -> String
    where
        ToolError: From<E>,
    {
        fn question<E>(error: E) -> Result<(), ToolError>
        where
            ToolError: From<E>,
        {
            Err(error)?;
            Ok(())
        }
        question(error).unwrap_err().to_string()
    }
    let boxed: Box<dyn StdError + Send + Sync> = "boxed".into();
    assert_eq!(through(boxed), "boxed");
    assert_eq!(through(anyhow_error()), "there is no weather");
    assert_eq!(through(eyre::eyre!("eyre")), "eyre");
    assert_eq!(through("x".parse::<u8>().unwrap_err()), "invalid digit found in string");
    assert_eq!(through(Error::invalid_params("protocol")), "protocol");
    assert_eq!(through("text"), "text");
    assert_eq!(through("text".to_owned()), "text");
    assert_eq!(through(ToolError::new("itself")), "itself");
}
