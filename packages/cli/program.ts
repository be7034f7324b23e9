import { Command, Option } from "@commander-js/extra-typings";
import { JobState } from "@brimline/core/job/job";
import { TRENDED } from "@brimline/core/trend/schema";
import { Visibility } from "@brimline/core/job/spec";
import tab from "@bomb.sh/tab/commander";
import type { Command as PlainCommand } from "commander";
import { readFileSync } from "node:fs";
import { benchCommand } from "./bench-options.ts";
import {
  choice,
  flag,
  flags,
  fullFlag,
  junitFlag,
  marginFlag,
  portFlag,
  withData,
  withService,
} from "./options.ts";
import { decimal, headerVariable, oneOf, text, wholeNumber, wholes } from "./values.ts";

/**
 * The arguments of each command. The flags, their types, the help and the completion follow from them. What a
 * command does is in `commands/`.
 */

const watchCommand = () =>
  withService(
    new Command("watch")
      .summary("follow a job until it ends")
      .description("Follows a job until it ends, then prints its report. Ctrl-C stops watching, not the job.")
      .argument("<job>", "the job's id")
      .addOption(fullFlag()),
  );

const jobsCommand = () =>
  withService(
    new Command("jobs")
      .summary("list jobs, newest first")
      .description("Lists the jobs of a service, newest first.")
      .option("--tag <tag>", "only jobs with this tag")
      .option("--model <name>", "only jobs of this model")
      .option("--gpu <name>", "only jobs whose report has this GPU, such as 'NVIDIA A40'")
      .addOption(
        flag(
          "--state <state>",
          `only jobs in this state: ${JobState.options.join(", ")}`,
          oneOf(JobState.options),
        ),
      )
      .option("--since <time>", "only jobs made since a date, or a time with its zone")
      .option("--find <text>", "only jobs with this text in their name, model, tags or id")
      .addOption(flag("--limit <n>", "at most so many", wholeNumber).default(20))
      .option("--json", "print the jobs as JSON"),
  );

const editCommand = () =>
  withService(
    new Command("edit")
      .summary("change a job's name, tags or visibility")
      .description(
        "Changes how a job is listed. Its page and the index follow in a moment, and its report stays as it was measured.",
      )
      .argument("<job>", "the job's id")
      .addOption(flag("--name <text>", "its name"))
      .addOption(flags("--tag <tag>", "its tags, which replace all that it has; give it several times", text))
      .addOption(new Option("--no-tags", "no tags at all").conflicts("tag"))
      .addOption(choice("--visibility <who>", "who can find the page", Visibility.options)),
  );

const deleteCommand = () =>
  withService(
    new Command("delete")
      .summary("delete jobs that have ended, with their reports, pages and records")
      .description(
        "Deletes jobs that have ended: report, page, records, events. Nothing brings them back. A job that runs must be cancelled first.",
      )
      .argument("<jobs...>", "the jobs' ids"),
  );

const rerunCommand = () =>
  withService(
    new Command("rerun")
      .summary("run a job once more, watch, print the report")
      .description(
        "Submits a job that asks again what a job asked, by default request by request. Secrets of the endpoint were deleted when the job ended, so they are given again.",
      )
      .argument("<job>", "the job's id")
      .addOption(
        flag("--seed <text>", "same asks the same requests, new draws others; or a seed").default("same"),
      )
      .addOption(flag("--baseline <job>", "compare with this job: its id, or last:<tag>"))
      .addOption(flag("--name <text>", "what the report is called (default: as before)"))
      .addOption(flags("--tag <tag>", "its tags (default: as before; repeatable)", text))
      .addOption(choice("--visibility <who>", "who can find the page", Visibility.options))
      .optionsGroup("Endpoint:")
      .addOption(flag("--api-key-env <name>", "environment variable that holds the endpoint's key"))
      .addOption(flag("--basic-env <name>", "environment variable that holds user:password, for HTTP Basic"))
      .addOption(
        flags(
          "--header-env <header=name>",
          "a secret header and the environment variable that holds its value (repeatable)",
          headerVariable,
        ),
      )
      .addOption(flag("--cert-key <file>", "the key of the client certificate, PEM without a passphrase"))
      .optionsGroup("Output:")
      .addOption(fullFlag().conflicts(["json", "markdown"]))
      .addOption(new Option("--json", "print report.json").conflicts("markdown"))
      .option("--markdown", "print a summary to paste into an issue or a pull request"),
  );

