import { type SegmentName, segmentName } from "@brimline/core/record/telemetry/segment-name";

/**
 * The keys of all objects. `raw/`, `progress/` and `telemetry/` stand at the top because lifecycle rules go
 * by prefix. Each key's comment names who writes it. Nearly all keys have one writer, so that what is done
 * once is not done again.
 */
const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");
const LAST_MS = 9_999_999_999_999;

/** A host's name for a key: the colons of IPv6 are no characters of one. */
const hostName = (host: string): string => host.replaceAll(/[^a-z0-9.-]/g, "_");

/** The end of keys that list jobs with the newest first. */
const newestFirst = (createdAtMs: number, job: string): string => `${pad(LAST_MS - createdAtMs, 13)}-${job}`;

/**
 * A name that begins with ms, below folders of 11.6 days and of 2.8 hours, because a disk reads a folder as a whole: in
 * one folder each list would be slower than the last.
 */
const inFolders = (name: string): string => `${name.slice(0, 4)}/${name.slice(4, 6)}/${name}`;

/** When the job of such a key was made, Unix ms, and its id. */
export function listedJob(key: string): { createdAtMs: number; id: string } {
  const listed = key.slice(key.lastIndexOf("/") + 1);
  return { createdAtMs: LAST_MS - Number(listed.slice(0, 13)), id: listed.slice(14) };
}

