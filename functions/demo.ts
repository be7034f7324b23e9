import type { JobRequest } from "@brimline/core/job/spec/spec";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "./local/child.ts";
import { startLocalAgent } from "./local-agent.ts";
import { type LocalOptions, startLocalService } from "./local.ts";
import { loadRenderer } from "./renderer.ts";

const SIM = fileURLToPath(new URL("../packages/sim/main.ts", import.meta.url));
const SIM_NVIDIA_SMI = fileURLToPath(new URL("../packages/sim/nvidia-smi.ts", import.meta.url));
const SIM_READY_MS = 15_000;
/** Its KV cache is what limits it, at about 125 users. */
const PRESET = "a40-8b-small-cache";
/**
 * The model that the simulated endpoint seems to serve: Llama 3.1 8B. Its size follows from these fields of
 * its config.json.
 */
const MODEL_CONFIG = {
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  intermediate_size: 14_336,
  vocab_size: 128_256,
  torch_dtype: "bfloat16",
};
const A40_USD_PER_HOUR = 0.39;

interface Named {
  levels: number[];
  durationS: number;
}

export interface Demo {
  serviceUrl: string;
  /** As in `LocalService`. */
  pagesAt: string;
  endpointUrl: string;
  agentId: string;
  /** The body of the demo's job, ready to be submitted. */
  request: JobRequest;
  close(): Promise<void>;
}

/** Starts everything on this machine: the service, a simulated endpoint and GPU, and the real agent. */
export async function startDemo(
  options: Pick<LocalOptions, "store" | "storeEndpoint" | "certify"> & {
    dataDir: string;
    port: number;
    /** Levels in place of a search, and how long each sends. */
    named: Named | null;
  },
): Promise<Demo> {
  const running: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of running.reverse()) await stop();
  };
  try {
    const service = await startLocalService({
      dataDir: options.dataDir,
      port: options.port,
      store: options.store,
      storeEndpoint: options.storeEndpoint,
      stays: false,
      ...(options.certify !== undefined && { certify: options.certify }),
    });
    running.push(() => service.close());
    // A first run builds the renderer of the pages. It is built now, so that it does not disturb the load.
    const built = loadRenderer();
    const sim = await startProgram(SIM, ["--preset", PRESET], {
      ready: /listening on (http\S+)/,
      withinMs: SIM_READY_MS,
    });
    running.push(() => sim.stop());
    const endpointUrl = sim.match[1] ?? "";
    const agent = await startLocalAgent({
      serverUrl: service.url,
      key: null,
      dataDir: service.dataDir,
      nvidiaSmi: SIM_NVIDIA_SMI,
      // The first line of the stand-in nvidia-smi looks for Node in PATH. It must find this one, not an older
      // one of the machine.
      env: {
        BRIMLINE_SIM_URL: endpointUrl.replace(/\/v1$/, ""),
        PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
      },
    });
    running.push(() => agent.stop());
    await built;
    return {
      serviceUrl: service.url,
      pagesAt: service.pagesAt,
      endpointUrl,
      agentId: agent.id,
      request: demoJob(endpointUrl, agent.id, options.named),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * It searches for the most users whose first token comes in time, and is over within two minutes with all that comes
 * before and after. Its first loads are those that everybody asks for.
 */
const SEARCH = { search: { include: [10, 50, 100], max: 200, withinS: 80 } };
const SLO = { ttftMs: 500 };

const demoJob = (endpointUrl: string, agentId: string, named: Named | null): JobRequest => ({
  name: "Demo: simulated 8B model on a simulated A40",
  endpoint: { url: endpointUrl, model: "sim-8b", showHost: true },
  // Answers are short, so that a level of 12 s holds the ten latencies that an interval of the throughput needs.
  workload: { inputTokens: 8, outputTokens: 16 },
  ...(named === null
    ? { levels: SEARCH, slo: SLO }
    : { levels: named.levels, stop: { durationS: named.durationS } }),
  idleS: 5,
  model: { config: MODEL_CONFIG },
  gpu: { usdPerHour: A40_USD_PER_HOUR },
  agents: [agentId],
});
