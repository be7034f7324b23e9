import { compileFunction } from "node:vm";
import type { Evaluation, Resource } from "./evaluate.ts";

/** What must hold of a deployment, whatever else changes in `sst.config.ts`. */
export interface Fact {
  says: string;
  /** What breaks the fact. It is empty when the fact holds. */
  broken: (evaluation: Evaluation) => string[];
}

interface Statement {
  Effect: string;
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string[]>>;
}
interface Permission {
  role: string;
  statement: Statement;
}

/** Pulumi marks a secret in this way. The value lies one level down. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
/** The largest function that CloudFront takes, bytes. */
const EDGE_MAX_BYTES = 10_240;
const LAMBDA_MAX_S = 900;
const LOG_DAYS = 14;
/** Seconds and MB by the start of a function's name. */
const SIZES: Record<string, { timeout: number; memorySize: number }> = {
  Api: { timeout: 60, memorySize: 1024 },
  JobHandler: { timeout: LAMBDA_MAX_S, memorySize: 1024 },
  Preflight: { timeout: 900, memorySize: 1024 },
  Shard: { timeout: LAMBDA_MAX_S, memorySize: 1769 },
  Aggregate: { timeout: 600, memorySize: 1769 },
  Publish: { timeout: 300, memorySize: 1769 },
  Notify: { timeout: 60, memorySize: 512 },
  SweepHandler: { timeout: 50, memorySize: 512 },
};
/** What functions may delete of the data: secrets that are done with, markers, places in lists, and schedules. */
const MAY_DELETE =
  /databucket.*\/(jobs\/\*\/(secret|webhook)\.sealed|open\/\*|outbox\/\*|facets\/\*|published\/\*|shelves\/\*|changed\/\*\/listing|schedules\/\*|callers\/\*\/caller\.json)$/;
/** The one that erases jobs that were deleted may delete all that a job leaves, but no telemetry and no agent. */
const MAY_ERASE =
  /databucket.*\/(jobs|raw|progress|events|outbox|deliveries|index|facets|beside|open|changed|schedules|due)\/\*$/;
const LIFECYCLE_DAYS: Record<string, number> = {
  "progress/": 1,
  "raw/": 90,
  "telemetry/": 90,
  "deliveries/": 30,
  "receivers/": 30,
};
/** Which secrets each function is given. All others get none. */
const SECRETS: Record<string, string[]> = {
  Api: ["BRIMLINE_ADMIN_KEY", "BRIMLINE_MASTER_KEY", "BRIMLINE_ORIGIN_KEY"],
  Preflight: ["BRIMLINE_MASTER_KEY"],
  Shard: ["BRIMLINE_MASTER_KEY"],
  Notify: ["BRIMLINE_MASTER_KEY"],
  SweepHandler: ["BRIMLINE_MASTER_KEY"],
};
const ALL_SECRETS = new Set(["BRIMLINE_ADMIN_KEY", "BRIMLINE_MASTER_KEY", "BRIMLINE_ORIGIN_KEY"]);

