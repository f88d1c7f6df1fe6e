//! Which answers count: those to what is asked now, of the shape that was asked for, once.

use mcp_server::{Answer, Context, ToolError, model::CreateMessage};
use mcp_tests::{asking::accept, covers, messages::text_of};
use serde_json::{Value, json};

use crate::alone::{Alone, Count, answer, assert_fails, keys, server, text, tool};

/// Asks for everything that can be asked for, together.
async fn all(ctx: Context) -> Result<String, ToolError> {
    let (text, number, yes, choice, page, said, roots) = tokio::join!(
        ctx.ask_text("text", "Text?"),
        ctx.ask_number("number", "Number?"),
        ctx.confirm("yes", "Yes?"),
        ctx.choose("choice", "Which?", ["red", "green"]),
        ctx.elicit_url("page", "Open?", "https://example.com"),
        ctx.sample("said", CreateMessage::new(10).user("hi")),
        ctx.roots(),
    );
    let page = matches!(page?, Answer::Accept(()));
    Ok(format!("{:?} {:?} {:?} {:?} {page} {} {}", text?, number?, yes?, choice?, said?.text(), roots?.len()))
}

fn good() -> Value {
    json!({
        "text": text("a"), "number": accept(json!({"answer": 1})), "yes": accept(json!({"answer": true})),
        "choice": text("red"), "url:page": {"action": "accept"},
        "sample:said": {"role": "assistant", "content": {"type": "text", "text": "hi"}, "model": "m"},
        "roots:": {"roots": []},
    })
}

#[tokio::test]
async fn an_answer_of_another_shape_is_an_error_that_names_its_question() {
    covers!("MRTR-014");
    let mut client = Alone::new(&server([tool("all", all)]));
    let asked = client.call("all").await;
    assert_eq!(keys(&asked).len(), 7);
    let never = [Value::Null, json!(1), json!(true), json!("accept"), json!([]), json!({}), json!({"action": "maybe"})];
    for key in keys(&asked) {
        let of_form = match key.as_str() {
            "text" => {
                vec![accept(json!({"answer": 1})), accept(json!({})), accept(Value::Null)]
            }
            "number" => vec![accept(json!({"answer": "1"})), accept(json!({"answer": null})), accept(json!([1]))],
            "yes" => vec![accept(json!({"answer": "true"})), json!({"action": "accept"})],
            "choice" => vec![text("blue"), text("Red"), text("")],
            "sample:said" => vec![json!({"role": "assistant", "content": {"type": "text"}, "model": "m"})],
            "roots:" => vec![json!({"roots": {}}), json!({"roots": [{"name": "no uri"}]})],
            _ => vec![],
        };
        for malformed in never.iter().chain(&of_form) {
            let mut responses = good();
            responses[&key] = malformed.clone();
            let answer = client.again("all", &asked, responses).await;
            assert_fails(&answer, -32602, &format!("`{key}`"));
        }
    }
    let answer = client.again("all", &asked, good()).await;
    assert_eq!(text_of(&answer), r#"Accept("a") Accept(1.0) Accept(true) Accept("red") true hi 0"#);
}

/// As deep as a message may be, and far deeper than an answer is.
#[tokio::test]
async fn a_deep_answer_is_an_error_and_no_more() {
    let mut client = Alone::new(&server([tool("all", all)]));
    let asked = client.call("all").await;
    for depth in [40, 10_000] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let state = crate::alone::state(&asked);
        let members = format!(
            r#""name":"all","arguments":{{}},"requestState":"{state}","inputResponses":{{"text":{{"action":"accept","content":{{"answer":{deep}}}}}}}"#
        );
        let answer = client.raw("tools/call", &members).await;
        assert!(answer["error"]["code"].is_i64(), "{answer}");
    }
    assert!(text_of(&client.again("all", &asked, good()).await).starts_with("Accept"));
}

#[tokio::test]
async fn answers_that_nobody_asked_for_are_passed_over() {
    covers!("MRTR-013");
    let once = tool("once", |ctx| async move { answer(&ctx, "name").await });
    let mut client = Alone::new(&server([once]));
    let asked = client.call("once").await;
    let responses = json!({
        "name": text("Alice"), "other": text("x"), "form:name": 5, "": null, "url:name": {"action": "cancel"},
        "roots:": [], "step:name": 1, "NAME": text("Eve"),
    });
    assert_eq!(text_of(&client.again("once", &asked, responses).await), "Alice");
}

#[tokio::test]
async fn what_is_answered_cannot_be_answered_otherwise() {
    let three = tool("three", |ctx| async move {
        Ok(format!("{} {} {}", answer(&ctx, "a").await?, answer(&ctx, "b").await?, answer(&ctx, "c").await?))
    });
    let mut client = Alone::new(&server([three]));
    let first = client.call("three").await;
    let second = client.again("three", &first, json!({"a": text("1"), "b": text("early")})).await;
    assert_eq!(keys(&second), ["b"]);
    let third = client.again("three", &second, json!({"a": text("other"), "b": text("2")})).await;
    assert_eq!(keys(&third), ["c"]);
    let all = json!({"a": text("other"), "b": text("other"), "c": text("3")});
    assert_eq!(text_of(&client.again("three", &third, all).await), "1 2 3");
}

