import { Secret } from "@brimline/core/secret";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { signedHeaders } from "./webhook.ts";

/** The receivers of docs/webhooks.md run as they stand, each as a program of its own. */

const docs = await readFile(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
const recipe = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(docs)?.[1] ?? "";
const folder = await mkdtemp(join(tmpdir(), "brimline-recipes-"));
const started: ChildProcess[] = [];
afterAll(async () => {
  for (const child of started) child.kill();
  await rm(folder, { recursive: true, force: true });
});

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const hasPython = spawnSync("python3", ["--version"]).status === 0;

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each([
  { language: "js", file: "receiver.mjs", program: process.execPath, has: true },
  { language: "python", file: "receiver.py", program: "python3", has: hasPython },
])("the receiver in $language", ({ language, file, program, has }) => {
  test.skipIf(!has)(
    `takes a signed event once, and nothing else${has ? "" : ": python3 is missing"}`,
    async () => {
      const path = join(folder, file);
      await writeFile(path, recipe(language));
      const port = await freePort();
      const child = spawn(program, [path], {
        env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: String(port) },
        stdio: ["ignore", "pipe", "inherit"],
      });
      started.push(child);
      const lines: string[] = [];
      createInterface(child.stdout).on("line", (line) => lines.push(line));
      const body = JSON.stringify({
        type: "job.completed",
        data: { jobId: "j1", verdict: { status: "met" } },
      });
      const send = async (
        secrets: string[],
        { id = "j1-0001", ageS = 0, sent = body }: { id?: string; ageS?: number; sent?: string } = {},
      ): Promise<number> => {
        const timestampS = Math.floor(Date.now() / 1000) - ageS;
        const headers = signedHeaders(
          secrets.map((secret) => new Secret(secret)),
          { id, timestampS, body },
        );
        for (let tries = 0; ; tries++)
          try {
            return (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body: sent })).status;
          } catch (error) {
            if (tries > 300) throw error;
            await sleep(100);
          }
      };
      const other = `whsec_${randomBytes(32).toString("base64")}`;
      expect(await send([SECRET])).toBe(204);
      expect(await send([SECRET])).toBe(204);
      expect(await send([other, SECRET], { id: "j1-0002" })).toBe(204);
      expect(await send([other])).toBe(401);
      expect(await send([SECRET], { sent: body.replace("met", "not") })).toBe(401);
      expect(await send([SECRET], { ageS: 600 })).toBe(401);
      await expect.poll(() => lines).toEqual(["job.completed j1 met", "job.completed j1 met"]);
    },
  );
});
