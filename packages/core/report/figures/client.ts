import { type Figure, type Spread, unknown, type Validity } from "../../figure.ts";
import { flagged, worst } from "../../metric/statistics/derive.ts";
import { flaggedSpread, mapSpread } from "../../metric/statistics/percentile.ts";
import { requestPool } from "../../metric/window/run.ts";
import { LATENCIES, type LatencyName } from "../../record/latencies.ts";
import type { RequestRow } from "../../record/columns/table.ts";
import type { Figures } from "../catalogue.ts";
import { clientMakes } from "../validity.ts";
import { type Measured, once } from "./measured.ts";

/**
 * What the process's clock does to the figures that it can bend. It stamps late what it reads late, by at most
 * `measured.client`. A latency is judged by that bound against its own median. The kernel's clock does none of
 * this, and then there is no bound: what it hides is in the records.
 */
export const byTheClock = (measured: Measured, of: "ttftMs" | "gapMs", spread: Spread): Spread =>
  limited(spread, clientMakes(measured.client?.[of] ?? null, spread.p50.value));

/** TPOT and the speed that follows from it rest on two times, the first and the last: their distance is bent. */
export const byTheClockOfSpan = (measured: Measured, spread: Spread): Spread =>
  limited(spread, spanMakes(measured));

const spanMakes = once(({ client, steady }): Validity => {
  if (client === null || steady.runs.length === 0) return "valid";
  return clientMakes(client.gapMs, requestPool(steady.runs, spanMs).percentile(0.5).value);
});

const spanMs = ({ outcome, firstMs, lastMs }: RequestRow): number | null =>
  outcome === "ok" && firstMs !== null && lastMs !== null ? lastMs - firstMs : null;

/** Tokens ÷ E2E is bent as far as E2E. */
export const byTheClockOfE2e = (
  measured: Measured,
  { e2eMs }: Pick<Figures, "e2eMs">,
  spread: Spread,
): Spread => limited(spread, clientMakes(measured.client?.ttftMs ?? null, e2eMs.p50.value));

function limited(spread: Spread, makes: Validity): Spread {
  if (makes === "valid") return spread;
  const flaggedOnes = flaggedSpread(spread, "client_limited");
  return makes === "indicative" ? flaggedOnes : mapSpread(flaggedOnes, invalid);
}

const invalid = (figure: Figure): Figure => ({ ...figure, validity: "invalid" });

/** What the process's clock makes of the objective: the worst that it makes of a latency with a bound. */
export function objectiveMakes(measured: Measured, figures: Pick<Figures, LatencyName>): Validity {
  const { slo } = measured;
  if (slo === null) return "valid";
  return worst(
    LATENCIES.filter((name) => slo[name] !== undefined).map((name) => latencyMakes(measured, figures, name)),
  );
}

/** What the process's clock makes of one latency. */
export function latencyMakes(
  { client }: Measured,
  figures: Pick<Figures, LatencyName>,
  name: LatencyName,
): Validity {
  const { p50 } = figures[name];
  const isBent = client !== null && p50.value !== null && p50.reasons.includes("client_limited");
  return isBent ? p50.validity : "valid";
}

/** A figure of the objective. If the clock makes a latency invalid, whether that was within its bound is unknown. */
export function ofObjective(makes: Validity, figure: Figure): Figure {
  if (makes === "valid") return figure;
  return makes === "indicative" ? flagged(figure, "client_limited") : unknown("client_limited");
}
