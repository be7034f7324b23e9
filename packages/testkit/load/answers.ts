import { randomFrom } from "@brimline/core/random";

/** An answer as a server would write it, in pieces as a network might make them. */
export interface TornAnswer {
  pieces: Buffer[];
  /** The text of the answer, for the message of a test that fails. */
  text: string;
  /** Its bytes were spoiled. The kind of its failure counts, the words of it do not. */
  isSpoiled: boolean;
}

type Random = () => number;
const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1));
const oneOf = <T>(random: Random, first: T, ...more: T[]): T => more[upTo(random, more.length) - 1] ?? first;
const perhaps = <T>(random: Random, share: number, value: T, otherwise: T): T =>
  random() < share ? value : otherwise;

/** The answers that one connection gets, request by request. */
export function answersOf(seed: number): TornAnswer[] {
  const random = randomFrom(seed);
  return Array.from({ length: 1 + upTo(random, 2) }, () => answerOf(random));
}

function answerOf(random: Random): TornAnswer {
  const body = perhaps(random, 0.06, Buffer.from("<html>no</html>"), streamOf(random));
  const whole = Buffer.concat(
    [perhaps(random, 0.08, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", ""), framed(random, body)].map(
      asBytes,
    ),
  );
  const isSpoiled = random() < 0.15;
  const bytes = isSpoiled
    ? spoiled(random, whole)
    : perhaps(random, 0.05, whole.subarray(0, upTo(random, whole.length)), whole);
  return { pieces: piecesOf(random, bytes), text: bytes.toString("latin1"), isSpoiled };
}

const asBytes = (part: string | Buffer): Buffer =>
  typeof part === "string" ? Buffer.from(part, "latin1") : part;

/** Changes, removes or inserts one byte. */
function spoiled(random: Random, bytes: Buffer): Buffer {
  const at = upTo(random, random() < 0.5 ? Math.min(250, bytes.length) : bytes.length);
  const byte = Buffer.of(
    perhaps(
      random,
      0.5,
      Buffer.from(oneOf(random, "\r", "\n", " ", ":", ";", "0", "f", ",", '"', "a"))[0] ?? 0,
      upTo(random, 255),
    ),
  );
  return Buffer.concat([
    bytes.subarray(0, at),
    perhaps(random, 0.7, byte, Buffer.alloc(0)),
    bytes.subarray(at + upTo(random, 1)),
  ]);
}

/**
 * Cuts the answer into one piece, a few, or many. Each is at most as long as the buffer that a socket is read
 * into.
 */
function piecesOf(random: Random, bytes: Buffer): Buffer[] {
  const cuts = oneOf(random, 0, 2, 6, 30);
  const places = Array.from({ length: cuts }, () => upTo(random, bytes.length)).toSorted((a, b) => a - b);
  const pieces = [0, ...places].map((from, nth) => bytes.subarray(from, places[nth] ?? bytes.length));
  return pieces.filter((piece) => piece.length > 0);
}

// The body of an answer

/** How one inference engine writes its chunks. `word` is what it writes most of the time. */
interface Dialect {
  event: (chunk: unknown) => string;
  word: (content: string) => Record<string, unknown>;
  lineEnd: string;
}

const TEXTS: [string, ...string[]] = [
  "a",
  " b",
  "the",
  " ",
  "\n",
  '"',
  "\\",
  "日",
  "本語",
  "😀",
  "\ud83d",
  "é",
  "\u2028",
  "{",
  "}]",
  "content",
  '"content":"x"',
  "\u0000",
  "�",
];

function dialectOf(random: Random): Dialect {
  const id = `chatcmpl-${upTo(random, 1e6)}`;
  const lineEnd = perhaps(random, 0.7, "\n", oneOf(random, "\r\n", "\r"));
  const spaced = random() < 0.3;
  const colon = perhaps(random, 0.8, "data: ", oneOf(random, "data:", "data:  "));
  const escaped = random() < 0.1;
  const write = (chunk: unknown): string => {
    const json = JSON.stringify(chunk);
    const text = spaced ? json.replaceAll('":', '": ') : json;
    return escaped
      ? text.replaceAll(
          /[^\x20-\x7e]/g,
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
        )
      : text;
  };
  const extra = oneOf<Record<string, unknown>>(
    random,
    {},
    { logprobs: null },
    { logprobs: { content: [{ token: "a", content: "a" }] } },
  );
  const tail = oneOf<Record<string, unknown>>(
    random,
    {},
    { usage: null },
    { service_tier: "default", content: "a" },
  );
  const isNoisy = random() < 0.1;
  const isPadded = random() < 0.2;
  let created = 0;
  return {
    lineEnd,
    event: (chunk) => `${colon}${write(chunk)}${lineEnd}${lineEnd}`,
    word: (content) => ({
      id,
      created: isNoisy ? created++ : 1,
      choices: [{ index: 0, delta: { content }, ...extra, finish_reason: null }],
      ...tail,
      ...(isPadded && { obfuscation: `x${upTo(random, 1e9)}` }),
    }),
  };
}

function streamOf(random: Random): Buffer {
  const dialect = dialectOf(random);
  const { event, lineEnd } = dialect;
  const parts: (string | Buffer)[] = [perhaps(random, 0.05, "\ufeff", "")];
  if (random() < 0.7)
    parts.push(
      event({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] }),
    );
  const words = upTo(random, 25);
  let tokens = 0;
  const countsChunks = random() < 0.1;
  for (let nth = 0; nth < words; nth++) {
    if (random() < 0.15) parts.push(oddity(random, dialect));
    tokens += 1 + upTo(random, 1);
    const content = Array.from({ length: 1 + upTo(random, 2) }, () => oneOf(random, ...TEXTS)).join("");
    parts.push(
      event({
        ...dialect.word(content),
        ...(countsChunks && { usage: { prompt_tokens: 5, completion_tokens: tokens } }),
      }),
    );
  }
  if (random() < 0.8)
    parts.push(event({ choices: [{ index: 0, delta: {}, finish_reason: oneOf(random, "stop", "length") }] }));
  if (random() < 0.6)
    parts.push(
      event({
        choices: [],
        usage: {
          prompt_tokens: 5,
          completion_tokens: perhaps<unknown>(random, 0.8, tokens, oneOf<unknown>(random, -1, 1.5, "2", 0)),
        },
      }),
    );
  if (random() < 0.9) parts.push(`data: [DONE]${lineEnd}${lineEnd}`);
  if (random() < 0.1) parts.push(event(dialect.word("late")));
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function oddity(random: Random, { event, word, lineEnd }: Dialect): string | Buffer {
  const end = lineEnd + lineEnd;
  const delta = (fields: unknown): string =>
    event({ choices: [{ index: 0, delta: fields, finish_reason: null }] });
  const writers: [() => string | Buffer, ...(() => string | Buffer)[]] = [
    () => `: ping${end}`,
    () => `: ping${lineEnd}`,
    () => `id: 7${lineEnd}`,
    () => `event: message${lineEnd}`,
    () => lineEnd,
    () => "data: {\ndata: }\n\n",
    () => `data: ${JSON.stringify(word("two")).replace(",", `,${lineEnd}data: `)}${end}`,
    () => delta({ reasoning_content: "hm" }),
    () => delta({ content: null }),
    () => delta({ content: [{ type: "thinking", text: "hm" }] }),
    () => delta({ tool_calls: [{ index: 0, function: { arguments: "{" } }] }),
    () => delta({ content: "a", reasoning: "b" }),
    () => event({ choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] }),
    () => event({ ...word("x"), usage: { prompt_tokens: 5, completion_tokens: 1 } }),
    () => event({ ...word("x"), error: null }),
    () => perhaps(random, 0.3, event({ error: { message: "no" } }), `: none${lineEnd}`),
    () => perhaps(random, 0.3, `event: error${lineEnd}data: gone${end}`, lineEnd),
    () => perhaps(random, 0.3, `data: {"choices":[{"delta":{"content":"x}]}${end}`, lineEnd),
    () =>
      perhaps(random, 0.5, event(word("?")).replace("?", "\\u0041"), event(word("?")).replace("?", "\\x")),
    () =>
      perhaps(
        random,
        0.5,
        Buffer.from(event(word("?")).replace("?", "\xff"), "latin1"),
        Buffer.from(`id: \xff${lineEnd}`, "latin1"),
      ),
  ];
  return oneOf(random, ...writers)();
}

