import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { dockerfileSteps } from "./dockerfile.ts";

const read = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), "utf8");
const program = (
  await Promise.all(["machine", "options", "service"].map((group) => read(`../cli/arguments/${group}.ts`)))
).join("");
const routes = await read("../../functions/api/openapi/routes.ts");

interface Container {
  args: string[];
  env: { name: string }[];
  image: string;
  livenessProbe?: { httpGet: { path: string } };
  readinessProbe?: { httpGet: { path: string } };
  securityContext: { runAsUser?: number; readOnlyRootFilesystem: boolean };
}
interface Workload {
  kind: string;
  spec: { template?: { spec: { containers: Container[]; securityContext?: { runAsUser: number } } } };
}

/** The flags of a command line of ours that the program does not know. */
const unknownFlags = (args: string[]): string[] =>
  args.filter((arg) => arg.startsWith("--") && !program.includes(`"${arg} <`));
const isCommand = (name: string | undefined): boolean => program.includes(`new Command("${name}")`);

test("the image starts a command of ours, under an init and as its own user", async () => {
  const { entrypoint, command, uid, env } = await dockerfileSteps();
  expect(entrypoint).toEqual(["tini", "--", "brimline"]);
  expect([isCommand(command[0]), uid]).toEqual([true, 1000]);
  const ours = Object.keys(env).filter((name) => name.startsWith("BRIMLINE_"));
  expect(ours.length).toBeGreaterThan(3);
  expect(ours.filter((name) => !program.includes(`.env("${name}")`))).toEqual([]);
});

test("the manifests name commands, flags and addresses that exist", async () => {
  const files = await Promise.all(["kubernetes/service.yaml", "kubernetes/agent.yaml"].map(read));
  const resources = files
    .flatMap((file) => parseAllDocuments(file))
    .map((document) => document.toJS() as Workload);
  const pods = resources.flatMap(({ spec }) => spec.template?.spec ?? []);
  const containers = pods.flatMap((pod) => pod.containers);
  expect(containers.map(({ args }) => args[0])).toEqual(["serve", "agent"]);
  for (const { args, livenessProbe, readinessProbe, securityContext } of containers) {
    expect([args[0], isCommand(args[0]), unknownFlags(args)]).toEqual([args[0], true, []]);
    for (const probe of [livenessProbe, readinessProbe])
      if (probe !== undefined) expect(routes).toContain(`"get", "${probe.httpGet.path}"`);
    expect(securityContext.readOnlyRootFilesystem).toBe(true);
  }
});

test("the compose file names commands and flags that exist, and builds the image", async () => {
  const { services } = parse(await read("compose.yaml"), { merge: true }) as {
    services: Record<string, { command: string[]; build?: { dockerfile: string }; environment?: object }>;
  };
  const ours = Object.values(services).filter(({ build }) => build !== undefined);
  expect(ours).toHaveLength(2);
  for (const { command, build, environment } of ours) {
    expect([command[0], isCommand(command[0]), unknownFlags(command)]).toEqual([command[0], true, []]);
    expect(build?.dockerfile).toBe("../container/Dockerfile");
    expect(environment).toHaveProperty("BRIMLINE_KEY");
  }
});
