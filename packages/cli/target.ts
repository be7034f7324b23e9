import { DIALECTS } from "@brimline/core/dialect/dialects";
import { endpointAddress } from "@brimline/core/job/url";
import { findServers, listModels } from "./discover.ts";
import { CommandError, UsageError } from "./error.ts";
import type { JobFiles } from "./spec.ts";

/** The endpoint and the model: as given, from the job file, or the only ones that exist. */
export async function target(
  url: string | null,
  model: string | null,
  files: JobFiles,
  keyHeaderName: string | undefined,
): Promise<{ url: string | null; model: string | null }> {
  const known = url ?? files.base.endpoint?.url ?? null;
  // Nothing is asked of, or said about, a URL that no job may have. One with a password would be printed.
  const judged = known === null ? null : endpointAddress(known, DIALECTS[files.base.endpoint?.api ?? "chat"]);
  if (judged !== null && "problem" in judged) throw new UsageError(`the endpoint's URL ${judged.problem}`);
  const hasModel = model !== null || files.base.endpoint?.model !== undefined;
  if (known !== null && hasModel) return { url, model };
  if (known !== null) {
    const models = await listModels(
      known,
      files.apiKey,
      keyHeaderName ?? files.base.endpoint?.apiKeyHeader,
    ).catch((cause: unknown) => {
      throw new CommandError(
        `${known}/models does not list models: give --model <name>, and check the URL (it usually ends in /v1)`,
        { cause },
      );
    });
    return { url: known, model: only(models, known) };
  }
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
      `${url} lists ${models.length} models: give --model with one of ${models.slice(0, 10).join(", ")}`,
    );
  return first;
}
