import { COUNT_TOLERANCE, judgeCounts } from "../../metric/server/server-check.ts";
import { SCRAPE_FAILURE_TEXT } from "../../scrape/failure.ts";
import { inSentence, named, valueText } from "../names.ts";
import { carrying } from "./on-the-way.ts";
import { names, type Placed, refsOf } from "./placed.ts";
import type { Finding, Level, Report } from "../schema.ts";
import { loadText, num } from "../text.ts";

/** What the server says of itself, and whether it agrees with what we measured. */
export function serverFindings(measured: Placed[], report: Omit<Report, "findings">): Finding[] {
  return [
    ...notRead(measured, report),
    ...readBy(measured),
    ...shared(measured),
    ...partial(measured),
    ...ttftParts(carrying(measured, report)),
    ...ttftDisagrees(measured),
  ];
}

type Server = NonNullable<Level["server"]>;
interface Served extends Placed {
  server: Server;
}

const servedOf = (measured: Placed[]): Served[] =>
  measured.flatMap((placed) =>
    placed.level.server === null ? [] : [{ ...placed, server: placed.level.server }],
  );

function notRead(measured: Placed[], { endpoint: { metrics } }: Omit<Report, "findings">): Finding[] {
  if (metrics === null || measured.length === 0 || servedOf(measured).length > 0) return [];
  const why =
    metrics.failure === null
      ? "no scrape came back during the load"
      : `where they were asked for, ${SCRAPE_FAILURE_TEXT[metrics.failure]}`;
  const sentence = `The server's own metrics are not known: ${why}. They show its queue and its KV cache, and whether it served others: name their address (endpoint.metricsUrl), or let an agent on its host read them (brimline agent --metrics).`;
  return [{ code: "no_server_metrics", severity: "info", sentence, refs: ["/endpoint/metrics"] }];
}

const READER = { load: "the load generator", agent: "an agent on its host" };

function readBy(measured: Placed[]): Finding[] {
  const served = servedOf(measured);
  return [...Map.groupBy(served, ({ server }) => `${server.engine} ${server.from}`).values()].map((own) => {
    const [first] = own;
    const who = first === undefined ? "" : READER[first.server.from];
    const scrapes = own.reduce((sum, { server }) => sum + server.scrapes, 0);
    const where = own.length === measured.length ? "" : ` at ${names(own)}`;
    const sentence = `${first?.server.engine}'s own metrics were read by ${who}${where}, in ${num(scrapes)} scrapes.`;
    return { code: "server_metrics", severity: "info", sentence, refs: refsOf(own, "server/scrapes") };
  });
}

const COUNTS = [
  ["requests", "requests"],
  ["outputTokens", "output tokens"],
] as const;

/** "48 requests where we sent 40 at 8 users", for each count that is judged so. */
const countTexts = ({ level, server }: Served, verdict: "foreign" | "partial"): string[] =>
  COUNTS.flatMap(([key, noun]) => {
    const { least, most, counted } = server[key];
    if (counted === null || judgeCounts(server[key]) !== verdict) return [];
    const ours = verdict === "foreign" ? `we had at most ${num(most)}` : `we had at least ${num(least)}`;
    return [`${num(Math.round(counted))} ${noun} where ${ours} at ${loadText(level.load)}`];
  });

function shared(measured: Placed[]): Finding[] {
  const served = servedOf(measured).filter((placed) => countTexts(placed, "foreign").length > 0);
  if (served.length === 0) return [];
  const texts = served.flatMap((placed) => countTexts(placed, "foreign"));
  const sentence = `The server worked for others too. It counted ${texts.join(", ")} (more than ${100 * COUNT_TOLERANCE} % beyond ours). So it could do more than these levels show: run them when nobody else uses it.`;
  return [
    {
      code: "endpoint_not_exclusive",
      severity: "warn",
      sentence,
      refs: [...refsOf(served, "server/requests"), ...refsOf(served, "server/outputTokens")],
    },
  ];
}

