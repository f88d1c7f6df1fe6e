// The TypeScript SDKs as servers. Over HTTP it says on its standard error where it listens: on PORT of the
// environment, or any that is free.
//
//   server.mjs LINE stdio|http|plain
//
// LINE is 1 or 2, or an old release such as 1.9.
// `plain` is HTTP without sessions and without streams; the first line alone has it.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

const [line, transportName] = process.argv.slice(2);
const { z } = await import(line.includes(".") ? "zod-3" : "zod");
const numbers = { a: z.number().int(), b: z.number().int() };
const COUNT = "test://count";
const QUESTION = {
  message: "Which city?",
  requestedSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const CAPABILITIES = { capabilities: { logging: {}, resources: { subscribe: true } } };
let running = 0;
let touched = 0;

await (line === "2" ? two() : one(line === "1" ? "@modelcontextprotocol/sdk" : `sdk-${line}`));

/** The tools, for either line: `schema` makes an input schema, `context` reads what differs between the lines. */
function offerTools(server, schema, context, changed) {
  const tool = (name, description, input, handler) =>
    server.registerTool
      ? server.registerTool(name, { description, ...(input && { inputSchema: schema(input) }) }, handler)
      : server.tool(name, description, input ?? {}, handler);
  const text = (text) => ({ content: [{ type: "text", text: String(text) }] });

  tool("add", "Adds two numbers.", numbers, ({ a, b }) => text(a + b));
  tool("echo", "Says again what it was told.", { text: z.string() }, (args) => text(args.text));
  const region = line.includes(".") ? z.string() : z.string().meta({ "x-mcp-header": "Region" });
  tool("look", "Looks at a region.", { region }, (args) => text(args.region));
  tool("fail", "Fails.", null, () => {
    throw new Error("it failed");
  });
  tool("slow", "Reports progress.", { steps: z.number().int() }, async ({ steps }, extra) => {
    for (let step = 1; step <= steps; step += 1) {
      await sleep(20);
      await report(context(extra), step, steps);
    }
    return text(`${steps} steps done`);
  });
  tool("hold", "Never ends by itself.", null, async (...args) => {
    const { signal } = context(args.at(-1));
    running += 1;
    await report(context(args.at(-1)), 1);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    running -= 1;
    return text("given up");
  });
  tool("held", "How many calls of hold are alive.", null, () => text(running));
  tool("toggle", "Changes the list of tools.", null, () => {
    changed.tools();
    return text("changed");
  });
  tool("touch", "Changes a resource.", null, () => {
    touched += 1;
    changed.resource(COUNT);
    return text("touched");
  });
  tool("log", "Logs.", null, async (...args) => {
    const { log } = context(args.at(-1));
    await log("debug", "a detail");
    await log("warning", "a warning");
    return text("logged");
  });
  tool("ask", "Asks the user.", null, (...args) => context(args.at(-1)).ask(text));
}

/** A prompt whose argument can be completed, a resource and a template. */
function offerTexts(server, { completable, ResourceTemplate }, schema) {
  const name = completable(z.string(), (begun) => ["Ada", "Adele", "Grace"].filter((name) => name.startsWith(begun)));
  const greet = ({ name }) => ({ messages: [{ role: "user", content: { type: "text", text: `Hello, ${name}!` } }] });
  if (server.registerPrompt) {
    server.registerPrompt("greet", { description: "Greets somebody.", argsSchema: schema({ name }) }, greet);
  } else {
    server.prompt("greet", "Greets somebody.", { name }, greet);
  }
  const letters = new ResourceTemplate("test://letters/{name}", { list: undefined });
  const resource = (name, uri, read) => {
    const handler = (uri, values) => ({ contents: [{ uri: uri.href, text: read(values), mimeType: "text/plain" }] });
    return server.registerResource ? server.registerResource(name, uri, {}, handler) : server.resource(name, uri, handler);
  };
  resource("count", COUNT, () => String(touched));
  resource("letters", letters, ({ name }) => `Dear ${name}`);
}

async function report({ token, notify }, progress, total) {
  if (token !== undefined) {
    await notify({ method: "notifications/progress", params: { progressToken: token, progress, total } });
  }
}

/** The first line keeps sessions, as its own examples do. */
async function one(name) {
  const { McpServer, ResourceTemplate } = await import(`${name}/server/mcp.js`);
  const { completable } = await import(`${name}/server/completable.js`);
  const { SubscribeRequestSchema, UnsubscribeRequestSchema } = await import(`${name}/types.js`);
  const make = () => {
    const server = new McpServer({ name: "typescript-1", version: "1.0.0" }, CAPABILITIES);
    const low = server.server;
    const subscribed = new Set();
    const context = (extra) => {
      // The oldest binds nothing to a call.
      const notify = extra.sendNotification ?? ((notification) => low.notification(notification));
      return {
        signal: extra.signal,
        token: extra._meta?.progressToken,
        notify,
        log: (level, data) => notify({ method: "notifications/message", params: { level, data } }),
        ask: async (text) => {
          const answer = await low.elicitInput(QUESTION, { relatedRequestId: extra.requestId });
          return text(answer.action === "accept" ? answer.content.city : answer.action);
        },
      };
    };
    offerTools(server, (shape) => shape, context, {
      tools: () => low.sendToolListChanged(),
      resource: (uri) => subscribed.has(uri) && low.sendResourceUpdated({ uri }),
    });
    offerTexts(server, { completable, ResourceTemplate }, (shape) => shape);
    low.setRequestHandler(SubscribeRequestSchema, ({ params }) => subscribed.add(params.uri) && {});
    low.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => subscribed.delete(params.uri) && {});
    return server;
  };
  if (transportName === "stdio") {
    const { StdioServerTransport } = await import(`${name}/server/stdio.js`);
    return make().connect(new StdioServerTransport());
  }
  const { StreamableHTTPServerTransport } = await import(`${name}/server/streamableHttp.js`);
  if (transportName === "plain") {
    return listen(async (request, response) => {
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
      response.on("close", () => transport.close());
      await make().connect(transport);
      await transport.handleRequest(request, response);
    });
  }
  const sessions = new Map();
  listen(async (request, response) => {
    const id = request.headers["mcp-session-id"];
    if (id !== undefined && !sessions.has(id)) {
      return response.writeHead(404).end();
    }
    let transport = sessions.get(id);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => sessions.set(id, transport),
        onsessionclosed: (id) => sessions.delete(id),
      });
      await make().connect(transport);
    }
    await transport.handleRequest(request, response);
  });
}

