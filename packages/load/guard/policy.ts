import { BrimlineError } from "@brimline/core/error";
import {
  type AddressKind,
  addressValue,
  type AddressRange,
  contains,
  addressKind,
  rangeOf,
  reachedBy,
} from "./addresses.ts";
import type { Target } from "./target.ts";

/** Which hosts and addresses may be reached. The operator sets it, never a request. */
export interface PolicyOptions {
  /**
   * `local` is a service on one's own machine, and opens loopback and private addresses too. `cloud` opens
   * public addresses only.
   */
  profile: "local" | "cloud";
  /** More ranges that are open, on all ports or on some. Cloud metadata stays shut. */
  allow?: readonly { cidr: string; ports?: readonly number[] }[];
  /**
   * Hosts of our own API and pages, as `host` or `host:port`, which we never load. Names below them are shut
   * too.
   */
  denyHosts?: readonly string[];
  /**
   * In a Lambda function loopback and link-local addresses lead to its credentials, so no allow-list opens
   * them there.
   */
  inLambda?: boolean;
}

export interface Policy {
  /** Judges a host by name or address. It throws a BrimlineError `address_refused`. */
  judgeTarget(target: Target): void;
  /**
   * Judges an address before a connection is opened to it, and a peer after. It throws a BrimlineError
   * `address_refused`.
   */
  judgeAddress(address: string, port: number): void;
}

// Overlay networks such as Tailscale give addresses of 100.64.0.0/10 to the machines of one owner.
const LOCAL_KINDS = new Set<AddressKind>(["loopback", "private", "shared"]);
const LAMBDA_SHUT = new Set<AddressKind>(["loopback", "link-local", "unspecified"]);

// These names are from RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal, and suffixes that clusters and
// offices use. None of them leads to the public internet.
const SPECIAL_USE =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|in-addr\.arpa|ip6\.arpa|onion|alt|invalid|test|example|svc|consul|docker)$/;
const METADATA_NAME =
  /^(metadata|instance-data|([^.]+\.)*metadata\.google\.internal|metadata\.azure\.internal|metadata\.tencentyun\.com|instance-data(\.[^.]+)*\.ec2\.internal)$/;

const HOW_TO_OPEN: Record<PolicyOptions["profile"], string> = {
  cloud: "give a public address, or ask the operator to allow its range",
  local: "give a public, private or loopback address",
};

export function createPolicy(options: PolicyOptions): Policy {
  const local = options.profile === "local";
  const allow = (options.allow ?? []).map((entry) => ({
    range: rangeOf(entry.cidr),
    ports: entry.ports ?? null,
  }));
  const own = (options.denyHosts ?? []).map(ownHost);
  const lambda = options.inLambda === true;

  function isAllowed(value: bigint, port: number): boolean {
    return allow.some(
      ({ range, ports }) => contains(range, value) && (ports === null || ports.includes(port)),
    );
  }

  function isShut(value: bigint): boolean {
    return reachedBy(value).some(
      (reached) =>
        addressKind(reached) === "cloud metadata" || (lambda && LAMBDA_SHUT.has(addressKind(reached))),
    );
  }

  function judgeAddress(address: string, port: number): void {
    const value = addressValue(address);
    if (value === null) throw refused("the host resolves to something that is not an IP address");
    if (own.some((host) => host.ranges.some((range) => contains(range, value)) && isOwnPort(host, port)))
      throw refused(OWN_HOST);
    const kind = addressKind(value);
    if (isShut(value)) {
      const what =
        kind === "unspecified" ? NO_HOST : `it leads to ${KIND_TEXT[kind]}, which is always refused`;
      throw refused(`${what}; give the endpoint's own address`);
    }
    if (kind === "public" || (local && LOCAL_KINDS.has(kind)) || isAllowed(value, port)) return;
    if (kind === "unspecified") throw refused(`${NO_HOST}; write 127.0.0.1 or the host's own address`);
    throw refused(`it leads to ${KIND_TEXT[kind]}; ${HOW_TO_OPEN[options.profile]}`);
  }

  function judgeName(name: string, port: number): void {
    if (METADATA_NAME.test(name))
      throw refused(
        "this is the name of a cloud's metadata service, which is always refused; give the endpoint's own host",
      );
    if (
      own.some(
        (host) =>
          host.name !== null &&
          (name === host.name || name.endsWith(`.${host.name}`)) &&
          isOwnPort(host, port),
      )
    )
      throw refused(OWN_HOST);
    // Where there is an allow-list, a private name can be right. What it resolves to is judged all the same.
    if (local || allow.length > 0) return;
    if (SPECIAL_USE.test(name))
      throw refused(
        `names such as ${name.slice(name.lastIndexOf(".") + 1)} are not public; give a public host name or address`,
      );
    if (!name.includes("."))
      throw refused("a host name without a dot is not public; write the full name, such as host.example.com");
  }

  return {
    judgeTarget: (target) =>
      target.isAddress ? judgeAddress(target.host, target.port) : judgeName(target.host, target.port),
    judgeAddress,
  };
}

const OWN_HOST = "this is the benchmark service itself; give the endpoint's address";

const NO_HOST = "it is 0.0.0.0 or [::], which names no host";

const KIND_TEXT: Record<AddressKind, string> = {
  public: "a public address",
  loopback: "the service's own machine (loopback)",
  private: "a private network",
  shared: "a carrier's or overlay network (100.64.0.0/10)",
  "link-local": "a link-local address",
  unspecified: "0.0.0.0 or [::]",
  "cloud metadata": "a cloud's metadata or credentials service",
  transition: "an IPv6 transition address",
  documentation: "an address reserved for documentation",
  multicast: "a multicast address",
  reserved: "a reserved address",
};

const refused = (message: string): BrimlineError =>
  new BrimlineError("address_refused", `the address is refused: ${message}`);

interface OwnHost {
  name: string | null;
  ranges: AddressRange[];
  port: number | null;
}

const isOwnPort = (host: OwnHost, port: number): boolean => host.port === null || host.port === port;

/** Every loopback address is the same machine, so one of them stands for all. */
function ownHost(text: string): OwnHost {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text.toLowerCase());
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new Error(`not a host: ${text}; write it as host or host:port`);
  const port = match?.[3] === undefined ? null : Number(match[3]);
  const value = addressValue(host);
  const loopback = host === "localhost" || (value !== null && addressKind(value) === "loopback");
  if (loopback) return { name: "localhost", ranges: [rangeOf("127.0.0.0/8"), rangeOf("::1/128")], port };
  if (value !== null) return { name: null, ranges: [{ base: value, mask: (1n << 128n) - 1n }], port };
  return { name: host, ranges: [], port };
}
