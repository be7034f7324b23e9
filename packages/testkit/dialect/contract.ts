import type { Dialect, EndpointTraits, Reading } from "@brimline/core/dialect/dialect";
import { type Api, DIALECTS } from "@brimline/core/dialect/dialects";
import { JobSpec } from "@brimline/core/job/spec/spec";
import {
  type Answer,
  type fieldsOf,
  newAnswer,
  outcomeOf,
  streamOf,
  takeEvent,
} from "@brimline/core/record/answer/answer";
import { SSE_LIMITS } from "@brimline/core/record/answer/sse";
import { createGuard } from "@brimline/load/guard/guard";
import { preflight } from "@brimline/load/preflight/preflight";
import { LearningReader } from "@brimline/load/transport/learning";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parted, shardOf } from "../load/level.ts";
import { scriptedEndpoint, type Scripted } from "../load/scripted.ts";

/** What an endpoint of this kind is known to send. */
export interface Recorded {
  /** The body of a good answer. */
  answer: string;
  /** What its record says. */
  record: Partial<ReturnType<typeof fieldsOf>>;
  /** How many output chunks it has. */
  chunks: number;
  /** Texts with which endpoints refuse an option, and the option's name. */
  refusals: [text: string, option: string][];
  /** Single events. Where an event says nothing, its reading may be empty or null. */
  events: [fact: string, data: unknown, says: Partial<Reading>, type?: string][];
  /** An event that reports an error, as it is written. It is null where an answer cannot carry one. */
  error: string | null;
}

const QUESTION = { model: "the-model", prompt: "the prompt", outputTokens: 4711, temperature: 0.25 };
const ALL: EndpointTraits = { without: [] };
/** What no dialect can read. */
const NONSENSE = [
  "",
  "null",
  "1",
  '"text"',
  "[]",
  "{}",
  "{",
  "[[[",
  '{"__proto__":{"a":1}}',
  '{"choices":[null,1,[{}]],"type":{},"delta":[],"usage":[],"error":0}',
];

/** What every dialect must do. */
export function dialectContract(api: Api, recorded: Recorded): void {
  const dialect: Dialect = DIALECTS[api];
  const { path, headers, options, lengthOption, reservedFields, streams } = dialect;

  describe(`the dialect ${api}: what it asks`, () => {
    test("its path stands below any base URL, and its headers are its own", () => {
      expect(path).toMatch(/^[a-z][\w/-]*[a-z]$/);
      const job = { endpoint: { url: "http://h/v1", model: "m", api, headers }, levels: [1] };
      expect(Object.keys(headers)).toEqual(Object.keys(headers).map((name) => name.toLowerCase()));
      expect(JobSpec.safeParse(job).success).toBe(true);
    });
    test("the body carries the question, in reserved fields alone, whatever it does without", () => {
      const names = options.map(({ name }) => name);
      fc.assert(
        fc.property(fc.subarray(names), (without) => {
          const body = dialect.body(QUESTION, { without });
          expect(Object.keys(body).filter((name) => !reservedFields.includes(name))).toEqual([]);
          const text = JSON.stringify(body);
          expect([text.includes("the-model"), text.includes("the prompt")]).toEqual([true, true]);
        }),
      );
    });
    test.each(reservedFields)("a caller cannot set %s", (name) => {
      const endpoint = { url: "http://h/v1", model: "m", api, body: { [name]: 1 } };
      const { error } = JobSpec.safeParse({ endpoint, levels: [1] });
      expect(error?.issues.map((issue) => issue.path)).toEqual([["endpoint", "body"]]);
      expect(error?.message).toContain(name);
    });
    test.each(options)("without $name the body is another", ({ name, isSpare }) => {
      const [all, less] = [dialect.body(QUESTION, ALL), dialect.body(QUESTION, { without: [name] })];
      expect(less).not.toEqual(all);
      if (isSpare) expect(all).toMatchObject(less);
    });
    test("the option that fixes the length is one of its options", () =>
      expect([null, ...options.map(({ name }) => name)]).toContain(lengthOption));
    test.each(recorded.refusals)("the refusal “%s” blames %s alone", (text, option) =>
      expect(options.filter(({ isBlamed }) => isBlamed(text)).map(({ name }) => name)).toEqual([option]),
    );
    test("each option has a refusal that blames it", () =>
      expect(new Set(recorded.refusals.map(([, option]) => option))).toEqual(
        new Set(options.map(({ name }) => name)),
      ));
  });

  describe(`the dialect ${api}: what it reads`, () => {
    test.each(recorded.events)("%s", (_fact, data, says, type = "") =>
      expect(dialect.read(typeof data === "string" ? data : JSON.stringify(data), type) ?? {}).toMatchObject(
        says,
      ),
    );
    test.each(NONSENSE)("%j is no output and no end", (data) => {
      const reading = dialect.read(data, "");
      expect([reading?.output ?? false, reading?.done ?? false]).toEqual([false, false]);
    });
    test("no event of any shape makes it throw", () =>
      fc.assert(
        fc.property(fc.json(), fc.string(), (data, type) => {
          expect(() => dialect.read(data, type)).not.toThrow();
        }),
      ));
    test("the recorded answer is read to its end", async () => {
      const { record, preflighted, endpoint } = await asked(api, recorded.answer);
      expect(preflighted).toMatchObject({ verdict: "accepted", problem: null });
      expect(endpoint.seen.map((seen) => seen.path)).toEqual(endpoint.seen.map(() => `/v1/${path}`));
      expect(endpoint.seen[0]?.headers).toMatchObject(headers);
      expect(record).toMatchObject({ outcome: "ok", ...recorded.record });
      expect(record?.gapsUs.length).toBe(recorded.chunks);
    });
    if (streams) streamContract(dialect, recorded);
  });
}

