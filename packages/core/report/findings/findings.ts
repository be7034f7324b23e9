import { qualityWord } from "../../metric/saturation/saturation.ts";
import { searchOf } from "../../job/plan/loads.ts";
import { KNEE_ELASTICITY } from "../../metric/saturation/scaling.ts";
import type { FigureKey, Name } from "../catalogue.ts";
import { failureFindings } from "./failure-findings.ts";
import { levelFindings } from "./level-findings.ts";
import { inSentence, named, valueText } from "../names.ts";
import { figureAt } from "../pick.ts";
import type { Placed } from "./placed.ts";
import type { Finding, Report } from "../schema.ts";
import { loadText, num } from "../text.ts";
import { unsaturated } from "./unsaturated.ts";

type Draft = Omit<Report, "findings">;

/** Sentences about a report, each with pointers to the figures that it rests on. */
export function findingsOf(report: Draft): Finding[] {
  const measured = report.levels.flatMap((level, i) =>
    level.role === "warmup" ? [] : [{ level, pointer: `/levels/${i}` }],
  );
  return [
    ...simulated(report),
    ...failureFindings(measured),
    ...bestThroughput(measured),
    ...bestMfu(measured),
    ...bestPerUser(measured, report),
    ...scaling(measured, report),
    ...maximum(report),
    ...next(report),
    ...predicted(measured, report),
    ...meaningOfMfu(measured, report),
    ...clientError(report),
    ...levelFindings(measured, report),
  ];
}

function simulated(report: Draft): Finding[] {
  if (!report.provenance.simulated) return [];
  const sentence =
    "The endpoint or its GPU is simulated: these figures show what a report looks like, not what any hardware can do.";
  return [{ code: "simulated", severity: "warn", sentence, refs: ["/provenance/simulated"] }];
}

/** The level with the best value of a figure. */
function best(measured: Placed[], key: FigureKey): (Placed & { value: number }) | null {
  const sign = named(key).better === "lower" ? -1 : 1;
  const known = measured.flatMap((placed) => {
    const { value } = figureAt(placed.level, key);
    return value === null || placed.level.validity === "invalid" ? [] : [{ ...placed, value }];
  });
  return known.reduce<(Placed & { value: number }) | null>(
    (top, placed) => (top === null || sign * placed.value > sign * top.value ? placed : top),
    null,
  );
}

/** "Best throughput: 1,424 tokens/s". */
const bestText = (name: Name, value: number): string =>
  `Best ${inSentence(named(name).label)}: ${valueText(name, value)}`;

function bestThroughput(measured: Placed[]): Finding[] {
  const found = best(measured, "outputTokensPerS");
  if (found === null) return [];
  const sentence = `${bestText("outputTokensPerS", found.value)} at ${loadText(found.level.load)}.`;
  return [
    { code: "best_throughput", severity: "info", sentence, refs: [`${found.pointer}/outputTokensPerS`] },
  ];
}

function bestMfu(measured: Placed[]): Finding[] {
  const found = best(measured, "mfuPercent");
  if (found === null) return [];
  const outputOnly = found.level.mfuOutputOnlyPercent.value;
  const beside =
    outputOnly === null
      ? ""
      : ` (${valueText("mfuOutputOnlyPercent", outputOnly)} counting output tokens alone)`;
  const sentence = `${bestText("mfuPercent", found.value)} at ${loadText(found.level.load)}${beside}.`;
  return [
    {
      code: "best_mfu",
      severity: "info",
      sentence,
      refs: [`${found.pointer}/mfuPercent`, `${found.pointer}/mfuOutputOnlyPercent`],
    },
  ];
}

function bestPerUser(measured: Placed[], report: Draft): Finding[] {
  const found = measured.find(({ level }) => level.id === report.saturation?.bestPerUserId);
  const value = found?.level.tokensPerSPerUser.value;
  if (found === undefined || value == null) return [];
  const sentence = `${bestText("tokensPerSPerUser", value)} per user at ${loadText(found.level.load)}.`;
  return [
    {
      code: "best_per_user",
      severity: "info",
      sentence,
      refs: ["/saturation/bestPerUserId", `${found.pointer}/tokensPerSPerUser`],
    },
  ];
}

