import { demandOf } from "../../load.ts";
import type { Part } from "../../load/schedule.ts";
import { randomFrom, seedOf } from "../../random.ts";
import { type Calibration, DEFAULT_CALIBRATION, wordsFor } from "../request/calibration.ts";
import { imagesOf } from "../request/images.ts";
import { drawLength } from "../request/length.ts";
import type { LevelPlan } from "./level-plan.ts";
import { promptText } from "../request/prompt.ts";
import type { JobSpec } from "../spec/spec.ts";

/** One request of a level. */
export interface SourcedRequest {
  index: number;
  /** In ms since T0. It is null where the request is due when a user is free. */
  dueMs: number | null;
  outputTokens: number;
  /** The number of words of a synthetic prompt, without its salt. */
  words: number;
  /** The user message. It is written when it is called for, because nothing else of a request takes as long. */
  prompt: () => string;
  /** The images beside it, as data URLs. */
  images: () => string[];
}

/**
 * Where the requests of a level come from. All follow from (job seed, level, repeat) and their index alone. So
 * the workload does not depend on the number of shards, shards share no counter while they run, and a report
 * can ask again what a request was.
 */
export interface Source {
  /** The requests that one shard is to send, in order. */
  part(part: Part): Generator<SourcedRequest>;
  at(index: number): SourcedRequest;
  /** The tokens that are asked of a request. The prompt's are null where no length is asked. */
  asked(index: number): { inputTokens: number | null; outputTokens: number };
}

/**
 * Whether a length of prompts is asked for. Prompts of the job's own are as long as they are, and how many tokens an
 * image has is the endpoint's matter.
 */
export const asksPromptLength = ({ prompts, images }: JobSpec["workload"]): boolean =>
  prompts === undefined && images === undefined;

/** What a source follows from: of a level on its way, or of one that was. */
export interface SourceOf {
  seed: string;
  level: Pick<LevelPlan, "id" | "repeat" | "load" | "stop">;
  spec: Pick<JobSpec, "workload">;
  calibration?: Calibration;
  /**
   * What the salt and the images follow from, beside the seed of their request: two jobs that ask the same must not
   * find one another's prompts in a cache. Without it, it is the seed.
   */
  salt?: string;
}

export function source({
  seed,
  level,
  spec,
  calibration = DEFAULT_CALIBRATION,
  salt = seed,
}: SourceOf): Source {
  const { workload } = spec;
  const { inputTokens, outputTokens, images } = workload;

  /** The size of a request and the seed of its text. */
  function drawn(index: number) {
    const random = randomFrom(seedOf(seed, level.id, level.repeat, index));
    return {
      index,
      inputTokens: drawLength(inputTokens, random),
      outputTokens: drawLength(outputTokens, random),
      textSeed: Math.floor(random() * 4_294_967_296),
    };
  }

  function at(index: number, dueMs: number | null = null): SourcedRequest {
    const size = drawn(index);
    const words = wordsFor(size, calibration);
    const saltSeed = seedOf(salt, size.textSeed);
    return {
      index,
      dueMs,
      outputTokens: size.outputTokens,
      words,
      prompt: () => promptText({ index, words, textSeed: size.textSeed, saltSeed }, workload),
      images: () => (images === undefined ? [] : imagesOf(images, saltSeed)),
    };
  }

  return {
    *part(part) {
      const name = { seed, levelId: level.id, repeat: level.repeat };
      for (const { index, dueMs } of demandOf(level.load).schedule(name, part, level.stop))
        yield at(index, dueMs);
    },
    at: (index) => at(index),
    asked(index) {
      const isFixed = typeof inputTokens === "number" && typeof outputTokens === "number";
      const size = isFixed ? { inputTokens, outputTokens } : drawn(index);
      return {
        inputTokens: asksPromptLength(workload) ? size.inputTokens : null,
        outputTokens: size.outputTokens,
      };
    },
  };
}