const cancelCommand = () =>
  withService(
    new Command("cancel")
      .summary("cancel a job")
      .description("Stops a job's load at once. Levels that have ended are kept and reported.")
      .argument("<job>", "the job's id"),
  );

const reportCommand = () =>
  withService(
    new Command("report")
      .summary("print a job's report, as text, JSON or Markdown")
      .description("Prints a job's report.")
      .argument("<job>", "the job's id")
      .addOption(fullFlag().conflicts(["json", "markdown"]))
      .addOption(new Option("--json", "report.json as it is").conflicts("markdown"))
      .option("--markdown", "a summary to paste into an issue or a pull request"),
  );

const planCommand = () =>
  withService(
    new Command("plan")
      .summary("plan replicas, cost and energy for a target load, from a report")
      .description(
        "Says how many replicas of the measured endpoint serve a target load, with their GPUs, $ and kWh a month.",
      )
      .argument("<report>", "a job's id, or a report.json")
      .addOption(flag("--users <n>", "how many users are to be served at once", wholeNumber))
      .addOption(flag("--rate <n>", "or how many requests per second", decimal).conflicts("users"))
      .addOption(flag("--price <usd>", "price of a GPU hour (default: that of the report)", decimal))
      .addOption(
        flag("--prices <file>", 'or your own list of them as JSON: {"NVIDIA A40": 0.39}').conflicts("price"),
      )
      .option("--json", "print the plan as JSON"),
  );

const compareCommand = () =>
  withService(
    new Command("compare")
      .summary("say whether a job is better or worse than another")
      .description(
        "Compares the reports of two jobs at each load that both measured. Exits with 0 if the second is the same or better, 1 if worse, 3 if that cannot be told.",
      )
      .argument("<baseline>", "the id of the job to compare with")
      .argument("<job>", "the id of the job that is judged")
      .addOption(marginFlag())
      .addOption(new Option("--json", "the comparison as the API gives it").conflicts("markdown"))
      .option("--markdown", "the comparison to paste into an issue or a pull request")
      .addOption(junitFlag()),
  );

const trendCommand = () =>
  withService(
    new Command("trend")
      .summary("say since which job a figure is another, of the like jobs with a tag")
      .description(
        "Looks for steps in the figures of the newest jobs with a tag that are like the last of them: since which job, how much, and how sure.",
      )
      .argument("<tag>", "the tag that the jobs have")
      .addOption(
        flag(
          "--figure <name>",
          "one figure, such as ttftMs.p95 (default: those that decide a comparison)",
          oneOf(TRENDED),
        ),
      )
      .addOption(flag("--limit <n>", "the newest so many jobs, at most 60", wholeNumber).default(40))
      .option("--json", "the trend as the API gives it"),
  );

const verifyCommand = () =>
  withData(
    new Command("verify")
      .summary("make a job's report again from its records, and compare every byte")
      .description(
        "Makes a job's report again from its raw records, where they lie, and compares it byte by byte. It needs no service. Exits with 1 and names the object where a byte does not hold.",
      )
      .argument("<job>", "the job's id"),
  );

