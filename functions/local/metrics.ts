import type { ObjectStore } from "@brimline/store/store";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ServiceMetrics } from "../api/ports.ts";
import type { Service } from "../service.ts";
import { backlog, openByState } from "../tasks/backlog.ts";

/** Seconds. A store on disk answers within a millisecond, one over a network within some tens of them. */
const STORE_BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2];
const HTTP_BUCKETS_S = [0.005, 0.02, 0.1, 0.5, 2, 10];

export interface LocalMetrics extends ServiceMetrics {
  /** The same store, whose operations are timed. */
  timed(store: ObjectStore): ObjectStore;
  /** Counts a job that has left the queue with its end written. */
  jobEnded: (state: string) => void;
}

/**
 * What Prometheus reads of one service: jobs, streams of events, the store, webhooks and requests. A reading lists the
 * markers of unfinished work alone, so it costs the same whatever is stored.
 */
export function createMetrics(): LocalMetrics {
  const registry = new Registry();
  const registers = [registry];
  const open = new Gauge({
    name: "brimline_jobs_open",
    help: "Jobs that have not ended, by state",
    labelNames: ["state"],
    registers,
  });
  const ended = new Counter({
    name: "brimline_jobs_ended_total",
    help: "Jobs that ended since the start, by state",
    labelNames: ["state"],
    registers,
  });
  const streams = new Gauge({
    name: "brimline_event_streams",
    help: "Streams of events that are open",
    registers,
  });
  const waiting = new Gauge({
    name: "brimline_webhook_backlog",
    help: "Events that a webhook is still to be told of",
    registers,
  });
  const store = new Histogram({
    name: "brimline_store_seconds",
    help: "How long the store takes, by operation",
    labelNames: ["operation"],
    buckets: STORE_BUCKETS_S,
    registers,
  });
  const http = new Histogram({
    name: "brimline_http_request_seconds",
    help: "How long requests take until their answer begins, by method, route and status",
    labelNames: ["method", "route", "status"],
    buckets: HTTP_BUCKETS_S,
    registers,
  });
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of the service's process",
    registers,
  });
  const cpu = new Gauge({
    name: "process_cpu_seconds_total",
    help: "CPU time of the service's process",
    registers,
  });

  const timing =
    <Args extends unknown[], T>(operation: string, act: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      const done = store.startTimer({ operation });
      try {
        return await act(...args);
      } finally {
        done();
      }
    };
  return {
    timed: (of) => ({
      get: timing("get", (key) => of.get(key)),
      getIfChanged: timing("getIfChanged", (key, etag) => of.getIfChanged(key, etag)),
      create: timing("create", (...args) => of.create(...args)),
      put: timing("put", (...args) => of.put(...args)),
      replace: timing("replace", (...args) => of.replace(...args)),
      remove: timing("remove", (key) => of.remove(key)),
      list: timing("list", (...args) => of.list(...args)),
      presignPut: of.presignPut,
      presignGet: of.presignGet,
    }),
    jobEnded: (state) => ended.inc({ state }),
    openStream() {
      streams.inc();
      return () => streams.dec();
    },
    answered: ({ method, route, status, seconds }) =>
      http.observe({ method, route, status: String(status) }, seconds),
    async read(service: Service) {
      open.reset();
      for (const [state, count] of await openByState(service)) open.set({ state }, count);
      waiting.set(await backlog(service));
      memory.set(process.memoryUsage.rss());
      const { user, system } = process.cpuUsage();
      cpu.set((user + system) / 1e6);
      return { body: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
