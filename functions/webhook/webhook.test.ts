import { Secret } from "@brimline/core/secret";
import fc from "fast-check";
import { createHmac, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { meaningOf, nextTryAtMs, RETRY_S, signedHeaders, webhookId, isOff } from "./webhook.ts";

const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;
const nowS = (): number => Math.floor(Date.now() / 1000);

describe("a signature", () => {
  test.each(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])(
    "with %s is the one of the standard's own example",
    (secret) => {
      const headers = signedHeaders([new Secret(secret)], {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestampS: 1614265330,
        body: '{"test": 2432232314}',
      });
      expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    },
  );

  test("is HMAC-SHA256 with the bytes after the prefix, with or without padding of the secret", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/]{32,88}={0,2}$/), fc.json(), (key, body) => {
        const headers = signedHeaders([new Secret(`whsec_${key}`)], { id: "job-0001", timestampS: 5, body });
        const hmac = createHmac("sha256", Buffer.from(key, "base64")).update(`job-0001.5.${body}`);
        expect(headers["webhook-signature"]).toBe(`v1,${hmac.digest("base64")}`);
      }),
    );
  });

  test("verifies, unless one byte of the body, the id, the time or the secret is another", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (body, at) => {
        const secret = newSecret();
        const headers = signedHeaders([new Secret(secret)], { id: "job-0001", timestampS: nowS(), body });
        const verify = (key: string, text: string, change: Record<string, string> = {}) =>
          new Webhook(key).verify(text, { ...headers, ...change });
        expect(verify(secret, body)).toEqual(JSON.parse(body));
        const index = at % body.length;
        const changed = body.slice(0, index) + (body[index] === "~" ? "!" : "~") + body.slice(index + 1);
        expect(() => verify(secret, changed)).toThrow();
        expect(() => verify(secret, body, { "webhook-id": "job-0002" })).toThrow();
        expect(() => verify(secret, body, { "webhook-timestamp": String(nowS() + 1) })).toThrow();
        expect(() => verify(newSecret(), body)).toThrow();
      }),
      { numRuns: 100 },
    );
  });

  test("is one for each secret, and a receiver with either takes the message", () => {
    const secrets = [newSecret(), newSecret()];
    const headers = signedHeaders(
      secrets.map((secret) => new Secret(secret)),
      { id: "job-0001", timestampS: nowS(), body: "{}" },
    );
    for (const secret of secrets) expect(new Webhook(secret).verify("{}", headers)).toEqual({});
    expect(() => new Webhook(newSecret()).verify("{}", headers)).toThrow();
  });

  test("that is more than five minutes old is refused by receivers", () => {
    const secret = newSecret();
    const headers = signedHeaders([new Secret(secret)], {
      id: "job-0001",
      timestampS: nowS() - 302,
      body: "{}",
    });
    expect(() => new Webhook(secret).verify("{}", headers)).toThrow(/old/);
  });
});

test("an event's id has no dot, which would make the signed text ambiguous", () => {
  expect(webhookId("a1b2c3d4e5f6g7h8i9j0", 7)).toBe("a1b2c3d4e5f6g7h8i9j0-0007");
});

test.each([
  [200, "delivered"],
  [204, "delivered"],
  [299, "delivered"],
  [301, "failed"],
  [304, "failed"],
  [307, "failed"],
  [400, "failed"],
  [404, "failed"],
  [410, "disabled"],
  [429, "failed"],
  [500, "failed"],
  [503, "failed"],
] as const)("an answer of %i means %s", (status, meaning) => expect(meaningOf(status)).toBe(meaning));

describe("the next try", () => {
  const NOW = Date.parse("2026-03-01T12:00:00Z");
  const waitS = (tries: number, retryAfter: string | null): number | null => {
    const atMs = nextTryAtMs(tries, NOW, retryAfter);
    return atMs === null ? null : (atMs - NOW) / 1000;
  };

  test("comes nine times over 75 hours, and no more", () => {
    const totalS = RETRY_S.reduce((sum, wait) => sum + wait, 0);
    expect(RETRY_S).toHaveLength(9);
    expect(Math.floor(totalS / 3600)).toBe(75);
    expect(waitS(10, null)).toBeNull();
    expect(waitS(10, "60")).toBeNull();
  });

  test("comes within a minute of the first after two quick failures", () =>
    expect((waitS(1, null) ?? 0) + (waitS(2, null) ?? 0)).toBeLessThan(60));

  test.each([
    ["120", 120],
    ["3", 5],
    ["86400", 86_400],
    ["99999999", 86_400],
    ["Sun, 01 Mar 2026 12:10:00 GMT", 600],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 5],
    ["Sun, 01 Mar 2036 12:10:00 GMT", 86_400],
    ["-5", 5],
    ["1e9", 5],
    ["12.5", 5],
    ["", 5],
    ["tomorrow", 5],
    ["2026-03-01T12:10:00Z", 5],
    ["Sun, 99 Mar 2026 12:10:00 GMT", 5],
  ])("after the first, with retry-after %j, comes in %i s", (retryAfter, expected) =>
    expect(waitS(1, retryAfter)).toBe(expected),
  );
});

describe("a receiver that fails", () => {
  const HOUR_MS = 3_600_000;
  const at = (hours: number): string => new Date(hours * HOUR_MS).toISOString();
  test.each<[string, { failingSince: string | null; triedAt: string }, number, boolean]>([
    ["for a day is still told", { failingSince: at(0), triedAt: at(23) }, 24, false],
    ["for three days is switched off", { failingSince: at(0), triedAt: at(71) }, 72, true],
    [
      "is told once a day, so that it is found when it is back",
      { failingSince: at(0), triedAt: at(71) },
      95,
      false,
    ],
    ["and took an event since is told", { failingSince: null, triedAt: at(71) }, 72, false],
  ])("%s", (_, receiver, nowHours, off) => expect(isOff(receiver, nowHours * HOUR_MS)).toBe(off));
});
