//! One service that asks its clients, driven by one script in every setting: with a session and without, on every transport.

use mcp_server::Server;
use mcp_tests::{
    asking::{Asked, Setting, accept, address, everything, server, transfer},
    covers,
    messages::text_of,
};
use serde_json::{Value, json};

const DECLINED: &str = r#"{"action":"decline"}"#;

fn declined() -> Value {
    serde_json::from_str(DECLINED).unwrap()
}

/// The answers of a user who lives somewhere.
fn at_home(_: &str, question: &Value) -> Value {
    match question["message"].as_str().unwrap() {
        "Which city?" => accept(json!({"city": "Oslo"})),
        "Which street in Oslo?" => accept(json!({"street": "Karl Johans gate"})),
        "Left?" => accept(json!({"left": "L"})),
        "Right?" => accept(json!({"right": "R"})),
        other => panic!("an unknown question: {other}"),
    }
}

#[tokio::test]
async fn questions_follow_one_another() {
    covers!("MRTR-001", "MRTR-003", "MRTR-011", "MRTR-022", "ELIC-013");
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let answer = client.call("address", json!({}), at_home).await;
        assert_eq!((text_of(&answer), client.rounds), ("Karl Johans gate, Oslo", 2), "{setting:?}");
    }
}

#[tokio::test]
async fn questions_that_are_asked_together_are_open_together() {
    covers!("MRTR-005");
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let params = json!({"name": "pair", "arguments": {}});
        let answer = client.ask("tools/call", params, 2, at_home).await;
        assert_eq!((text_of(&answer), client.rounds), ("L R", 1), "{setting:?}");
    }
}

#[tokio::test]
async fn a_user_may_decline_the_second_question() {
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let mut asked = 0;
        let answer = client
            .call("address", json!({}), |_, _| {
                asked += 1;
                if asked == 1 { accept(json!({"city": "Oslo"})) } else { declined() }
            })
            .await;
        assert_eq!(text_of(&answer), "decline:2", "{setting:?}");
    }
}

