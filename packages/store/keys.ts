/**
 * Names of all objects. `raw/`, `progress/` and `telemetry/` stand at the top because lifecycle rules go by prefix.
 * Each key has one writer (named beside it), so a step done once is not done again.
 */
const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");

export const keys = {
  /** api; create-once. */
  spec: (job: string) => `jobs/${job}/spec.json`,
  /** api; always exists, replaced once (`run` → `cancel`), so that a missing object is never "no cancel". */
  control: (job: string) => `jobs/${job}/control.json`,
  /** workflow; a cache of `events/`, forward only. */
  status: (job: string) => `jobs/${job}/status.json`,
  /** api; the sealed endpoint key, removed at the job's end. */
  secret: (job: string) => `jobs/${job}/secret.sealed`,
  /** api; the sealed webhook secret, kept as long as the delivery log. */
  webhookSecret: (job: string) => `jobs/${job}/webhook.sealed`,
  /** preflight; create-once: what the endpoint answered and which fields it takes. */
  preflight: (job: string) => `jobs/${job}/preflight.json`,
  /** preflight; create-once, before its `nth` request: so that one that begins anew knows how many the endpoint may have got. */
  preflightAsked: (job: string, nth: number) => `jobs/${job}/preflight.asked-${nth}`,
  /** workflow; create-once: the quiet time before load. */
  idle: (job: string) => `jobs/${job}/idle.json`,
  /** aggregate; create-once: the frozen list of inputs. */
  manifest: (job: string) => `jobs/${job}/manifest.json`,
  /** aggregate; create-once. */
  report: (job: string) => `jobs/${job}/report.json`,
  /** api or sweep, on AWS: which durable execution runs the job. */
  execution: (job: string) => `jobs/${job}/execution.json`,
  /** api or sweep, on AWS; replaced when its job has ended: the one job that may load a host. A port's colon is no character of a key. */
  lease: (host: string) => `hosts/${host.replaceAll(/[^a-z0-9.-]/g, "_")}/lease.json`,
  /** api; marks an unfinished job until the workflow removes it. */
  open: (job: string) => `open/${job}`,
  openPrefix: "open/",
  /** workflow; marks an event that is not delivered yet, until notify removes it. */
  outbox: (job: string, sequence: number) => `outbox/${job}/${pad(sequence, 4)}`,
  outboxPrefix: "outbox/",
  /** workflow; create-once outbox of events. */
  event: (job: string, sequence: number, type: string) => `events/${job}/${pad(sequence, 4)}-${type}.json`,
  eventPrefix: (job: string) => `events/${job}/`,
  /** notify; one a try. */
  delivery: (job: string, sequence: number, tries: number) =>
    `deliveries/${job}/${pad(sequence, 4)}/${tries}.json`,
  /** Of one event, or of all. */
  deliveryPrefix: (job: string, sequence?: number) =>
    `deliveries/${job}/${sequence === undefined ? "" : `${pad(sequence, 4)}/`}`,
  /** api; newest first. */
  index: (caller: string, createdAtMs: number, job: string) =>
    `index/${caller}/${pad(9_999_999_999_999 - createdAtMs, 13)}-${job}`,
  indexPrefix: (caller: string) => `index/${caller}/`,
  /** Everything of one try at one level. Attempts are never glued together. */
  attemptKey: (job: string, level: string, repeat: number, attempt: number) =>
    `raw/${job}/${level}/r${repeat}/a${attempt}/`,
  attemptPrefix: (job: string, level: string, repeat: number) => `raw/${job}/${level}/r${repeat}/a`,
  /** workflow; create-once, before its load: what the attempt is to do. */
  attemptStart: (attemptKey: string) => `${attemptKey}attempt.json`,
  /** shard; create-once. */
  records: (attemptKey: string, shard: number) => `${attemptKey}shard-${pad(shard, 3)}.ndjson.gz`,
  /** shard; create-once, after its records: a shard is done when this exists. */
  shardSummary: (attemptKey: string, shard: number) => `${attemptKey}shard-${pad(shard, 3)}.json`,
  /** workflow; create-once: how the attempt ended. A level is finished when one of its attempts has this. */
  levelEnd: (attemptKey: string) => `${attemptKey}level.json`,
  rawPrefix: (job: string) => `raw/${job}/`,
  /** shard; replaced every second locally, every 5 s on AWS; not a source of figures. */
  progress: (job: string, level: string, shard: number) => `progress/${job}/${level}/${pad(shard, 3)}.json`,
  progressPrefix: (job: string, level: string) => `progress/${job}/${level}/`,
  /** agent; create-once. `hour` is yyyymmddhh of its first sample by the server's clock. */
  segment: (agent: string, hour: string, boot: string, sequence: number) =>
    `telemetry/${agent}/${hour}/${boot}-${pad(sequence, 8)}.ndjson.gz`,
  telemetryPrefix: (agent: string) => `telemetry/${agent}/`,
  /** api. */
  agent: (agent: string) => `agents/${agent}.json`,
  caller: (caller: string) => `callers/${caller}.json`,
  /** publish; a row of the public list of reports, newest first. */
  published: (createdAtMs: number, job: string) =>
    `published/${pad(9_999_999_999_999 - createdAtMs, 13)}-${job}.json`,
  publishedPrefix: "published/",
  /** publish, site bucket; immutable but for index.html. */
  page: (job: string, file: string) => `r/${job}/${file}`,
  pagePrefix: (job: string) => `r/${job}/`,
} as const;
