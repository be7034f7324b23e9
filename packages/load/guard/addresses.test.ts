import { anyText } from "@brimline/testkit/any-text";
import { BrimlineError } from "@brimline/core/error";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { isIP } from "node:net";
import { describe, expect, test } from "vitest";
import { addressText, addressValue, addressKind } from "./addresses.ts";
import { createGuard } from "./guard.ts";

const cloud = createGuard({ profile: "cloud" });

function verdict(url: string): string {
  try {
    cloud.judge(url);
    return "open";
  } catch (error) {
    if (error instanceof BrimlineError) return error.code;
    throw error;
  }
}

const kindOfText = (address: string): string => {
  const value = addressValue(address);
  return value === null ? "no address" : addressKind(value);
};

describe("properties of addresses", () => {
  test("every spelling of an IPv4 address is of one kind, and only one spelling opens", () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        const [a = 0, b = 0, c = 0, d = 0] = ip.split(".").map(Number);
        const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
        const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect(kindOfText(`::ffff:${ip}`)).toBe(kindOfText(ip));
        expect(kindOfText(hex)).toBe(kindOfText(ip));
        expect(verdict(`http://${ip}/`)).toBe(kindOfText(ip) === "public" ? "open" : "address_refused");
        const others = [
          String(number),
          `0x${number.toString(16)}`,
          `0${number.toString(8)}`,
          `0x${a.toString(16)}.${b}.${c}.${d}`,
          `[${hex}]`,
          `${ip}.`,
        ];
        for (const other of others)
          if (other !== ip) expect(verdict(`http://${other}/`)).toBe("host_not_canonical");
      }),
      { numRuns: 500 },
    );
  });

  test("an IPv6 address is read as ipaddr.js reads its bytes", () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        // ipaddr.js 2.5.0 reads ::a.b.c.d as ::ffff:a.b.c.d, which operating systems do not.
        fc.pre(isIP(ip) === 6 && !/^::\d+\.\d+\.\d+\.\d+$/.test(ip));
        const bytes = ipaddr.parse(ip).toByteArray();
        expect(addressValue(ip)).toBe(bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n));
      }),
      { numRuns: 1500 },
    );
  });

  test("nothing is public that ipaddr.js does not call unicast", () => {
    const nearSpecial = fc
      .tuple(
        fc.constantFrom(
          "2001",
          "2002",
          "2620:4f",
          "64:ff9b",
          "fd00:ec2",
          "fe80",
          "3fff",
          "5f00",
          "::ffff:0",
          "2600",
        ),
        fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 3 }),
      )
      .map(([head, groups]) => `${head}${groups.map((group) => `:${group.toString(16)}`).join("")}::1`);
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearSpecial), (ip) => {
        fc.pre(isIP(ip) !== 0);
        if (kindOfText(ip) === "public")
          expect(["unicast", "ipv4Mapped"]).toContain(ipaddr.parse(ip).range());
      }),
      { numRuns: 5000 },
    );
  });

  test("the guard answers any text with an open URL that reads the same again, or a BrimlineError", () => {
    const piece = fc.constantFrom(
      "http://",
      "https://",
      "//",
      "@",
      ":",
      "#",
      "?",
      "/",
      "\\",
      "[",
      "]",
      "%",
      "127.0.0.1",
      "localhost",
      "0x7f",
      ".",
      "。",
      "１",
      "a.com",
      "::1",
      "\t",
      "80",
    );
    const text = fc.oneof(
      anyText(60),
      fc.webUrl(),
      fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join("")),
    );
    let opened = 0;
    fc.assert(
      fc.property(text, (url) => {
        if (verdict(url) !== "open") return;
        opened++;
        const { hostname, href } = cloud.judge(url);
        expect(new URL(href).hostname).toBe(hostname);
        if (isIP(hostname) !== 0) expect(kindOfText(hostname)).toBe("public");
      }),
      { numRuns: 2500 },
    );
    expect(opened).toBeGreaterThan(500);
  });
});

describe("addresses and what they lead to", () => {
  test.each([
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["127.0.0.1", "loopback"],
    ["::1", "loopback"],
    ["10.1.2.3", "private"],
    ["fd12::1", "private"],
    ["100.64.0.1", "shared"],
    ["100.100.100.200", "cloud metadata"],
    ["169.254.1.1", "link-local"],
    ["169.254.169.254", "cloud metadata"],
    ["2002:a9fe:a9fe::1", "cloud metadata"],
    ["64:ff9b::a9fe:a9fe", "cloud metadata"],
    ["2600::5efe:a9fe:a9fe", "cloud metadata"],
    ["64:ff9b::808:808", "transition"],
    ["0.0.0.0", "unspecified"],
    ["::", "unspecified"],
    ["0.0.0.1", "reserved"],
    ["4000::1", "reserved"],
    ["fe80::1%eth0", "no address"],
    ["127.1", "no address"],
    ["localhost", "no address"],
    ["", "no address"],
  ])("%s: %s", (address, kind) => expect(kindOfText(address)).toBe(kind));
});

test("every spelling of a host's address is one address, and a pinned name leads to it alone", async () => {
  const spellings = ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "2001:db8:0::1", "2001:DB8::0:1"];
  const texts = spellings.map((text) => addressText(addressValue(text) ?? 0n));
  expect(new Set(texts)).toEqual(new Set(["127.0.0.1", "2001:db8::1"]));
  const guard = createGuard({
    profile: "local",
    resolve: async () => [
      { address: "127.0.0.1", family: 4 },
      { address: "::ffff:127.0.0.1", family: 6 },
    ],
  });
  expect(await guard.addresses("http://llm.test:8000/v1")).toEqual(["127.0.0.1"]);
  expect(await guard.pinned(["127.0.0.2"]).addresses("http://llm.test:8000/v1")).toEqual(["127.0.0.2"]);
  await expect(guard.pinned([]).addresses("http://llm.test:8000/v1")).rejects.toThrow("no address");
});
