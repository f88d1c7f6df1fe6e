// Judges what the suite wrote, by three rules that its own verdict leaves open:
//
// 1. It ran as many scenarios as expected.yml says, and no fewer checks passed: a run does not shrink in silence.
// 2. The baseline is strict for every scenario, also for those that the suite runs without scoring them. A scenario
//    or check on it must fail, and must exist.
// 3. What expected.yml lists under `never` does not stand on it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";

const [side, revision, results] = process.argv.slice(2);
const here = import.meta.dirname;
const read = (file) => parse(readFileSync(join(here, file), "utf8"));
const expected = read("expected.yml");
const baseline = (read(`baseline/${revision}.yml`) ?? {})[side] ?? [];

const scenarios = new Map(existsSync(results) ? [...find(results)] : []);
const complaints = [];

const { scenarios: count, passed: least } = expected[side][revision];
const passed = [...scenarios.values()].flat().filter((check) => check.status === "SUCCESS").length;
if (scenarios.size !== count) {
  complaints.push(`${scenarios.size} scenarios ran, and expected.yml says ${count}`);
}
if (passed < least) {
  complaints.push(`${passed} checks passed, and expected.yml says at least ${least}`);
}

for (const entry of baseline) {
  const [scenario, id] = split(entry);
  if (!id && expected.never.some((pattern) => new RegExp(`^(?:${pattern})$`).test(scenario))) {
    complaints.push(`${entry} may not stand on the baseline as a whole`);
  }
  const checks = scenarios.get(scenario);
  if (!checks) {
    complaints.push(`${entry} stands on the baseline, and did not run`);
  } else if (!checks.some((check) => fails(check) && (!id || check.id === id))) {
    complaints.push(`${entry} stands on the baseline, and does not fail: take it off`);
  }
}

for (const [scenario, checks] of scenarios) {
  for (const check of checks.filter(fails)) {
    if (!baseline.includes(scenario) && !baseline.includes(`${scenario}:${check.id}`)) {
      complaints.push(`${scenario}:${check.id}: ${check.errorMessage ?? check.description}`);
    }
  }
}

const failing = [...scenarios.values()].filter((checks) => checks.some(fails)).length;
console.log(
  `\n${side} ${revision}: ${scenarios.size} scenarios, ${scenarios.size - failing} of them without a failure; ` +
    `${passed} checks passed; ${baseline.length} baseline entries`,
);
for (const complaint of complaints) {
  console.log(`  ✗ ${complaint}`);
}
process.exitCode = complaints.length === 0 ? 0 : 1;

/** As in the suite: a warning counts. */
function fails(check) {
  return check.status === "FAILURE" || check.status === "WARNING";
}

/** `scenario:check-id`, or `scenario`. */
function split(entry) {
  const colon = entry.indexOf(":");
  return colon < 0 ? [entry, null] : [entry.slice(0, colon), entry.slice(colon + 1)];
}

/** The scenarios of a folder of results: their folders end with the time, and a server's begin with the side. */
function* find(folder) {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.name === "checks.json") {
      const name = relative(folder, file.parentPath).replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
      const scenario = side === "server" ? name.replace(/^server-/, "") : name;
      yield [scenario, JSON.parse(readFileSync(join(file.parentPath, file.name), "utf8"))];
    }
  }
}
