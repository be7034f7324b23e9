import type { ApiChoice } from "@brimline/core/dialect/dialects";
import { endpointAddress, hasScheme } from "@brimline/core/job/spec/url";
import { findServers } from "./discover.ts";
import { CommandError, fieldsError, UsageError } from "./error.ts";
import { endpointRequest, type JobFiles, type JobFlags, waitOf } from "./spec.ts";

/** An endpoint that runs answers within this time. */
const ANSWER_MS = 9000;
const SHOWN_MAX = 10;

/** The endpoint and the model: as given, from the job file, or the only ones that exist. */
export async function target(
  urlGiven: string | null,
  flags: JobFlags,
  files: JobFiles,
): Promise<{ url: string; model: string }> {
  const { base } = files;
  const url = urlGiven ?? base.endpoint?.url;
  const model = flags.model ?? base.endpoint?.model;
  if (url === undefined) return foundHere(model);
  const shown = shownUrl(url, flags.api ?? base.endpoint?.api ?? "auto");
  if (!hasScheme(url)) process.stderr.write(`endpoint ${shown}\n`);
  if (model !== undefined) return { url, model };
  const { modelsOf } = await import("@brimline/functions/local/models");
  const { waitS = base.waitS } = waitOf(flags);
  const found = await modelsOf(
    { endpoint: endpointRequest(url, flags, files), ...(waitS !== undefined && { waitS }) },
    {
      totalMs: ANSWER_MS,
      onNotUp: (said) => process.stderr.write(`waiting for ${shown} to list its models (${said})\n`),
    },
  );
  if ("errors" in found) throw fieldsError(found.errors);
  if ("models" in found) return { url, model: only(found.models, shown) };
  const { code, title, detail } = found.problem;
  const isNoList = code === "not_found" || code === "not_an_llm";
  const hint = isNoList ? "\n  If it lists no models, name one with --model." : "";
  throw new CommandError(`${title}\n  ${detail}${hint}`);
}

/** The URL without its secrets. Nothing is asked of, or said about, one that no job may have. */
function shownUrl(url: string, api: ApiChoice): string {
  const address = endpointAddress(url, api);
  if ("problem" in address) throw new UsageError(`the endpoint's URL ${address.problem}`);
  return address.url;
}

async function foundHere(model: string | undefined): Promise<{ url: string; model: string }> {
  const found = await findServers();
  for (const { server, url: at, models } of found)
    process.stderr.write(`found ${server} at ${at}: ${models.join(", ") || "no model loaded"}\n`);
  const [first, second] = found;
  if (first === undefined)
    throw new UsageError(
      "no endpoint given, and none answers on the usual loopback ports of vLLM, SGLang, llama.cpp, Ollama and LM Studio",
    );
  if (second !== undefined)
    throw new UsageError(`more than one endpoint found: name one, such as ${first.url}`);
  return { url: first.url, model: model ?? only(first.models, first.url) };
}

function only(models: string[], url: string): string {
  const [first, second] = models;
  if (first === undefined) throw new UsageError(`${url} lists no model: load one, or give --model <name>`);
  if (second !== undefined)
    throw new UsageError(
      `${url} lists ${models.length} models: give --model with one of ${models.slice(0, SHOWN_MAX).join(", ")}`,
    );
  return first;
}
