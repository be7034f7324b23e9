import fc from "fast-check";
import { SocketAddress } from "node:net";
import { expect, test } from "vitest";
import { ADDRESS_BYTES, ipOf, portOf, socketAddress } from "./address.ts";

/** The shortest text of an IPv6 address, by a reader that is not ours. */
const canonical = (ip: string): string => new URL(`http://[${ip}]/`).hostname.slice(1, -1);
const port = fc.nat({ max: 65_535 });

test("an IPv4 address comes out of its bytes as it went in", () => {
  fc.assert(
    fc.property(fc.ipV4(), port, (ip, at) => {
      const { bytes, family, length } = socketAddress(ip, at);
      expect([ipOf(bytes), portOf(bytes), family, length]).toEqual([ip, at, 2, 16]);
    }),
  );
});

test("an IPv6 address in any spelling comes out of its bytes as the same address", () => {
  fc.assert(
    fc.property(fc.ipV6(), port, (ip, at) => {
      const { bytes, family, length } = socketAddress(ip, at);
      expect([canonical(ipOf(bytes) ?? ""), portOf(bytes)]).toEqual([canonical(ip), at]);
      expect([family, length]).toEqual([10, 28]);
    }),
  );
});

test.each([
  ["::", "0:0:0:0:0:0:0:0"],
  ["::1", "0:0:0:0:0:0:0:1"],
  ["1::", "1:0:0:0:0:0:0:0"],
  ["2001:DB8::8:0:0:417a", "2001:db8:0:0:8:0:0:417a"],
  ["::ffff:1.2.3.4", "0:0:0:0:0:ffff:102:304"],
  ["64:ff9b::255.255.255.255", "64:ff9b:0:0:0:0:ffff:ffff"],
  ["1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"],
])("%s is %s", (ip, groups) => {
  expect(SocketAddress.parse(`[${ip}]:80`)?.family).toBe("ipv6");
  expect(ipOf(socketAddress(ip, 80).bytes)).toBe(groups);
});

test.each([
  "",
  "localhost",
  "1.2.3",
  "1.2.3.4.5",
  "256.1.1.1",
  "0x7f.1",
  "2130706433",
  "1.2.3.4:80",
  "[::1]",
])("%s is refused", (text) => {
  expect(() => socketAddress(text, 80)).toThrow(/no literal IP address/);
});

test.each(["fe80::1%1", "fe80::1%eth0", ":::", "1::2::3", "::g"])("%s is refused, too", (text) => {
  expect(() => socketAddress(text, 80)).toThrow(/no literal IP address/);
});

test("no port beyond 16 bits is taken, and another family has no IP address", () => {
  expect(() => socketAddress("1.2.3.4", 65_536)).toThrow(RangeError);
  expect(ipOf(Buffer.alloc(ADDRESS_BYTES, 1))).toBeNull();
});