#[tokio::test]
async fn what_is_not_answered_is_asked_again_and_what_is_answered_is_not() {
    covers!("MRTR-012");
    let mut client = Alone::new(&server([tool("all", all)]));
    let mut asked = client.call("all").await;
    for left in (1..7).rev() {
        let key = keys(&asked)[0].clone();
        asked = client.again("all", &asked, json!({&key: good()[&key]})).await;
        assert_eq!(keys(&asked).len(), left);
        assert!(!keys(&asked).contains(&key));
    }
    let key = keys(&asked)[0].clone();
    let answer = client.again("all", &asked, json!({&key: good()[&key]})).await;
    assert_eq!(text_of(&answer), r#"Accept("a") Accept(1.0) Accept(true) Accept("red") true hi 0"#);
}

/// In whichever order they are asked the next time: a key finds its answer, not a place.
#[tokio::test]
async fn answers_are_found_by_their_key_and_not_by_their_place() {
    let runs = Count::default();
    let turned = tool("turned", move |ctx| {
        let is_turned = runs.up() % 2 == 0;
        async move {
            let (one, other) = if is_turned { ("b", "a") } else { ("a", "b") };
            let (one, other) = tokio::join!(answer(&ctx, one), answer(&ctx, other));
            let (one, other) = (one?, other?);
            Ok(if is_turned { format!("{other} {one}") } else { format!("{one} {other}") })
        }
    });
    let mut client = Alone::new(&server([turned]));
    let asked = client.call("turned").await;
    let responses = json!({"b": text("B"), "a": text("A")});
    assert_eq!(text_of(&client.again("turned", &asked, responses).await), "A B");
}

/// Of another kind, message, form or conversation.
#[tokio::test]
async fn consent_to_one_thing_is_none_to_another() {
    let runs = Count::default();
    let changing = tool("changing", move |ctx| {
        let run = runs.up();
        async move {
            let asked = match run {
                1 => ctx.confirm("pay", "Pay 10?").await?.accepted(),
                2 => ctx.confirm("pay", "Pay 1000?").await?.accepted(),
                _ => ctx.ask_text("pay", "Pay 1000?").await?.accepted().map(|text| text == "yes"),
            };
            Ok(format!("{asked:?}"))
        }
    });
    let mut client = Alone::new(&server([changing]));
    let yes = || json!({"pay": accept(json!({"answer": true}))});
    let mut asked = client.call("changing").await;
    for question in ["Pay 1000?", "Pay 1000?"] {
        asked = client.again("changing", &asked, yes()).await;
        assert_eq!(asked["result"]["inputRequests"]["pay"]["params"]["message"], question);
    }
    assert_eq!(text_of(&client.answer("changing", &asked, "yes").await), "Some(true)");
}

#[tokio::test]
async fn a_key_that_comes_twice_ends_the_call_whatever_its_handler_does() {
    let tools = [
        tool("in_line", |ctx| async move { tokio::join!(answer(&ctx, "a"), answer(&ctx, "a")).0 }),
        // A branch of a `select!` that is dropped has used its key.
        tool("beside", |ctx| async move {
            tokio::select! {
                biased;
                _ = async { tokio::join!(answer(&ctx, "a"), answer(&ctx, "a")) } => {}
                () = std::future::ready(()) => {}
            }
            Ok("done".into())
        }),
        tool("in_a_task", |ctx| async move {
            let task = tokio::spawn(async move { tokio::join!(answer(&ctx, "a"), answer(&ctx, "a")).0 });
            task.await?
        }),
        tool("steps", |ctx| async move {
            ctx.step("a", || async { Ok::<_, ToolError>(1) }).await?;
            ctx.step("a", || async { Ok::<_, ToolError>(1) }).await?;
            Ok("done".into())
        }),
        tool("of_kinds", |ctx| async move {
            ctx.step("a", || async { Ok::<_, ToolError>(1) }).await?;
            let (one, other) = tokio::join!(answer(&ctx, "a"), ctx.elicit_url("a", "a", "https://example.com"));
            let _ = other?;
            one
        }),
    ];
    let mut client = Alone::new(&server(tools));
    for tool in ["in_line", "beside", "in_a_task", "steps"] {
        assert_fails(&client.call(tool).await, -32603, "`a` comes twice");
    }
    // Those of other kinds are others.
    assert_eq!(keys(&client.call("of_kinds").await), ["a", "url:a"]);
}

#[tokio::test]
async fn a_malformed_answer_ends_the_call_also_where_its_handler_would_go_on() {
    let careless = tool("careless", |ctx| async move {
        tokio::select! {
            biased;
            _ = answer(&ctx, "a") => Ok("answered".into()),
            _ = async { answer(&ctx, "b").await } => Ok("went on".into()),
        }
    });
    let mut client = Alone::new(&server([careless]));
    let asked = client.call("careless").await;
    let responses = json!({"a": {"action": "perhaps"}, "b": text("b")});
    assert_fails(&client.again("careless", &asked, responses).await, -32602, "`a`");
}

/// They have no key of their own, and a key stands once in an answer.
#[tokio::test]
async fn roots_that_are_asked_for_twice_together_are_one_question() {
    covers!("MRTR-005");
    let twice = tool("twice", |ctx| async move {
        let (one, other) = tokio::join!(ctx.roots(), ctx.roots());
        Ok(format!("{} {}", one?.len(), other?.len()))
    });
    let mut client = Alone::new(&server([twice]));
    let members = r#""name":"twice","arguments":{}"#;
    client.send("tools/call", members, &json!({})).await;
    let mcp_tests::peer::Peer::InProcess(pipe) = &mut client.peer else { unreachable!() };
    let line = String::from_utf8(pipe.incoming.recv().await.unwrap().to_vec()).unwrap();
    assert_eq!(line.matches("roots/list").count(), 1, "{line}");
    let asked: Value = serde_json::from_str(&line).unwrap();
    let responses = json!({"roots:": {"roots": [{"uri": "file:///a"}]}});
    assert_eq!(text_of(&client.again("twice", &asked, responses).await), "1 1");
}
