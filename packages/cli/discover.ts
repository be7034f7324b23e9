/** Where inference engines listen by default on their own machine. */
const USUAL = [
  { server: "vLLM", url: "http://127.0.0.1:8000/v1" },
  { server: "SGLang", url: "http://127.0.0.1:30000/v1" },
  { server: "llama.cpp", url: "http://127.0.0.1:8080/v1" },
  { server: "Ollama", url: "http://127.0.0.1:11434/v1" },
  { server: "LM Studio", url: "http://127.0.0.1:1234/v1" },
] as const;
/** Something else may listen there and never answer. */
const ANSWER_MS = 1500;

export interface Found {
  server: string;
  url: string;
  models: string[];
}

/** The servers that answer on their usual loopback ports, with the models that they list. */
export async function findServers(): Promise<Found[]> {
  const { modelsOf } = await import("@brimline/functions/local/models");
  const found = await Promise.all(
    USUAL.map(async ({ server, url }) => ({
      server,
      url,
      listed: await modelsOf({ endpoint: { url } }, { totalMs: ANSWER_MS }),
    })),
  );
  return found.flatMap(({ server, url, listed }) =>
    "models" in listed ? [{ server, url, models: listed.models }] : [],
  );
}
