// A client of a gateway, with the first major line of the TypeScript SDK: one JSON line of what it found.
//
//   gateway.mjs sse|http URL
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [kind, url] = process.argv.slice(2);
const client = new Client({ name: "behind-a-gateway", version: "1.0.0" });
await client.connect(new (kind === "sse" ? SSEClientTransport : StreamableHTTPClientTransport)(new URL(url)));
const { tools } = await client.listTools();
const { content } = await client.callTool({ name: "echo", arguments: { text: "through a gateway" } });
console.log(JSON.stringify({ tools: tools.length > 10, text: content[0].text }));
await client.close();
