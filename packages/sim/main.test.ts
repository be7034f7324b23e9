import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "main.ts");

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(args: string[], ipc = false): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe", ...(ipc ? ["ipc" as const] : [])],
  });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (piece: Buffer) => (text += piece.toString()));
  return { child, said: () => text };
}
const urlIn = (text: string): string => /^brimline sim listening on (http:\S+\/v1)\n$/.exec(text)?.[1] ?? "";

test("the process prints its URL, serves its preset, and ends at once on SIGTERM", async () => {
  const { child, said } = start(["--preset", "quick"]);
  await expect.poll(() => urlIn(said()), { timeout: 10_000 }).not.toBe("");
  expect(await (await fetch(`${urlIn(said())}/models`)).json()).toMatchObject({
    data: [{ id: "sim-quick" }],
  });
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("it takes a plan of faults", async () => {
  const { child, said } = start(["--faults", '{"apiKey":"sk-x"}']);
  await expect.poll(() => urlIn(said()), { timeout: 10_000 }).not.toBe("");
  expect((await fetch(`${urlIn(said())}/models`)).status).toBe(401);
  child.kill("SIGTERM");
  await once(child, "exit");
});

test("it does not outlive the process that forked it", async () => {
  const { child, said } = start(["--preset", "quick"], true);
  await expect.poll(() => urlIn(said()), { timeout: 10_000 }).not.toBe("");
  child.disconnect();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test.each([
  ["an unknown flag", ["--prest", "quick"], /Unknown option .--prest.[^]*Usage: /],
  ["an unknown preset", ["--preset", "h900"], /unknown preset h900; there are a40-8b, quick/],
  ["a port that is no number", ["--port", "http"], /--port must be a number/],
])("%s is told and ends with 2", async (_, args, text) => {
  const { child, said } = start(args);
  expect(await once(child, "exit")).toEqual([2, null]);
  expect(said()).toMatch(text);
});