// The HTTP around the body

function framed(random: Random, body: Buffer): Buffer {
  const isText = body.indexOf("<html>") === 0;
  const kind = oneOf(random, "chunked", "chunked", "chunked", "length", "close");
  const version = perhaps(random, 0.95, "1.1", "1.0");
  const status = perhaps(random, 0.93, 200, oneOf(random, 204, 302, 404, 429, 500));
  const type = isText
    ? "text/html"
    : perhaps(random, 0.95, "text/event-stream; charset=utf-8", "application/json");
  const fields = [
    `${oneOf(random, "content-type", "Content-Type")}:${oneOf(random, " ", "", "  ", "\t")}${type}`,
    ...(random() < 0.2 ? ["set-cookie: a", "set-cookie: b", "x-empty:"] : []),
    ...(random() < 0.1
      ? [
          oneOf(
            random,
            "connection: close",
            "Connection: Keep-Alive",
            "connection: x, close",
            "connection: closed",
            "proxy-connection: close",
          ),
        ]
      : []),
    ...(random() < 0.05
      ? [
          oneOf(
            random,
            "keep-alive: timeout=1",
            "keep-alive: timeout=5, max=9",
            "retry-after: 2",
            "content-encoding: gzip",
            "upgrade: h2c",
          ),
        ]
      : []),
    ...(kind === "chunked"
      ? [
          oneOf(
            random,
            "transfer-encoding: chunked",
            "Transfer-Encoding: CHUNKED",
            "transfer-encoding: gzip, chunked",
          ),
        ]
      : []),
    ...(kind === "length"
      ? [`content-length: ${body.length + perhaps(random, 0.9, 0, upTo(random, 4) - 2)}`]
      : []),
    ...(random() < 0.02
      ? [oneOf(random, "content-length: 3", "transfer-encoding: chunked", "transfer-encoding: identity")]
      : []),
  ];
  const head = `HTTP/${version} ${status}${oneOf(random, " OK", " ", "")}\r\n${fields.join("\r\n")}\r\n\r\n`;
  const more = perhaps(random, 0.03, oneOf(random, "HTTP/1.1 200 OK\r\n\r\n", "\r\n", "x"), "");
  return Buffer.concat([head, kind === "chunked" ? chunked(random, body) : body, more].map(asBytes));
}

function chunked(random: Random, body: Buffer): Buffer {
  const parts: (string | Buffer)[] = [];
  const isByEvent = random() < 0.6;
  for (let from = 0; from < body.length;) {
    const event = body.indexOf("\n\n", from);
    const to = isByEvent && event !== -1 ? event + 2 : Math.min(body.length, from + 1 + upTo(random, 120));
    const size = (to - from).toString(16);
    const extension = perhaps(random, 0.05, oneOf(random, ";a=b", ';a="b;\\"c"', ";a", ";a;b=c", ";a="), "");
    parts.push(
      `${oneOf(random, size, size.toUpperCase(), `00${size}`)}${extension}\r\n`,
      body.subarray(from, to),
      "\r\n",
    );
    from = to;
  }
  const trailers = perhaps(random, 0.1, oneOf(random, "x-a: b\r\n", "server-timing: a\r\nx-b:\r\n"), "");
  return Buffer.concat([...parts, `0\r\n${trailers}\r\n`].map(asBytes));
}
