import { Command } from "@commander-js/extra-typings";
import { flag, type FlagsOf } from "./options.ts";

/** The arguments of the commands that need no service. */

export const doctorCommand = () =>
  new Command("doctor")
    .summary("say what this machine can do as a load generator")
    .description(
      "Says what this machine can do as a load generator: Node, the clock that times chunks, open files, cores, and the GPUs that an agent here can sample.",
    )
    .option("--json", "as JSON");

export const objectivesCommand = () =>
  new Command("objectives")
    .summary("list the objectives that --slo takes by name")
    .description(
      "Lists the objectives that --slo of bench and slo of a job take by name, and where each is from.",
    );

export const manCommand = () =>
  new Command("man")
    .summary("print the manual page")
    .description("Prints the manual page for man: brimline man | man -l -");

/**
 * The agent is a program of its own and reads these flags again. A test checks that both know the same flags.
 */
export const agentCommand = () =>
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

export type DoctorFlags = FlagsOf<typeof doctorCommand>;
