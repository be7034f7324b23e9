import type { Secret } from "./secret.ts";

/**
 * Replaces secrets in a text by "[secret]". It finds each in ten encodings: as it is (in any letter case),
 * percent-encoded in upper and in lower case, base64 at each of its three offsets, base64url, hexadecimal in
 * both cases, with JSON or JavaScript escapes (`\u0073`, `\x73`, `\/`) and with HTML entities. It finds these
 * inside one another too, up to three deep. The text may have been cut in the middle of a secret, so it
 * removes the beginning of a secret at the very end as well. It also removes what looks like a credential
 * that nobody named. Redact a text before you cut it.
 */
export function redact(text: string, secrets: readonly Secret[]): string {
  const needles = secrets.flatMap((secret) => needlesOf(secret.reveal()));
  const spans = readingsOf(text).flatMap((reading) => [
    ...knownSpans(reading, needles),
    ...lookalikeSpans(reading),
  ]);
  return withoutSpans(text, spans);
}

const MASK = "[secret]";

/** A half-open range of the original text: from its first character to the one after its last. */
type Span = [from: number, to: number];

/**
 * A text as decoded from the original, and where in the original each of its characters began. The last entry
 * of `starts` is the end.
 */
interface Reading {
  text: string;
  starts: number[];
}

interface Needle {
  text: string;
  /**
   * A character of base64 holds bits of two bytes. Those beside the needle carry some of the secret, so they
   * are removed too.
   */
  isBase64: boolean;
}

const NESTING = 3;
/** An encoded form shorter than this would be found everywhere. */
const ENCODED_MIN = 6;
/** A cut secret shorter than this tells nothing worth hiding. */
const PREFIX_MIN = 4;

const ESCAPES: { pattern: RegExp; decode: (match: string) => string }[] = [
  { pattern: /%[0-9a-f]{2}/gi, decode: (match) => fromHex(match.slice(1)) },
  {
    pattern: /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|["'/\\])/gi,
    decode: (match) => (/^\\[ux]/i.test(match) ? fromHex(match.replace(/\W|[ux]/gi, "")) : match.slice(1)),
  },
  {
    pattern:
      /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|sol|plus|equals|lowbar|hyphen|period|colon);/gi,
    decode: entity,
  },
];

const NAMED_ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  sol: "/",
  plus: "+",
  equals: "=",
  lowbar: "_",
  hyphen: "-",
  period: ".",
  colon: ":",
};

function entity(match: string): string {
  const name = match.slice(1, -1).toLowerCase();
  if (name.startsWith("#x")) return fromHex(name.slice(2));
  return name.startsWith("#") ? fromCode(Number(name.slice(1))) : (NAMED_ENTITIES[name] ?? match);
}

const fromHex = (digits: string): string => fromCode(Number.parseInt(digits, 16));
const fromCode = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd");

/** The text as it is and as each chain of decoders reads it, without duplicates. */
function readingsOf(text: string): Reading[] {
  const readings = new Map<string, Reading>([
    [text, { text, starts: Array.from({ length: text.length + 1 }, (_, index) => index) }],
  ]);
  let newest = [...readings.values()];
  for (let depth = 0; depth < NESTING; depth++) {
    const decoded = newest
      .flatMap((reading) => ESCAPES.map((escape) => decoding(reading, escape)))
      .filter((reading) => !readings.has(reading.text));
    for (const reading of decoded) readings.set(reading.text, reading);
    newest = decoded;
  }
  return [...readings.values()];
}

function decoding(reading: Reading, { pattern, decode }: (typeof ESCAPES)[number]): Reading {
  const { text, starts } = reading;
  const parts: string[] = [];
  const places: number[] = [];
  let at = 0;
  const copy = (until: number): void => {
    parts.push(text.slice(at, until));
    for (let index = at; index < until; index++) places.push(starts[index] ?? 0);
  };
  for (const match of text.matchAll(pattern)) {
    copy(match.index);
    const plain = decode(match[0]);
    parts.push(plain);
    for (let index = 0; index < plain.length; index++) places.push(starts[match.index] ?? 0);
    at = match.index + match[0].length;
  }
  copy(text.length);
  return { text: parts.join(""), starts: [...places, starts[text.length] ?? 0] };
}

