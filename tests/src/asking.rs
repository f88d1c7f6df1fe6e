//! A server that asks its clients, and a client that answers: with a session, by requests on the call's stream; without one,
//! by making the call again.

#![expect(clippy::needless_pass_by_value, reason = "tests write `json!` in the argument")]

use std::net::SocketAddr;

use mcp_server::{
    Answer, Context, Form, Server, ServerTool, ToolError, model::CreateMessage, prompt, resource, tool, tools,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    messages::{STATELESS, initialized, request},
    peer::Peer,
    raw_http::{Connection, mirror},
};

/// Everything that a client may declare.
pub fn everything() -> Value {
    json!({"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}, "context": {}}, "roots": {}})
}

/// Where a client is, and what it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// A child process.
    Stdio(&'static str),
    /// HTTP.
    Http(&'static str),
    /// The same process.
    InProcess(&'static str),
}

impl Setting {
    /// With a session and without, on every transport.
    pub const ALL: [Self; 6] = [
        Self::Stdio("2025-11-25"),
        Self::Stdio(STATELESS),
        Self::Http("2025-11-25"),
        Self::Http(STATELESS),
        Self::InProcess("2025-11-25"),
        Self::InProcess(STATELESS),
    ];

    /// The revision that is spoken.
    pub fn revision(self) -> &'static str {
        let (Self::Stdio(revision) | Self::Http(revision) | Self::InProcess(revision)) = self;
        revision
    }
}

enum Wire {
    Pipe(Box<Peer>),
    Http(Box<Connection>, SocketAddr),
}

/// A client that answers what it is asked.
pub struct Asked {
    wire: Wire,
    revision: &'static str,
    session: Option<String>,
    capabilities: Value,
    id: i64,
    /// How many rounds, or how many questions one after the other, the last call took.
    pub rounds: usize,
    /// Every question of the last call: method and parameters.
    pub questions: Vec<(String, Value)>,
}

impl Asked {
    /// Connects to a server in this process, or to the child process that has the same tools.
    pub async fn connect(server: &Server, setting: Setting) -> Self {
        let wire = match setting {
            Setting::Stdio(_) => {
                let program = std::env::current_exe().unwrap();
                let directory = program.parent().unwrap().parent().unwrap();
                Wire::Pipe(Box::new(Peer::start(&mut Command::new(directory.join("asking-server")))))
            }
            Setting::Http(_) => {
                let address = crate::clients::serve(server).await;
                Wire::Http(Box::new(Connection::open(address).await), address)
            }
            Setting::InProcess(_) => Wire::Pipe(Box::new(Peer::in_process(server))),
        };
        Self::open(wire, setting.revision(), everything()).await
    }

    /// A client over HTTP that declares this.
    pub async fn over_http(address: SocketAddr, revision: &'static str, capabilities: Value) -> Self {
        let wire = Wire::Http(Box::new(Connection::open(address).await), address);
        Self::open(wire, revision, capabilities).await
    }

    /// A client on a pipe that declares this.
    pub async fn over_pipe(peer: Peer, revision: &'static str, capabilities: Value) -> Self {
        Self::open(Wire::Pipe(Box::new(peer)), revision, capabilities).await
    }

    /// A client in the server's process that declares this.
    pub async fn in_process(server: &Server, revision: &'static str, capabilities: Value) -> Self {
        Self::open(Wire::Pipe(Box::new(Peer::in_process(server))), revision, capabilities).await
    }

    async fn open(wire: Wire, revision: &'static str, capabilities: Value) -> Self {
        let (id, rounds, questions) = (0, 0, Vec::new());
        let mut client = Self { wire, revision, session: None, capabilities, id, rounds, questions };
        if client.has_session() {
            let params = json!({
                "protocolVersion": revision, "capabilities": client.capabilities,
                "clientInfo": {"name": "asked", "version": "1"},
            });
            let opening = request(0, "initialize", params);
            match &mut client.wire {
                Wire::Pipe(peer) => {
                    assert_eq!(peer.ask(&opening).await["result"]["protocolVersion"], revision);
                    peer.send(&initialized()).await;
                }
                Wire::Http(connection, _) => {
                    let answer = connection.post_with(&[], &opening).await;
                    let id = answer.headers["mcp-session-id"].clone();
                    let headers = [("Mcp-Session-Id".to_owned(), id.clone())];
                    assert_eq!(connection.post_with(&headers, &initialized()).await.status, 202);
                    client.session = Some(id);
                }
            }
        }
        client
    }

    fn has_session(&self) -> bool {
        self.revision != STATELESS
    }

    /// Calls a tool and answers what it asks, one question after the other.
    pub async fn call(&mut self, tool: &str, arguments: Value, answer: impl FnMut(&str, &Value) -> Value) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments}), 1, answer).await
    }

    /// Makes a request, and answers questions when so many of them are open.
    pub async fn ask(
        &mut self,
        method: &str,
        params: Value,
        together: usize,
        mut answer: impl FnMut(&str, &Value) -> Value,
    ) -> Value {
        (self.rounds, self.questions) = (0, Vec::new());
        if self.has_session() {
            return self.ask_in_session(method, params, together, &mut answer).await;
        }
        let mut params = params;
        loop {
            let response = self.send_alone(method, params.clone()).await;
            let result = &response["result"];
            if result["resultType"] != "input_required" {
                return response;
            }
            self.rounds += 1;
            let requests = result["inputRequests"].as_object().unwrap_or_else(|| panic!("no questions: {response}"));
            assert_eq!(requests.len(), together, "{response}");
            let mut responses = json!({});
            for (key, request) in requests {
                let method = request["method"].as_str().unwrap();
                self.questions.push((method.to_owned(), request["params"].clone()));
                responses[key] = answer(method, &request["params"]);
            }
            params["inputResponses"] = responses;
            params["requestState"] = result["requestState"].clone();
        }
    }

    /// Makes a request that stands alone, and takes its response.
    pub async fn send_alone(&mut self, method: &str, mut params: Value) -> Value {
        self.id += 1;
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientCapabilities": self.capabilities,
        });
        let message = request(self.id, method, params);
        match &mut self.wire {
            Wire::Pipe(peer) => peer.ask(&message).await,
            Wire::Http(connection, _) => connection.post_with(&mirror(&message), &message).await.json(),
        }
    }

    async fn ask_in_session(
        &mut self,
        method: &str,
        params: Value,
        together: usize,
        answer: &mut impl FnMut(&str, &Value) -> Value,
    ) -> Value {
        self.id += 1;
        let message = request(self.id, method, params);
        let headers: Vec<_> = self.session.iter().map(|id| ("Mcp-Session-Id".to_owned(), id.clone())).collect();
        match &mut self.wire {
            Wire::Pipe(peer) => peer.send(&message).await,
            Wire::Http(connection, _) => {
                connection.send_post(&headers, &message).await;
                let head = connection.head().await;
                if head.headers["content-type"] != "text/event-stream" {
                    return connection.rest(head).await.json();
                }
            }
        }
        let mut open = Vec::new();
        loop {
            let next = match &mut self.wire {
                Wire::Pipe(peer) => peer.receive().await.expect("the server has closed its side"),
                Wire::Http(connection, _) => connection.event().await.expect("the stream has ended"),
            };
            let Some(asked) = next["method"].as_str() else {
                if let Wire::Http(connection, _) = &mut self.wire {
                    while connection.event().await.is_some() {}
                }
                return next;
            };
            if next.get("id").is_none() {
                continue;
            }
            self.questions.push((asked.to_owned(), next["params"].clone()));
            let result = answer(asked, &next["params"]);
            open.push(json!({"jsonrpc": "2.0", "id": next["id"], "result": result}));
            if open.len() < together {
                continue;
            }
            self.rounds += 1;
            for response in open.drain(..) {
                match &mut self.wire {
                    Wire::Pipe(peer) => peer.send(&response).await,
                    Wire::Http(_, address) => {
                        let mut posting = Connection::open(*address).await;
                        assert_eq!(posting.post_with(&headers, &response).await.status, 202);
                    }
                }
            }
        }
    }
}

