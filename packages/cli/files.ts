import { type JobRequest, Prices } from "@brimline/core/job/spec/spec";
import { readFile } from "node:fs/promises";
import { UsageError } from "./error.ts";
import type { JobFiles, JobFlags } from "./spec.ts";

/** The contents of the files that flags name, and the endpoint's secrets from the environment. */
export async function readFiles(flags: JobFlags): Promise<JobFiles> {
  return {
    base: flags.job === undefined ? {} : ((await readJson("--job", flags.job)) as Partial<JobRequest>),
    secrets: {
      ...(flags.apiKeyEnv !== undefined && { apiKey: variable(flags.apiKeyEnv) }),
      ...(flags.basicEnv !== undefined && { basic: variable(flags.basicEnv) }),
    },
    secretHeaders: Object.fromEntries(
      (flags.headerEnv ?? []).map(({ header, variable: name }) => [header, variable(name)]),
    ),
    tls: {
      ...(flags.ca !== undefined && { ca: await readText("--ca", flags.ca) }),
      ...(flags.cert !== undefined && { cert: await readText("--cert", flags.cert) }),
      ...(flags.certKey !== undefined && { key: await readText("--cert-key", flags.certKey) }),
    },
    prompts: flags.prompts === undefined ? null : readPrompts(await readText("--prompts", flags.prompts)),
    modelConfig:
      flags.modelConfig === undefined
        ? null
        : ((await readJson("--model-config", flags.modelConfig)) as Record<string, unknown>),
    prices: flags.prices === undefined ? null : await readPrices(flags.prices),
  };
}

/** The caller's own list of prices, $ an hour by the name of a GPU. */
export async function readPrices(file: string): Promise<Prices> {
  const prices = Prices.safeParse(await readJson("--prices", file));
  if (!prices.success)
    throw new UsageError(
      `--prices: ${file} is no list of prices: it needs $ an hour by the name of each GPU, such as {"NVIDIA A40": 0.39}`,
    );
  return prices.data;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new UsageError(`the environment variable ${name} is not set`);
  if (value === "") throw new UsageError(`the environment variable ${name} is empty`);
  return value;
}

/** Reads JSON Lines. Each line is a string, or an object with `prompt` or `text`. */
function readPrompts(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new UsageError("--prompts: the file is empty");
  return lines.map((line, index) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new UsageError(`--prompts: line ${index + 1} is not JSON`);
    }
    const prompt =
      typeof value === "string"
        ? value
        : typeof value === "object" && value !== null
          ? ((value as { prompt?: unknown; text?: unknown }).prompt ?? (value as { text?: unknown }).text)
          : null;
    if (typeof prompt !== "string" || prompt === "")
      throw new UsageError(`--prompts: line ${index + 1} needs a string, or an object with "prompt"`);
    return prompt;
  });
}

export async function readJson(flag: string, file: string): Promise<unknown> {
  const text = await readText(flag, file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${flag}: ${file} is not JSON (${cause instanceof Error ? cause.message : ""})`);
  }
}

async function readText(flag: string, file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(
      `${flag}: cannot read ${file} (${cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"})`,
    );
  });
}
