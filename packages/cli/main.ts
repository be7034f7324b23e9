import { CommandError, UsageError } from "./error.ts";

/** One file a command; each has its own `--help`. */
interface Command {
  usage: string;
  run(args: string[]): Promise<number>;
}
const COMMANDS: Record<string, { about: string; load: () => Promise<Command> }> = {
  bench: {
    about: "benchmark an endpoint: submit, watch, print the report",
    load: () => import("./commands/bench.ts"),
  },
  watch: { about: "follow a job until it ends", load: () => import("./commands/watch.ts") },
  cancel: { about: "cancel a job", load: () => import("./commands/cancel.ts") },
  report: {
    about: "print a job's report, as text, JSON or Markdown",
    load: () => import("./commands/report.ts"),
  },
  serve: { about: "run the service on this machine", load: () => import("./commands/serve.ts") },
  demo: {
    about: "the whole road with a simulated endpoint and GPU",
    load: () => import("./commands/demo.ts"),
  },
  agent: {
    about: "sample this machine's GPUs and send them to a service",
    load: () => import("./commands/agent.ts"),
  },
};

const HELP = `brimline: how many users can an LLM endpoint take, what does it cost, and can the number be trusted?

Usage: brimline <command> [options]

${Object.entries(COMMANDS)
  .map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`)
  .join("\n")}

brimline <command> --help says more. Exit codes: 0 done, 1 failed or an SLO missed, 2 wrong usage.
`;

async function run(argv: string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) throw new UsageError(`there is no command "${name}"; brimline --help lists them`);
  const command = await entry.load();
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(command.usage);
    return 0;
  }
  return command.run(args);
}

// A reader such as `head` may close our output early: that is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const wrongUsage =
    error instanceof UsageError ||
    (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
  if (
    !wrongUsage &&
    !(error instanceof CommandError) &&
    !(error instanceof Error && error.name === "BrimlineError")
  )
    throw error;
  process.stderr.write(`brimline: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = wrongUsage ? 2 : 1;
}
