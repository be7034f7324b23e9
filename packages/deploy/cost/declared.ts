import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { compileFunction } from "node:vm";

/** What `sst.config.ts` asks of one function. */
export interface DeclaredFunction {
  memoryMb: number;
  timeoutS: number;
  storageMb: number;
}

interface FunctionArgs {
  memory?: string;
  timeout?: string | { invocation: string };
  storage?: string;
}

/** As SST and Lambda have them where nothing is said. */
const DEFAULTS = { memory: "1024 MB", timeout: "20 seconds", storage: "512 MB" };
const MB: Record<string, number> = { MB: 1, GB: 1024 };
const SECONDS: Record<string, number> = { second: 1, minute: 60, hour: 3600 };
const CONFIG = join(import.meta.dirname, "../../../sst.config.ts");

/**
 * The functions of the deployment by their names, as `sst.config.ts` declares them: it is run against stand-ins that write down what they
 * are asked for. Nothing is bundled and no SST is needed. Throws where the file asks what the stand-ins do not know.
 */
export async function declaredFunctions(): Promise<Record<string, DeclaredFunction>> {
  const declared: Record<string, DeclaredFunction> = {};
  const declare = (
    name: string,
    { memory = DEFAULTS.memory, timeout = DEFAULTS.timeout, storage = DEFAULTS.storage }: FunctionArgs,
  ): unknown => {
    const invocation = typeof timeout === "string" ? timeout : timeout.invocation;
    declared[name] = {
      memoryMb: quantity(memory, MB),
      timeoutS: quantity(invocation, SECONDS),
      storageMb: quantity(storage, MB),
    };
    return anything();
  };
  const component = new Proxy(function () {}, {
    construct: (_, [name, args]: [string, FunctionArgs & { function?: FunctionArgs }]) =>
      declare(name, args.function ?? args) as object,
  });
  const known: Record<string, unknown> = { Function: component, Workflow: component, CronV2: component };
  const aws = new Proxy(known, { get: (_, name) => known[String(name)] ?? anything() });
  const sst = new Proxy({}, { get: (_, name) => (name === "aws" ? aws : anything()) });
  // The module as a function body: what it exports is what it returns.
  const source = stripTypeScriptTypes(await readFile(CONFIG, "utf8"))
    .replace("export default ", "return ")
    .replaceAll(/await import\("\.\/package\.json"\)/g, "anything");
  const names = ["$config", "$interpolate", "$output", "$app", "sst", "aws", "process", "anything"];
  const load = compileFunction(source, names) as (...values: unknown[]) => { run(): Promise<unknown> };
  await load(
    (config: unknown) => config,
    anything(),
    anything(),
    { stage: "cost" },
    sst,
    anything(),
    { env: {} },
    anything(),
  ).run();
  return declared;
}

/** A value of which everything can be asked, and everything is again such a value. */
function anything(): unknown {
  const self: unknown = new Proxy(function () {}, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => "anything" : name === "then" ? undefined : self),
    apply: () => self,
    construct: () => self as object,
  });
  return self;
}

/** `"1769 MB"` or `"3 minutes"` in the unit that counts as 1. */
function quantity(text: string, units: Record<string, number>): number {
  const [, number, unit = ""] = /^(\d+) (\w+?)s?$/.exec(text) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined)
    throw new Error(`sst.config.ts has a size or time that cannot be read: ${text}`);
  return Number(number) * factor;
}
