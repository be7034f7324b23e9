import { isIPv4, isIPv6 } from "node:net";
import { C } from "./libc.ts";

/** As long as the longest `struct sockaddr` that is used here, and longer than IPv6's. */
export const ADDRESS_BYTES = 32;
const IPV4_BYTES = 16;
const IPV6_BYTES = 28;
const IPV6_AT = 8;

/** A `struct sockaddr`, with its family and how many of the bytes count. */
export interface SocketAddress {
  family: number;
  bytes: Buffer;
  length: number;
}

/** The socket address of a literal IP address without a zone. It throws for anything else. */
export function socketAddress(ip: string, port: number): SocketAddress {
  const bytes = Buffer.alloc(ADDRESS_BYTES);
  bytes.writeUInt16BE(port, 2);
  if (isIPv4(ip)) {
    bytes.writeUInt16LE(C.AF_INET, 0);
    ip.split(".").forEach((part, nth) => bytes.writeUInt8(Number(part), 4 + nth));
    return { family: C.AF_INET, bytes, length: IPV4_BYTES };
  }
  if (!isIPv6(ip) || ip.includes("%")) throw new Error(`${ip} is no literal IP address without a zone`);
  bytes.writeUInt16LE(C.AF_INET6, 0);
  groupsOf(ip).forEach((group, nth) => bytes.writeUInt16BE(group, IPV6_AT + 2 * nth));
  return { family: C.AF_INET6, bytes, length: IPV6_BYTES };
}

/** The literal IP address in a `struct sockaddr`, or null for another family. */
export function ipOf(bytes: Buffer): string | null {
  const family = bytes.readUInt16LE(0);
  if (family === C.AF_INET) return [...bytes.subarray(4, 8)].join(".");
  if (family !== C.AF_INET6) return null;
  return Array.from({ length: 8 }, (_, nth) => bytes.readUInt16BE(IPV6_AT + 2 * nth).toString(16)).join(":");
}

export const portOf = (bytes: Buffer): number => bytes.readUInt16BE(2);

/** The eight groups of an IPv6 address, whose `::` stands for as many zeros as are missing. */
function groupsOf(ip: string): number[] {
  const [head = "", tail] = withoutDots(ip).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...(tail === undefined ? [] : zeros), ...after].map((group) =>
    Number.parseInt(group, 16),
  );
}

/** An IPv6 address that ends in the dotted form of IPv4, written in groups. */
function withoutDots(ip: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  if (dotted === null) return ip;
  const [a, b, c, d] = dotted.slice(1).map(Number) as [number, number, number, number];
  return `${ip.slice(0, dotted.index)}${(256 * a + b).toString(16)}:${(256 * c + d).toString(16)}`;
}
