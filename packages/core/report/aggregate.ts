import { apiOf, dialectOf } from "../dialect/dialects.ts";
import { searchOf } from "../job/plan/loads.ts";
import { demandOf } from "../load.ts";
import { templateCachedPercent } from "../metric/contamination.ts";
import type { JobSpec } from "../job/spec/spec.ts";
import type { ModelDims } from "../metric/hardware/flops.ts";
import { versusFirst } from "../metric/saturation/versus-first.ts";
import { e2eMs } from "../metric/statistics/latency.ts";
import { rateScaling, saturation, type SaturationResult } from "../metric/saturation/saturation.ts";
import { joinedTable, okRows } from "../record/columns/table.ts";
import { certificateOf } from "./certificate.ts";
import { type Hardware, hardwareOf, gpusOf } from "./hardware.ts";
import { servedRuns } from "./figures/served.ts";
import { findingsOf } from "./findings/findings.ts";
import type { AggregateInput, LevelInput } from "./input.ts";
import type { LevelContext } from "./context.ts";
import { type Influences, influencesOf } from "./influences.ts";
import { levelOf, measuredLevel, runsOf } from "./level.ts";
import type { Level, Report } from "./schema.ts";
import { toldByNeighbours } from "./neighbours.ts";
import { rooflineOf } from "./roofline.ts";
import { rounded } from "./serialise.ts";
import { loadValue } from "./text.ts";
import { createTimeline } from "./timeline/timeline.ts";
import { reportValidity } from "./validity.ts";
import { verdictOf } from "./verdict/verdict.ts";

/**
 * Makes the report from everything that a job left behind. The same input gives the same bytes, and missing
 * data never make it throw.
 */
export const aggregate = (input: AggregateInput): Report => aggregateAll(input).report;

/** The report, and what a comparison needs beside it. */
export function aggregateAll(input: AggregateInput): { report: Report; influences: () => Influences } {
  const { spec } = input;
  const hardware = hardwareOf(input);
  const groups = byLevel(input.levels);
  const warmup = groups.find(([first]) => first.plan.role === "warmup") ?? [];
  const context = contextOf(input, warmup, hardware);
  const { largestWarmupE2eMs } = context;
  const isSearch = searchOf(spec) !== null;
  const isPart = isSearch || spec.precision !== undefined;
  const runs = groups.map((group) => runsOf(group, { largestWarmupE2eMs, isPart }));
  const timeline = createTimeline(
    runs.flat().map(({ input: { plan }, run }) => ({
      users: demandOf(plan.load).users,
      run,
    })),
    {
      ...hardware,
      createdAt: input.createdAt,
      streams: context.streams,
      served: servedRuns(runs.flat(), context.serverOfAgents),
    },
  );
  const made = groups.map((group, i) => {
    const begun = runs[i] ?? [];
    const own = contextFor(group[0], context);
    const measured = measuredLevel(group, begun, own, timeline);
    return { begun, measured, level: levelOf(group, begun, measured, own) };
  });
  const levels = isSearch ? toldByNeighbours(made) : made.map(({ level }) => level);
  const measured = levels.filter((level) => level.role !== "warmup");
  // Both are about output tokens.
  const ofTokens = context.streams ? measured : [];
  const saturationOfAll = saturationOf(ofTokens, isSearch ? SEARCH_STEP : 1);
  const whole = reportValidity(measured);
  const known = {
    model: modelOf(hardware.dims),
    gpus: gpusOf(spec, hardware),
    slo: sloOf(spec),
  };
  const verdict = verdictOf(
    { levels, saturation: saturationOfAll, state: input.state, ...whole, ...known },
    spec,
  );
  const draft: Omit<Report, "findings"> = {
    schema: "brimline.report/1",
    id: input.id,
    name: spec.name ?? spec.endpoint.model,
    tags: spec.tags,
    state: input.state,
    createdAt: input.createdAt,
    finishedAt: input.finishedAt,
    ...whole,
    verdict,
    job: reportedJob(input),
    endpoint: endpointOf(input),
    ...known,
    levels,
    versusFirst: versusFirst(
      ofTokens
        .filter(({ validity }) => validity !== "invalid")
        .map(({ id, outputTokensPerS, mfuPercent, ttftMs }) => ({
          id,
          throughput: outputTokensPerS,
          mfu: mfuPercent,
          ttftP95: ttftMs.p95,
        })),
    ),
    saturation: saturationOfAll,
    roofline: rooflineOf(
      levels.find(({ id }) => id === verdict.levelId),
      hardware,
    ),
    certificate: certificateOf(input.levels, hardware.telemetry),
    timeline: timeline.timeline(),
    provenance: provenanceOf(input, hardware),
  };
  return {
    report: inOrder(draft, findingsOf(draft)),
    influences: () =>
      influencesOf(
        input.id,
        made.filter(({ level }) => level.role !== "warmup"),
      ),
  };
}

function inOrder(draft: Omit<Report, "findings">, findings: Report["findings"]): Report {
  // What the caller gave comes back to the last digit. Only what was measured is rounded.
  return { ...rounded(draft), job: draft.job, model: draft.model, findings };
}

type Group = [LevelInput, ...LevelInput[]];

/** The repeats of each level in run order. Only the last attempt of each counts. */
function byLevel(inputs: LevelInput[]): Group[] {
  const groups = new Map<string, LevelInput[]>();
  for (const input of inputs) groups.set(input.plan.id, [...(groups.get(input.plan.id) ?? []), input]);
  return groups
    .values()
    .toArray()
    .flatMap((group) => {
      const last = group.filter(
        (input) =>
          !group.some((other) => other.plan.repeat === input.plan.repeat && other.attempt > input.attempt),
      );
      const [first, ...repeats] = last.toSorted((a, b) => a.plan.repeat - b.plan.repeat);
      return first === undefined ? [] : [[first, ...repeats] satisfies Group];
    });
}