/// The answer that accepts a form.
pub fn accept(content: Value) -> Value {
    json!({"action": "accept", "content": content})
}

#[derive(Form)]
struct City {
    city: String,
}

#[derive(Form)]
struct Street {
    street: String,
}

#[derive(Form)]
struct Left {
    left: String,
}

#[derive(Form)]
struct Right {
    right: String,
}

fn refused<T>(answer: &Answer<T>) -> &'static str {
    match answer {
        Answer::Accept(_) => "accept",
        Answer::Decline => "decline",
        Answer::Cancel => "cancel",
    }
}

/// Two questions, one after the other.
#[tool(asks(elicitation))]
pub async fn address(ctx: Context) -> Result<String, ToolError> {
    let city = match ctx.elicit::<City>("city", "Which city?").await? {
        Answer::Accept(form) => form.city,
        other => return Ok(format!("{}:1", refused(&other))),
    };
    match ctx.elicit::<Street>("street", format!("Which street in {city}?")).await? {
        Answer::Accept(form) => Ok(format!("{}, {city}", form.street)),
        other => Ok(format!("{}:2", refused(&other))),
    }
}

/// Two questions at once.
#[tool(asks(elicitation))]
async fn pair(ctx: Context) -> Result<String, ToolError> {
    let (left, right) = tokio::join!(ctx.elicit::<Left>("left", "Left?"), ctx.elicit::<Right>("right", "Right?"));
    let (left, right) = (left?.accepted(), right?.accepted());
    Ok(format!("{} {}", left.map_or("-".into(), |form| form.left), right.map_or("-".into(), |form| form.right)))
}

