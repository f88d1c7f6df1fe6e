//! What asks its client, under the names and keys of the suite. Its texts are the suite's.

use mcp_server::{
    Answer, Ask, Context, Form, RawObject, ServerPrompt, ServerTool, ToolError,
    model::{CreateMessage, ElicitForm, FieldSchema, FormOption, FormSchema},
    prompt, prompts, tool, tools,
};

pub(crate) fn tools() -> Vec<ServerTool> {
    let mut all = tools![
        test_sampling,
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
        test_missing_capability,
        test_streaming_elicitation,
        test_input_required_result_sampling,
        test_input_required_result_list_roots,
        test_input_required_result_request_state,
        test_input_required_result_multiple_inputs,
        test_input_required_result_multi_round,
        test_input_required_result_tampered_state,
        test_input_required_result_capabilities,
    ];
    // The suite answers it without the state that came with its question.
    all.push(test_input_required_result_elicitation::tool().answers_ahead());
    all
}

pub(crate) fn prompts() -> Vec<ServerPrompt> {
    prompts![test_input_required_result_prompt]
}

/// Hands a prompt to the client's model.
#[tool(asks(sampling))]
async fn test_sampling(prompt: String, ctx: Context) -> Result<String, ToolError> {
    let answer = ctx.sample("answer", CreateMessage::new(100).user(prompt)).await?;
    Ok(format!("LLM response: {}", answer.text()))
}

#[derive(Form)]
struct Account {
    /// User's response
    username: String,
    /// User's email address
    email: String,
}

/// Asks for an account.
#[tool(asks(elicitation))]
async fn test_elicitation(message: String, ctx: Context) -> Result<String, ToolError> {
    Ok(match ctx.elicit("account", message).await? {
        Answer::Accept(Account { username, email }) => {
            let content = serde_json::json!({"username": username, "email": email});
            format!("User response: action=accept, content={content}")
        }
        Answer::Decline => "User response: action=decline".to_owned(),
        Answer::Cancel => "User response: action=cancel".to_owned(),
    })
}

/// Asks with something filled in for every kind of field.
#[tool(asks(elicitation))]
async fn test_elicitation_sep1034_defaults(ctx: Context) -> Result<String, ToolError> {
    let form = FormSchema::new()
        .optional("name", FieldSchema::text().with_default("John Doe"))
        .optional("age", FieldSchema::integer().with_default(30))
        .optional("score", FieldSchema::number().with_default(95.5))
        .optional("status", FieldSchema::one_of(["active", "inactive", "pending"]).with_default("active"))
        .optional("verified", FieldSchema::boolean().with_default(true));
    completed(&ctx, "Please check what is filled in", form).await
}

/// Asks for choices of every kind.
#[tool(asks(elicitation))]
async fn test_elicitation_sep1330_enums(ctx: Context) -> Result<String, ToolError> {
    let plain = || ["option1", "option2", "option3"];
    let titled = |noun: &str| {
        [("value1", "First"), ("value2", "Second"), ("value3", "Third")]
            .map(|(value, title)| FormOption::titled(value, format!("{title} {noun}")))
    };
    let beside = [("opt1", "Option One"), ("opt2", "Option Two"), ("opt3", "Option Three")]
        .map(|(value, title)| FormOption::titled(value, title));
    let form = FormSchema::new()
        .optional("untitledSingle", FieldSchema::one_of(plain()))
        .optional("titledSingle", FieldSchema::one_of(titled("Option")))
        .optional("legacyEnum", FieldSchema::one_of(beside).with_enum_names())
        .optional("untitledMulti", FieldSchema::several_of(plain()))
        .optional("titledMulti", FieldSchema::several_of(titled("Choice")));
    completed(&ctx, "Please choose", form).await
}

async fn completed(ctx: &Context, message: &str, form: FormSchema) -> Result<String, ToolError> {
    let answer = ctx.elicit_form("form", ElicitForm::new(message, form)).await?;
    let (action, content) = outcome(&answer);
    Ok(format!("Elicitation completed: action={action}, content={content}"))
}

fn outcome(answer: &Answer<RawObject>) -> (&'static str, &str) {
    match answer {
        Answer::Accept(content) => ("accept", content.as_raw().as_str()),
        Answer::Decline => ("decline", "{}"),
        Answer::Cancel => ("cancel", "{}"),
    }
}

/// Needs a client that hands prompts to its model.
#[tool(asks(sampling))]
async fn test_missing_capability(ctx: Context) -> Result<String, ToolError> {
    Ok(ctx.sample("greeting", CreateMessage::new(100).user("Say hello.")).await?.text())
}