const deliveriesCommand = () =>
  withService(
    new Command("deliveries")
      .summary("list the tries at telling a job's webhook, or make one more")
      .description(
        "Lists every try at telling a job's webhook of its events. With --redeliver it makes one more and exits with 1 if that is not taken.",
      )
      .argument("<job>", "the job's id")
      .addOption(
        flag("--redeliver <event>", "tell the webhook of this event once more, by its number", wholeNumber),
      )
      .addOption(
        flag(
          "--secret-env <name>",
          "environment variable that holds a new secret of the webhook; the one before stays valid beside it",
        ),
      )
      .option("--json", "print the tries as JSON"),
  );

const mcpCommand = () =>
  withService(
    new Command("mcp")
      .summary("let a model plan, run, read and compare jobs (Model Context Protocol)")
      .description(
        "Speaks the Model Context Protocol on standard input and output, for a model's program to start. Its tools plan, run, read and compare jobs. No tool takes or answers a key.",
      )
      .addOption(
        flags(
          "--endpoint-key <host=name>",
          "send the key in this environment variable to endpoints at this host and port; may be repeated",
          text,
        ),
      ),
  );

const openCommand = () =>
  withService(
    new Command("open")
      .summary("serve a job's page until Ctrl-C")
      .description(
        "Prints the address of a job's page, and below it that of its comparison with a baseline, and serves them until Ctrl-C. If a service that stays runs already, the page is there, and the command ends.",
      )
      .argument("<job>", "the job's id"),
  );

const recordsCommand = () =>
  withService(
    new Command("records")
      .summary("print a job's raw records, a line of JSON for each request")
      .description(
        "Prints a line of JSON for each request of the levels that have ended, as jq reads it. Level, repeat and shard come first, then the record.",
      )
      .argument("<job>", "the job's id")
      .addOption(flag("--level <id>", "only this level, such as l01 or warmup"))
      .addOption(
        flag("--parquet <dir>", "write the Parquet files into this folder and print their paths instead"),
      ),
  );

const downloadsCommand = () =>
  withService(
    new Command("downloads")
      .summary("list or fetch the raw records and telemetry of a report")
      .description(
        "Lists the files that a job's report was made of: raw records (Parquet), the server's metrics as they were scraped, and agents' samples.",
      )
      .argument("<job>", "the job's id")
      .addOption(flag("--into <dir>", "fetch the files into this folder, and check the hash of each"))
      .addOption(new Option("--json", "print the list, with links that work for 15 min").conflicts("into")),
  );

const usageCommand = () =>
  withService(
    new Command("usage")
      .summary("print what jobs used by month: requests, tokens, dollars")
      .description(
        "Prints what the jobs that ended in each month (UTC) used: requests, output tokens, dollars.",
      )
      .addOption(flag("--months <n>", "the latest so many", wholeNumber).default(12))
      .option("--days", "each day too")
      .option("--json", "as JSON, with each day"),
  );

const schedulesCommand = () =>
  withService(
    new Command("schedules")
      .summary("list schedules; make or remove one")
      .description(
        "Lists the schedules of a service: when they are due, ran last and were missed. A schedule submits a job whenever it is due.",
      )
      .addOption(
        flag("--add <cron>", "make one that is due at these times: minute hour day month weekday").conflicts(
          "remove",
        ),
      )
      .addOption(flag("--time-zone <zone>", "whose clock is meant, such as Europe/Berlin (default: UTC)"))
      .addOption(flag("--job <file>", "the job that it submits, as JSON"))
      .addOption(flag("--name <text>", "what it is called (default: as its job)"))
      .addOption(flag("--remove <schedule>", "remove the one with this id; its jobs stay"))
      .option("--json", "print them as JSON"),
  );

const objectivesCommand = () =>
  new Command("objectives")
    .summary("list the objectives that --slo takes by name")
    .description(
      "Lists the objectives that --slo of bench and slo of a job take by name, and where each is from.",
    );

const doctorCommand = () =>
  new Command("doctor")
    .summary("say what this machine can do as a load generator")
    .description(
      "Says what this machine can do as a load generator: Node, the clock that times chunks, open files, cores, and the GPUs that an agent here can sample.",
    )
    .option("--json", "as JSON");

