import { Command, CommanderError } from "@commander-js/extra-typings";
import tab from "@bomb.sh/tab/commander";
import type { Command as PlainCommand } from "commander";
import { readFileSync } from "node:fs";
import { benchCommand } from "./arguments/bench.ts";
import {
  cancelCommand,
  deleteCommand,
  deliveriesCommand,
  editCommand,
  jobsCommand,
  rerunCommand,
  watchCommand,
} from "./arguments/job.ts";
import { agentCommand, doctorCommand, manCommand, objectivesCommand } from "./arguments/machine.ts";
import {
  compareCommand,
  downloadsCommand,
  openCommand,
  planCommand,
  recordsCommand,
  renderCommand,
  reportCommand,
  trendCommand,
  verifyCommand,
} from "./arguments/report.ts";
import {
  demoCommand,
  keysCommand,
  mcpCommand,
  schedulesCommand,
  serveCommand,
  usageCommand,
} from "./arguments/service.ts";
import { CommandError, UsageError } from "./error.ts";

type Load<Args extends unknown[]> = () => Promise<{ run(...args: Args): Promise<number> }>;
/** Makes a command's action. Its code is loaded when it runs, so help and completion do not load it. */
type Does = <Args extends unknown[]>(load: Load<Args>) => (...args: Args) => Promise<void>;

const commands = (does: Does) => [
  benchCommand().action(does(() => import("./commands/bench.ts"))),
  watchCommand().action(does(() => import("./commands/watch.ts"))),
  jobsCommand().action(does(() => import("./commands/jobs.ts"))),
  editCommand().action(does(() => import("./commands/edit.ts"))),
  deleteCommand().action(does(() => import("./commands/delete.ts"))),
  rerunCommand().action(does(() => import("./commands/rerun.ts"))),
  cancelCommand().action(does(() => import("./commands/cancel.ts"))),
  compareCommand().action(does(() => import("./commands/compare.ts"))),
  trendCommand().action(does(() => import("./commands/trend.ts"))),
  reportCommand().action(does(() => import("./commands/report.ts"))),
  planCommand().action(does(() => import("./commands/plan.ts"))),
  verifyCommand().action(does(() => import("./commands/verify.ts"))),
  renderCommand().action(does(() => import("./commands/render.ts"))),
  openCommand().action(does(() => import("./commands/open.ts"))),
  deliveriesCommand().action(does(() => import("./commands/deliveries.ts"))),
  recordsCommand().action(does(() => import("./commands/records.ts"))),
  downloadsCommand().action(does(() => import("./commands/downloads.ts"))),
  schedulesCommand().action(does(() => import("./commands/schedules.ts"))),
  keysCommand().action(does(() => import("./commands/keys.ts"))),
  usageCommand().action(does(() => import("./commands/usage.ts"))),
  objectivesCommand().action(does(() => import("./commands/objectives.ts"))),
  doctorCommand().action(does(() => import("./commands/doctor.ts"))),
  serveCommand().action(does(() => import("./commands/serve.ts"))),
  demoCommand().action(does(() => import("./commands/demo.ts"))),
  manCommand().action(does(() => import("./commands/man.ts"))),
  mcpCommand().action(does(() => import("./commands/mcp.ts"))),
  agentCommand().action(does(() => import("./commands/agent.ts"))),
];

/** Beside the names of flags so many columns are left for what they are for in a terminal of 60. */
const WRAPPED_MIN = 28;

const MORE = `
brimline <command> --help says more. Exit codes: 0 done,
1 failed or an objective missed, 2 wrong usage, 3 an
objective that could not be judged.`;

const COMPLETION = `
Examples:
  source <(brimline completion bash)
      in ~/.bashrc, after bash-completion
  source <(brimline completion zsh)
      in ~/.zshrc, after compinit
  brimline completion fish | source
      in ~/.config/fish/config.fish`;

/**
 * Runs a command line and gives its exit code: 0 for help, 2 for wrong usage and 1 when the service or the endpoint
 * refused. What the end of a job means is in `exit-code.ts`. Faults of our own are thrown.
 */
export async function runProgram(args: string[]): Promise<number> {
  let code = 0;
  try {
    await createProgram((ended) => (code = ended)).parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    // The parser has printed what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof Error)) throw error;
    const wrongUsage = error instanceof UsageError;
    if (!wrongUsage && !(error instanceof CommandError) && error.name !== "BrimlineError") throw error;
    process.stderr.write(`brimline: ${error.message}\n`);
    return wrongUsage ? 2 : 1;
  }
}

/** `ended` is told the exit code of a command that ran. */
export function createProgram(ended: (code: number) => void = () => {}): Command {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  const program = new Command("brimline")
    .description("How many users can an LLM endpoint take, what does it cost, and can the number be trusted?")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name(), minWidthToWrap: WRAPPED_MIN })
    .configureOutput({ outputError: (said, write) => write(errorLine(said)) })
    .addHelpText("after", MORE);
  const does: Does =
    (load) =>
    async (...args) =>
      ended(await (await load()).run(...args));
  for (const command of commands(does))
    program.addCommand(
      command
        .copyInheritedSettings(program)
        .showHelpAfterError(`brimline ${command.name()} --help lists what it takes.`),
    );
  program.showHelpAfterError("brimline --help lists the commands.");
  addCompletion(program);
  program.addCommand(helpCommand(program).copyInheritedSettings(program));
  return program;
}

/** The library's own takes a flag for a command's name: `help --help` would be wrong usage. */
const helpCommand = (program: Command) =>
  new Command("help")
    .summary("print a command's help")
    .description("Prints the help of a command, or lists the commands.")
    .argument("[command]", "its name")
    .action((name) => {
      if (name === undefined) program.help();
      const command = program.commands.find((each) => each.name() === name);
      if (command === undefined) program.error(`unknown command '${name}'`);
      command.help();
    });

/** A shell shows a line beside each command, and the library takes the description for it: here it is the summary. */
function addCompletion(program: Command): void {
  const described = program.commands.map((command) => [command, command.description()] as const);
  for (const [command] of described) command.description(command.summary());
  // The program is a PlainCommand with stricter types.
  tab(program as unknown as PlainCommand, { completionCommandName: "completion" });
  for (const [command, description] of described) command.description(description);
  program.commands
    .find((command) => command.name() === "completion")
    ?.summary("print a script that completes commands and flags in a shell")
    .description("Prints a script that completes commands and flags in a shell.")
    .addHelpText("after", COMPLETION);
}

/** The library's two lines in one: "brimline: unknown option '--modle' (Did you mean --model?)". */
function errorLine(said: string): string {
  const line = said
    .trim()
    .replace(/^error: /, "")
    .replaceAll("\n", " ");
  return `brimline: ${line}\n`;
}