/** The second line speaks both eras; the older one without sessions, as is its default. */
async function two() {
  const sdk = await import("@modelcontextprotocol/server");
  const { McpServer, createMcpHandler, inputRequired } = sdk;
  let handler;
  const make = () => {
    const server = new McpServer({ name: "typescript-2", version: "1.0.0" }, CAPABILITIES);
    const context = ({ mcpReq }) => ({
      signal: mcpReq.signal,
      token: mcpReq._meta?.progressToken,
      notify: mcpReq.notify,
      log: mcpReq.log,
      // In the older era the SDK asks itself.
      ask: (text) => {
        const answer = mcpReq.inputResponses?.city;
        if (answer === undefined || mcpReq.requestState() !== "asked \u{1f980}") {
          return inputRequired({
            inputRequests: { city: inputRequired.elicit(QUESTION) },
            requestState: "asked \u{1f980}",
          });
        }
        return text(answer.action === "accept" ? answer.content.city : answer.action);
      },
    });
    const schema = (shape) => z.object(shape);
    offerTools(server, schema, context, {
      tools: () => {
        server.sendToolListChanged();
        handler?.notify.toolsChanged();
      },
      resource: (uri) => {
        server.server.sendResourceUpdated({ uri });
        handler?.notify.resourceUpdated(uri);
      },
    });
    offerTexts(server, sdk, schema);
    server.server.setRequestHandler("resources/subscribe", () => ({}));
    server.server.setRequestHandler("resources/unsubscribe", () => ({}));
    return server;
  };
  if (transportName === "stdio") {
    const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
    return serveStdio(make);
  }
  const { toNodeHandler } = await import("@modelcontextprotocol/node");
  handler = createMcpHandler(make);
  listen(toNodeHandler(handler));
}

function listen(handler) {
  const http = createServer(handler);
  http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.error(`listening on http://127.0.0.1:${http.address().port}/mcp`));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
