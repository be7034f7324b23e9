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

test("every flag in the README exists", () => {
  const named = readFileSync(join(root, "README.md"), "utf8").match(/(?<![\w-])--[a-z][a-z0-9-]*/g) ?? [];
  const known = new Set([...every.flatMap(flagsOf), "--help"]);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test.each(every.map((command) => [command.name(), command] as const))(
  "the help of %s fits 80 columns, and every flag says what it is for",
  (_, command) => {
    let text = "";
    command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 }).outputHelp();
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(command.options.filter((option) => option.description === "")).toEqual([]);
  },
);

test("the agent takes the flags that its command offers, and no others", () => {
  const help = execFileSync(process.execPath, [join(root, "agent/main.ts"), "--help"], { encoding: "utf8" });
  const agent = program.commands.find((command) => command.name() === "agent");
  const named = [...help.matchAll(/^ +(--[a-z-]+) /gm)].map((match) => match[1]);
  expect(new Set(named)).toEqual(new Set(agent === undefined ? [] : flagsOf(agent)));
});
