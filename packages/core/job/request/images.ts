import { seedOf } from "../../random.ts";
import { pngWriter } from "./png.ts";
import type { JobSpec } from "../spec/spec.ts";

type Images = NonNullable<JobSpec["workload"]["images"]>;

/** The writer of the size that was asked last. The levels of a job share it, because making one takes a while. */
let latest: { size: string; write: (seed: number) => string } | null = null;

function writerOf({ width, height }: Images): (seed: number) => string {
  const size = `${width}x${height}`;
  latest = latest?.size === size ? latest : { size, write: pngWriter(width, height) };
  return latest.write;
}

/**
 * The images of a prompt as data URLs, by the seed of its text. They follow from it as prompts do, so that no cache of
 * images helps, salt or not.
 */
export const imagesOf = (images: Images, textSeed: number): string[] =>
  Array.from({ length: images.count }, (_, nth) => writerOf(images)(seedOf(textSeed, "image", nth)));
