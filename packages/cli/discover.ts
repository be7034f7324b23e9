import { keyHeader } from "@brimline/core/job/credential";
/** Where inference engines listen by default on their own machine. */
const USUAL = [
  { server: "vLLM", url: "http://127.0.0.1:8000/v1" },
  { server: "SGLang", url: "http://127.0.0.1:30000/v1" },
  { server: "llama.cpp", url: "http://127.0.0.1:8080/v1" },
  { server: "Ollama", url: "http://127.0.0.1:11434/v1" },
  { server: "LM Studio", url: "http://127.0.0.1:1234/v1" },
] as const;
const TIMEOUT_MS = 1500;

export interface Found {
  server: string;
  url: string;
  models: string[];
}

/** The servers that answer on their usual loopback ports, with the models that they list. */
export async function findServers(
  candidates: readonly { server: string; url: string }[] = USUAL,
): Promise<Found[]> {
  const found = await Promise.all(
    candidates.map(async ({ server, url }) => ({
      server,
      url,
      models: await listModels(url, null).catch(() => null),
    })),
  );
  return found.flatMap(({ server, url, models }) => (models === null ? [] : [{ server, url, models }]));
}

/** The models that an endpoint lists under `/models`. It throws when the answer is no such list. */
export async function listModels(
  url: string,
  apiKey: string | null,
  apiKeyHeader?: string,
): Promise<string[]> {
  const response = await fetch(`${url.replace(/\/+$/, "")}/models`, {
    headers: apiKey === null ? {} : keyHeader(apiKey, apiKeyHeader),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = (await response.json()) as { data?: unknown };
  if (!response.ok || !Array.isArray(body.data)) throw new Error(`${url}/models answered ${response.status}`);
  return body.data.flatMap((model: { id?: unknown }) => (typeof model.id === "string" ? [model.id] : []));
}
