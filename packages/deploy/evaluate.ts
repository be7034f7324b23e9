import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * `node evaluate.ts <file>` runs `sst.config.ts` as the SST CLI does, against a stand-in for the cloud
 * (Pulumi's mocks). It really bundles every handler, and writes the result as JSON. It needs `.sst/platform`,
 * which `sst install` makes, and neither an account nor the network.
 */

export interface Resource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export interface Evaluation {
  resources: Resource[];
  /** The bytes of each function's bundle, by its handler. */
  bundles: Record<string, number>;
  /** What SST's CLI is told to install beside each bundle, by its handler. */
  installs: Record<string, Install>;
}

/** Packages with their versions, and the architecture that they are for. */
export interface Install {
  packages: Record<string, string>;
  architecture: string;
}

interface Bundled {
  metafile?: { outputs: Record<string, { bytes: number; exports: string[] }> };
}
/** What SST's program asks its CLI to build. */
interface Build {
  handler: string;
  properties: { install?: Record<string, string>; architecture: string };
}
interface Esbuild {
  build(options: object): Promise<Bundled>;
}
interface Call {
  token: string;
  inputs: Record<string, unknown>;
}
interface Created extends Resource {
  id?: string;
}
interface Pulumi {
  runtime: {
    setMocks(
      mocks: {
        newResource(resource: Created): { id: string; state: Record<string, unknown> };
        call(call: Call): Record<string, unknown>;
      },
      project: string,
      stack: string,
      preview: boolean,
    ): Promise<void>;
    runInPulumiStack(program: () => unknown): Promise<unknown>;
  };
}

const root = join(import.meta.dirname, "../..");
const platform = join(root, ".sst/platform");
const require = createRequire(join(platform, "package.json"));
const esbuild = require("esbuild") as Esbuild;

const STAGE = "ci";
const REGION = "eu-central-1";
const ACCOUNT = "123456789012";
/** A program that waits for a resource which never comes would wait for ever. */
const TIMEOUT_MS = 300_000;
/** It is longer than the packing of one bundle, during which nothing is created. */
const SETTLE_MS = 3000;
const REQUIRE_BANNER = "import{createRequire}from'module';const require=createRequire(import.meta.url);";

/**
 * Bundles one handler as SST does. It throws when the handler does not compile or does not export what
 * `sst.config.ts` names.
 */
export async function bundle(handler: string): Promise<number> {
  const [, file, name] = /^(.*)\.([^.]+)$/.exec(handler) ?? [];
  const source = join(root, `${file}.ts`);
  if (file === undefined || name === undefined || !existsSync(source))
    throw new Error(`there is no file for the handler ${handler}`);
  const { metafile } = await esbuild.build({
    entryPoints: [source],
    outfile: join(root, ".sst/check", `${file}.mjs`),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "esnext",
    minify: true,
    metafile: true,
    logLevel: "silent",
    banner: { js: REQUIRE_BANNER },
  });
  const outputs = Object.values(metafile?.outputs ?? {});
  if (!outputs.some((output) => output.exports.includes(name)))
    throw new Error(`${file}.ts does not export ${name}`);
  return outputs.reduce((sum, output) => sum + output.bytes, 0);
}

/** What the SST CLI answers its program. Only builds matter here. */
async function answerBuilds(
  { bundles, installs }: Pick<Evaluation, "bundles" | "installs">,
  builds: { running: number },
  fail: (error: Error) => void,
): Promise<Server> {
  const answer = async (method: string, [input]: [Build]): Promise<unknown> => {
    if (method === "Provider.Aws.Bootstrap")
      return {
        asset: "assets",
        state: "state",
        assetEcrRegistryId: "0",
        assetEcrUrl: "0",
        appsyncHttp: "",
        appsyncRealtime: "",
      };
    if (method !== "Runtime.Build") return {};
    builds.running++;
    try {
      const { install, architecture } = input.properties;
      if (install !== undefined) installs[input.handler] = { packages: install, architecture };
      bundles[input.handler] = await bundle(input.handler);
      return { handler: input.handler, out: join(root, ".sst/check"), errors: [], sourcemaps: [] };
    } catch (error) {
      const failure = new Error(
        `${input.handler} cannot be bundled: ${error instanceof Error ? error.message : String(error)}`,
      );
      // SST's program would wait for ever for a build that failed.
      fail(failure);
      return { handler: input.handler, out: "", errors: [failure.message], sourcemaps: [] };
    } finally {
      builds.running--;
    }
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
      method: string;
      params: [Build];
    };
    response.end(JSON.stringify({ result: await answer(method, params) }));
  };
  const server = createServer((request, response) => void respond(request, response));
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  return server;
}

/** The state of a resource as AWS would give it, as far as others ask for it. */
function created({ type, name, inputs, id }: Created): { id: string; state: Record<string, unknown> } {
  const service = type.split("/")[0]?.split(":")[1] ?? "";
  const own =
    typeof inputs["bucket"] === "string" && type.includes("bucket:")
      ? inputs["bucket"]
      : typeof inputs["name"] === "string"
        ? inputs["name"]
        : name;
  const state = {
    name: own,
    bucket: own,
    arn:
      service === "s3"
        ? `arn:aws:s3:::${own}`
        : `arn:aws:${service}:${REGION}:${ACCOUNT}:${service === "lambda" ? "function:" : ""}${own}`,
    qualifiedArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${own}:1`,
    version: "1",
    bucketRegionalDomainName: `${own}.s3.${REGION}.amazonaws.com`,
    functionUrl: `https://${own.toLowerCase()}.lambda-url.${REGION}.on.aws/`,
    domainName: "d111.cloudfront.net",
    result: "mock",
    base64: "AAAA",
    hex: "00",
    ...inputs,
  };
  return { id: id === undefined || id === "" ? `${name}-id` : id, state };
}