function scaling(measured: Placed[], report: Draft): Finding[] {
  const saturation = report.saturation;
  if (saturation === null || saturation.marginal.length === 0) return [];
  const flat = measured.find(({ level }) => level.id === saturation.firstBelow10PercentId);
  if (flat === undefined) {
    return [
      {
        code: "no_saturation_seen",
        severity: "info",
        sentence: unsaturated(report),
        refs: ["/saturation/marginal"],
      },
    ];
  }
  const gain = saturation.marginal.find(({ toId }) => toId === flat.level.id);
  const isFlat = gain?.elasticity.value != null && gain.elasticity.value < KNEE_ELASTICITY;
  const meaning = isFlat ? ": more load hardly helps" : "";
  const sentence = `${loadText(flat.level.load)} is the first level to gain less than 10 % over the one before${meaning}.`;
  return [
    {
      code: "saturation_seen",
      severity: "info",
      sentence,
      refs: ["/saturation/firstBelow10PercentId", "/saturation/marginal"],
    },
  ];
}

const FAMILY_NAME = {
  line: "straight line",
  michaelis_menten: "Michaelis–Menten",
  usl: "Universal Scalability Law",
  exponential: "exponential",
};

function maximum({ saturation }: Draft): Finding[] {
  if (saturation === null || saturation.chosen === null) return [];
  const at = saturation.fits.findIndex((fit) => fit.family === saturation.chosen);
  const fit = saturation.fits[at];
  if (fit === undefined) return [];
  const quality = fit.r2 === null ? "" : `, fit ${qualityWord(fit.r2)}, R² ${fit.r2.toFixed(3)}`;
  const alone = saturation.fits.length === 1 ? "; below six levels no other family is tried" : "";
  const curve = `${FAMILY_NAME[fit.family]} curve`;
  const basis = `${saturation.points.length} levels${quality}${alone}`;
  const refs = ["/saturation/maxTokensPerS", `/saturation/fits/${at}`];
  if (saturation.maxTokensPerS.value === null && saturation.nextLoadToTest === null) {
    const sentence = `Throughput stopped growing at once, which no ${curve} (${basis}) follows. So its maximum is what was measured.`;
    return [{ code: "maximum_not_identified", severity: "info", sentence, refs }];
  }
  if (saturation.maxTokensPerS.value === null) {
    const sentence = `The maximum throughput is not identified: no level came near enough to it for the ${curve} (${basis}) to bound it.`;
    return [{ code: "maximum_not_identified", severity: "warn", sentence, refs }];
  }
  const share = saturation.currentPercentOfMax.value;
  const reached = share === null ? "" : `; the best level reached ${num(share)} % of it`;
  const { load95, tokensPerSAt95 } = saturation;
  const nearly =
    load95.value === null || tokensPerSAt95.value === null
      ? ""
      : `; ${valueText("outputTokensPerS", tokensPerSAt95.value)} come with ${num(load95.value)} in flight`;
  const sentence = `The maximum throughput is about ${valueText("outputTokensPerS", saturation.maxTokensPerS.value)} (${curve}: ${basis})${reached}${nearly}.`;
  return [
    {
      code: "maximum_identified",
      severity: "info",
      sentence,
      refs: [...refs, "/saturation/currentPercentOfMax", "/saturation/load95"],
    },
    ...alternatives(saturation),
  ];
}

/** The families that the data cannot tell from the chosen one. */
function alternatives(saturation: NonNullable<Draft["saturation"]>): Finding[] {
  const best = saturation.fits.find((fit) => fit.family === saturation.chosen)?.aicc;
  if (best == null) return [];
  const close = saturation.fits.flatMap((fit, i) =>
    fit.family !== saturation.chosen && fit.aicc !== null && fit.aicc - best <= 2 ? [{ fit, i }] : [],
  );
  if (close.length === 0) return [];
  const sentence = `These curves fit about as well (AICc within 2): ${close.map(({ fit }) => FAMILY_NAME[fit.family]).join(", ")}.`;
  return [
    {
      code: "fit_alternatives",
      severity: "warn",
      sentence,
      refs: close.map(({ i }) => `/saturation/fits/${i}`),
    },
  ];
}

function next({ saturation, job }: Draft): Finding[] {
  // A search has tried what comes next.
  if (saturation === null || saturation.nextLoadToTest === null || searchOf(job) !== null) return [];
  const unit = saturation.xUnit === "ratePerS" ? "requests/s" : "users";
  const sentence = `To find out more, test ${num(saturation.nextLoadToTest)} ${unit} next: 1.5 times the highest level that counts.`;
  return [{ code: "test_next", severity: "info", sentence, refs: ["/saturation/nextLoadToTest"] }];
}