const BASE64_BEFORE = /[A-Za-z0-9+/_-]{0,3}$/;
const BASE64_AFTER = /^[A-Za-z0-9+/_-]{0,3}={0,2}/;

function needlesOf(secret: string): Needle[] {
  if (secret === "") return [];
  const bytes = new TextEncoder().encode(secret);
  const encoded = [0, 1, 2]
    .flatMap((offset) => base64Of(bytes, offset))
    .map((text) => ({ text, isBase64: true }));
  const hex = {
    text: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    isBase64: false,
  };
  const worth = [...encoded, hex].filter((needle) => needle.text.length >= ENCODED_MIN);
  return [{ text: secret, isBase64: false }, ...worth].map((needle) => ({
    ...needle,
    text: lowerCase(needle.text),
  }));
}

/**
 * The base64 characters, in both alphabets, that depend on nothing but the secret when `offset` other bytes
 * stand before it.
 */
function base64Of(bytes: Uint8Array, offset: number): string[] {
  const padded = [...Array.from({ length: offset }, () => 0), ...bytes];
  const first = Math.ceil((offset * 8) / 6);
  const standard = btoa(String.fromCharCode(...padded)).slice(first, Math.floor((padded.length * 8) / 6));
  return [standard, standard.replaceAll("+", "-").replaceAll("/", "_")];
}

// Only ASCII letters are changed. Other letters may change their length, which would shift every place behind
// them.
const lowerCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function knownSpans(reading: Reading, needles: Needle[]): Span[] {
  const haystack = lowerCase(reading.text);
  return needles.flatMap((needle) => [
    ...occurrences(haystack, needle.text).map((at) => spanOf(reading, needle, at)),
    ...cutSpan(reading, haystack, needle),
  ]);
}

function occurrences(haystack: string, needle: string): number[] {
  const places: number[] = [];
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + needle.length))
    places.push(at);
  return places;
}

function spanOf(reading: Reading, needle: Needle, at: number): Span {
  const end = at + needle.text.length;
  if (!needle.isBase64) return original(reading, at, end);
  const before = BASE64_BEFORE.exec(reading.text.slice(Math.max(0, at - 3), at))?.[0].length ?? 0;
  const after = BASE64_AFTER.exec(reading.text.slice(end, end + 5))?.[0].length ?? 0;
  return original(reading, at - before, end + after);
}

/** The longest beginning of the needle that the text ends with. */
function cutSpan(reading: Reading, haystack: string, needle: Needle): Span[] {
  for (let length = Math.min(needle.text.length - 1, haystack.length); length >= PREFIX_MIN; length--) {
    if (haystack.endsWith(needle.text.slice(0, length)))
      return [original(reading, haystack.length - length, haystack.length)];
  }
  return [];
}

const original = (reading: Reading, from: number, to: number): Span => [
  reading.starts[from] ?? 0,
  reading.starts[to] ?? 0,
];

/**
 * Providers' keys, credentials in headers, query strings and URLs, and JSON Web Tokens look like this. A group
 * `keep` stays readable.
 */
const PATTERNS = [
  /\b(?:sk|pk|rk|gsk|xai|hf|r8|fw|nvapi|csk|tgp|bl|whsec|ghp|gho|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_+/=-]{8,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<keep>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}/gi,
  /(?<keep>\b(?:api[-_ ]?key|access[-_ ]?token|secret|password)["']?\s*[:=]\s*["']?)[^\s"'&,;}]{4,}/gi,
  /(?<keep>[?&](?:(?:subscription-)?key|token|code|sas|sig|signature|x-amz-(?:signature|credential|security-token))=)[^&\s"']+/gi,
  /(?<keep>\bhttps?:\/\/)[^\s/?#@"'<>]+(?=@)/gi,
];

function lookalikeSpans(reading: Reading): Span[] {
  return PATTERNS.flatMap((pattern) =>
    [...reading.text.matchAll(pattern)].map((match) =>
      original(reading, match.index + (match.groups?.["keep"]?.length ?? 0), match.index + match[0].length),
    ),
  );
}

function withoutSpans(text: string, spans: Span[]): string {
  let result = "";
  let at = 0;
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    if (to <= Math.max(from, at)) continue;
    if (from >= at) result += text.slice(at, from) + MASK;
    at = to;
  }
  return result + text.slice(at);
}