function partial(measured: Placed[]): Finding[] {
  const served = servedOf(measured).filter((placed) => countTexts(placed, "partial").length > 0);
  if (served.length === 0) return [];
  const texts = served.flatMap((placed) => countTexts(placed, "partial"));
  const sentence = `The metrics that were read are those of a part of the servers, or of another server. They count ${texts.join(", ")}. Read them where every server behind the endpoint is counted.`;
  return [
    {
      code: "server_metrics_partial",
      severity: "warn",
      sentence,
      refs: [...refsOf(served, "server/requests"), ...refsOf(served, "server/outputTokens")],
    },
  ];
}

/** A load generator that may have read late cannot find fault with the time that others take. */
const isCertain = ({ level }: Placed): boolean => !level.reasons.includes("client_limited");

/** More of a TTFT than this outside the server is worth a warning. */
const OUTSIDE = { share: 0.2, leastMs: 10 };

function ttftParts(measured: Placed[]): Finding[] {
  const known = servedOf(measured).filter(({ server }) => server.ttftOutsideMs.value !== null);
  if (known.length === 0) return [];
  const far = known.filter(isCertain).filter(({ level, server }) => {
    const { low, value } = server.ttftOutsideMs;
    const outsideMs = low ?? value ?? 0;
    return outsideMs > OUTSIDE.leastMs && outsideMs > OUTSIDE.share * (level.ttftMs.mean.value ?? Infinity);
  });
  const part = (server: Server, key: "serverQueueMs" | "serverPrefillMs" | "ttftOutsideMs"): string[] => {
    const { value } = server[key];
    return value === null ? [] : [`${inSentence(named(key).label)} ${valueText(key, value)}`];
  };
  const each = known.map(
    ({ level, server }) =>
      `${valueText("ttftMs", level.ttftMs.mean.value ?? 0)} at ${loadText(level.load)} (${[
        ...part(server, "serverQueueMs"),
        ...part(server, "serverPrefillMs"),
        ...part(server, "ttftOutsideMs"),
      ].join(", ")})`,
  );
  const findings: Finding[] = [
    {
      code: "ttft_parts",
      severity: "info",
      sentence: `Where the mean TTFT goes: ${each.join("; ")}. Queue and prefill are the server's words; outside it are the network, proxies and the load generator.`,
      refs: refsOf(known, "server/ttftOutsideMs"),
    },
  ];
  if (far.length === 0) return findings;
  return [
    ...findings,
    {
      code: "ttft_outside_server",
      severity: "warn",
      sentence: `Much of the TTFT passes outside the server at ${names(far)}: look at the network and at proxies between the two.`,
      refs: refsOf(far, "server/ttftOutsideMs"),
    },
  ];
}

/** A server cannot see a first token later than we do. */
const AHEAD_MS = 1;

function ttftDisagrees(measured: Placed[]): Finding[] {
  const compared = servedOf(measured)
    .filter(isCertain)
    .flatMap((placed) =>
      placed.server.ttftAgreement === null ? [] : [{ ...placed, agreement: placed.server.ttftAgreement }],
    );
  const apart = compared.filter(
    ({ agreement: { shiftMs, largestGapPercent, boundPercent } }) =>
      largestGapPercent > boundPercent || shiftMs < -AHEAD_MS,
  );
  const refs = refsOf(compared, "server/ttftAgreement");
  if (compared.length === 0) return [];
  if (apart.length === 0) {
    const most = Math.max(...compared.map(({ agreement }) => agreement.largestGapPercent));
    const sentence = `The server's histogram of TTFT agrees with ours at the edges of its buckets: they differ by at most ${num(most)} % of the requests, which chance explains.`;
    return [{ code: "server_ttft_agrees", severity: "info", sentence, refs }];
  }
  const each = apart.map(({ level, agreement: { shiftMs, largestGapPercent, boundPercent } }) =>
    shiftMs < -AHEAD_MS
      ? `its times are ${num(-shiftMs)} ms above ours at ${loadText(level.load)}`
      : `${num(largestGapPercent)} % of the requests at ${loadText(level.load)}, where chance explains ${num(boundPercent)} %`,
  );
  const sentence = `The server's histogram of TTFT does not agree with what we measured: ${each.join(", ")}. A proxy that delays some answers more than others does this, and so does a server that counts from another moment.`;
  return [{ code: "server_ttft_disagrees", severity: "warn", sentence, refs }];
}
