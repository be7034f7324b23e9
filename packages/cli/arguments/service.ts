import { Command } from "@commander-js/extra-typings";
import { flag, flags, portFlag, withData, withService, type FlagsOf } from "./options.ts";
import { decimal, oneOf, text, wholeNumber, wholes } from "./values.ts";

/** The arguments of the commands that run a service or ask about it. */

export const serveCommand = () =>
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

export const schedulesCommand = () =>
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

export const keysCommand = () =>
  withService(
    new Command("keys")
      .summary("list the keys of a service; make or revoke one")
      .description(
        "Lists the keys of a service that needs one: what they may do, until when, and when they were used last. It needs the admin key.",
      )
      .addOption(flag("--add <name>", "make one, and print it; it is shown only then").conflicts("revoke"))
      .addOption(
        flags(
          "--scope <scope>",
          "what it may do: submit, read, admin; give it several times (default: submit and read)",
          oneOf(["submit", "read", "admin"]),
        ),
      )
      .addOption(flag("--expires <time>", "90d, a date, or a time with its zone (default: never)"))
      .addOption(flag("--caller <id>", "make it for the caller of an earlier key, to replace that one"))
      .addOption(flag("--open-jobs <n>", "jobs that its caller may have open; 0 for any number", wholeNumber))
      .addOption(flag("--requests-per-day <n>", "requests of its caller's jobs in a day (UTC)", wholeNumber))
      .addOption(flag("--tokens-per-day <n>", "their output tokens in a day", wholeNumber))
      .addOption(flag("--usd-per-day <n>", "their dollars in a day, by the prices that they state", decimal))
      .addOption(flag("--revoke <key>", "revoke the one with this id; once more removes it from the list"))
      .option("--json", "print them as JSON"),
  );

export const usageCommand = () =>
  withService(
    new Command("usage")
      .summary("print what jobs used by month, and what limits leave")
      .description(
        "Prints what the jobs that ended in each month (UTC) used: requests, output tokens, dollars. With a key that has limits it says what they leave of this day.",
      )
      .addOption(flag("--months <n>", "the latest so many", wholeNumber).default(12))
      .option("--days", "each day too")
      .option("--json", "as JSON, with each day"),
  );

export const mcpCommand = () =>
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

export const demoCommand = () =>
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

export type ServeFlags = FlagsOf<typeof serveCommand>;
export type SchedulesFlags = FlagsOf<typeof schedulesCommand>;
export type KeysFlags = FlagsOf<typeof keysCommand>;
export type UsageFlags = FlagsOf<typeof usageCommand>;
export type McpFlags = FlagsOf<typeof mcpCommand>;
export type DemoFlags = FlagsOf<typeof demoCommand>;