const BOUND_TEXT = { memory_bandwidth: "memory bandwidth", compute: "arithmetic" };

/** What the hardware allows at most, as the prediction that it is, with the measured share of it. */
function predicted(measured: Placed[], { roofline, gpus }: Draft): Finding[] {
  const found = measured.find(({ level }) => level.id === roofline?.levelId);
  if (roofline === null || found === undefined) return [];
  const { batch, floorMs, floorMsAt1, bound, floorPercentOfTpot, largestBatch, maxTokensPerS } = roofline;
  const step = `a decode step takes at least ${num(floorMsAt1)} ms with one request and ${num(floorMs)} ms with ${num(batch)} (those of ${loadText(found.level.load)}), bound by ${BOUND_TEXT[bound]}; that is ${num(floorPercentOfTpot)} % of the measured ${named("tpotMs").label}.`;
  const weights = `${num(roofline.weightBytes / 1e9)} GB of weights`;
  const most =
    largestBatch === null
      ? ""
      : maxTokensPerS === null
        ? ` Beside ${weights} there is no room for a KV cache.`
        : ` Beside ${weights} the KV cache holds at most ${num(largestBatch)} requests of ${num(roofline.contextTokens)} tokens, and their throughput is at most ${valueText("outputTokensPerS", maxTokensPerS)}, of which ${num(roofline.reachedPercent ?? 0)} % was measured.`;
  return [
    {
      code: "roofline",
      severity: "info",
      sentence: `Predicted from the model's config and the GPU's data sheet: ${step}${most}`,
      refs: ["/roofline", ...gpus.map((_, i) => `/gpus/${i}/bandwidthGBps`)],
    },
  ];
}

function meaningOfMfu(measured: Placed[], report: Draft): Finding[] {
  const found = best(measured, "mfuPercent");
  const peaks = report.gpus.flatMap((gpu) => gpu.peakTflops ?? []);
  if (found === null || peaks.length === 0) return [];
  const busy = found.level.gpu?.utilPercent.value ?? null;
  const occupied = busy === null ? "" : ` (here ${valueText("utilPercent", busy)})`;
  const sum = peaks.reduce((total, peak) => total + peak, 0);
  return [
    {
      code: "mfu_meaning",
      severity: "info",
      sentence: `MFU is the share of arithmetic that was used; the GPU's utilisation${occupied} only says how often any kernel ran, and stays high on a GPU that waits for memory.`,
      refs: [`${found.pointer}/mfuPercent`, `${found.pointer}/gpu/utilPercent`],
    },
    {
      code: "theoretical_peak",
      severity: "info",
      sentence: `${num(sum)} TFLOPS is a theoretical dense peak. Decoding reads every weight in each forward pass and is bound by memory bandwidth unless batches are large, so a low MFU is no fault by itself.`,
      refs: report.gpus.map((_, i) => `/gpus/${i}/peakTflops`),
    },
  ];
}

/** What comes on top of the usual error under load, by the arrival clock. */
const ON_TOP = {
  kernel: "how much earlier merged chunks may have come",
  process: "what its event loop was late by",
};

function clientError({ certificate: { arrivalClock, addedTtftMs, addedGapMs } }: Draft): Finding[] {
  const refs = ["/certificate/addedTtftMs", "/certificate/addedGapMs"];
  const findings: Finding[] = [];
  if (addedTtftMs.value !== null && addedGapMs.value !== null) {
    const added = `at most ${valueText("ttftMs", addedTtftMs.value)} to a time to first token and ${valueText("chunkGapMs", addedGapMs.value)} to a gap between chunks`;
    const basis = `the larger of the P99 of its error on streams of known timing before the load (${num(addedTtftMs.n)} answers), and its usual error with ${ON_TOP[arrivalClock ?? "process"]} under load`;
    findings.push({
      code: "client_error",
      severity: "info",
      sentence: `The client adds ${added}: ${basis}.`,
      refs,
    });
  }
  if ([...addedTtftMs.reasons, ...addedGapMs.reasons].includes("not_certified")) {
    const whole = addedTtftMs.value === null ? "The load generator" : "A part of the load generator";
    findings.push({
      code: "not_certified",
      severity: "warn",
      sentence: `${whole} could not measure its own error, so nothing bounds what it adds.`,
      refs,
    });
  }
  return findings;
}
