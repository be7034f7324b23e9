import type { JobRequest } from "@brimline/core/job/spec";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "./local/child.ts";
import { startLocalAgent } from "./local-agent.ts";
import { type LocalOptions, startLocalService } from "./local.ts";
import { loadRenderer } from "./renderer.ts";

const SIM_READY_MS = 15_000;
/** What the simulated endpoint seems to serve: Llama 3.1 8B, by the fields of its config.json that its size follows from. */
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

export interface Demo {
  serviceUrl: string;
  endpointUrl: string;
  agentId: string;
  /** The demo's job, ready to be submitted. */
  request: JobRequest;
  close(): Promise<void>;
}

/** The whole house on this machine: the service, and a simulated endpoint and GPU with the real agent beside it. */
export async function startDemo(
  options: Pick<LocalOptions, "store" | "storeEndpoint" | "certify"> & {
    dataDir: string;
    port: number;
    levels: number[];
    durationS: number;
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
      ...(options.certify !== undefined && { certify: options.certify }),
    });
    running.push(() => service.close());
    // A first run builds the pages' renderer; done now, it does not disturb the load.
    const built = loadRenderer();
    const sim = await startProgram(fileURLToPath(import.meta.resolve("@brimline/sim/main")), [], {
      ready: /listening on (http\S+)/,
      withinMs: SIM_READY_MS,
    });
    running.push(() => sim.stop());
    const endpointUrl = sim.match[1] ?? "";
    const agent = await startLocalAgent({
      serverUrl: service.url,
      key: null,
      dataDir: service.dataDir,
      nvidiaSmi: fileURLToPath(import.meta.resolve("@brimline/sim/nvidia-smi")),
      // The stand-in nvidia-smi is run by its first line, and must find this Node rather than an older one of the machine.
      env: {
        BRIMLINE_SIM_URL: endpointUrl.replace(/\/v1$/, ""),
        PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
      },
    });
    running.push(() => agent.stop());
    await built;
    return {
      serviceUrl: service.url,
      endpointUrl,
      agentId: agent.id,
      request: demoJob(endpointUrl, agent.id, options),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const demoJob = (
  endpointUrl: string,
  agentId: string,
  { levels, durationS }: { levels: number[]; durationS: number },
): JobRequest => ({
  name: "Demo: simulated 8B model on a simulated A40",
  endpoint: { url: endpointUrl, model: "sim-8b", showHost: true },
  // Short answers: a level of 20 s then holds the ten latencies that an interval of the throughput needs.
  workload: { inputTokens: 8, outputTokens: 24 },
  levels,
  stop: { durationS },
  idleS: 5,
  model: { config: MODEL_CONFIG },
  gpu: { usdPerHour: A40_USD_PER_HOUR },
  agents: [agentId],
});
