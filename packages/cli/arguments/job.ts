import { Command, Option } from "@commander-js/extra-typings";
import { JobState } from "@brimline/core/job/state/job";
import { Visibility } from "@brimline/core/job/spec/spec";
import { choice, flag, flags, fullFlag, withService, type FlagsOf } from "./options.ts";
import { headerVariable, oneOf, text, wholeNumber } from "./values.ts";

/**
 * The arguments of the commands about jobs. The flags, their types, the help and the completion of a command follow
 * from these. What it does is in `commands/`.
 */

export const watchCommand = () =>
  withService(
    new Command("watch")
      .summary("follow a job until it ends")
      .description("Follows a job until it ends, then prints its report. Ctrl-C stops watching, not the job.")
      .argument("<job>", "the job's id")
      .addOption(fullFlag()),
  );

export const jobsCommand = () =>
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

export const editCommand = () =>
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

export const deleteCommand = () =>
  withService(
    new Command("delete")
      .summary("delete jobs that have ended, with their reports, pages and records")
      .description(
        "Deletes jobs that have ended: report, page, records, events. Nothing brings them back. A job that runs must be cancelled first.",
      )
      .argument("<jobs...>", "the jobs' ids"),
  );

export const rerunCommand = () =>
  withService(
    new Command("rerun")
      .summary("run a job once more, watch, print the report")
      .description(
        "Submits a job that asks again what a job asked, by default request by request. Secrets of the endpoint were deleted when the job ended, so they are given again.",
      )
      .argument("<job>", "the job's id")
      .addOption(
        flag("--seed <text>", "same asks the same requests, new draws others; or a seed").default(
          "same",
          "same",
        ),
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

export const cancelCommand = () =>
  withService(
    new Command("cancel")
      .summary("cancel a job")
      .description("Stops a job's load at once. Levels that have ended are kept and reported.")
      .argument("<job>", "the job's id"),
  );

export const deliveriesCommand = () =>
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

export type WatchFlags = FlagsOf<typeof watchCommand>;
export type JobsFlags = FlagsOf<typeof jobsCommand>;
export type EditFlags = FlagsOf<typeof editCommand>;
export type RerunFlags = FlagsOf<typeof rerunCommand>;
export type ServiceFlags = FlagsOf<typeof cancelCommand>;
export type DeliveriesFlags = FlagsOf<typeof deliveriesCommand>;
