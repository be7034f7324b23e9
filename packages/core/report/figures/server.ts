import type { Reason } from "../../codes.ts";
import { type Figure, unknown } from "../../figure.ts";
import { difference, flagged } from "../../metric/statistics/derive.ts";
import {
  counted,
  gauge,
  peak,
  ratePerS,
  ratio,
  type ServedRun,
  ttftAsCountedMs,
} from "../../metric/server/server.ts";
import { queueOf } from "../../metric/server/server-queue.ts";
import { compareCounts, judgeCounts, ttftAgreement } from "../../metric/server/server-check.ts";
import type { Figures } from "../catalogue.ts";
import type { Level } from "../schema.ts";
import type { Note } from "../validity.ts";
import { figureOf, type Formulas, type Measured, once } from "./measured.ts";

/** The runs with a window that were scraped. */
const servedWindows = ({ steady, served }: Measured): ServedRun[] =>
  steady.runs.flatMap((run) => {
    const own = served.find((each) => each.run === run);
    return own === undefined ? [] : [{ run, servers: own.servers }];
  });

/** What rests on the scrapes of every run in its window. */
const ofServer =
  (of: (served: ServedRun[]) => Figure) =>
  (measured: Measured): Figure => {
    const { steady, served } = measured;
    if (served.length === 0) return unknown("no_server_metrics");
    if (steady.runs.length === 0) return unknown(steady.whyNot);
    const runs = servedWindows(measured);
    return runs.length < steady.runs.length
      ? unknown("no_server_metrics")
      : flagged(of(runs), ...partialReasons(measured));
  };

const mean = (duration: string) =>
  ofServer((served) => ratio(served, [`${duration}S`, `${duration}Count`], 1000));
const percent = (part: string, all: string) => ofServer((served) => ratio(served, [part, all], 100));

/**
 * What the server counts about itself, over the windows. Gauges are means of the scrapes in each slice. A mean
 * over requests is what its sum grew by ÷ what its count grew by, so it is over the requests that the server
 * counted in the window.
 */
export const SERVER: Formulas<"server"> = {
  serverRunning: ofServer((served) => gauge(served, "running", "sum")),
  serverWaiting: ofServer((served) => gauge(served, "waiting", "sum")),
  kvPercent: ofServer((served) => gauge(served, "kvPercent", "mean")),
  kvPeakPercent: ofServer((served) => peak(served, "kvPercent")),
  preemptions: ofServer((served) => counted(served, "preemptions")),
  prefixHitPercent: percent("prefixHits", "prefixQueries"),
  draftAcceptedPercent: percent("acceptedTokens", "draftTokens"),
  serverQueueMs: mean("queue"),
  serverPrefillMs: mean("prefill"),
  serverDecodeMs: mean("decode"),
  serverTtftMs: mean("ttft"),
  ttftOutsideMs: (measured, { ttftMs, serverTtftMs }: Readonly<Figures>) =>
    ttftMs.mean.value === null
      ? ttftMs.mean
      : notNegative(
          difference(flagged(figureOf(measured, ttftAsCountedMs), ...ttftMs.mean.reasons), serverTtftMs),
        ),
  serverTpotMs: mean("tpot"),
  serverRequestsPerS: ofServer((served) => ratePerS(served, "requests")),
  serverOutputTokensPerS: ofServer((served) => ratePerS(served, "outputTokens")),
  serverInputTokensPerS: ofServer((served) => ratePerS(served, "promptTokens")),
};

/** No time is negative. One that seems to be, beyond its interval, was not measured. */
function notNegative(figure: Figure): Figure {
  const { value, low, high } = figure;
  if (value === null) return figure;
  if ((high ?? value) < 0) return unknown("implausible");
  return { ...figure, value: Math.max(0, value), low: low === null ? null : Math.max(0, low) };
}

const spansOf = ({ served }: Measured) => served.map(({ run, servers }) => ({ ...run, servers }));

/** The counts of the whole level can be compared only if every run was scraped. */
const countsOf = once((measured) =>
  measured.served.length < measured.runs.length
    ? compareCounts(measured.records, [])
    : compareCounts(measured.records, spansOf(measured)),
);

const verdictsOf = (measured: Measured) => Object.values(countsOf(measured)).map(judgeCounts);

const partialReasons = (measured: Measured): Reason[] =>
  verdictsOf(measured).includes("partial") ? ["server_metrics_partial"] : [];

/** A level in which the server served others too says less than it seems. */
export const sharedNotes = (measured: Measured): Note[] =>
  verdictsOf(measured).includes("foreign") ? [{ reason: "endpoint_not_exclusive", makes: "indicative" }] : [];

/** What else a level says of its server. It is null without a scrape. */
export function serverStateOf(measured: Measured): Omit<NonNullable<Level["server"]>, keyof Figures> | null {
  const [first] = measured.served;
  if (first === undefined) return null;
  const { requests, outputTokens } = countsOf(measured);
  return {
    engine: first.engine,
    from: first.from,
    scrapes: measured.served.reduce((sum, { servers }) => sum + servers.flat().length, 0),
    servers: first.servers.length,
    // Without a window the queue of the second half tells, because by then all users have started.
    queue: queueOf(
      measured.served.map(({ run, servers }) => ({
        run: { ...run, window: run.window ?? { startMs: run.stopMs / 2, endMs: run.stopMs } },
        servers,
      })),
    ),
    requests,
    outputTokens,
    // A vector has no first token, so that what the server counts as one is not known.
    ttftAgreement: measured.streams ? ttftAgreement(measured.records, spansOf(measured)) : null,
  };
}
