//! `completion/complete`.

use mcp_server::{CompletionRequest, Server, prompt, prompts, resource, resources};
use serde_json::json;

use crate::{clients, server};

async fn streets(request: CompletionRequest) -> Result<Vec<String>, std::io::Error> {
    let city = request.arguments.get("city").ok_or_else(|| std::io::Error::other("s3cret"))?;
    Ok((1..=150).map(|number| format!("{} {number}, {city}", request.value)).collect())
}

#[prompt]
async fn visit(city: String, #[arg(complete = streets)] street: String) -> String {
    format!("{street} {city}")
}

#[resource("map://{city}/{street}")]
async fn map(city: String, #[arg(complete = streets)] street: String) -> String {
    format!("{street} {city}")
}

/// COMP-002, COMP-004, COMP-006: from values and from the variants of an enum, of prompts and templates.
#[tokio::test]
async fn values_are_completed() {
    mcp_tests::covers!("COMP-002", "COMP-004");
    let server = server();
    let greet = json!({"type": "ref/prompt", "name": "greet"});
    let plan = json!({"type": "ref/prompt", "name": "plan"});
    let shelf = json!({"type": "ref/resource", "uri": "shop://shelf/{row}-{column}"});
    let motto = json!({"type": "ref/resource", "uri": "shop://motto"});
    for mut client in clients::all(&server).await {
        for (reference, argument, value, values) in [
            (&greet, "name", "al", json!(["alice", "albert"])),
            (&greet, "name", "", json!(["alice", "albert", "bob"])),
            (&plan, "pace", "f", json!(["fast"])),
            (&plan, "city", "O", json!([])),
            (&shelf, "column", "B", json!(["b"])),
            (&shelf, "row", "", json!([])),
            (&motto, "any", "", json!([])),
        ] {
            let params = json!({"ref": reference, "argument": {"name": argument, "value": value}});
            let result = client.result("completion/complete", params).await;
            assert_eq!(result["completion"]["values"], values, "{argument}");
        }
    }
}

/// COMP-002, COMP-003: from a function, which knows the other arguments; 100 values at most.
#[tokio::test]
async fn a_function_completes_with_what_is_known() {
    mcp_tests::covers!("COMP-002", "COMP-003");
    let server = Server::builder("map", "1.0.0").prompts(prompts![visit]).resources(resources![map]).build();
    for mut client in clients::all(&server).await {
        for reference in [
            json!({"type": "ref/prompt", "name": "visit"}),
            json!({"type": "ref/resource", "uri": "map://{city}/{street}"}),
        ] {
            let argument = json!({"name": "street", "value": "Main"});
            let params = json!({"ref": reference, "argument": argument, "context": {"arguments": {"city": "Oslo"}}});
            let completion = client.result("completion/complete", params).await["completion"].clone();
            assert_eq!(completion["values"].as_array().unwrap().len(), 100);
            assert_eq!(completion["values"][0], "Main 1, Oslo");
            assert_eq!((&completion["total"], &completion["hasMore"]), (&json!(150), &json!(true)));
            let (code, error) =
                client.error("completion/complete", json!({"ref": reference, "argument": argument})).await;
            assert!(code == -32603 && !error.to_string().contains("s3cret"), "{error}");
        }
    }
}

/// COMP-005.
#[tokio::test]
async fn what_cannot_be_completed_is_told() {
    mcp_tests::covers!("COMP-005");
    let server = server();
    let none = Server::builder("none", "1.0.0").build();
    let greet = json!({"type": "ref/prompt", "name": "greet"});
    for mut client in clients::all(&server).await {
        for (reference, argument) in [
            (json!({"type": "ref/prompt", "name": "none"}), "name"),
            (json!({"type": "ref/resource", "uri": "shop://none"}), "name"),
            (json!({"type": "ref/resource", "uri": "shop://items/{id}"}), "name"),
            (json!({"type": "ref/tool", "name": "greet"}), "name"),
            (greet.clone(), "town"),
        ] {
            let params = json!({"ref": reference, "argument": {"name": argument, "value": ""}});
            assert_eq!(client.error("completion/complete", params).await.0, -32602, "{reference}");
        }
    }
    for mut client in clients::all(&none).await {
        let params = json!({"ref": greet, "argument": {"name": "name", "value": ""}});
        assert_eq!(client.error("completion/complete", params).await.0, -32601);
    }
}
