import { readFile } from "node:fs/promises";

/** What the Dockerfile says, as far as it can be done without Docker. */
export interface Steps {
  /** The command that installs the package. */
  install: string;
  env: Record<string, string>;
  uid: number;
  healthcheck: string[];
  entrypoint: string[];
  command: string[];
}

export async function dockerfileSteps(): Promise<Steps> {
  const text = await readFile(new URL("Dockerfile", import.meta.url), "utf8");
  const lines = text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  const all = (instruction: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));
  const last = (instruction: string): string => {
    const found = all(instruction).at(-1);
    if (found === undefined) throw new Error(`the Dockerfile has no ${instruction}`);
    return found;
  };
  const install = all("RUN").find((command) => command.startsWith("npm install"));
  if (install === undefined) throw new Error("the Dockerfile installs no package");
  const words = (json: string): string[] => JSON.parse(json.slice(json.indexOf("["))) as string[];
  return {
    install,
    env: Object.fromEntries(
      [...last("ENV").matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>,
    uid: Number(last("USER").split(":")[0]),
    healthcheck: words(last("HEALTHCHECK")),
    entrypoint: words(last("ENTRYPOINT")),
    command: words(last("CMD")),
  };
}
