import { BrimlineError } from "@brimline/core/error";
import { isIP } from "node:net";
import { addressValue } from "./addresses.ts";

/** A URL whose text is beyond doubt: every parser reads the same host from it. */
export interface Target {
  url: URL;
  /** A DNS name in lower case, or an address without brackets. */
  host: string;
  port: number;
  isAddress: boolean;
}

const MAX_URL_CHARACTERS = 2048;

// URL parsers drop tabs and line breaks, read "\" as "/" and skip invisible characters, each in its own way.
const AMBIGUOUS = /[\p{Cc}\p{Cs}\p{Z}\\\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/;
const DNS_NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/;

// The Fetch standard's bad ports from 1,024 up, then those of data stores, brokers and control planes. Below
// 1,024 only 80 and 443 are open.
const BAD_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080, 1433, 1521, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 5984, 6379, 6443, 8500, 9042,
  9092, 9200, 9300, 10250, 10255, 11211, 15672, 27017, 27018,
]);

const refused = (message: string): BrimlineError => new BrimlineError("address_refused", message);
const notCanonical = (message: string): BrimlineError => new BrimlineError("host_not_canonical", message);

/**
 * Reads a URL that a caller named. It throws a BrimlineError whose message names the fix:
 * `host_not_canonical` where another parser may read another host, `address_refused` where the URL can be no
 * target at all.
 */
export function readTarget(text: string): Target {
  if (text.length > MAX_URL_CHARACTERS)
    throw refused(`the URL is longer than ${MAX_URL_CHARACTERS} characters`);
  if (AMBIGUOUS.test(text))
    throw notCanonical(
      "the URL has a space, a backslash, a control or an invisible character; write it without",
    );
  const authority = AUTHORITY.exec(text)?.[1];
  const url = URL.parse(text);
  if (authority === undefined || url === null)
    throw refused("this is not a URL with a host; write it as http://host:8000/v1");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw refused("only http and https are allowed; write the URL as http://host:8000/v1");
  if (authority.includes("@"))
    throw notCanonical(
      "the URL has a user name or password before the host; leave them out, or write an @ in those of an endpoint as %40",
    );
  if (/^[^/]*\/\/[^/]*\?/.test(text))
    throw notCanonical("the host is followed by '?'; write a '/' between them");
  if (text.includes("#")) throw refused("the URL has a fragment; leave out '#' and what follows");
  const [, rawHost = "", rawPort] = HOST_AND_PORT.exec(authority) ?? [];
  const port = portOf(url, rawPort);
  const host = hostOf(url, rawHost);
  return { url, host, port, isAddress: isIP(host) !== 0 };
}

function portOf(url: URL, written: string | undefined): number {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (written !== undefined && written !== String(port)) throw notCanonical(`write the port as ${port}`);
  if (port < 1024 && port !== 80 && port !== 443)
    throw refused(
      "ports below 1024 other than 80 and 443 are refused; serve the endpoint on another one, such as 8000",
    );
  if (BAD_PORTS.has(port))
    throw refused(
      `port ${port} is refused, because other kinds of service use it; serve the endpoint on another one, such as 8000`,
    );
  return port;
}

function hostOf(url: URL, written: string): string {
  if (url.hostname.startsWith("[")) return ipv6HostOf(url.hostname, written);
  const host = url.hostname;
  if (isIP(host) !== 0) {
    if (written !== host) throw notCanonical(`write the address as ${host}`);
    return host;
  }
  if (host.endsWith(".")) throw notCanonical("the host ends in a dot; write it without");
  if (host.length > 253 || !DNS_NAME.test(host))
    throw refused("the host is not a DNS name; write the URL as http://host:8000/v1");
  if (written.toLowerCase() !== host) throw notCanonical(`write the host as ${host}`);
  return host;
}

function ipv6HostOf(hostname: string, written: string): string {
  const host = hostname.slice(1, -1);
  const value = addressValue(host);
  if (value !== null && value >> 32n === 0xffffn) throw notCanonical(`write the address as ${dotted(value)}`);
  if (written !== hostname) throw notCanonical(`write the address as ${hostname}`);
  return host;
}

const dotted = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
