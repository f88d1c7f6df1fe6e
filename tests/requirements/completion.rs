//! COMP: `completion/complete`.

use mcp_server::{CompletionRequest, Server, prompt, prompts, resource, resources};
use mcp_tests::{clients, covers};
use serde_json::{Value, json};

/// As many streets as there are letters in the city, so that the answer shows what was known.
async fn streets(request: CompletionRequest) -> Vec<String> {
    let known = request.arguments.get("city").cloned().unwrap_or_default();
    let count = if known == "everywhere" { 101 } else { known.len() };
    (0..count).map(|number| format!("{} {number}", request.value)).collect()
}

#[prompt]
fn visit(city: String, #[arg(complete = streets)] street: String) -> String {
    format!("{street} {city}")
}

#[resource("map://{city}/{street}")]
fn map(city: String, #[arg(complete = streets)] street: String) -> String {
    format!("{street} {city}")
}

fn server() -> Server {
    Server::builder("map", "1.0.0").prompts(prompts![visit]).resources(resources![map]).build()
}

fn references() -> [Value; 2] {
    [json!({"type": "ref/prompt", "name": "visit"}), json!({"type": "ref/resource", "uri": "map://{city}/{street}"})]
}

fn ask(reference: &Value, city: Option<&str>) -> Value {
    let mut params = json!({"ref": reference, "argument": {"name": "street", "value": "Main"}});
    if let Some(city) = city {
        params["context"] = json!({"arguments": {"city": city}});
    }
    params
}

/// COMP-001: a server that completes says so, since there is a word for it; one that does not, does not.
#[tokio::test]
async fn completions_are_declared() {
    covers!("COMP-001");
    for mut client in clients::each_revision(&server()).await {
        let declared = client.capabilities().await.get("completions").cloned();
        assert_eq!(declared, (client.revision() >= "2025-03-26").then(|| json!({})), "{}", client.revision());
    }
    #[prompt]
    fn plain(name: String) -> String {
        name
    }
    let without = Server::builder("without", "1.0.0").prompts(prompts![plain]).build();
    for mut client in clients::each_revision(&without).await {
        assert_eq!(client.capabilities().await.get("completions"), None, "{}", client.revision());
    }
}

/// COMP-002, COMP-004: prompts by name and templates by URI are completed, with at most 100 values.
#[tokio::test]
async fn a_prompt_and_a_template_are_completed() {
    covers!("COMP-002", "COMP-004");
    for mut client in clients::each_revision(&server()).await {
        for reference in references() {
            let completion =
                client.result("completion/complete", ask(&reference, Some("Ur"))).await["completion"].clone();
            assert_eq!(completion["values"], json!(["Main 0", "Main 1"]), "{} {reference}", client.revision());
            let many =
                client.result("completion/complete", ask(&reference, Some("everywhere"))).await["completion"].clone();
            assert_eq!(many["values"].as_array().unwrap().len(), 100, "{}", client.revision());
            assert_eq!((&many["total"], &many["hasMore"]), (&json!(101), &json!(true)), "{}", client.revision());
        }
    }
}

/// COMP-003: what is known of the other arguments reaches whoever completes.
#[tokio::test]
async fn other_arguments_are_known() {
    covers!("COMP-003");
    for mut client in
        clients::each_revision(&server()).await.into_iter().filter(|client| client.revision() >= "2025-06-18")
    {
        for reference in references() {
            for (city, count) in [(None, 0), (Some(""), 0), (Some("Oslo"), 4)] {
                let answer = client.result("completion/complete", ask(&reference, city)).await;
                assert_eq!(answer["completion"]["values"].as_array().unwrap().len(), count, "{}", client.revision());
            }
            let mut wrong = ask(&reference, None);
            wrong["context"] = json!({"arguments": {"city": 7}});
            assert_eq!(client.error("completion/complete", wrong).await.0, -32602, "{}", client.revision());
        }
    }
}
