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
let running = 0;

await (line === "2" ? two() : one(line === "1" ? "@modelcontextprotocol/sdk" : `sdk-${line}`));

/** The tools, for either line: `schema` makes an input schema, `context` reads what differs between the lines. */
function offer(server, schema, context, changed) {
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
    changed();
    return text("changed");
  });
}

async function report({ token, notify }, progress, total) {
  if (token !== undefined) {
    await notify({ method: "notifications/progress", params: { progressToken: token, progress, total } });
  }
}

/** The first line keeps sessions, as its own examples do. */
async function one(name) {
  const { McpServer } = await import(`${name}/server/mcp.js`);
  const make = () => {
    const server = new McpServer({ name: "typescript-1", version: "1.0.0" });
    const context = (extra) => ({
      signal: extra.signal,
      token: extra._meta?.progressToken,
      notify: extra.sendNotification,
    });
    offer(server, (shape) => shape, context, () => server.server.sendToolListChanged());
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
  const { McpServer, createMcpHandler } = await import("@modelcontextprotocol/server");
  let handler;
  const make = () => {
    const server = new McpServer({ name: "typescript-2", version: "1.0.0" });
    const context = ({ mcpReq }) => ({
      signal: mcpReq.signal,
      token: mcpReq._meta?.progressToken,
      notify: mcpReq.notify,
    });
    offer(server, (shape) => z.object(shape), context, () => {
      server.sendToolListChanged();
      handler?.notify.toolsChanged();
    });
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
