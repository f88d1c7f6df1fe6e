//! What the program prints: one JSON object per line, flushed at once.

use std::io::{self, Write};

use mcp_client::{Change, Changes, Error, ErrorKind};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Prints one line. Whoever reads may have gone: then there is nobody to tell.
pub(crate) fn print(line: &impl Serialize) {
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    let mut out = io::stdout().lock();
    let _ = out.write_all(&text).and_then(|()| out.flush());
}

/// How an operation ended. Says whether well.
pub(crate) fn outcome<T: Serialize>(operation: &str, outcome: Result<T, Error>) -> bool {
    match outcome {
        Ok(result) => {
            // Not by way of `Value`: it would lose digits of numbers.
            #[derive(Serialize)]
            struct Line<'a, T> {
                op: &'a str,
                ok: bool,
                result: T,
            }
            print(&Line { op: operation, ok: true, result });
            true
        }
        Err(error) => {
            print(&json!({"op": operation, "ok": false, "error": described(&error)}));
            false
        }
    }
}

/// `{"op": name, …params}`.
pub(crate) fn heard(name: &str, params: &impl Serialize) {
    let mut line = Map::new();
    line.insert("op".to_owned(), name.into());
    if let Ok(Value::Object(params)) = serde_json::to_value(params) {
        line.extend(params);
    }
    print(&line);
}

/// A change that a subscription told of, as the notification that it came by.
pub(crate) fn event(listen: usize, change: &Change) {
    let (method, params) = match change {
        Change::Tools => ("notifications/tools/list_changed", json!({})),
        Change::Prompts => ("notifications/prompts/list_changed", json!({})),
        Change::Resources => ("notifications/resources/list_changed", json!({})),
        Change::Resource(uri) => ("notifications/resources/updated", json!({"uri": uri})),
        _ => return,
    };
    print(&json!({"op": "event", "listen": listen, "method": method, "params": params}));
}

/// Changes in the words of a filter.
pub(crate) fn filter(changes: &Changes) -> Value {
    let mut filter = Map::new();
    let lists = [
        ("toolsListChanged", changes.wants_tools()),
        ("promptsListChanged", changes.wants_prompts()),
        ("resourcesListChanged", changes.wants_resources()),
    ];
    for (list, wanted) in lists {
        if wanted {
            filter.insert(list.to_owned(), true.into());
        }
    }
    if !changes.uris().is_empty() {
        filter.insert("resourceSubscriptions".to_owned(), json!(changes.uris()));
    }
    filter.into()
}

/// The changes that a filter names.
pub(crate) fn changes(filter: &Value) -> Changes {
    let wants = |list: &str| filter[list] == true;
    let mut changes = Changes::none();
    if wants("toolsListChanged") {
        changes = changes.tools();
    }
    if wants("promptsListChanged") {
        changes = changes.prompts();
    }
    if wants("resourcesListChanged") {
        changes = changes.resources();
    }
    let uris = filter["resourceSubscriptions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    uris.fold(changes, Changes::resource)
}

pub(crate) fn described(error: &Error) -> Value {
    if let Some(rejection) = error.rejection() {
        let mut described = json!({"kind": "rpc", "code": rejection.code, "message": rejection.message});
        if let Some(data) = &rejection.data {
            described["data"] = serde_json::to_value(data).unwrap_or_default();
        }
        if error.is_not_found() {
            described["not_found"] = true.into();
        }
        return described;
    }
    let kind = match error.kind() {
        ErrorKind::Timeout => "timeout",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Version => "version",
        ErrorKind::Invalid | ErrorKind::Tool => "invalid",
        ErrorKind::Input => "input",
        _ if matches!(error.http_status(), Some(401 | 403)) => "auth",
        _ => "transport",
    };
    let mut described = json!({"kind": kind, "code": null, "message": error.to_string()});
    if error.is_not_found() {
        described["not_found"] = true.into();
    }
    described
}
