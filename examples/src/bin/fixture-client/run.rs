//! Carries out the operations, in their order.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use mcp_client::{Call, Error, List, ListItem, McpClient, RawJson, RequestHeaders, ToolResult, model::CallToolResult};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    connect::authorize,
    operation::Operation,
    report::{self, outcome},
};

/// How many subscriptions there have been.
static LISTENS: AtomicUsize = AtomicUsize::new(0);

/// A client, and what its requests carry.
pub(crate) struct Run {
    pub(crate) client: McpClient,
    pub(crate) headers: RequestHeaders,
    pub(crate) traceparent: Option<String>,
}

/// Does everything, and closes the client unless it is to be dropped. Says whether all went well.
pub(crate) async fn all(run: Run, operations: &[Operation]) -> bool {
    let mut background = JoinSet::new();
    let mut all_well = true;
    for operation in operations {
        if *operation == Operation::Drop {
            background.shutdown().await;
            drop(run);
            return outcome("drop", Ok(Value::Null)) && all_well;
        }
        all_well &= run.one(operation, &mut background).await;
    }
    background.shutdown().await;
    run.client.close().await;
    all_well
}

impl Run {
    async fn one(&self, operation: &Operation, background: &mut JoinSet<()>) -> bool {
        let (name, client) = (operation.name(), &self.client);
        match operation {
            Operation::Tools => outcome(name, self.list(client.list_tools()).await),
            Operation::Prompts => outcome(name, self.list(client.list_prompts()).await),
            Operation::Resources => outcome(name, self.list(client.list_resources()).await),
            Operation::Templates => outcome(name, self.list(client.list_resource_templates()).await),
            Operation::ToolsPage(cursor) => {
                outcome(name, client.request::<RawJson>("tools/list", json!({"cursor": cursor})).await)
            }
            Operation::ResourcesPage(cursor) => {
                outcome(name, client.request::<RawJson>("resources/list", json!({"cursor": cursor})).await)
            }
            Operation::Call(tool, arguments) => outcome(name, self.call(tool, arguments).await),
            Operation::Read(uri) => {
                let read = self.traced(client.read_resource(uri)).await;
                outcome(name, read.map(|read| json!({"contents": read.contents})))
            }
            Operation::Prompt(prompt, arguments) => {
                outcome(name, self.traced(client.get_prompt(prompt, arguments)).await)
            }
            Operation::CancelCall(tool, arguments, after) => self.cancelled_after(tool, arguments, *after).await,
            Operation::Parallel(count, tool, arguments) => self.parallel(*count, tool, arguments).await,
            Operation::Listen(filter, time) => {
                let listening = listen(client.clone(), next_listen(), filter.clone());
                match tokio::time::timeout(*time, listening).await {
                    Ok(Err(error)) => outcome::<Value>(name, Err(error)),
                    Ok(Ok(())) | Err(_) => outcome(name, Ok(Value::Null)),
                }
            }
            Operation::ListenStart(filter) => {
                let listening = listen(client.clone(), next_listen(), filter.clone());
                background.spawn(async move {
                    if let Err(error) = listening.await {
                        outcome::<Value>("listen-start", Err(error));
                    }
                });
                outcome(name, Ok(Value::Null))
            }
            Operation::Token(token) => {
                // What was said to the one before is not for the next.
                client.forget_kept_answers();
                outcome(name, authorize(&self.headers, token))
            }
            Operation::Sleep(time) => {
                sleep(*time).await;
                outcome(name, Ok(Value::Null))
            }
            Operation::Drop => true,
        }
    }

    async fn list<T: ListItem>(&self, list: List<T>) -> Result<Vec<T>, Error> {
        match &self.traceparent {
            Some(traceparent) => list.meta("traceparent", traceparent).await,
            None => list.await,
        }
    }

    fn traced<R>(&self, call: Call<R>) -> Call<R> {
        match &self.traceparent {
            Some(traceparent) => call.meta("traceparent", traceparent),
            None => call,
        }
    }

    async fn call(&self, tool: &str, arguments: &Value) -> Result<CallToolResult, Error> {
        let call = self.client.call_tool(tool, arguments);
        let call = self.traced(call).on_progress(|progress| report::heard("progress", &progress));
        call.await.map(ToolResult::into_inner)
    }

    /// A call that is given up while it runs: dropping it cancels it. Says whether it ended in a result before.
    async fn cancelled_after(&self, tool: &str, arguments: &Value, after: Duration) -> bool {
        tokio::select! {
            result = self.call(tool, arguments) => outcome("cancel-call", result),
            () = sleep(after) => {
                let error = json!({"kind": "cancelled", "code": null, "message": "the call was cancelled"});
                report::print(&json!({"op": "cancel-call", "ok": false, "error": error}));
                false
            }
        }
    }

    async fn parallel(&self, count: usize, tool: &str, arguments: &Value) -> bool {
        let calls = (0..count).map(|_| async { outcome("call", self.call(tool, arguments).await) });
        let mut calls: FuturesUnordered<_> = calls.collect();
        let mut all_well = true;
        while let Some(well) = calls.next().await {
            all_well &= well;
        }
        all_well
    }
}

fn next_listen() -> usize {
    LISTENS.fetch_add(1, Ordering::Relaxed)
}

/// Prints changes until there are no more.
async fn listen(client: McpClient, number: usize, filter: Value) -> Result<(), Error> {
    let mut changes = client.listen(report::changes(&filter)).await?;
    report::print(&json!({"op": "listening", "listen": number, "ack": report::filter(changes.agreed())}));
    while let Some(change) = changes.next().await {
        report::event(number, &change);
    }
    Ok(())
}
