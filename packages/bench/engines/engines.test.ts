import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scrapeOf } from "../engine/metrics.ts";

/**
 * Engines take minutes to install and most of a minute to start, so this runs only with
 * BRIMLINE_TEST_ENGINES=1.
 */
const wanted = process.env["BRIMLINE_TEST_ENGINES"] === "1";
const TOKENS = 40;
const USERS = 4;

interface Running {
  child: ChildProcess;
  url: string;
  model: string;
  log: string;
}

async function start(script: string): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script)], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const [, url = "", model = "", log = ""] =
    /listening on (\S+) model (\S+) log (\S+)/.exec(line.toString()) ?? [];
  return { child, url, model, log };
}

/**
 * The stream events of one answer of exactly TOKENS tokens. Prompts differ from their start, because
 * llama.cpp's log counts a prompt that it finds in its cache differently.
 */
async function stream({ url, model }: Running, user: number): Promise<string[]> {
  const body = JSON.stringify({
    model,
    messages: [{ role: "user", content: `${user} time people hand` }],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: TOKENS,
    temperature: 1,
    ignore_eos: true,
    min_tokens: TOKENS,
  });
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const events = (await response.text()).trim().split(/\n\n|\r\n\r\n/);
  // llama-cpp-python sends a comment every 15 s while a request waits.
  return events.filter((event) => !event.startsWith(":"));
}

async function stop({ child }: Running): Promise<number | null> {
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

describe.runIf(wanted)("real engines", () => {
  test("vLLM counts as many tokens as the usage of its streams says", { timeout: 900_000 }, async () => {
    const engine = await start("vllm-cpu.ts");
    const generated = async (): Promise<number | null | undefined> =>
      (await scrapeOf({ url: new URL(engine.url).origin })).values["outputTokens"];
    const before = await generated();
    const streams = await Promise.all(Array.from({ length: USERS }, (_, user) => stream(engine, user)));
    for (const events of streams) {
      expect(events[0]).toContain('"delta":{"role":"assistant","content":""}');
      expect(events.at(-2)).toContain(`"completion_tokens":${TOKENS}`);
      expect(events.at(-1)).toBe("data: [DONE]");
    }
    expect(await generated()).toBe((before ?? Number.NaN) + USERS * TOKENS);
    expect(await stop(engine)).toBe(0);
  });

  test(
    "llama.cpp's server streams no usage; its log counts a decoding run for every token but the first",
    { timeout: 1_800_000 },
    async () => {
      const engine = await start("llama-cpp.ts");
      const streams = await Promise.all(Array.from({ length: USERS }, (_, user) => stream(engine, user)));
      for (const events of streams) {
        expect(events[0]).toContain('"delta": {"role": "assistant"}');
        expect(events.join("")).not.toContain('"usage"');
        expect(events.at(-1)).toBe("data: [DONE]");
      }
      expect(await stop(engine)).toBe(0);
      const runs = [...readFileSync(engine.log, "utf8").matchAll(/ eval time =.* (\d+) runs/g)].map((match) =>
        Number(match[1]),
      );
      expect(runs).toEqual(Array(USERS).fill(TOKENS - 1));
    },
  );
});
