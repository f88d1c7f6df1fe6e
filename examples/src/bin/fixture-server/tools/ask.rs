//! Tools that ask their client in the middle of a call.

use mcp_server::{
    Answer, Context, Form, Schema, ToolError,
    model::{CreateMessage, Tool},
    tool,
};
use uuid::Uuid;

use crate::{
    asking::{action, ask_name},
    scratch::Scratch,
};

/// The most that the client's model may say.
const TOKENS: u32 = 100;

/// Asks for a name.
#[tool(asks(elicitation))]
pub(super) async fn ask(ctx: Context) -> Result<String, ToolError> {
    name_given(&ctx).await
}

/// Asks for a name, and takes one answer for each call.
#[tool(asks(elicitation), once)]
pub(super) async fn ask_once(ctx: Context) -> Result<String, ToolError> {
    name_given(&ctx).await
}

async fn name_given(ctx: &Context) -> Result<String, ToolError> {
    Ok(match ask_name(ctx).await? {
        Answer::Accept(name) => format!("accept:{name}"),
        other => action(&other).to_owned(),
    })
}

#[derive(Form)]
struct Taste {
    #[form(default = Color::Red)]
    color: Option<Color>,
    #[form(default = true)]
    news: Option<bool>,
}

#[derive(Form, Clone, Copy)]
enum Color {
    #[form(title = "Red", rename = "r")]
    Red,
    #[form(title = "Green", rename = "g")]
    Green,
}

/// Asks for more than a text.
#[tool(asks(elicitation))]
pub(super) async fn ask_rich(ctx: Context) -> Result<String, ToolError> {
    let Taste { color, news } = match ctx.elicit("taste", "What do you like?").await? {
        Answer::Accept(taste) => taste,
        other => return Ok(action(&other).to_owned()),
    };
    let color = match color.unwrap_or(Color::Red) {
        Color::Red => "r",
        Color::Green => "g",
    };
    Ok(format!("color={color} news={}", news.unwrap_or(true)))
}

#[derive(Form)]
struct City {
    city: String,
}

#[derive(Form)]
struct Street {
    street: String,
}

/// Asks one question, and then another that depends on the answer.
#[tool(asks(elicitation))]
pub(super) async fn ask_two(ctx: Context) -> Result<String, ToolError> {
    let city = match ctx.elicit::<City>("city", "Which city?").await? {
        Answer::Accept(form) => form.city,
        other => return Ok(format!("{}:1", action(&other))),
    };
    match ctx.elicit::<Street>("street", format!("Which street in {city}?")).await? {
        Answer::Accept(form) => Ok(format!("{}, {city}", form.street)),
        other => Ok(format!("{}:2", action(&other))),
    }
}

#[derive(Form)]
struct Left {
    left: String,
}

#[derive(Form)]
struct Right {
    right: String,
}

/// Asks two questions at the same time.
#[tool(asks(elicitation))]
pub(super) async fn ask_parallel(ctx: Context) -> Result<String, ToolError> {
    let (left, right) = tokio::join!(ctx.elicit::<Left>("left", "Left?"), ctx.elicit::<Right>("right", "Right?"));
    Ok(match (left?, right?) {
        (Answer::Accept(left), Answer::Accept(right)) => format!("left={} right={}", left.left, right.right),
        (Answer::Accept(_), other) => action(&other).to_owned(),
        (other, _) => action(&other).to_owned(),
    })
}

/// Asks the user to open a page.
#[tool(asks(elicitation_url))]
pub(super) async fn ask_url(ctx: Context) -> Result<String, ToolError> {
    let answer = ctx.elicit_url("consent", "Please visit the page", "https://example.com/consent").await?;
    Ok(format!("url:{}", action(&answer)))
}

/// Asks the client's model.
#[tool(asks(sampling))]
pub(super) async fn sample(prompt: String, ctx: Context) -> Result<String, ToolError> {
    sampled(&ctx, CreateMessage::new(TOKENS).user(prompt)).await
}

/// Asks the client's model, and offers it a tool.
#[tool(asks(sampling_tools))]
pub(super) async fn sample_tools(ctx: Context) -> Result<String, ToolError> {
    let dice = Tool::new("dice", Schema::no_arguments());
    sampled(&ctx, CreateMessage::new(TOKENS).user("Throw the dice, or say that you do not want to.").tool(dice)).await
}

async fn sampled(ctx: &Context, question: CreateMessage) -> Result<String, ToolError> {
    let answer = ctx.sample("sample", question).await?;
    Ok(format!("sampled:{}", answer.text()))
}

/// Returns the URIs of the client's roots, as JSON.
#[tool(asks(roots))]
pub(super) async fn roots(ctx: Context) -> Result<String, ToolError> {
    let uris: Vec<String> = ctx.roots().await?.into_iter().map(|root| root.uri).collect();
    Ok(serde_json::to_string(&uris)?)
}

#[derive(Form)]
struct Confirm {
    confirm: bool,
}

/// What leaves marks before it asks.
pub(super) struct Steps {
    scratch: Scratch,
}

impl Steps {
    pub(super) fn new(scratch: Scratch) -> Self {
        Self { scratch }
    }
}

#[mcp_server::handlers]
impl Steps {
    /// Draws a token, notes it in a file, and asks about it.
    #[tool(asks(elicitation))]
    async fn step_then_ask(&self, file: String, ctx: Context) -> Result<String, ToolError> {
        let mark = self.scratch.mark(&file)?;
        // Without the step each round would draw and note a token of its own.
        let token = ctx
            .step("token", async || {
                let token = Uuid::new_v4().to_string();
                mark.append_line(&token).map(|()| token)
            })
            .await?;
        match ctx.elicit::<Confirm>("confirm", "Confirm?").await? {
            Answer::Accept(form) => Ok(format!("token={token} confirm={}", form.confirm)),
            other => Ok(action(&other).to_owned()),
        }
    }
}
