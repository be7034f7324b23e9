import { unknown } from "../../figure.ts";
import { flagged, scaled } from "../../metric/statistics/derive.ts";
import { goodput } from "../../metric/goodput.ts";
import { perRequestTokensPerS, userSpeedTokensPerS } from "../../metric/statistics/latency.ts";
import { flaggedSpread, unknownSpread } from "../../metric/statistics/percentile.ts";
import { dueInWindow } from "../../metric/window/run.ts";
import { fullRunOutputTokensPerS, inFlight, inputTokensPerS, requestsPerS } from "../../metric/throughput.ts";
import { okRows } from "../../record/columns/table.ts";
import { byTheClockOfE2e, byTheClockOfSpan, objectiveMakes, ofObjective } from "./client.ts";
import { isInBunches, perToken, tpotReasons } from "./latency.ts";
import { figureOf, type Formulas, ofTokens, once, requestSpread } from "./measured.ts";

export const THROUGHPUT: Formulas<"throughput"> = {
  inFlight: (measured) => figureOf(measured, inFlight),
  requestsPerS: (measured) => figureOf(measured, requestsPerS),
  outputTokensPerS: (measured) =>
    flagged(
      figureOf(measured, (runs) => measured.collected.output.figure(runs)),
      ...ofTokens(measured),
    ),
  fullRunOutputTokensPerS: (measured) =>
    flagged(fullRunOutputTokensPerS(measured.runs), ...ofTokens(measured)),
  inputTokensPerS: (measured) => figureOf(measured, inputTokensPerS),
  tokensPerSPerUser: ({ users }, { outputTokensPerS }) =>
    users === null ? unknown("not_applicable") : scaled(outputTokensPerS, 1 / users),
  goodputRequestsPerS: (measured, figures) =>
    ofObjective(objectiveMakes(measured, figures), goodputOf(measured).requestsPerS),
  goodPercent: (measured, figures) =>
    ofObjective(objectiveMakes(measured, figures), goodputOf(measured).percent),
  userSpeedTokensPerS: (measured) =>
    byTheClockOfSpan(
      measured,
      flaggedSpread(
        isCut(measured) ? unknownSpread("censored") : perToken(measured, userSpeedTokensPerS),
        ...tpotReasons(measured),
      ),
    ),
  perRequestTokensPerS: (measured, figures) =>
    byTheClockOfE2e(
      measured,
      figures,
      flaggedSpread(
        isCut(measured) ? unknownSpread("censored") : requestSpread(measured, perRequestTokensPerS),
        ...ofTokens(measured),
      ),
    ),
  outputTokensPerRequest: (measured) =>
    flaggedSpread(
      requestSpread(measured, ({ outcome, tokens }) => (outcome === "ok" ? tokens.output : null)),
      ...ofTokens(measured),
    ),
  inputTokensPerRequest: (measured) =>
    Iterator.from(okRows(measured.records)).some(({ tokens }) => tokens.input !== null)
      ? requestSpread(measured, ({ outcome, tokens }) => (outcome === "ok" ? tokens.input : null))
      : unknownSpread("no_usage"),
};

/** If a request was cut, speeds are unknown: it has none, and only the fast requests would be left. */
const isCut = once(({ steady }) =>
  steady.runs.some((run) => Iterator.from(dueInWindow(run)).some(({ outcome }) => outcome === "censored")),
);

/** Both come from one pass over the requests. */
const goodputOf = once((measured) => {
  const { steady, slo, isOpenLoop, streams } = measured;
  if (slo === null) return { requestsPerS: unknown("no_slo"), percent: unknown("no_slo") };
  if (steady.runs.length > 0)
    return goodput(steady.runs, slo, { isOpenLoop, streams, isBunched: isInBunches(measured) });
  return { requestsPerS: unknown(steady.whyNot), percent: unknown(steady.whyNot) };
});
