import { LOCAL_CAPS, USERS_PER_SHARD } from "@brimline/functions/local/caps";

/** What was found out about a machine that is to send load. */
export interface Machine {
  node: string;
  /** The system and the processor, as Node calls them: `linux x64`. */
  platform: string;
  /** `whyNot` says why the arrival clock is not the kernel's. */
  arrivalClock: { clock: "kernel" | "process"; whyNot: string | null };
  /** How many files and sockets one process may open. It is null where the system sets or tells no limit. */
  openFiles: number | null;
  cores: number;
  /** How many processes wanted to run, in the mean of the last minute. It is null where the system does not count. */
  loadAverage: number | null;
  /** What one reading of the monotonic clock costs. */
  clockReadNs: number;
  /** What Linux reads the time from. */
  clockSource: string | null;
  /** The GPUs that an agent here can sample. */
  gpus: string[];
}

/** What one fact means for a job. With a remedy it stands in the way of a good measurement. */
export interface Check {
  name: string;
  says: string;
  remedy: string | null;
}

const MOST_USERS = LOCAL_CAPS.users;
/** Files of a process that are no user's connection. */
const OWN_FILES = 100;
/** A chunk is read in about 20 µs and asks for the time twice. */
const SLOW_CLOCK_NS = 1000;
/** Above this share of the cores others take the time of the load generator, too. */
const BUSY = 0.5;

const count = (value: number): string => value.toLocaleString("en-US");

/** What a machine can do as a load generator, in the order of its print. */
export function checksOf(machine: Machine): Check[] {
  return [
    { name: "Node", says: `${machine.node} on ${machine.platform}`, remedy: null },
    arrivalClock(machine),
    openFiles(machine),
    cores(machine),
    clock(machine),
    {
      name: "GPU",
      says:
        machine.gpus.length > 0
          ? machine.gpus.join(", ")
          : "none here: power, energy and MFU need brimline agent on the GPU's host",
      remedy: null,
    },
  ];
}

function arrivalClock({ arrivalClock: { clock: by, whyNot } }: Machine): Check {
  const name = "Arrival clock";
  if (by === "kernel")
    return { name, says: "the kernel's: each chunk has the time at which it came in", remedy: null };
  return {
    name,
    says: `the load generator's own: ${whyNot}`,
    remedy:
      "send load from Linux on x64 or arm64, with the optional packages installed, and outside a sandbox",
  };
}

function openFiles({ openFiles: limit, cores: processors }: Machine): Check {
  const name = "Open files";
  if (limit === null) return { name, says: "no limit is known", remedy: null };
  const processes = Math.min(processors, MOST_USERS / USERS_PER_SHARD);
  const users = Math.min(MOST_USERS, Math.max(0, limit - OWN_FILES) * processes);
  const says = `${count(limit)} in each process, for ${count(users)} users`;
  return {
    name,
    says,
    remedy:
      users < MOST_USERS ? `for up to ${count(MOST_USERS)} users raise the hard limit (ulimit -Hn)` : null,
  };
}

function cores({ cores: processors, loadAverage }: Machine): Check {
  const load = loadAverage === null ? "" : `, load average ${loadAverage.toFixed(1)}`;
  return {
    name: "Cores",
    says: `${processors}, with a process for each ${USERS_PER_SHARD} users${load}`,
    remedy:
      loadAverage !== null && loadAverage > BUSY * processors
        ? "end other programs: they take time from the load generator, and from an endpoint on this machine"
        : null,
  };
}

function clock({ clockReadNs, clockSource }: Machine): Check {
  return {
    name: "Clock",
    says: `${clockSource === null ? "" : `${clockSource}, `}${count(Math.round(clockReadNs))} ns a reading`,
    remedy:
      clockReadNs > SLOW_CLOCK_NS
        ? "reading the time is slow here, so the load generator carries less: choose a machine whose clock source is tsc"
        : null,
  };
}
