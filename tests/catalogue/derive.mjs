// Derives `tools.json`: names, descriptions and arguments of tools, from public descriptions.
//
//   npm pack @octokit/openapi@23.0.2                                   # MIT; unpack it, its folder is OPENAPI
//   npm install @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31
//   node derive.mjs OPENAPI/package node_modules FIXTURE_SERVER > tools.json
//
// FIXTURE_SERVER is the program `fixture-server` of this project's examples.
import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [openapi, modules, fixture] = process.argv.slice(2);

/** The first sentences of a text, without links and headings. */
function brief(text, most) {
  const plain = (text ?? "")
    .replace(/^> .*$/gm, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*#]/g, "")
    .split(/\n\s*\n/)[0]
    .replace(/\s+/g, " ")
    .trim();
  if (plain.length <= most) return plain;
  const cut = plain.slice(0, most);
  return cut.slice(0, Math.max(cut.lastIndexOf(". ") + 1, cut.lastIndexOf(" ")));
}

/** Arguments as `[name, type, is required, description]`. */
function argument(name, schema, required, description) {
  const type = Array.isArray(schema?.type) ? schema.type.find((type) => type !== "null") : schema?.type;
  return [name, type ?? "string", required ? 1 : 0, brief(description ?? schema?.description, 70)];
}

function* github() {
  const { paths } = JSON.parse(readFileSync(`${openapi}/generated/api.github.com.deref.json`));
  for (const methods of Object.values(paths)) {
    for (const operation of Object.values(methods)) {
      const id = operation.operationId;
      if (!id || operation.deprecated || /enterprise|copilot|classroom|code-security|scim|billing/.test(id)) continue;
      const body = operation.requestBody?.content?.["application/json"]?.schema ?? {};
      const all = (operation.parameters ?? []).map((p) => argument(p.name, p.schema, p.required, p.description));
      for (const [name, schema] of Object.entries(body.properties ?? {})) {
        all.push(argument(name, schema, body.required?.includes(name)));
      }
      const seen = new Set();
      const args = all.filter(([name]) => !seen.has(name) && seen.add(name));
      const detail = brief(operation.description, 160);
      const summary = operation.summary.replace(/\.$/, "");
      const description = detail.toLowerCase().startsWith(summary.toLowerCase()) ? detail : `${summary}. ${detail}`;
      yield { name: id.replaceAll("/", "_").replaceAll("-", "_"), description: description.trim(), arguments: args };
    }
  }
}

/** The tools of a server on stdio. */
function listed(command, ...args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
    const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = JSON.parse(line);
      if (message.id === 1) {
        send({ method: "notifications/initialized" });
        send({ id: 2, method: "tools/list" });
      } else if (message.id === 2) {
        child.kill();
        resolve(message.result.tools);
      }
    });
    const clientInfo = { name: "derive", version: "1.0.0" };
    send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
  });
}

function compact({ name, description, inputSchema }) {
  const required = inputSchema.required ?? [];
  const args = Object.entries(inputSchema.properties ?? {}).map(([name, schema]) =>
    argument(name, schema, required.includes(name)),
  );
  return { name, description: brief(description, 240), arguments: args };
}

const server = (name) => `${modules}/@modelcontextprotocol/${name}/dist/index.js`;
const tools = [...github()];
for (const command of [
  ["node", server("server-everything")],
  ["node", server("server-filesystem"), "/tmp"],
  [fixture, "--stdio"],
]) {
  tools.push(...(await listed(...command)).map(compact));
}
const sources = [
  "GitHub REST API description, npm @octokit/openapi 23.0.2, MIT License, Copyright (c) 2020 Octokit contributors",
  "npm @modelcontextprotocol/server-everything 2026.8.31 and server-filesystem 2026.8.31, MIT and Apache-2.0 licences",
  "the fixture-server of this project",
];
const lines = tools.map((tool) => JSON.stringify([tool.name, tool.description, tool.arguments]));
console.log(`{"sources": ${JSON.stringify(sources)},\n"tools": [\n${lines.join(",\n")}\n]}`);