/// Ten questions in a loop.
#[tool(asks(elicitation))]
async fn loop_of_ten(ctx: Context) -> Result<String, ToolError> {
    let mut all = Vec::new();
    for number in 0..10 {
        match ctx.ask_text(format!("item-{number}"), format!("Item {number}?")).await? {
            Answer::Accept(item) => all.push(item),
            other => return Ok(format!("{} at {number}", refused(&other))),
        }
    }
    Ok(all.join(","))
}

/// A step, and then a question about what it gave.
#[tool(asks(elicitation))]
async fn step_then_ask(file: String, ctx: Context) -> Result<String, ToolError> {
    let token = ctx
        .step("token", || async {
            let token = uuid::Uuid::new_v4().to_string();
            let mut line = std::fs::OpenOptions::new().create(true).append(true).open(&file)?;
            std::io::Write::write_all(&mut line, format!("{token}\n").as_bytes())?;
            Ok::<_, std::io::Error>(token)
        })
        .await?;
    match ctx.confirm("confirm", format!("Use {token}?")).await? {
        Answer::Accept(yes) => Ok(format!("token={token} confirm={yes}")),
        other => Ok(refused(&other).to_owned()),
    }
}

/// Asks something else under the same key when it runs again, as a handler does that depends on what changes.
#[tool(asks(elicitation))]
async fn changing(file: String, ctx: Context) -> Result<String, ToolError> {
    let runs = std::fs::read_to_string(&file).map_or(0, |text| text.len());
    // The question changes once: after the first run.
    std::fs::write(&file, "x".repeat(runs + 1))?;
    let amount = if runs == 0 { 10 } else { 1000 };
    match ctx.confirm("pay", format!("Pay {amount}?")).await? {
        Answer::Accept(true) => Ok(format!("paid {amount}")),
        _ => Ok("paid nothing".into()),
    }
}

/// Asks, and then does what must not be done twice.
#[tool(once, asks(elicitation))]
pub async fn transfer(file: String, ctx: Context) -> Result<String, ToolError> {
    let Answer::Accept(amount) = ctx.ask_number("amount", "How much?").await? else { return Ok("nothing".into()) };
    let mut line = std::fs::OpenOptions::new().create(true).append(true).open(&file)?;
    std::io::Write::write_all(&mut line, format!("{amount}\n").as_bytes())?;
    Ok(format!("transferred {amount} as {}", uuid::Uuid::new_v4()))
}

/// Asks in a task of its own.
#[tool(asks(elicitation))]
async fn from_a_task(ctx: Context) -> Result<String, ToolError> {
    let task = tokio::spawn(async move { ctx.ask_text("name", "Who?").await });
    Ok(task.await??.accepted().unwrap_or_default())
}

/// Asks the client's model, and for its roots.
#[tool(asks(sampling, roots))]
async fn model_and_roots(ctx: Context) -> Result<String, ToolError> {
    let question = CreateMessage::new(100).user("hello");
    let (said, roots) = tokio::join!(ctx.sample("hello", question), ctx.roots());
    let roots: Vec<String> = roots?.into_iter().map(|root| root.uri).collect();
    Ok(format!("{} {}", said?.text(), roots.join(" ")))
}

/// A page to open.
#[tool(asks(elicitation_url))]
async fn page(ctx: Context) -> Result<String, ToolError> {
    Ok(refused(&ctx.elicit_url("consent", "Please visit", "https://example.com/consent").await?).to_owned())
}

/// Greets whoever answers.
#[prompt(asks(elicitation))]
async fn greeting(ctx: Context) -> Result<String, ToolError> {
    let name = ctx.ask_text("name", "Who?").await?;
    Ok(format!("Hello, {}!", name.accepted().unwrap_or_default()))
}

/// Is for whoever answers.
#[resource("ask://name", asks(elicitation))]
async fn name(ctx: Context) -> Result<String, ToolError> {
    let name = ctx.ask_text("name", "Who?").await?;
    Ok(name.accepted().unwrap_or_default())
}

/// The tools above.
pub fn service() -> Vec<ServerTool> {
    tools![address, pair, loop_of_ten, step_then_ask, changing, transfer, from_a_task, model_and_roots, page]
}

/// The server that has them.
pub fn server() -> Server {
    Server::builder("asking", "1.0.0")
        .tools(service())
        .prompts([greeting::prompt()])
        .resources([name::resource()])
        .build()
}