function called({ token, inputs }: Call): Record<string, unknown> {
  const name = token.slice(token.lastIndexOf(":") + 1);
  if (name === "getPartition") return { partition: "aws", dnsSuffix: "amazonaws.com" };
  if (name === "getRegion") return { region: REGION, name: REGION, id: REGION };
  if (name === "getCallerIdentity")
    return { accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, userId: "x", id: "x" };
  if (name === "getPolicyDocument") return { json: policyOf(inputs), statements: inputs["statements"] };
  throw new Error(`the stand-in cloud does not know ${token}`);
}

interface Statement {
  effect?: string;
  actions: string[];
  resources: string[];
  principals?: unknown;
  conditions?: { test: string; variable: string; values: string[] }[];
}

const policyOf = (inputs: Record<string, unknown>): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: ((inputs["statements"] ?? []) as Statement[]).map(
      ({ effect = "Allow", actions, resources, principals, conditions = [] }) => ({
        Effect: effect,
        Action: actions,
        Resource: resources,
        Principal: principals,
        Condition: Object.fromEntries(
          conditions.map(({ test, variable, values }) => [test, { [variable]: values }]),
        ),
      }),
    ),
  });

/**
 * The program that the SST CLI would run: its platform, with `sst.config.ts` and the globals that this may
 * use.
 */
async function programOf(): Promise<() => unknown> {
  const lock = JSON.parse(await readFile(join(root, ".sst/provider-lock.json"), "utf8")) as {
    alias: string;
    package: string;
  }[];
  const globals = [
    ...lock.map((entry) => `import * as ${entry.alias} from "${entry.package}";`),
    `import * as sst from "${platform}/src/components";`,
  ].join("\n");
  const config = join(root, "sst.config.ts");
  const app = {
    name: "brimline",
    stage: STAGE,
    home: "aws",
    removal: "remove",
    protect: false,
    providers: { aws: { region: REGION } },
  };
  const paths = { home: join(root, ".sst/home"), root, work: join(root, ".sst"), platform };
  const outfile = join(platform, "evaluated.mjs");
  await esbuild.build({
    stdin: {
      contents: `import { run } from "${platform}/src/auto/run.ts"; import config from "${config}"; export default () => run(config.run);`,
      resolveDir: root,
      loader: "ts",
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    nodePaths: [join(platform, "node_modules")],
    logLevel: "error",
    banner: {
      js: `${REQUIRE_BANNER}import{fileURLToPath as toPath}from"url";const __filename=toPath(import.meta.url);const __dirname=toPath(new URL(".",import.meta.url));`,
    },
    define: {
      $app: JSON.stringify(app),
      $cli: JSON.stringify({ command: "deploy", dev: false, paths, state: { version: {} } }),
      $dev: "false",
    },
    inject: [join(platform, "src/shim/run.js")],
    external: [
      "@pulumi/*",
      "undici",
      "@pulumiverse/*",
      "@sst-provider/*",
      "@aws-sdk/*",
      "esbuild",
      "archiver",
      "glob",
      "vite",
    ],
    plugins: [
      {
        name: "globals",
        setup(build: {
          onLoad(
            filter: { filter: RegExp },
            act: (file: { path: string }) => Promise<{ contents: string; loader: string }>,
          ): void;
        }) {
          build.onLoad({ filter: /\/(sst\.config|infra\/[^/]+)\.ts$/ }, async ({ path }) => ({
            contents: `${globals}\n${await readFile(path, "utf8")}`,
            loader: "ts",
          }));
        },
      },
    ],
  });
  const { default: program } = (await import(pathToFileURL(outfile).href)) as { default: () => unknown };
  return program;
}

async function evaluate(): Promise<Evaluation> {
  const built: Pick<Evaluation, "bundles" | "installs"> = { bundles: {}, installs: {} };
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  const resources: Resource[] = [];
  const builds = { running: 0 };
  const server = await answerBuilds(built, builds, fail);
  const address = server.address();
  process.env["SST_SERVER"] =
    `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  process.env["AWS_REGION"] = REGION;
  process.env["PULUMI_NODEJS_PROJECT"] = "brimline";
  process.env["PULUMI_NODEJS_STACK"] = STAGE;
  for (const name of ["AdminKey", "MasterKey", "OriginKey"])
    process.env[`SST_SECRET_${name}`] = "0".repeat(64);
  process.on("unhandledRejection", (error) =>
    fail(error instanceof Error ? error : new Error(String(error))),
  );

  const pulumi = require("@pulumi/pulumi") as Pulumi;
  await pulumi.runtime.setMocks(
    {
      newResource(resource) {
        resources.push({ type: resource.type, name: resource.name, inputs: resource.inputs });
        return created(resource);
      },
      call: called,
    },
    "brimline",
    STAGE,
    false,
  );
  await Promise.race([failed, pulumi.runtime.runInPulumiStack(await programOf())]);
  // Resources that depend on others are created after the program's end.
  for (
    let before = -1;
    builds.running > 0 || before < resources.length;
    await Promise.race([failed, sleep(SETTLE_MS)])
  )
    before = resources.length;
  server.close();
  return { resources, ...built };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  setTimeout(() => {
    console.error(`sst.config.ts was not evaluated in ${TIMEOUT_MS / 1000} s`);
    process.exit(1);
  }, TIMEOUT_MS).unref();
  try {
    await writeFile(process.argv[2] ?? "evaluation.json", JSON.stringify(await evaluate()));
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