function contextOf(input: AggregateInput, warmup: LevelInput[], hardware: Hardware): LevelContext {
  const { spec } = input;
  const records = joinedTable(
    warmup.flatMap((level) => level.shards.map((shard) => ({ table: shard.records, shiftMs: 0 }))),
  );
  let largestWarmupE2eMs: number | null = null;
  for (const request of okRows(records)) {
    const latency = e2eMs(request);
    if (latency !== null) largestWarmupE2eMs = Math.max(largestWarmupE2eMs ?? 0, latency);
  }
  return {
    createdUnixMs: Date.parse(input.createdAt),
    streams: dialectOf(spec.endpoint.api).streams,
    slo: spec.slo ?? null,
    thinkTimeMs: spec.workload.thinkTimeMs,
    hardware,
    serverOfAgents: input.telemetry?.series.server ?? null,
    largestWarmupE2eMs,
    // Without a salt the warm-up's prompts need not be unique, so the cached share that they show is not the
    // template's alone.
    unwantedCache: { templatePercent: spec.workload.salt ? templateCachedPercent(records) : null },
    seed: input.seed,
    workload: spec.workload,
  };
}

/** The warm-up is not judged for its cache, because it shows what the template alone takes from it. */
const contextFor = (level: LevelInput, context: LevelContext): LevelContext =>
  level.plan.role === "warmup" ? { ...context, unwantedCache: null } : context;

/** Gains of a search are told between loads that grow by this factor at least. */
const SEARCH_STEP = 1.25;

/**
 * The saturation over the closed-loop levels that are not invalid, on the load that they achieved. If there
 * are none it is over the open-loop levels, on their rate. It is null without either. Where a higher level ran that
 * does not count, there is no load to test next: that one would have to be mended first.
 */
function saturationOf(measured: Level[], stepFactor: number): SaturationResult | null {
  const usable = measured.filter((level) => level.validity !== "invalid");
  const closed = usable.filter((level) => !demandOf(level.load).isOpenLoop);
  const used = closed.length === 0 ? usable : closed;
  const highest = Math.max(...used.map(({ load }) => loadValue(load)));
  const isHighest = measured.every(
    ({ load }) => load.kind !== used[0]?.load.kind || loadValue(load) <= highest,
  );
  const found =
    used.length === 0 ? null : closed.length === 0 ? byRate(used, stepFactor) : byUsers(closed, stepFactor);
  return found === null || isHighest ? found : { ...found, nextLoadToTest: null };
}

const byRate = (levels: Level[], stepFactor: number): SaturationResult =>
  rateScaling(
    levels.map(({ id, load, outputTokensPerS }) => ({
      id,
      users: loadValue(load),
      load: loadValue(load),
      throughput: outputTokensPerS,
    })),
    stepFactor,
  );

const byUsers = (levels: Level[], stepFactor: number): SaturationResult =>
  saturation(
    levels.flatMap(({ id, load, inFlight, outputTokensPerS }) =>
      inFlight.value !== null
        ? [{ id, users: loadValue(load), load: inFlight.value, throughput: outputTokensPerS }]
        : [],
    ),
    stepFactor,
  );

function reportedJob({ spec }: AggregateInput): Report["job"] {
  const { endpoint, webhook: _, ...job } = spec;
  return {
    ...job,
    endpoint: {
      url: endpoint.showHost ? endpoint.url : null,
      model: endpoint.model,
      api: apiOf(endpoint.api),
    },
  };
}

function endpointOf({ spec, endpoint, metrics }: AggregateInput): Report["endpoint"] {
  return {
    host: spec.endpoint.showHost ? hostOf(spec.endpoint.url) : null,
    model: spec.endpoint.model,
    server: endpoint.server,
    ignoreEos: endpoint.ignoreEos,
    usage: endpoint.usage,
    saysEnd: endpoint.saysEnd,
    ...(endpoint.traits !== undefined && { traits: endpoint.traits }),
    caSha256: endpoint.caSha256 ?? null,
    metrics: metrics === null ? null : { engine: null, failure: null, ...metrics },
  };
}

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

function modelOf(dims: ModelDims | null): Report["model"] {
  if (dims === null) return null;
  return {
    params: dims.params,
    activeParams: dims.activeParams,
    dtype: dims.dtype,
    source: dims.source,
  };
}

function sloOf({ slo }: JobSpec): Report["slo"] {
  if (slo === undefined) return null;
  return {
    ttftMs: slo.ttftMs ?? null,
    tpotMs: slo.tpotMs ?? null,
    e2eMs: slo.e2eMs ?? null,
    percentile: slo.percentile,
  };
}

function provenanceOf(input: AggregateInput, hardware: Hardware): Report["provenance"] {
  return {
    generator: input.generator,
    manifestSha256: input.manifestSha256,
    seed: input.seed,
    platform: input.platform,
    simulated: isSimulated(input, hardware),
    region: input.region,
    shards: input.levels.reduce((sum, level) => sum + level.shards.length, 0),
    missingShards: input.levels.reduce((sum, level) => sum + level.missingShards, 0),
  };
}

const isSimulated = ({ endpoint, levels }: AggregateInput, { telemetry }: Hardware): boolean =>
  endpoint.simulated ||
  levels.some((level) => level.shards.some((shard) => shard.summary.simulated)) ||
  telemetry?.gpus.some((gpu) => gpu.driver === "sim") === true;
