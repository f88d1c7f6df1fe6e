// Uses the Inspector's page as a person does: connects, lists the tools, adds 1 and 2, disconnects.
//
//   page.mjs BROWSER PAGE SERVER REVISION PICTURE
//
// BROWSER is where the DevTools protocol is spoken. The PICTURE is taken of the result, or of what was there instead.
import { chromium } from "playwright-core";

const [devTools, address, server, revision, picture] = process.argv.slice(2);
const PATIENCE = 30_000;

const browser = await chromium.connectOverCDP(devTools, { timeout: PATIENCE });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
page.setDefaultTimeout(PATIENCE);

// The page is judged as it comes from the package, so nothing else is loaded. Above all it does not ask the server:
// the Inspector's proxy does.
const origin = new URL(address).origin;
const astray = [];
await page.route(
  (url) => url.origin !== origin,
  (route) => {
    astray.push(route.request().url());
    return route.abort();
  },
);

try {
  await page.goto(address);
  await connect();
  await list();
  await add();
} finally {
  await page.screenshot({ path: picture });
}
await disconnect();
const asked = astray.filter((url) => new URL(url).origin === new URL(server).origin);
if (asked.length > 0) throw new Error(`the page asks the server itself: ${asked}`);
// Answers, and ends the browser.
await (await browser.newBrowserCDPSession()).send("Browser.close");

async function connect() {
  await page.getByText(server, { exact: true }).waitFor();
  // What is to be seen of the switch lies over it.
  await page.getByRole("switch", { name: /^Connect or disconnect/ }).check({ force: true });
  await page.getByText(`MCP ${revision}`, { exact: true }).waitFor();
}

async function list() {
  await page.getByRole("banner").getByText("Tools", { exact: true }).click();
  await page.getByRole("heading", { name: /^Tools \(\d+\)$/ }).waitFor();
  for (const tool of ["echo", "slow"]) await page.getByRole("button", { name: tool, exact: true }).waitFor();
}

async function add() {
  await page.getByRole("button", { name: "add", exact: true }).click();
  await page.getByText("Adds two numbers.", { exact: true }).waitFor();
  await page.getByRole("textbox", { name: "a", exact: true }).fill("1");
  await page.getByRole("textbox", { name: "b", exact: true }).fill("2");
  await page.getByRole("button", { name: "Execute Tool" }).click();
  const results = page.locator(".mantine-Card-root", { has: page.getByRole("heading", { name: "Results" }) }).last();
  await results.getByText("3", { exact: true }).waitFor();
}

async function disconnect() {
  await page.getByRole("button", { name: "Disconnect from server" }).click();
  await page.getByRole("heading", { name: "MCP Inspector" }).waitFor();
}