export const keys = {
  /** The API writes it once. */
  spec: (job: string) => `jobs/${job}/spec.json`,
  jobsPrefix: "jobs/",
  jobPrefix: (job: string) => `jobs/${job}/`,
  /** The API writes it when a job's name, tags or visibility change, and as its tombstone when it is deleted. */
  listing: (job: string) => `jobs/${job}/listing.json`,
  /**
   * The API writes it for every job and replaces it once (`run` → `cancel`), so that a missing object never
   * means "no cancel".
   */
  control: (job: string) => `jobs/${job}/control.json`,
  /**
   * The workflow writes it. On AWS the sweep ends a job whose executions have all died, and then writes it
   * too. It only moves forward.
   */
  status: (job: string) => `jobs/${job}/status.json`,
  /**
   * The API writes the sealed endpoint key. The workflow removes it at the job's end, the sweep where there
   * is no job.
   */
  secret: (job: string) => `jobs/${job}/secret.sealed`,
  /**
   * The API writes the sealed webhook secret. It is kept as long as the log of deliveries. The sweep removes
   * it where there is no job.
   */
  webhookSecret: (job: string) => `jobs/${job}/webhook.sealed`,
  /** Preflight writes once what the endpoint answered and which fields it takes. */
  preflight: (job: string) => `jobs/${job}/preflight.json`,
  /**
   * Preflight replaces it before each request, so that a preflight that begins anew knows how many the endpoint
   * may have got, and before each pause, so that callers see what it waits for.
   */
  preflightTries: (job: string) => `jobs/${job}/preflight.tries.json`,
  /** The workflow writes once when the quiet time before load was. */
  idle: (job: string) => `jobs/${job}/idle.json`,
  /** Aggregate writes the frozen list of inputs once. */
  manifest: (job: string) => `jobs/${job}/manifest.json`,
  /** Aggregate writes once what each slice of a window moves a figure by, before the report. */
  influences: (job: string) => `jobs/${job}/influences.json`,
  /** The sweep writes it once what the job used is counted, so that it is counted once. */
  counted: (job: string) => `jobs/${job}/counted.json`,
  /** Aggregate writes it once. */
  report: (job: string) => `jobs/${job}/report.json`,
  /** On AWS the API or sweep writes which durable execution runs the job. */
  execution: (job: string) => `jobs/${job}/execution.json`,
  /**
   * On AWS the API or sweep writes the one job that may load a host, and replaces it when that job has ended.
   */
  lease: (host: string) => `hosts/${hostName(host)}/lease.json`,
  /** Preflight replaces it with each trial of a caller: at the host's name, and at each of its addresses. */
  trial: (host: string) => `hosts/${hostName(host)}/trial.json`,
  /**
   * The API writes the marker before the job exists. The workflow removes it at the job's end, the sweep
   * where there is no job.
   */
  open: (job: string) => `open/${job}`,
  openPrefix: "open/",
  /** The API marks a job before it changes how the job is listed. Publish removes the mark once the site follows. */
  relist: (job: string) => `changed/${job}/listing`,
  /** The API marks a job before it deletes it. The sweep removes the mark when nothing but the tombstone is left. */
  deleting: (job: string) => `changed/${job}/deleting`,
  /** The end of a job marks what it used. The sweep removes the mark once it is counted. */
  toCount: (job: string) => `changed/${job}/usage`,
  /** The prefix of all three marks. They lie together, so that the sweep lists once. */
  changedPrefix: "changed/",
  /** The workflow marks an event that is not delivered yet, until notify removes the mark. */
  outbox: (job: string, sequence: number) => `outbox/${job}/${pad(sequence, 4)}`,
  outboxPrefix: "outbox/",
  outboxOf: (job: string) => `outbox/${job}/`,
  /** The workflow writes each event once. */
  event: (job: string, sequence: number, type: string) => `events/${job}/${pad(sequence, 4)}-${type}.json`,
  eventPrefix: (job: string) => `events/${job}/`,
  /** Notify writes one for each try. */
  delivery: (job: string, sequence: number, tries: number) =>
    `deliveries/${job}/${pad(sequence, 4)}/${tries}.json`,
  /** The prefix of one event's deliveries, or of all. */
  deliveryPrefix: (job: string, sequence?: number) =>
    `deliveries/${job}/${sequence === undefined ? "" : `${pad(sequence, 4)}/`}`,
  /** Notify replaces it when a try at a receiver of webhooks fails, and at the next that does not. */
  receiver: (sha256: string) => `receivers/${sha256}.json`,
  /** The API writes it. The newest job comes first. */
  index: (caller: string, createdAtMs: number, job: string) =>
    `${keys.indexPrefix(caller)}${inFolders(newestFirst(createdAtMs, job))}`,
  indexPrefix: (caller: string) => `index/${caller}/`,
  /**
   * A list of the jobs that have a value in common. The API writes those of tags and models, the workflow those
   * of GPUs when the job ends. The value is hashed, because a key takes few characters.
   */
  facet: (caller: string, facet: string, valueSha256: string, createdAtMs: number, job: string) =>
    `${keys.facetPrefix(caller, facet, valueSha256)}${inFolders(newestFirst(createdAtMs, job))}`,
  facetPrefix: (caller: string, facet: string, valueSha256: string) =>
    `facets/${caller}/${facet}/${valueSha256}/`,
  /** The prefix of all objects of one attempt at a level. Attempts are never glued together. */
  attemptKey: (job: string, level: string, repeat: number, attempt: number) =>
    `raw/${job}/${level}/r${repeat}/a${attempt}/`,
  /** The workflow writes once, before the load, what the attempt is to do. */
  attemptStart: (attemptKey: string) => `${attemptKey}attempt.json`,
  /** The shard writes it once. */
  records: (attemptKey: string, shard: number) => `${attemptKey}shard-${pad(shard, 3)}.parquet`,
  /** The shard writes it once, after its records. A shard is done when this exists. */
  shardSummary: (attemptKey: string, shard: number) => `${attemptKey}shard-${pad(shard, 3)}.json`,
  /** Shard 0 writes the scrapes of the server's own metrics once, before its summary, if there are any. */
  serverSamples: (attemptKey: string) => `${attemptKey}server.ndjson.gz`,
  /**
   * The workflow writes once how the attempt ended. A level is finished when one of its attempts has this.
   */
  levelEnd: (attemptKey: string) => `${attemptKey}level.json`,
  rawPrefix: (job: string) => `raw/${job}/`,
  /** The shard replaces it every second locally, and every 5 s on AWS. It is no source of figures. */
  progress: (job: string, level: string, shard: number) => `progress/${job}/${level}/${pad(shard, 3)}.json`,
  progressPrefix: (job: string, level?: string) =>
    `progress/${job}/${level === undefined ? "" : `${level}/`}`,
  /**
   * An agent writes it once, through the API or by a presigned URL. Keys sort by the time of the first
   * sample.
   */
  segment: (writer: string, segment: SegmentName) =>
    `${keys.telemetryPrefix(writer)}${inFolders(segmentName(segment))}.ndjson.gz`,
  /** Where those begin whose first sample is of this time, which has 13 digits, or later. */
  segmentsFrom: (writer: string, unixMs: number) =>
    `${keys.telemetryPrefix(writer)}${inFolders(String(Math.floor(unixMs)))}`,
  telemetryPrefix: (writer: string) => `telemetry/${writer}/`,
  /**
   * The sweep replaces it: what the jobs that ended in a month (UTC, such as 2026-11) used, by day. It is that of one
   * caller, or of all.
   */
  usage: (month: string, caller?: string) => `${keys.usagePrefix(caller)}${month}.json`,
  usagePrefix: (caller?: string) => (caller === undefined ? "usage/" : `callers/${caller}/usage/`),
  /** The API writes a schedule once, after all that belongs to it. */
  schedule: (schedule: string) => `schedules/${schedule}/schedule.json`,
  /** The API writes it, and the sweep replaces it when the schedule was due. */
  scheduleState: (schedule: string) => `schedules/${schedule}/state.json`,
  /** The API writes the sealed secrets of its job. */
  scheduleSecrets: (schedule: string) => `schedules/${schedule}/secrets.sealed`,
  schedulesPrefix: "schedules/",
  /** A mark of when a schedule is due, so that the sweep reads no other. The earliest comes first. */
  due: (unixMs: number, schedule: string) => `due/${pad(unixMs, 13)}-${schedule}`,
  duePrefix: "due/",
  /** The API writes a caller with its keys, and replaces it when a key is made, revoked or used after a while. */
  caller: (caller: string) => `callers/${caller}/caller.json`,
  callersPrefix: "callers/",
  /** The API replaces it: what the jobs of a caller hold of its day. */
  account: (caller: string) => `callers/${caller}/account.json`,
  /** The API writes it. */
  agent: (agent: string) => `agents/${agent}.json`,
  /** Publish writes a row of the public list of reports. The newest comes first. */
  published: (createdAtMs: number, job: string) => `published/${newestFirst(createdAtMs, job)}.json`,
  publishedPrefix: "published/",
  /** Publish replaces the newest page of a shelf of public reports, and the list of all shelves. */
  shelf: (path: string) => `shelves/${path}newest.json`,
  shelves: "shelves/shelves.json",
  /** Publish writes a full page of a shelf, and replaces it when a report of it changes or goes. */
  shelfPage: (path: string, number: number) => `shelves/${path}${pad(number, 6)}.json`,
  /** Publish marks a job whose page of a comparison shows this baseline. */
  beside: (baseline: string, job: string) => `${keys.besidePrefix(baseline)}${job}`,
  besidePrefix: (baseline: string) => `beside/${baseline}/`,
  /** Publish writes it to the site's bucket. `report.json` alone never changes later. */
  page: (job: string, file: string) => `r/${job}/${file}`,
  pagePrefix: (job: string) => `r/${job}/`,
  /** Publish writes the page of the comparison with the job's baseline to the site's bucket, below the job's id. */
  comparison: (job: string, file: string) => `c/${job}/${file}`,
} as const;
