import { isIP } from "node:net";

/**
 * What an IP address leads to. The default is to deny: only globally reachable unicast is "public". Every
 * address is one 128-bit number (IPv4 as ::ffff:a.b.c.d), so that all spellings of an address share one
 * comparison. Node's `BlockList` must be told the right family, and without it lets an IPv6 address through.
 */
export type AddressKind =
  | "public"
  | "loopback"
  | "private"
  | "shared"
  | "link-local"
  | "unspecified"
  | "cloud metadata"
  | "transition"
  | "documentation"
  | "multicast"
  | "reserved";

export interface AddressRange {
  base: bigint;
  mask: bigint;
}

const ALL_BITS = (1n << 128n) - 1n;
const LOW_32_BITS = 0xffff_ffffn;
const MAPPED = 0xffffn << 32n;

/**
 * The address as a number. It is null where the text is no address, or is one with a zone (`fe80::1%eth0`),
 * which is never a target.
 */
export function addressValue(text: string): bigint | null {
  if (text.includes("%")) return null;
  const family = isIP(text);
  if (family === 4) return MAPPED | ipv4Value(text);
  return family === 6 ? ipv6Value(text) : null;
}

/** An address in the one spelling that all of its spellings share. */
export function addressText(value: bigint): string {
  if (contains(MAPPED_IPV4, value))
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  const groups = value.toString(16).padStart(32, "0").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

const ipv4Value = (text: string): bigint =>
  text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);

const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":"));

function ipv6Value(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted?.[1] !== undefined && dotted[2] !== undefined)
    return ipv6Value(`${dotted[1]}0:0`) | ipv4Value(dotted[2]);
  const [head = "", tail = ""] = text.split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/**
 * Reads a range such as `10.0.0.0/8` or `fc00::/7`. It throws on anything else, because a range that is not
 * understood must not stand for none.
 */
export function rangeOf(cidr: string): AddressRange {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(cidr);
  const value = addressValue(match?.[1] ?? "");
  const width = isIP(match?.[1] ?? "") === 4 ? 32 : 128;
  const bits = Number(match?.[2]);
  if (value === null || bits > width)
    throw new Error(`not an address range: ${cidr}; write it as 10.0.0.0/8 or fc00::/7`);
  const mask = (ALL_BITS << BigInt(width - bits)) & ALL_BITS;
  return { base: value & mask, mask };
}

export const contains = (range: AddressRange, value: bigint): boolean => (value & range.mask) === range.base;

/**
 * Clouds hand out credentials, names and time to whoever runs inside them at these addresses. No allow-list
 * opens them.
 */
const METADATA = [
  "169.254.169.254/32", // AWS, Google Cloud, Azure, Oracle, DigitalOcean, OpenStack
  "169.254.170.0/23", // AWS: credentials of ECS tasks (170.2) and EKS pods (170.23)
  "169.254.169.253/32", // AWS: resolver
  "169.254.169.123/32", // AWS: time
  "fd00:ec2::/32", // AWS over IPv6: metadata ::254, resolver ::253, EKS pods ::23
  "fd20:ce::254/128", // Google Cloud over IPv6
  "168.63.129.16/32", // Azure WireServer
  "100.100.100.200/32", // Alibaba Cloud
  "192.0.0.192/32", // Oracle Cloud Classic
].map(rangeOf);

const kind = (name: AddressKind, ...cidrs: string[]): [AddressKind, AddressRange][] =>
  cidrs.map((cidr) => [name, rangeOf(cidr)]);

/** IANA's special-purpose registries (RFC 6890 and its successors). The first match wins. */
const SPECIAL: [AddressKind, AddressRange][] = [
  ...kind("unspecified", "0.0.0.0/32", "::/128"),
  ...kind("loopback", "127.0.0.0/8", "::1/128"),
  ...kind("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
  ...kind("shared", "100.64.0.0/10"),
  ...kind("link-local", "169.254.0.0/16", "fe80::/10"),
  ...kind("documentation", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
  ...kind("multicast", "224.0.0.0/4", "ff00::/8"),
  ...kind(
    "reserved",
    "0.0.0.0/8",
    "192.0.0.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "240.0.0.0/4",
  ),
  ...kind(
    "transition",
    "192.88.99.0/24",
    "::/96",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "2001::/32",
    "2002::/16",
  ),
  ...kind("reserved", "100::/64", "2001::/23", "2620:4f:8000::/48", "5f00::/16", "fec0::/10"),
];

const MAPPED_IPV4 = rangeOf("0.0.0.0/0");
const GLOBAL_IPV6 = rangeOf("2000::/3");

/** Ranges whose addresses carry an IPv4 address, and how many bits above the lowest it lies. */
const CARRIERS: [AddressRange, bigint][] = [
  [rangeOf("::/96"), 0n],
  [rangeOf("::ffff:0:0:0/96"), 0n],
  [rangeOf("64:ff9b::/96"), 0n],
  [rangeOf("64:ff9b:1::/48"), 0n],
  [rangeOf("2002::/16"), 80n],
];

/**
 * The addresses that a packet to this one may end at: itself, and the IPv4 address that it carries through a
 * transition mechanism.
 */
export function reachedBy(value: bigint): bigint[] {
  const carrier = CARRIERS.find(([range]) => contains(range, value));
  if (carrier !== undefined) return [value, MAPPED | ((value >> carrier[1]) & LOW_32_BITS)];
  return isIsatap(value) ? [value, MAPPED | (value & LOW_32_BITS)] : [value];
}

/** RFC 5214 defines such an interface identifier: 0:5efe:a.b.c.d, with or without the universal bit. */
function isIsatap(value: bigint): boolean {
  const upper = (value >> 32n) & LOW_32_BITS;
  return upper === 0x0000_5efen || upper === 0x0200_5efen;
}

/** What the address leads to. A transition address that carries a metadata address counts as one. */
export function addressKind(value: bigint): AddressKind {
  if (reachedBy(value).some((reached) => METADATA.some((range) => contains(range, reached))))
    return "cloud metadata";
  const special = SPECIAL.find(([, range]) => contains(range, value));
  if (special !== undefined) return special[0];
  if (contains(MAPPED_IPV4, value)) return "public";
  if (isIsatap(value)) return "transition";
  return contains(GLOBAL_IPV6, value) ? "public" : "reserved";
}
