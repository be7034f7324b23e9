import { aggregateAll } from "@brimline/core/report/aggregate";
import { Report } from "@brimline/core/report/schema";
import { serialise } from "@brimline/core/report/serialise";
import { keys } from "@brimline/store/keys";
import { createScratch } from "@brimline/store/scratch";
import type { ObjectStore } from "@brimline/store/store";
import type { z } from "zod";
import { ManifestObject } from "../objects/manifest.ts";
import { sha256Hex } from "../sha256.ts";
import { aggregateInput } from "./aggregate-input.ts";

/** An object that is not what the report says it is, and what became of it. */
export interface Wrong {
  key: string;
  why: "missing" | "changed" | "not_made_of_its_inputs";
}

/** What a job's report was found to be. */
export interface Verified {
  /** It is empty where every byte holds. */
  wrong: Wrong[];
  inputs: number;
  inputBytes: number;
  /** Which Brimline made the report. Another may give other bytes of the same records. */
  generator: string;
}

/**
 * Makes the report of a job again from its raw records and compares it byte by byte. Each input must have the hash that
 * the manifest froze, and the manifest the hash that stands in the report. It is null for a job without a report.
 */
export async function verifyReport(data: ObjectStore, jobId: string): Promise<Verified | null> {
  const [reportKey, manifestKey, influencesKey] = [
    keys.report(jobId),
    keys.manifest(jobId),
    keys.influences(jobId),
  ];
  const stored = await data.get(reportKey);
  if (stored === null) return null;
  const manifestBody = (await data.get(manifestKey))?.body ?? null;
  const manifest = manifestBody === null ? null : parsed(manifestBody, ManifestObject);
  const report = parsed(stored.body, Report);
  const known = {
    inputs: manifest?.inputs.length ?? 0,
    inputBytes: manifest?.inputs.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
    generator: manifest?.generator ?? "unknown",
  };
  if (manifestBody === null) return { ...known, wrong: [{ key: manifestKey, why: "missing" }] };
  if (report === null) return { ...known, wrong: [{ key: reportKey, why: "changed" }] };
  const sha256 = sha256Hex(manifestBody);
  if (manifest === null || report.provenance.manifestSha256 !== sha256)
    return { ...known, wrong: [{ key: manifestKey, why: "changed" }] };

  const wrong: Wrong[] = [];
  for (const input of manifest.inputs) {
    const object = await data.get(input.key);
    if (object === null) wrong.push({ key: input.key, why: "missing" });
    else if (sha256Hex(object.body) !== input.sha256) wrong.push({ key: input.key, why: "changed" });
  }
  if (wrong.length > 0) return { ...known, wrong };

  const scratch = createScratch();
  try {
    // Where a job ran is known to its report alone.
    const { platform, region } = report.provenance;
    const again = aggregateAll(
      await aggregateInput({ data, config: { platform, region } }, { manifest, sha256 }, scratch),
    );
    if (!isText(stored.body, serialise(again.report)))
      wrong.push({ key: reportKey, why: "not_made_of_its_inputs" });
    const influences = await data.get(influencesKey);
    // Reports of before have none.
    if (influences !== null && !isText(influences.body, JSON.stringify(again.influences())))
      wrong.push({ key: influencesKey, why: "not_made_of_its_inputs" });
  } finally {
    scratch.close();
  }
  return { ...known, wrong };
}

const isText = (body: Buffer, text: string): boolean => body.equals(Buffer.from(text, "utf8"));

/** The object, or null for a body that is none of its kind. */
function parsed<T extends z.ZodType>(body: Buffer, schema: T): z.infer<T> | null {
  try {
    return schema.safeParse(JSON.parse(body.toString("utf8"))).data ?? null;
  } catch {
    return null;
  }
}
