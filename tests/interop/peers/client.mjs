// The TypeScript SDKs as clients: one JSON line per step.
//
//   client.mjs LINE legacy|modern stdio PROGRAM ARGUMENT…
//   client.mjs LINE legacy|modern http URL
//
// LINE is 1 or 2, or an old release such as 1.9.
//
// With INTEROP_HOLD in the environment it makes a call that never ends, and says so when the call runs.
const [line, era, transportName, ...target] = process.argv.slice(2);
const sdk = line === "2" ? await two() : await one(line === "1" ? "@modelcontextprotocol/sdk" : `sdk-${line}`);

const heard = [];
const questions = [];
const logged = [];
const wakes = [];
function hear(tools) {
  heard.push(tools);
  wakes.splice(0).forEach((wake) => wake());
}

const { client, transport } = await sdk.connect(hear);
say("connect", { revision: sdk.revision(client, transport), server: client.getServerVersion()?.name });
if (process.env.INTEROP_HOLD) {
  await text("hold", {}, { onprogress: () => say("hold", {}) });
}
say("list", { tools: await names() });
say("call", await text("add", { a: 2, b: 3 }));
say("refuse", await outcome("add", { a: "two", b: 3 }));
say("unknown", await outcome("no-such-tool", {}));

say("structured", { report: await structured("report", { city: "Oslo" }), count: await structured("count", { to: 3 }) });

say("anything", await text("anything", { value: [1, { a: null }] }));
const { resources } = await client.listResources();
const read = await Promise.all(resources.map(({ uri }) => client.readResource({ uri })));
say("read", { texts: read.map(({ contents }) => contents[0].text) });

// The argument is also a header, as far as the revision and the SDK have such.
const region = " Zürich\u{1F980} ";
say("mirror", { same: (await text("look", { region })).text === region });

const large = "line\nline\r\n\u2028\u{1F980}\u0000\"\\ ".repeat(20_000);
say("large", { same: (await text("echo", { text: large })).text === large });

const sums = await Promise.all(Array.from({ length: 20 }, (_, n) => text("add", { a: n, b: n })));
say("parallel", { sums: sums.map((sum) => Number(sum.text)) });

const reports = [];
const slow = await text("slow", { steps: 3, delay_ms: 50 }, { onprogress: (report) => reports.push(report) });
say("progress", { text: slow.text, progress: reports.map((report) => report.progress), total: reports.at(-1)?.total });

await sdk.log(client);
say("log", { messages: logged });

say("ask", { ...(await text("address", {})), questions });

await change();
await cancel();
const session = transport.sessionId ?? null;
await sdk.close(client, transport);
say("close", { session });

/** A user who fills in forms. */
function answer({ params: { message, requestedSchema } }) {
  questions.push(message);
  const address = { city: "Oslo", street: "Karl Johans gate" };
  const fields = Object.keys(requestedSchema.properties);
  return { action: "accept", content: Object.fromEntries(fields.map((field) => [field, address[field]])) };
}

/** Changes the list of tools until that is heard: the first change may come before the listener's stream is open. */
async function change() {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const before = heard.length;
    const { text: made } = await text("toggle", {});
    await Promise.race([new Promise((wake) => wakes.push(wake)), sleep(1000)]);
    if (heard.length > before) {
      const listed = (await names()).includes("subtract");
      return say("change", { heard: true, listed: listed === (made === "added") });
    }
  }
  say("change", { heard: false });
}

async function cancel() {
  const abort = new AbortController();
  const options = { signal: abort.signal, onprogress: () => abort.abort("enough") };
  const { isError, text: reason } = await outcome("hold", {}, options);
  let held = -1;
  for (let attempt = 0; attempt < 50 && held !== 0; attempt += 1) {
    held = Number((await text("held", {})).text);
    await sleep(20);
  }
  say("cancel", { failed: isError === undefined, reason, held });
}

async function names() {
  const { tools } = await client.listTools();
  return tools.map((tool) => tool.name).sort();
}

async function text(name, args, options) {
  const result = await sdk.call(client, { name, arguments: args }, options);
  return { text: result.content[0]?.text ?? null, isError: result.isError ?? false };
}

/** What the SDK has checked against the schema in the list. */
async function structured(name, args) {
  return (await sdk.call(client, { name, arguments: args })).structuredContent ?? null;
}

/** A result, or the error that the server answered with. */
async function outcome(name, args, options) {
  try {
    return await text(name, args, options);
  } catch (error) {
    return { code: error.code ?? null, text: String(error.message ?? error) };
  }
}

function say(step, what) {
  console.log(JSON.stringify({ step, ...what }));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The first major line: a handshake, and nothing else. */
async function one(name) {
  const { Client } = await import(`${name}/client/index.js`);
  const { StdioClientTransport } = await import(`${name}/client/stdio.js`);
  // Releases that know no forms have no schema of their request.
  const { ElicitRequestSchema, LoggingMessageNotificationSchema, ToolListChangedNotificationSchema } =
    await import(`${name}/types.js`);
  const Http =
    transportName === "http" && (await import(`${name}/client/streamableHttp.js`)).StreamableHTTPClientTransport;
  let revision = null;
  return {
    async connect(hear) {
      const capabilities = ElicitRequestSchema ? { elicitation: {} } : {};
      const client = new Client({ name: "typescript-1", version: "1.0.0" }, { capabilities });
      if (ElicitRequestSchema) {
        client.setRequestHandler(ElicitRequestSchema, answer);
      }
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => hear());
      client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => logged.push(params));
      // The client keeps the agreed revision to itself: it is read from the first answer.
      const request = client.request.bind(client);
      client.request = async (...args) => {
        const result = await request(...args);
        revision ??= result.protocolVersion;
        return result;
      };
      const transport = open(StdioClientTransport, Http);
      await client.connect(transport);
      return { client, transport };
    },
    revision: () => revision,
    call: (client, params, options) => client.callTool(params, undefined, options),
    async log(client) {
      await client.setLoggingLevel("info");
      await client.callTool({ name: "tell", arguments: {} });
    },
    close: leave,
  };
}

/** The second major line, which speaks both eras. */
async function two() {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  return {
    async connect(hear) {
      const client = new Client(
        { name: "typescript-2", version: "1.0.0" },
        {
          capabilities: { elicitation: {} },
          versionNegotiation: { mode: era === "modern" ? "auto" : "legacy" },
          listChanged: { tools: { onChanged: (error, tools) => error ? console.error(error) : hear(tools) } },
        },
      );
      client.setRequestHandler("elicitation/create", answer);
      client.setNotificationHandler("notifications/message", ({ params }) => logged.push(params));
      const transport = open(StdioClientTransport, StreamableHTTPClientTransport);
      await client.connect(transport);
      return { client, transport };
    },
    revision: (client) => client.getNegotiatedProtocolVersion(),
    call: (client, params, options) => client.callTool(params, options),
    /** In the newer era each request says what it wants to hear. */
    async log(client) {
      const _meta = era === "modern" ? { "io.modelcontextprotocol/logLevel": "info" } : undefined;
      if (era === "legacy") {
        await client.setLoggingLevel("info");
      }
      await client.callTool({ name: "tell", arguments: {}, _meta });
    },
    close: leave,
  };
}

function open(Stdio, Http) {
  if (transportName === "http") {
    return new Http(new URL(target[0]));
  }
  return new Stdio({ command: target[0], args: target.slice(1), stderr: "inherit" });
}

/** A session is ended by asking for it; closing only drops the connections. */
async function leave(client, transport) {
  await transport.terminateSession?.();
  await client.close();
}
