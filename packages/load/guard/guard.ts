import type { buildConnector } from "undici";
import { BrimlineError } from "@brimline/core/error";
import { ConnectError, type ConnectOptions, judgedAnswers, type Resolve, systemResolve } from "./answers.ts";
import { type Dial, guardedDial } from "./dial.ts";
import { createPolicy, type PolicyOptions } from "./policy.ts";
import { readTarget } from "./target.ts";

export interface GuardOptions extends PolicyOptions {
  /** All addresses of a name; the system's resolver unless given. */
  resolve?: Resolve;
  /** How long a DNS answer may take, ms. */
  dnsTimeoutMs?: number;
}

/** Stands between a URL that a caller named and the network: as text, as DNS answers and as the peer that was reached. */
export interface Guard {
  readonly profile: "local" | "cloud";
  /**
   * The URL, if its text may be a target. Throws a BrimlineError `address_refused` or `host_not_canonical` whose message names
   * the fix. A name is judged as text only: what it resolves to is judged at every connect, and by `judgeResolved`.
   */
  judge(url: string): URL;
  /** As `judge`, and every address that the name resolves to now. Throws `unreachable` too, where it does not resolve. */
  judgeResolved(url: string): Promise<URL>;
  /**
   * undici's `connect`: opens judged addresses only. Its errors carry `code`: `dns`, `connect`, `tls` or `address_refused`.
   * Make one for each dispatcher: it keeps TLS sessions and DNS answers for a few seconds.
   */
  connect(options: ConnectOptions): buildConnector.connector;
  /** The same for sockets that we read ourselves: opens them to `target`, at judged addresses only. Make one for each target. */
  dial(target: URL, options: ConnectOptions): Dial;
}

/** Longer than any healthy resolver takes, short enough to tell the caller at once. */
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

  function judge(url: string): ReturnType<typeof readTarget> {
    const target = readTarget(url);
    policy.judgeTarget(target);
    return target;
  }

  return {
    profile: options.profile,
    judge: (url) => judge(url).url,
    async judgeResolved(url) {
      const target = judge(url);
      await judgedAnswers(target.host, target.port, policy, dns).catch((error: unknown) => {
        throw error instanceof ConnectError
          ? new BrimlineError("unreachable", error.message, { cause: error })
          : error;
      });
      return target.url;
    },
    connect(connectOptions) {
      // undici takes its memory: a process that only sends load has no need of it.
      const connect = import("./connect.ts").then(({ guardedConnect }) =>
        guardedConnect(policy, dns, connectOptions),
      );
      return (request, callback) => void connect.then((open) => open(request, callback));
    },
    dial: (target, connectOptions) => guardedDial(target, policy, dns, connectOptions),
  };
}