const serveCommand = () =>
  withData(
    new Command("serve")
      .summary("run the service on this machine")
      .description("Runs the service on this machine.")
      .addOption(portFlag())
      .addOption(
        flag(
          "--host <address>",
          "where the service listens; any address but loopback needs --public-url and a key, which the first start prints once",
        )
          .env("BRIMLINE_HOST")
          .default("127.0.0.1", "127.0.0.1"),
      )
      .addOption(flag("--public-url <url>", "where callers reach this service").env("BRIMLINE_PUBLIC_URL"))
      .addOption(
        flag(
          "--admin-key-env <name>",
          "environment variable that holds the key that callers must send (default: the service makes one where it needs one)",
        ),
      )
      .addOption(
        flag(
          "--rate-limit <n>",
          "requests a minute of each caller (default: 600 where a key is needed, otherwise any number)",
          wholeNumber,
        ),
      )
      .addOption(
        flag("--drain <s>", "how long to answer as not ready before the stop (default: not at all)", decimal),
      ),
  );

const manCommand = () =>
  new Command("man")
    .summary("print the manual page")
    .description("Prints the manual page for man: brimline man | man -l -");

const demoCommand = () =>
  withData(
    new Command("demo")
      .summary("run one job with a simulated endpoint and GPU")
      .description(
        "Runs the service and one job on this machine, with a simulated endpoint and a simulated GPU.",
      )
      .addOption(
        flag(
          "--levels <list>",
          "users of each level (default: a search with 10, 50 and 100 among its levels)",
          wholes,
        ),
      )
      .addOption(flag("--duration <s>", "how long each of these levels sends", wholeNumber).default(20))
      .addOption(portFlag())
      .option("--exit", "end after the report instead of serving its page until Ctrl-C"),
  );

/**
 * The agent is a program of its own and reads these flags again. A test checks that both know the same flags.
 */
const agentCommand = () =>
  new Command("agent")
    .summary("sample this machine's GPUs and send them to a service")
    .description(
      "Samples this host's GPUs ten times a second, its CPU twice, and an inference server's own metrics once, and sends the samples to a service.",
    )
    .addOption(flag("--server <url>", "the service").env("BRIMLINE_SERVER"))
    .addOption(
      flag(
        "--key-env <name>",
        "environment variable that holds the service's key; only the first start needs it, and no start on the service's own machine",
      ).default("BRIMLINE_KEY", "BRIMLINE_KEY"),
    )
    .addOption(
      flag("--spool <dir>", "where samples wait and the identity is kept")
        .env("BRIMLINE_SPOOL")
        .default("~/.local/state/brimline-agent", "~/.local/state/brimline-agent"),
    )
    .addOption(
      flag("--nvidia-smi <path>", "the program that reads the GPUs").default("nvidia-smi", "nvidia-smi"),
    )
    .addOption(
      flag("--gpus <list>", "only these GPUs, as nvidia-smi -i takes them: 0,1 or uuids (default: all)"),
    )
    .addOption(
      flag(
        "--metrics <url>",
        "also read the inference server's own metrics every second, such as http://127.0.0.1:8000/metrics",
      ),
    )
    .addOption(flag("--name <text>", "how the service shows this agent (default: the host's name)"))
    .option("--once", "sample for three seconds, upload and end: exit code 0 means that all is set up");