/// Consent to one thing is none to another: who agreed to pay ten is asked again when it is a thousand.
#[tokio::test]
async fn an_answer_belongs_to_its_question() {
    for setting in Setting::ALL {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("runs");
        let mut client = Asked::connect(&server(), setting).await;
        let answer = client
            .call("changing", json!({"file": file}), |_, question| {
                accept(json!({"answer": question["message"] == "Pay 10?"}))
            })
            .await;
        let runs = std::fs::read_to_string(&file).unwrap().len();
        let questions: Vec<&str> =
            client.questions.iter().map(|(_, question)| question["message"].as_str().unwrap()).collect();
        // Where the client is asked at once nothing runs twice, and nothing changes.
        match runs {
            1 => assert_eq!((text_of(&answer), questions), ("paid 10", vec!["Pay 10?"]), "{setting:?}"),
            _ => {
                assert_eq!(
                    (text_of(&answer), questions),
                    ("paid nothing", vec!["Pay 10?", "Pay 1000?"]),
                    "{setting:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_step_before_a_question_is_done_once() {
    for setting in Setting::ALL {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("tokens");
        let mut client = Asked::connect(&server(), setting).await;
        let answer = client.call("step_then_ask", json!({"file": file}), |_, _| accept(json!({"answer": true}))).await;
        let tokens = std::fs::read_to_string(&file).unwrap();
        let token = tokens.lines().next().unwrap();
        assert_eq!(
            (tokens.lines().count(), text_of(&answer)),
            (1, &*format!("token={token} confirm=true")),
            "{setting:?}"
        );
        assert_eq!(client.questions[0].1["message"], format!("Use {token}?"));
    }
}

/// Two calls, each with its own question, are two calls.
#[tokio::test]
async fn a_tool_that_counts_once_counts_once_for_each_call() {
    for setting in Setting::ALL {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("transfers");
        let mut client = Asked::connect(&server(), setting).await;
        for _ in 0..2 {
            let answer = client.call("transfer", json!({"file": file}), |_, _| accept(json!({"answer": 5}))).await;
            assert!(text_of(&answer).starts_with("transferred 5 as "), "{setting:?}: {answer}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "5\n5\n", "{setting:?}");
    }
}

#[tokio::test]
async fn a_loop_may_ask_ten_times() {
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let mut number = 0;
        let answer = client
            .call("loop_of_ten", json!({}), |_, question| {
                assert_eq!(question["message"], format!("Item {number}?"));
                number += 1;
                accept(json!({"answer": format!("i{number}")}))
            })
            .await;
        assert_eq!((text_of(&answer), client.rounds), ("i1,i2,i3,i4,i5,i6,i7,i8,i9,i10", 10), "{setting:?}");
    }
}

#[tokio::test]
async fn a_task_of_the_handler_may_ask() {
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let answer = client.call("from_a_task", json!({}), |_, _| accept(json!({"answer": "Alice"}))).await;
        assert_eq!((text_of(&answer), client.rounds), ("Alice", 1), "{setting:?}");
    }
}

#[tokio::test]
async fn the_model_and_the_roots_are_asked_as_the_user_is() {
    covers!("SAMP-002", "SAMP-003", "SAMP-004");
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let params = json!({"name": "model_and_roots", "arguments": {}});
        let answer = client
            .ask("tools/call", params, 2, |method, _| match method {
                "roots/list" => json!({"roots": [{"uri": "file:///work"}]}),
                _ => json!({"role": "assistant", "content": {"type": "text", "text": "hi"}, "model": "m"}),
            })
            .await;
        assert_eq!(text_of(&answer), "hi file:///work", "{setting:?}");
    }
}

#[tokio::test]
async fn a_page_is_opened_or_not() {
    covers!("ELIC-018", "ELIC-019");
    for setting in Setting::ALL {
        for action in ["accept", "decline", "cancel"] {
            let mut client = Asked::connect(&server(), setting).await;
            let answer = client.call("page", json!({}), |_, _| json!({"action": action})).await;
            assert_eq!(text_of(&answer), action, "{setting:?}");
            let question = &client.questions[0].1;
            assert_eq!((&question["mode"], &question["url"]), (&json!("url"), &json!("https://example.com/consent")));
            assert_eq!(question["elicitationId"].is_string(), setting.revision() == "2025-11-25");
        }
    }
}

#[tokio::test]
async fn prompts_and_resources_ask_as_tools_do() {
    covers!("MRTR-002");
    for setting in Setting::ALL {
        let mut client = Asked::connect(&server(), setting).await;
        let alice = |_: &str, _: &Value| accept(json!({"answer": "Alice"}));
        let prompt = client.ask("prompts/get", json!({"name": "greeting", "arguments": {}}), 1, alice).await;
        assert_eq!(prompt["result"]["messages"][0]["content"]["text"], "Hello, Alice!", "{setting:?}: {prompt}");
        let resource = client.ask("resources/read", json!({"uri": "ask://name"}), 1, alice).await;
        assert_eq!(resource["result"]["contents"][0]["text"], "Alice", "{setting:?}: {resource}");
    }
}

/// Before anything has happened, and with the name of what is missing.
#[tokio::test]
async fn a_client_that_cannot_be_asked_is_told_what_it_lacks() {
    covers!("CAP-005", "MRTR-006", "ELIC-002");
    let server = server();
    let mut client = Asked::in_process(&server, "2026-07-28", json!({})).await;
    for (tool, required) in [
        ("transfer", json!({"elicitation": {"form": {}}})),
        ("page", json!({"elicitation": {"url": {}}})),
        ("model_and_roots", json!({"sampling": {}, "roots": {}})),
    ] {
        let params = json!({"name": tool, "arguments": {"file": "/nonexistent"}});
        let error = client.send_alone("tools/call", params).await["error"].clone();
        assert_eq!((&error["code"], &error["data"]["requiredCapabilities"]), (&json!(-32021), &required), "{error}");
    }
    let mut client = Asked::in_process(&server, "2025-11-25", json!({})).await;
    let answer = client.call("address", json!({}), |_, _| panic!("it was asked")).await;
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert!(text_of(&answer).contains("declares `elicitation.form`"), "{answer}");
}

/// Answers without the state that came with their question are taken where the tool says so, and held to its form.
#[tokio::test]
async fn answers_come_ahead_where_they_are_taken() {
    covers!("MRTR-012", "MRTR-013", "MRTR-014");
    let server = Server::builder("asking", "1.0.0").tools([address::tool().answers_ahead()]).build();
    let mut client = Asked::in_process(&server, "2026-07-28", everything()).await;
    let with = |tool: &str, responses: Value| json!({"name": tool, "arguments": {}, "inputResponses": responses});
    let (city, street) = (accept(json!({"city": "Oslo"})), accept(json!({"street": "Karl Johans gate"})));

    let all = with("address", json!({"city": city, "street": street, "unknown": {"action": 5}}));
    assert_eq!(text_of(&client.send_alone("tools/call", all).await), "Karl Johans gate, Oslo");
    // What is not there is asked, and goes on from its state as ever.
    let asked = client.send_alone("tools/call", with("address", json!({"city": city}))).await["result"].clone();
    assert_eq!(asked["inputRequests"]["street"]["params"]["message"], "Which street in Oslo?", "{asked}");
    let mut next = with("address", json!({"street": street}));
    next["requestState"] = asked["requestState"].clone();
    assert_eq!(text_of(&client.send_alone("tools/call", next).await), "Karl Johans gate, Oslo");
    // What does not fit is refused.
    for wrong in [json!({"city": 5}), json!({"city": accept(json!({"city": 5}))}), json!({"city": accept(json!({}))})] {
        assert_eq!(client.send_alone("tools/call", with("address", wrong)).await["error"]["code"], -32602);
    }
    // A tool that counts once wants a state: without one the same answers could be sent again.
    let pay = with("transfer", json!({"amount": accept(json!({"answer": 5}))}));
    let mut asks_all_the_same = [pay, with("address", json!({"city": city}))];
    asks_all_the_same[0]["arguments"] = json!({"file": "/nonexistent"});
    for (tool, params) in [transfer::tool().answers_ahead(), address::tool()].into_iter().zip(asks_all_the_same) {
        let server = Server::builder("asking", "1.0.0").tools([tool]).build();
        let mut client = Asked::in_process(&server, "2026-07-28", everything()).await;
        let asked = client.send_alone("tools/call", params).await["result"].clone();
        assert_eq!(asked["resultType"], "input_required", "{asked}");
        assert_eq!(asked["inputRequests"].as_object().unwrap().len(), 1);
    }
}
