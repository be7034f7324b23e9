import type { Level } from "@brimline/core/report/schema";
import { Report } from "@brimline/core/report/schema";
import { type Endpoint, startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { workshop } from "@brimline/testkit/functions/workshop";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";

// It starts a whole service.
const shop = workshop();
const PROXY_MS = 80;
const LEVEL_S = 3;

let before: Endpoint;
let after: Endpoint;
/** Where the proxy leads: to a server that counts from 0 once it has started anew. */
let serving: Endpoint;
/** Each request waits, which nobody is told. The server's own metrics do not. */
const proxy = createServer((request, response) => {
  const pass = (): void => {
    const { host: _host, ...headers } = request.headers;
    const upstream = ask(new URL(request.url ?? "/", serving.url), { method: request.method, headers })
      .once("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      })
      .once("error", () => response.destroy());
    request.pipe(upstream);
  };
  if (request.method === "POST") setTimeout(pass, PROXY_MS);
  else pass();
});

beforeAll(async () => {
  [before, after] = await Promise.all([
    startEndpoint({ preset: PRESETS.quick }),
    startEndpoint({ preset: PRESETS.quick }),
  ]);
  serving = before;
  await once(proxy.listen(0, "127.0.0.1"), "listening");
});
afterAll(async () => {
  await shop.close();
  proxy.closeAllConnections();
  proxy.close();
  await Promise.all([before.close(), after.close()]);
});

/** Somebody else's request, which does not come through the proxy. */
async function foreignRequest(): Promise<void> {
  const answer = await fetch(`${before.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "sim-quick",
      stream: true,
      max_tokens: 8,
      messages: [{ role: "user", content: "a" }],
    }),
  });
  await answer.text();
}

test(
  "a hidden proxy of 80 ms, a foreign client and a restart are each caught in the level where they were",
  { timeout: 120_000 },
  async () => {
    const service = await shop.service(await shop.folder());
    const { port } = proxy.address() as AddressInfo;
    const { id } = await service.submit({
      endpoint: { url: `http://127.0.0.1:${port}/v1`, model: "sim-quick" },
      workload: { inputTokens: 16, outputTokens: 8 },
      levels: [4, 5, 6],
      stop: { durationS: LEVEL_S },
      visibility: "private",
    });
    const runs = (level: string) => service.until(id, ({ progress }) => progress.levelId === level);
    await runs("l02");
    for (let i = 0; i < 40; i++) await foreignRequest();
    await runs("l03");
    await sleep((1000 * LEVEL_S) / 2);
    serving = after;
    expect(await service.ended(id)).toMatchObject({ state: "completed" });

    const report = Report.parse(await (await service.get(`/v1/jobs/${id}/report`)).json());
    const [alone, shared, restarted] = report.levels.filter(({ role }) => role === "measured") as [
      Level,
      Level,
      Level,
    ];
    for (const { server } of [alone, shared]) expect(server?.ttftOutsideMs.value).toBeGreaterThan(PROXY_MS);
    // On a busy machine the load generator may have read late itself, and then it blames nobody.
    const isCertain = !alone.reasons.includes("client_limited");
    expect(report.findings.map(({ code }) => code)).toContain(
      isCertain ? "ttft_outside_server" : "ttft_parts",
    );
    expect(alone.reasons).not.toContain("endpoint_not_exclusive");
    expect(shared.reasons).toContain("endpoint_not_exclusive");
    expect(restarted.reasons).not.toContain("endpoint_not_exclusive");
    expect(restarted.server?.requests).toMatchObject({ counted: null, reasons: ["counter_reset"] });
    expect(restarted.server?.serverOutputTokensPerS).toMatchObject({
      value: null,
      reasons: ["counter_reset"],
    });
    expect(restarted.requests.failed).toBe(0);
  },
);
