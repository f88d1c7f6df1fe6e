//! What our client hears and is asked while it calls: log messages, changes, questions.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use mcp_client::{
    Change, Changes, ClientBuilder, FormAnswer, McpClient,
    model::{LogLevel, LogMessage},
};
use serde_json::json;
use tokio::{
    sync::mpsc::{Receiver, channel},
    time::timeout,
};

use crate::{
    case::{Checked, Context, ensure, expect},
    our_client::{Lacks, PATIENCE},
};

/// The resource that `touch` changes.
pub(crate) const COUNT: &str = "test://count";

/// More than any server says.
const SPACE: usize = 64;
/// How long a call may wait for an answer that its server cannot get.
const UNASKED: Duration = Duration::from_secs(2);

/// What came, in order.
pub(crate) struct Heard {
    logs: Receiver<LogMessage>,
    questions: Receiver<String>,
}

impl Heard {
    /// A client that hears log messages, and whose user answers the first question and no other.
    pub(crate) fn by(builder: ClientBuilder) -> (ClientBuilder, Self) {
        let (log, logs) = channel(SPACE);
        let (ask, questions) = channel(SPACE);
        let asked = AtomicUsize::new(0);
        let answer = move |message| {
            // Nobody counts questions that come after the end.
            let _ = ask.try_send(message);
            match asked.fetch_add(1, Ordering::Relaxed) {
                0 => FormAnswer::accept(json!({"city": "Ålesund \u{1f980}"})),
                _ => FormAnswer::decline(),
            }
        };
        let builder = builder
            .on_log(LogLevel::Info, move |message| drop(log.try_send(message)))
            .on_elicit(move |form| std::future::ready(answer(form.message)));
        (builder, Self { logs, questions })
    }

    /// A tool logs a detail and a warning, and only the warning is wanted.
    pub(crate) async fn logs(&mut self, client: &McpClient, lacks: Lacks) -> Checked {
        let logged = client.call_tool("log", ()).await.at("log")?;
        ensure(format!("log: {logged:?}"), !logged.is_error)?;
        if lacks.progress {
            return Ok(());
        }
        let message = timeout(PATIENCE, self.logs.recv()).await.at("no log message")?.at("log messages")?;
        expect("the level of the log message", &message.level, &LogLevel::Warning)?;
        ensure(format!("the log message: {message:?}"), message.data.as_str().contains("a warning"))
    }

    /// A tool asks the user, who answers once and then does not.
    pub(crate) async fn questions(&mut self, client: &McpClient, lacks: Lacks) -> Checked {
        if lacks.questions {
            // It fails, or is never answered; nobody is asked.
            let call = client.call_tool("ask", ()).timeout(UNASKED).await;
            ensure(format!("ask: {call:?}"), call.map_or(true, |result| result.is_error))?;
            return expect("a question", &self.questions.try_recv().ok(), &None);
        }
        for answer in ["Ålesund \u{1f980}", "decline"] {
            let told = client.call_tool("ask", ()).await.at("ask")?;
            expect("what comes of the answer", &told.joined_text().as_str(), &answer)?;
            expect("the question", &self.questions.try_recv().ok().as_deref(), &Some("Which city?"))?;
        }
        expect("one question too many", &self.questions.try_recv().ok(), &None)
    }
}

/// The list of tools changes, and a resource.
pub(crate) async fn changes(client: &McpClient, lacks: Lacks) -> Checked {
    let wanted = Changes::none().tools().resource(COUNT);
    if lacks.listen {
        let refused = client.listen(wanted).await.err().at("listen: an error")?;
        return expect("listen", &refused.rejection().map(|error| error.code), &Some(-32601));
    }
    let mut changes = client.listen(wanted).await.at("listen")?;
    let promised = if lacks.subscribe { &[][..] } else { &[COUNT.to_owned()] };
    expect("the resources that it agrees to tell of", &changes.agreed().uris(), &promised)?;
    for (tool, change) in [("toggle", Change::Tools), ("touch", Change::Resource(COUNT.to_owned()))] {
        let called = client.call_tool(tool, ()).await.at(tool)?;
        ensure(format!("{tool}: {called:?}"), !called.is_error)?;
        let news = timeout(PATIENCE, changes.next()).await.at(format_args!("no news of {change:?}"))?;
        expect("the news", &news, &Some(change))?;
    }
    Ok(())
}