type FlagsOf<Define extends () => { opts(): unknown }> = ReturnType<ReturnType<Define>["opts"]>;
/** The flags of every command that talks to a service. */
export type ServiceFlags = FlagsOf<typeof cancelCommand>;
export type WatchFlags = FlagsOf<typeof watchCommand>;
export type RerunFlags = FlagsOf<typeof rerunCommand>;
export type DownloadsFlags = FlagsOf<typeof downloadsCommand>;
export type UsageFlags = FlagsOf<typeof usageCommand>;
export type SchedulesFlags = FlagsOf<typeof schedulesCommand>;
export type EditFlags = FlagsOf<typeof editCommand>;
export type JobsFlags = FlagsOf<typeof jobsCommand>;
export type ReportFlags = FlagsOf<typeof reportCommand>;
export type PlanFlags = FlagsOf<typeof planCommand>;
export type CompareFlags = FlagsOf<typeof compareCommand>;
export type TrendFlags = FlagsOf<typeof trendCommand>;
export type RecordsFlags = FlagsOf<typeof recordsCommand>;
export type DoctorFlags = FlagsOf<typeof doctorCommand>;
export type DeliveriesFlags = FlagsOf<typeof deliveriesCommand>;
export type McpFlags = FlagsOf<typeof mcpCommand>;
export type VerifyFlags = FlagsOf<typeof verifyCommand>;
export type ServeFlags = FlagsOf<typeof serveCommand>;
export type DemoFlags = FlagsOf<typeof demoCommand>;

/** A command's code is loaded when it runs, so help and completion do not load it. */
const does =
  <Args extends unknown[]>(load: () => Promise<{ run(...args: Args): Promise<number> }>) =>
  async (...args: Args): Promise<void> => {
    process.exitCode = await (await load()).run(...args);
  };

const commands = () => [
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
  openCommand().action(does(() => import("./commands/open.ts"))),
  deliveriesCommand().action(does(() => import("./commands/deliveries.ts"))),
  recordsCommand().action(does(() => import("./commands/records.ts"))),
  downloadsCommand().action(does(() => import("./commands/downloads.ts"))),
  schedulesCommand().action(does(() => import("./commands/schedules.ts"))),
  usageCommand().action(does(() => import("./commands/usage.ts"))),
  objectivesCommand().action(does(() => import("./commands/objectives.ts"))),
  doctorCommand().action(does(() => import("./commands/doctor.ts"))),
  serveCommand().action(does(() => import("./commands/serve.ts"))),
  demoCommand().action(does(() => import("./commands/demo.ts"))),
  manCommand().action(does(() => import("./commands/man.ts"))),
  mcpCommand().action(does(() => import("./commands/mcp.ts"))),
  agentCommand().action(does(() => import("./commands/agent.ts"))),
];

const MORE = `
brimline <command> --help says more. Exit codes: 0 done, 1 failed or an
objective missed, 2 wrong usage, 3 an objective that could not be judged.`;

const COMPLETION = `
Examples:
  source <(brimline completion bash)   in ~/.bashrc, after bash-completion
  source <(brimline completion zsh)    in ~/.zshrc, after compinit
  brimline completion fish | source    in ~/.config/fish/config.fish`;

export function createProgram(): Command {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  const program = new Command("brimline")
    .description("How many users can an LLM endpoint take, what does it cost, and can the number be trusted?")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print a command's help")
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({ outputError: (said, write) => write(errorLine(said)) })
    .addHelpText("after", MORE);
  for (const command of commands())
    program.addCommand(
      command
        .copyInheritedSettings(program)
        .showHelpAfterError(`brimline ${command.name()} --help lists what it takes.`),
    );
  program.showHelpAfterError("brimline --help lists the commands.");
  // The program is a PlainCommand with stricter types.
  tab(program as unknown as PlainCommand, { completionCommandName: "completion" });
  program.commands
    .find((command) => command.name() === "completion")
    ?.description("print a script that completes commands and flags in a shell")
    .addHelpText("after", COMPLETION);
  return program;
}

/** The library's two lines in one: "brimline: unknown option '--modle' (Did you mean --model?)". */
function errorLine(said: string): string {
  const line = said
    .trim()
    .replace(/^error: /, "")
    .replaceAll("\n", " ");
  return `brimline: ${line}\n`;
}
