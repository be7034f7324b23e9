import { Command, Option } from "@commander-js/extra-typings";
import { TRENDED } from "@brimline/core/trend/schema";
import { flag, fullFlag, junitFlag, marginFlag, withData, withService, type FlagsOf } from "./options.ts";
import { decimal, oneOf, wholeNumber } from "./values.ts";

/** The arguments of the commands about what was measured. */

export const reportCommand = () =>
  withService(
    new Command("report")
      .summary("print a job's report, as text, JSON or Markdown")
      .description("Prints a job's report.")
      .argument("<job>", "the job's id")
      .addOption(fullFlag().conflicts(["json", "markdown"]))
      .addOption(new Option("--json", "report.json as it is").conflicts("markdown"))
      .option("--markdown", "a summary to paste into an issue or a pull request"),
  );

export const planCommand = () =>
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

export const compareCommand = () =>
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
      .addOption(flag("--html <file>", "write the page of the comparison, with all it needs in one file"))
      .addOption(junitFlag()),
  );

export const trendCommand = () =>
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

export const verifyCommand = () =>
  withData(
    new Command("verify")
      .summary("make a job's report again from its records, and compare every byte")
      .description(
        "Makes a job's report again from its raw records, where they lie, and compares it byte by byte. It needs no service. Exits with 1 and names the object where a byte does not hold.",
      )
      .argument("<job>", "the job's id"),
  );

export const renderCommand = () =>
  withData(
    new Command("render")
      .summary("render the pages of reports again, as this version has them")
      .description(
        "Renders all files of reports and all lists again, where they lie, as the templates of this version have them. What was measured is read and never changed. It needs no service. Exits with 1 where this version cannot read a report, which stays as it is.",
      )
      .argument("[job...]", "the jobs' ids (default: all that have a report)")
      .addOption(
        flag(
          "--public-url <url>",
          "where callers reach the service (default: where the one of this folder listens)",
        ).env("BRIMLINE_PUBLIC_URL"),
      ),
  );

export const openCommand = () =>
  withService(
    new Command("open")
      .summary("serve a job's page until Ctrl-C")
      .description(
        "Prints the address of a job's page, and below it that of its comparison with a baseline, and serves them until Ctrl-C. If a service that stays runs already, the page is there, and the command ends.",
      )
      .argument("<job>", "the job's id"),
  );

export const recordsCommand = () =>
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

export const downloadsCommand = () =>
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

export type ReportFlags = FlagsOf<typeof reportCommand>;
export type PlanFlags = FlagsOf<typeof planCommand>;
export type CompareFlags = FlagsOf<typeof compareCommand>;
export type TrendFlags = FlagsOf<typeof trendCommand>;
export type VerifyFlags = FlagsOf<typeof verifyCommand>;
export type RenderFlags = FlagsOf<typeof renderCommand>;
export type RecordsFlags = FlagsOf<typeof recordsCommand>;
export type DownloadsFlags = FlagsOf<typeof downloadsCommand>;