export const FACTS: Fact[] = [
  {
    says: "there are eight functions, each of the size and time it needs",
    broken: (evaluation) => {
      const found = functionsOf(evaluation);
      const missing = Object.keys(SIZES).filter((name) => !found.some((lambda) => nameOf(lambda) === name));
      const wrong = found.flatMap((lambda) => {
        const { timeout, memorySize } = lambda.inputs;
        const size = SIZES[nameOf(lambda)];
        return size?.timeout === timeout && size?.memorySize === memorySize
          ? []
          : `${lambda.name}: ${String(timeout)} s, ${String(memorySize)} MB`;
      });
      return [...missing.map((name) => `${name} is missing`), ...wrong];
    },
  },
  {
    says: "the workflow alone is durable: 26 hours, kept for 14 days",
    broken: (evaluation) =>
      functionsOf(evaluation).flatMap((lambda) => {
        const durable = lambda.inputs["durableConfig"];
        const wanted =
          nameOf(lambda) === "JobHandler" ? { executionTimeout: 26 * 3600, retentionPeriod: 14 } : undefined;
        return JSON.stringify(durable) === JSON.stringify(wanted)
          ? []
          : `${lambda.name}: ${JSON.stringify(durable)}`;
      }),
  },
  {
    says: "no function may do s3:* or anything else by a wildcard, or anything to every resource but read the account's quota",
    broken: (evaluation) =>
      permissionsOf(evaluation)
        .filter(
          ({ statement: { Action, Resource } }) =>
            Action.some((action) => action.includes("*")) ||
            (Resource.includes("*") && Action.join() !== "lambda:GetAccountSettings"),
        )
        .map(show),
  },
  {
    says: "nobody deletes but markers, spent secrets, revoked keys and places in lists; the sweep alone erases jobs, and publish pages",
    broken: (evaluation) =>
      permissionsOf(evaluation)
        .filter(({ statement }) => statement.Action.some((action) => action.includes("Delete")))
        .filter(
          ({ role, statement }) =>
            !statement.Resource.every(
              (resource) =>
                MAY_DELETE.test(resource) ||
                (role.startsWith("Sweep") && MAY_ERASE.test(resource)) ||
                (role.startsWith("Publish") && /sitebucket.*\/(r|c|by)\/\*$/.test(resource)),
            ),
        )
        .map(show),
  },
  {
    says: "only publish writes to the site",
    broken: (evaluation) =>
      permissionsOf(evaluation)
        .filter(
          ({ role, statement }) =>
            !role.startsWith("Publish") &&
            statement.Resource.some((resource) => resource.includes("sitebucket")),
        )
        .map(show),
  },
  {
    says: "every function that reads objects may list, so that a missing one reads as 404",
    broken: (evaluation) => {
      const permissions = permissionsOf(evaluation);
      const lists = (role: string): boolean =>
        permissions.some((entry) => entry.role === role && entry.statement.Action.includes("s3:ListBucket"));
      const readers = new Set(
        permissions
          .filter(({ statement }) => statement.Action.includes("s3:GetObject"))
          .map(({ role }) => role),
      );
      return [...readers].filter((role) => !lists(role));
    },
  },
  {
    says: "published reports and frozen inputs are written once: the buckets refuse any other write",
    broken: (evaluation) => {
      const guarded = new Set(
        bucketStatements(evaluation)
          .filter(
            ({ Effect, Action, Condition }) =>
              Effect === "Deny" &&
              Action.includes("s3:PutObject") &&
              Condition?.["Null"]?.["s3:if-none-match"]?.[0] === "true",
          )
          .flatMap((statement) => statement.Resource.map((resource) => resource.replace(/^[^/]*\//, ""))),
      );
      return [
        "r/*/report.json",
        "_astro/*",
        "jobs/*/report.json",
        "jobs/*/manifest.json",
        "jobs/*/influences.json",
        "raw/*",
      ].filter((path) => !guarded.has(path));
    },
  },
  {
    says: "only our own distribution reads the site",
    broken: (evaluation) =>
      bucketStatements(evaluation)
        .filter(({ Effect }) => Effect === "Allow")
        .filter(
          ({ Action, Condition }) =>
            Action.join() !== "s3:GetObject" || Condition?.["StringEquals"]?.["AWS:SourceArn"] === undefined,
        )
        .map((statement) => JSON.stringify(statement)),
  },
  {
    says: "raw records, telemetry, progress and the delivery log expire by prefix, and nothing else does",
    broken: (evaluation) => {
      const rules = all(
        evaluation,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      ).flatMap(
        ({ inputs }) => inputs["rules"] as { filter: { prefix: string }; expiration: { days: number } }[],
      );
      const found = Object.fromEntries(
        rules.map(({ filter, expiration }) => [filter.prefix, expiration.days]),
      );
      return JSON.stringify(found) === JSON.stringify(LIFECYCLE_DAYS) ? [] : [JSON.stringify(found)];
    },
  },
  {
    says: "logs are kept for 14 days",
    broken: (evaluation) => {
      const groups = all(evaluation, "aws:cloudwatch/logGroup:LogGroup");
      const wrong = groups
        .filter(({ inputs }) => inputs["retentionInDays"] !== LOG_DAYS)
        .map(({ name }) => name);
      return groups.length === functionsOf(evaluation).length ? wrong : [`${groups.length} log groups`];
    },
  },
  {
    says: "nobody reserves concurrency: new accounts have little",
    broken: (evaluation) =>
      functionsOf(evaluation)
        .filter(({ inputs }) => (inputs["reservedConcurrentExecutions"] ?? -1) !== -1)
        .map(({ name }) => name),
  },
  {
    says: "a function is given the secrets that it uses, and no other",
    broken: (evaluation) =>
      functionsOf(evaluation).flatMap((lambda) => {
        const given = Object.keys(variablesOf(lambda)).filter((name) => ALL_SECRETS.has(name));
        return given.toSorted().join() === (SECRETS[nameOf(lambda)] ?? []).join()
          ? []
          : `${lambda.name}: ${given.join()}`;
      }),
  },
  {
    says: "the API streams, and the timer knocks every minute",
    broken: (evaluation) => [
      ...all(evaluation, "aws:lambda/functionUrl:FunctionUrl")
        .filter(({ inputs }) => inputs["invokeMode"] !== "RESPONSE_STREAM")
        .map(({ name }) => name),
      ...(all(evaluation, "aws:scheduler/schedule:Schedule")[0]?.inputs["scheduleExpression"] ===
      "rate(1 minute)"
        ? []
        : ["no timer"]),
    ],
  },
  {
    says: "the edge sends the security headers on every answer, and leaves the API its own policy of the live page",
    broken: (evaluation) => {
      const policy = JSON.stringify(
        all(evaluation, "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")[0]?.inputs ?? {},
      );
      const behaviour = unwrapped(
        all(evaluation, "aws:cloudfront/distribution:Distribution")[0]?.inputs["defaultCacheBehavior"],
      );
      const isUsed =
        typeof behaviour === "object" && behaviour !== null && "responseHeadersPolicyId" in behaviour;
      const wanted = [
        "default-src 'none'",
        // The live page and the reports have scripts, and the policy of the edge overrides the API's own.
        "script-src 'self'; connect-src 'self'",
        "frame-ancestors 'none'",
        '"frameOption":"DENY"',
        "contentTypeOptions",
        "strictTransportSecurity",
      ];
      return [
        ...wanted.filter((text) => !policy.includes(text)),
        ...(/"contentSecurityPolicy":\{[^}]*"override":false\}/.test(policy)
          ? []
          : ["the live page's own policy, which allows its script, is overridden"]),
        ...(isUsed ? [] : ["the policy is not used"]),
      ];
    },
  },
  { says: "the edge finds index pages, and carries the secret whatever the viewer sent", broken: edgeFaults },
];

/** Runs the viewer-request function as CloudFront would, up to where it asks the routing table. */
function edgeFaults(evaluation: Evaluation): string[] {
  const code = all(evaluation, "aws:cloudfront/function:Function")
    .map(({ inputs }) => String(unwrapped(inputs["code"])))
    .find((text) => text.includes("x-brimline-origin"));
  if (code === undefined) return ["no function at the edge carries the secret"];
  if (Buffer.byteLength(code) > EDGE_MAX_BYTES)
    return [`it has ${Buffer.byteLength(code)} bytes, CloudFront takes ${EDGE_MAX_BYTES}`];
  const injected =
    /async function handler\(event\) \{([\s\S]*?)async function routeSite/.exec(code)?.[1] ?? "";
  const run = compileFunction(`${injected} return event.request;`, ["event"]) as (event: unknown) => {
    uri: string;
    statusCode?: number;
    headers: Record<string, unknown>;
  };
  const ask = (uri: string) =>
    run({ request: { uri, headers: { host: { value: "x" }, "x-brimline-origin": { value: "forged" } } } });
  const id = "abcdefghij0123456789";
  const rewritten: [string, string][] = [
    ["/", "/index.html"],
    [`/r/${id}/`, `/r/${id}/index.html`],
    [`/r/${id}/report.json`, `/r/${id}/report.json`],
    [`/c/${id}/`, `/c/${id}/index.html`],
    ["/v1/jobs", "/v1/jobs"],
    ["/api/", "/api/"],
  ];
  return [
    ...rewritten.flatMap(([from, to]) => (ask(from).uri === to ? [] : `${from} becomes ${ask(from).uri}`)),
    ...(ask(`/r/${id}`).statusCode === 308 ? [] : ["a report without its slash is not redirected"]),
    ...(JSON.stringify(ask("/v1/jobs").headers["x-brimline-origin"]).includes("forged")
      ? ["a viewer can forge the secret's header"]
      : []),
  ];
}

const all = ({ resources }: Evaluation, type: string): Resource[] =>
  resources.filter((resource) => resource.type === type);
const functionsOf = (evaluation: Evaluation): Resource[] => all(evaluation, "aws:lambda/function:Function");
const nameOf = ({ name }: Resource): string => name.replace(/Function$/, "");

const unwrapped = (value: unknown): unknown =>
  typeof value === "object" && value !== null && SECRET_MARK in value && "value" in value
    ? value.value
    : value;

function variablesOf({ inputs }: Resource): Record<string, unknown> {
  const environment = unwrapped(inputs["environment"]) as { variables?: unknown } | undefined;
  return (unwrapped(environment?.variables) ?? {}) as Record<string, unknown>;
}

const statementsOf = (policy: unknown): Statement[] =>
  (JSON.parse(String(unwrapped(policy))) as { Statement: Statement[] }).Statement;

const permissionsOf = (evaluation: Evaluation): Permission[] =>
  all(evaluation, "aws:iam/role:Role").flatMap(({ name, inputs }) =>
    ((unwrapped(inputs["inlinePolicies"]) ?? []) as { policy: unknown }[]).flatMap(({ policy }) =>
      statementsOf(policy).map((statement) => ({ role: name, statement })),
    ),
  );

const bucketStatements = (evaluation: Evaluation): Statement[] =>
  all(evaluation, "aws:s3/bucketPolicy:BucketPolicy").flatMap(({ inputs }) => statementsOf(inputs["policy"]));

const show = ({ role, statement }: Permission): string =>
  `${role}: ${statement.Action.join()} on ${statement.Resource.join(" ")}`;
