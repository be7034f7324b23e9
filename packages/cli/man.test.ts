import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { manPage } from "./man.ts";
import { createProgram } from "./program.ts";

const program = createProgram();
const page = manPage(program);
const plain = page.replaceAll("\\-", "-");

test("every command and every flag is in the manual page", () => {
  const lines = plain.split("\n");
  const shown = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== "help");
  expect(shown.length).toBeGreaterThan(15);
  for (const command of shown) {
    expect(lines).toContain(`.SS ${command.name()}`);
    for (const option of command.options) if (!option.hidden) expect(lines).toContain(`.B ${option.flags}`);
  }
});

test("text never begins a line as a request of roff, and has no bare backslash", () => {
  const requests = plain.split("\n").filter((line) => /^[.']/.test(line));
  expect(requests.filter((line) => !/^\.(?:TH|SH|SS|TP|PP|B)(?: |$)/.test(line))).toEqual([]);
  expect(page.match(/\\(?![-e&]|f[IR]|\[u)/g)).toBeNull();
});

const hasGroff = spawnSync("groff", ["--version"]).status === 0;
test.skipIf(!hasGroff)(`groff sets it without a warning${hasGroff ? "" : ": groff is missing"}`, () => {
  const { stderr, status } = spawnSync("groff", ["-man", "-Tutf8", "-ww"], { input: page, encoding: "utf8" });
  expect([stderr, status]).toEqual(["", 0]);
});