function streamContract(dialect: Dialect, { answer, chunks, error }: Recorded): void {
  test("a reader that learns reads the same, in whatever pieces the answer comes", () =>
    fc.assert(
      fc.property(fc.array(fc.nat(answer.length), { maxLength: 6 }), (cuts) => {
        const pieces = piecesOf(Buffer.from(answer), cuts);
        expect(learned(dialect, pieces)).toEqual(plain(dialect, pieces));
      }),
    ));
  const events = answer.split(/(?<=\n\n)/);
  test.each([...dialect.unread.ofAnswers, ...dialect.unread.ofEvents])(
    "the field %s of an event says nothing",
    (name) => {
      const other = answer.replaceAll("data: {", `data: {"${name}":"4711",`);
      expect(other).not.toBe(answer);
      const { silent: _, ...read } = plain(dialect, [Buffer.from(answer)]);
      expect(plain(dialect, [Buffer.from(other)])).toMatchObject(read);
    },
  );
  test("an answer that ends before its end is cut short", () => {
    const ends = events.map((_, count) =>
      outcomeOf(plain(dialect, [Buffer.from(events.slice(0, count).join(""))]), false),
    );
    expect(new Set(ends)).toEqual(new Set(["truncated_stream"]));
  });
  test("what comes after its end is not read", () => {
    const whole = plain(dialect, [Buffer.from(answer)]);
    expect(plain(dialect, [Buffer.from(answer + answer)])).toEqual(whole);
    expect(whole.gapsUs.length).toBe(chunks);
  });
  test.skipIf(error === null)("an error inside the stream fails it", () =>
    expect(outcomeOf(plain(dialect, [Buffer.from(`${error}${answer}`)]), true)).toBe("stream_error"),
  );
}

function plain(dialect: Dialect, pieces: Buffer[]): Answer {
  const [stream, answer] = [streamOf(dialect), newAnswer(0)];
  for (const [nth, piece] of pieces.entries())
    for (const event of stream.take(piece)) takeEvent(answer, dialect, event, nth + 1);
  return answer;
}

function learned(dialect: Dialect, pieces: Buffer[]): Answer {
  const [reader, answer] = [new LearningReader(dialect, SSE_LIMITS), newAnswer(0)];
  for (const [nth, piece] of pieces.entries()) reader.take(answer, piece, 0, piece.length, nth + 1);
  return answer;
}

const piecesOf = (bytes: Buffer, cuts: number[]): Buffer[] =>
  [0, ...cuts.toSorted((a, b) => a - b)].map((from, nth, all) => bytes.subarray(from, all[nth + 1]));

/** One preflight and one request of a level, each answered with the recorded answer. */
async function asked(api: Api, answer: string) {
  const type = DIALECTS[api].streams ? "text/event-stream" : "application/json";
  const endpoint: Scripted = await scriptedEndpoint((response) =>
    response.writeHead(200, { "content-type": type }).end(answer),
  );
  const job = { endpoint: { url: endpoint.url, model: "m", api }, levels: [1] };
  const guard = createGuard({ profile: "local" });
  const preflighted = await preflight({ ...parted(job), guard });
  const { records } = await shardOf(endpoint.url, { users: 1, requests: 1, job });
  await endpoint.close();
  return { preflighted, endpoint, record: records[0] };
}