/// Asks in the middle of a call.
#[tool(asks(elicitation))]
async fn test_streaming_elicitation(ctx: Context) -> Result<String, ToolError> {
    greeting(&ctx).await
}

#[derive(Form)]
struct Name {
    name: String,
}

/// Asks for a name.
#[tool(asks(elicitation))]
async fn test_input_required_result_elicitation(ctx: Context) -> Result<String, ToolError> {
    greeting(&ctx).await
}

async fn greeting(ctx: &Context) -> Result<String, ToolError> {
    let answer = ctx.elicit::<Name>("user_name", "What is your name?").await?;
    Ok(format!("Hello, {}!", answer.accepted().map_or_else(|| "stranger".to_owned(), |form| form.name)))
}

/// Asks the client's model.
#[tool(asks(sampling))]
async fn test_input_required_result_sampling(ctx: Context) -> Result<String, ToolError> {
    let question = CreateMessage::new(100).user("What is the capital of France?");
    Ok(ctx.sample("capital_question", question).await?.text())
}

/// Asks where the client works.
#[tool(asks(roots))]
async fn test_input_required_result_list_roots(ctx: Context) -> Result<String, ToolError> {
    let uris: Vec<String> = ctx.roots().await?.into_iter().map(|root| root.uri).collect();
    Ok(uris.join("\n"))
}

#[derive(Form)]
struct Consent {
    ok: bool,
}

/// Remembers what it drew before it asked.
#[tool(asks(elicitation))]
async fn test_input_required_result_request_state(ctx: Context) -> Result<String, ToolError> {
    confirmed(&ctx).await
}

/// Notices when what it remembers was changed.
#[tool(asks(elicitation))]
async fn test_input_required_result_tampered_state(ctx: Context) -> Result<String, ToolError> {
    confirmed(&ctx).await
}

async fn confirmed(ctx: &Context) -> Result<String, ToolError> {
    let remembered = ctx.step("remember", async || Ok::<_, ToolError>("state-ok".to_owned())).await?;
    Ok(match ctx.elicit::<Consent>("confirm", "Please confirm").await? {
        Answer::Accept(consent) if consent.ok => remembered,
        _ => format!("{remembered}, not confirmed"),
    })
}

/// Asks everybody at once.
#[tool(asks(elicitation, sampling, roots))]
async fn test_input_required_result_multiple_inputs(ctx: Context) -> Result<String, ToolError> {
    let question = CreateMessage::new(50).user("Generate a greeting");
    let (name, greeting, roots) = tokio::join!(
        ctx.elicit::<Name>("user_name", "What is your name?"),
        ctx.sample("greeting", question),
        ctx.roots()
    );
    let name = name?.accepted().map_or_else(|| "stranger".to_owned(), |form| form.name);
    Ok(format!("{} {name}, in {} roots", greeting?.text(), roots?.len()))
}

#[derive(Form)]
struct Color {
    color: String,
}

/// Asks twice.
#[tool(asks(elicitation))]
async fn test_input_required_result_multi_round(ctx: Context) -> Result<String, ToolError> {
    let Answer::Accept(Name { name }) = ctx.elicit("step1", "Step 1: What is your name?").await? else {
        return Ok("no name".to_owned());
    };
    let Answer::Accept(Color { color }) = ctx.elicit("step2", "Step 2: What is your favorite color?").await? else {
        return Ok(format!("{name} has no favorite color"));
    };
    Ok(format!("{name} likes {color}"))
}

/// Asks only what its client can be asked.
#[tool]
async fn test_input_required_result_capabilities(ctx: Context) -> Result<String, ToolError> {
    if ctx.can_ask(Ask::Elicitation) {
        return greeting(&ctx).await;
    }
    if ctx.can_ask(Ask::Sampling) {
        return Ok(ctx.sample("greeting", CreateMessage::new(50).user("Generate a greeting")).await?.text());
    }
    Ok("There is nobody to ask.".to_owned())
}

#[derive(Form)]
struct Setting {
    context: String,
}

/// Asks what it is about.
#[prompt(asks(elicitation))]
async fn test_input_required_result_prompt(ctx: Context) -> Result<String, ToolError> {
    match ctx.elicit::<Setting>("user_context", "What context should the prompt use?").await? {
        Answer::Accept(form) => Ok(format!("Please answer in this context: {}", form.context)),
        _ => Ok("Please answer.".to_owned()),
    }
}
