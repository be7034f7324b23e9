import { parted } from "@brimline/testkit/load/level";
import { scriptedEndpoint, type Seen } from "@brimline/testkit/load/scripted";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { listedModels } from "./models.ts";

type Answer = (response: ServerResponse, seen: Seen, nth: number) => unknown;

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const LIST = json(200, {
  object: "list",
  data: [{ id: "llama" }, { id: "bad\u001b[31m" }, {}, { id: "qwen" }],
});

/** What comes of a list of models at a server that answers so, with a key and the path `/v1`. */
async function listed(answer: Answer, { path = "/v1", waitS = 0, totalMs = 3000 } = {}) {
  const endpoint = await scriptedEndpoint(answer);
  const url = `${endpoint.url.replace("//", "//me:s3cret@").replace("/v1", path)}?api-version=1&sig=s1gn`;
  const said: string[] = [];
  const found = await listedModels({
    ...parted({ endpoint: { url, model: "m", api: "chat" }, levels: [1], waitS }),
    guard: createGuard({ profile: "local" }),
    totalMs,
    onNotUp: (words) => said.push(words),
  });
  await endpoint.close();
  return { found, said, seen: endpoint.seen };
}

test("the models are asked for with the job's secrets, and those with a plain name are listed", async () => {
  const { found, seen } = await listed(LIST);
  expect(found).toEqual({ models: ["llama", "qwen"] });
  expect(seen).toMatchObject([
    {
      method: "GET",
      path: "/v1/models?api-version=1&sig=s1gn",
      headers: { authorization: `Basic ${btoa("me:s3cret")}`, accept: "application/json" },
    },
  ]);
});

test.each<[string, Answer, object, string, RegExp]>([
  [
    "401",
    json(401, { error: "no" }),
    {},
    "unauthorized",
    /answered 401 to the job's user name and password and secret in the URL's query: .* may use the model\.$/,
  ],
  [
    "404 below a URL without /v1",
    json(404, { detail: "Not Found" }),
    { path: "" },
    "not_found",
    /did you mean http:\/\/127\.0\.0\.1:\d+\/v1\?/,
  ],
  ["404 below /v1", json(404, { detail: "Not Found" }), {}, "not_found", /Check the path of endpoint\.url/],
  [
    "a page",
    (response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>me:s3cret</h1>"),
    {},
    "not_an_llm",
    /list of models was answered with “content-type: text\/html <h1>me:\[secret\]<\/h1>”/,
  ],
  ["JSON of something else", json(200, { hello: 1 }), {}, "not_an_llm", /answered with “\{"hello":1\}”/],
  ["a server error", json(500, { error: "no GPU" }), {}, "endpoint_down", /no GPU/],
  [
    "a redirect",
    (response, { path }) => response.writeHead(302, { location: `/login?next=${path}` }).end(),
    {},
    "not_found",
    /Redirects are not followed; .*sig=\[secret\]/,
  ],
  ["a hang-up", (response) => response.destroy(), {}, "unreachable", /closes connections/],
  ["no answer", () => {}, { totalMs: 300 }, "unreachable", /accepts connections but did not answer/],
])("%s is told as preflight would, without a secret", async (_fact, answer, how, code, words) => {
  const { found } = await listed(answer, how);
  expect(found).toMatchObject({ problem: { code } });
  const text = "problem" in found ? `${found.problem.title}: ${found.problem.detail}` : "";
  expect(text).toMatch(words);
  expect(text).not.toMatch(/s3cret|s1gn/);
});

test("an endpoint that is not up is asked again for as long as the job waits", async () => {
  const answer: Answer = (response, seen, nth) =>
    (nth === 0 ? json(503, { error: "Loading model" }) : LIST)(response, seen, nth);
  const { found, said, seen } = await listed(answer, { waitS: 20 });
  expect(found).toEqual({ models: ["llama", "qwen"] });
  expect([seen.length, said]).toEqual([2, [expect.stringContaining("503")]]);
  expect((await listed(answer)).found).toMatchObject({ problem: { code: "endpoint_down" } });
});
