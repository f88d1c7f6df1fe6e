//! Where the protocol says object, it means one.

use mcp_server::{CompletionRequest, Server, prompt, prompts, tool, tools};
use mcp_tests::{
    messages::{WITH_SESSIONS, request, stateless},
    peer::Peer,
};
use serde_json::{Value, json};

/// Says it again.
#[tool]
async fn echo(text: String) -> String {
    text
}

async fn city(request: CompletionRequest) -> Vec<String> {
    vec![request.value]
}

#[prompt]
fn visit(#[arg(complete = city)] city: String) -> String {
    city
}

/// Where objects stand in a value.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            members.iter().for_each(|(key, value)| objects(value, &format!("{at}/{}", key.replace('/', "~1")), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| objects(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// A list of an object's values is no object: wherever a number is refused, such a list is, in everything that a client
/// sends in any revision.
#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_as_wrong_as_a_number() {
    let capabilities = json!({
        "roots": {"listChanged": true}, "sampling": {"context": {}, "tools": {}}, "elicitation": {"form": {}, "url": {}},
        "extensions": {"com.example/x": {"a": 1}}, "experimental": {"x": {}},
    });
    let client = json!({"name": "test", "version": "1", "icons": [{"src": "https://x", "mimeType": "image/png"}]});
    let calls = [
        ("tools/call", json!({"name": "echo", "arguments": {"text": "x"}})),
        ("prompts/get", json!({"name": "visit", "arguments": {"city": "x"}})),
        (
            "completion/complete",
            json!({
                "ref": {"type": "ref/prompt", "name": "visit"}, "argument": {"name": "city", "value": "x"},
                "context": {"arguments": {"a": "b"}},
            }),
        ),
    ];
    let listen =
        ("subscriptions/listen", json!({"notifications": {"toolsListChanged": true, "resourceSubscriptions": []}}));
    let server = Server::builder("objects", "1.0.0").tools(tools![echo]).prompts(prompts![visit]).build();
    let mut refused = 0;
    for version in WITH_SESSIONS.map(Some).into_iter().chain([None]) {
        let mut messages = Vec::new();
        if let Some(version) = version {
            let params = json!({"protocolVersion": version, "capabilities": capabilities, "clientInfo": client});
            messages.push(request(1, "initialize", params));
            messages.extend(calls.iter().map(|(method, params)| request(1, method, params.clone())));
        } else {
            for (method, params) in calls.iter().chain([&listen]) {
                let mut message = stateless(1, method, params.clone());
                message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities.clone();
                message["params"]["_meta"]["io.modelcontextprotocol/clientInfo"] = client.clone();
                messages.push(message);
            }
        }
        for message in messages {
            let mut places = Vec::new();
            objects(&message["params"], "/params", &mut places);
            for place in places {
                let answer_with = async |value: Value| {
                    let mut peer = Peer::in_process(&server);
                    if let Some(version) = version {
                        peer.handshake(version).await;
                    }
                    let mut message = message.clone();
                    *message.pointer_mut(&place).unwrap() = value;
                    peer.ask(&message).await
                };
                let object = message.pointer(&place).unwrap().clone();
                let values: Vec<Value> = object.as_object().unwrap().values().cloned().collect();
                assert_eq!(answer_with(object).await.get("error"), None, "{message}");
                let number = answer_with(json!(1)).await["error"]["code"].clone();
                for list in [json!([]), json!(values)] {
                    let answer = answer_with(list.clone()).await;
                    assert_eq!(answer["error"]["code"], number, "{list} as {place} of {message}: {answer}");
                    refused += usize::from(!number.is_null());
                }
            }
        }
    }
    assert!(refused > 100, "{refused}");
}
