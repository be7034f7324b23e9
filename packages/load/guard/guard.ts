import { isIP } from "node:net";
import type { buildConnector } from "undici";
import { addressText, addressValue } from "./addresses.ts";
import { type ConnectOptions, judgedAnswers, type Resolve, systemResolve } from "./answers.ts";
import { type Dial, guardedDial } from "./dial.ts";
import { createPolicy, type PolicyOptions } from "./policy.ts";
import { readTarget } from "./target.ts";
import type { OpenWire } from "./wire.ts";

export interface GuardOptions extends PolicyOptions {
  /** Finds all addresses of a name. Without it the system's resolver does. */
  resolve?: Resolve;
  /** How long a DNS answer may take, ms. */
  dnsTimeoutMs?: number;
}

/**
 * Stands between a URL that a caller named and the network. It judges the URL's text, the DNS answers and the
 * peer that was reached.
 */
export interface Guard {
  readonly profile: "local" | "cloud";
  /**
   * Returns the URL if its text may be a target. It throws a BrimlineError `address_refused` or
   * `host_not_canonical` whose message names the fix. A name is judged as text only. What it resolves to is
   * judged at every connect.
   */
  judge(url: string): URL;
  /**
   * The addresses that the URL's host leads to now, each judged, in one spelling. It throws as a connect does, with
   * `dns` or `address_refused`.
   */
  addresses(url: string): Promise<string[]>;
  /** A guard for which every name leads to these addresses, whatever it leads to meanwhile. */
  pinned(addresses: string[]): Guard;
  /**
   * Makes a `connect` for undici that opens judged addresses only. Its errors carry one of these in `code`:
   * `dns`, `connect`, `tls` or `address_refused`. Each dispatcher needs its own, because it keeps TLS
   * sessions, and DNS answers for a few seconds.
   */
  connect(options: ConnectOptions): buildConnector.connector;
  /**
   * Opens wires to `target` by the driver `open`, at judged addresses only, with the errors of `connect`. Each
   * target needs its own.
   */
  dial(target: URL, options: ConnectOptions, open: OpenWire): Dial;
}

/** It is longer than any healthy resolver takes, and short enough to tell the caller at once. */
const DNS_TIMEOUT_MS = 5000;

export function createGuard(options: GuardOptions): Guard {
  const policy = createPolicy({
    ...options,
    inLambda: options.inLambda ?? process.env["AWS_LAMBDA_FUNCTION_NAME"] !== undefined,
  });
  const dns = {
    resolve: options.resolve ?? systemResolve,
    timeoutMs: options.dnsTimeoutMs ?? DNS_TIMEOUT_MS,
  };

  return {
    profile: options.profile,
    judge(url) {
      const target = readTarget(url);
      policy.judgeTarget(target);
      return target.url;
    },
    async addresses(url) {
      const { host, port } = readTarget(url);
      const answers = await judgedAnswers(host, port, policy, dns);
      return [...new Set(answers.map(({ address }) => spelt(address)))];
    },
    pinned: (addresses) =>
      createGuard({
        ...options,
        resolve: async () => addresses.map((address) => ({ address, family: isIP(address) })),
      }),
    connect(connectOptions) {
      // undici is loaded only here, because it takes memory that a process which only sends load does not
      // need.
      const connect = import("./connect.ts").then(({ guardedConnect }) =>
        guardedConnect(policy, dns, connectOptions),
      );
      return (request, callback) => void connect.then((open) => open(request, callback));
    },
    dial: (target, connectOptions, open) => guardedDial(target, policy, dns, connectOptions, open),
  };
}

function spelt(address: string): string {
  const value = addressValue(address);
  return value === null ? address : addressText(value);
}
