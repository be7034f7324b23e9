import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProgram } from "./program.ts";

const root = join(import.meta.dirname, "../..");
const program = createProgram();
const every = [program, ...program.commands];
const flagsOf = (command: (typeof every)[number]): string[] =>
  command.options.flatMap((option) => option.long ?? []);

function helpOf(command: (typeof every)[number] | undefined, columns = 80): string {
  let text = "";
  command
    ?.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => columns })
    .outputHelp();
  return text;
}
const commandOf = (name: string | undefined) => program.commands.find((command) => command.name() === name);

/** docs/endpoints.md names the flags of engines, and docs/aws.md those of SST. */
const DOCS = ["README", "docs/jobs", "docs/reports", "docs/comparing", "docs/telemetry", "docs/operating"];

test("every flag in the docs exists", () => {
  const docs = DOCS.map((name) => readFileSync(join(root, `${name}.md`), "utf8"))
    .join("\n")
    .replaceAll(/npm ci [^`\n]*/g, "")
    // An answer names flags of engines.
    .replace(/```\nServe up to [^]*?```/, "");
  const named = docs.match(/(?<![\w-])--[a-z][a-z0-9-]*/g) ?? [];
  const known = new Set([...every.flatMap(flagsOf), "--help"]);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test.each(every.map((command) => [command.name(), command] as const))(
  "the help of %s fits 60 and 80 columns, but for examples, and every flag says what it is for",
  (_, command) => {
    for (const columns of [60, 80])
      expect(
        helpOf(command, columns)
          .split("\n")
          .filter((line) => line.length > columns && !/^ {2}npx .{0,78}$/.test(line)),
      ).toEqual([]);
    expect(command.options.filter((option) => option.description === "")).toEqual([]);
  },
);

test.each([
  ["help", 0],
  ["help --help", 0],
  ["help jobs", 0],
  ["jobs --help", 0],
  ["help nothing", 1],
])("brimline %s ends with %i", async (line, exitCode) => {
  const quiet = createProgram().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const command of quiet.commands) command.configureOutput({ writeOut: () => {} });
  await expect(quiet.parseAsync(line.split(" "), { from: "user" })).rejects.toMatchObject({ exitCode });
});

const agentHelp = (): string =>
  execFileSync(process.execPath, [join(root, "agent/main.ts"), "--help"], { encoding: "utf8" });

/** A source such as agent/main.ts runs on Node 24 alone, but `npx brimline` on every Node that we name. */
test.each<[string, () => string]>([
  ["bench", () => helpOf(commandOf("bench"))],
  ["the agent itself", agentHelp],
])("the help of %s names commands that run on any Node, with flags that exist", (_, help) => {
  const lines = help().match(/^ {2}(npx|node|brimline) .*$/gm) ?? [];
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const [npx, brimline, name, ...rest] = line.trim().split(" ");
    const command = commandOf(name);
    const flags = rest.filter((word) => word.startsWith("--"));
    expect([
      npx,
      brimline,
      flags.filter((word) => command?.options.every(({ long }) => long !== word) !== false),
    ]).toEqual(["npx", "brimline", []]);
  }
});

test("the agent takes the flags that its command offers, and no others", () => {
  const help = agentHelp();
  const agent = commandOf("agent");
  const named = [...help.matchAll(/^ +(--[a-z-]+) /gm)].map((match) => match[1]);
  expect(new Set(named)).toEqual(new Set(agent === undefined ? [] : flagsOf(agent)));
});
