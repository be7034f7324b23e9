import { ApiChoice } from "@brimline/core/dialect/dialects";
import { Visibility } from "@brimline/core/job/spec/spec";
import { ArrivalName } from "@brimline/core/load/arrivals";
import { Command } from "@commander-js/extra-typings";
import {
  choice,
  flag,
  flags,
  type FlagsOf,
  fullFlag,
  junitFlag,
  marginFlag,
  withService,
} from "./options.ts";
import {
  decimal,
  decimals,
  duration,
  headerVariable,
  images,
  length,
  percent,
  slo,
  text,
  wholeNumber,
  wholes,
  zero,
} from "./values.ts";

const ABOUT = `Finds how many users an LLM endpoint can serve. Without a URL it looks for vLLM, SGLang,
llama.cpp, Ollama and LM Studio on their usual loopback ports; without a model it takes the only one that
/v1/models lists. Ctrl-C ends the job and reports what is known by then.`;

const EXAMPLES = `
Examples:
  npx brimline bench http://127.0.0.1:8000/v1
  npx brimline bench --slo ttft=500,tpot=50 --within 10m
  npx brimline bench http://127.0.0.1:8000/v1 --model my-model --levels 1,8,32
  npx brimline bench --rates --slo chat
  npx brimline bench --rates 1,2,4 --arrival constant --duration 60
  npx brimline bench --slo ttft=500,tpot=50 --assert-slo --json > report.json
  npx brimline bench --levels 1,8,32 --precision 3% --within 15m
  npx brimline bench --levels 1,8,32 --tag main --baseline last:main
  npx brimline bench --job job.json --levels 16 --dry-run`;

/** What is asked, and of whom. */
const asking = () =>
  new Command("bench")
    .summary("benchmark an endpoint: submit, watch, print the report")
    .description(ABOUT.replaceAll("\n", " "))
    .argument("[url]", "the endpoint's base URL, such as http://127.0.0.1:8000/v1")

    .optionsGroup("Endpoint:")
    .addOption(flag("--model <name>", "the model, as the endpoint calls it"))
    .addOption(
      choice(
        "--api <kind>",
        "kind of its API (default: auto, which takes it from the URL's end or finds it out)",
        ApiChoice.options,
      ),
    )
    .addOption(flag("--api-key-env <name>", "environment variable that holds the endpoint's key"))
    .addOption(
      flag(
        "--api-key-header <name>",
        "header for the key, such as api-key (default: authorization, as a bearer token)",
      ),
    )
    .addOption(flag("--basic-env <name>", "environment variable that holds user:password, for HTTP Basic"))
    .addOption(
      flags(
        "--header-env <header=name>",
        "another header and the environment variable that holds its secret value: x-api-key=MY_KEY (repeatable)",
        headerVariable,
      ),
    )
    .addOption(flag("--ca <file>", "the authority to trust in place of the usual ones, PEM"))
    .addOption(flag("--cert <file>", "the client certificate to show to the endpoint, PEM"))
    .addOption(flag("--cert-key <file>", "its key, PEM without a passphrase"))
    .addOption(
      flag(
        "--metrics <url>",
        "where the server's own metrics are (default: /metrics of the endpoint's origin)",
      ),
    )
    .option("--no-metrics", "do not ask for the server's own metrics")
    .addOption(
      flag(
        "--wait [time]",
        "wait until the endpoint is up, for at most this long: 90s, 1h (alone: 10m)",
        duration,
      ),
    )

    .optionsGroup("Load:")
    .addOption(flag("--levels <list>", "users of each level, in order (default: --search)", wholes))
    .addOption(
      flag(
        "--rates [list]",
        "or requests per second of each level, whatever is in flight: 1,2.5,4; without a list, search for the highest rate",
        decimals,
      ),
    )
    .addOption(
      choice("--arrival <how>", "how requests arrive at a rate (default: poisson)", ArrivalName.options),
    )
    .addOption(flag("--burstiness <n>", "of gamma arrivals: below 1 requests come in bursts", decimal))
    .addOption(flag("--sweep <max>", "or 1, 2, 4 … max users", wholeNumber))
    .addOption(
      flag(
        "--search [max]",
        "the default: look for the most users (or with --rates requests per second) that meet the objectives of --slo; without any, for the number from which more users bring little, or the highest rate that is sustained; try no more than max",
        decimal,
      ),
    )
    .addOption(
      flag(
        "--within <time>",
        "the time that the levels of a search may take (default: 5m), or with --precision each level (default: 10m): 10m, 90s",
        duration,
      ),
    )
    .addOption(
      flag("--duration <s>", "how long a level sends (default: from the warm-up, 30 to 180 s)", decimal),
    )
    .addOption(flag("--requests <n>", "or how many requests a level sends", wholeNumber))
    .addOption(
      flag(
        "--input-tokens <n>",
        "length of each prompt (default: 256), or 100-400, normal:256,64, lognormal:256,128 (mean, stdev[, min, max])",
        length,
      ),
    )
    .addOption(flag("--output-tokens <n>", "length of each answer, written likewise (default: 128)", length))
    .addOption(flag("--temperature <n>", "how freely tokens are chosen (default: 0)", decimal))
    .addOption(
      flag("--images <list>", "images beside each prompt, count x width x height: 2x512x512", images),
    )
    .addOption(flag("--prompts <file>", 'own prompts: JSON Lines, each a string or {"prompt": "…"}'))
    .option("--no-salt", "send prompts without random digits before them, so that a prefix cache can help")
    .addOption(flag("--warmup <0>", "0 leaves the warm-up out", zero))
    .addOption(flag("--ramp <s>", "how long the users of a level take to start", decimal))
    .addOption(flag("--idle <s>", "idle time before the load", decimal))
    .addOption(flag("--repeats <n>", "runs of each level (default: 1)", wholeNumber))
    .addOption(
      flag(
        "--precision <percent>",
        "run each level in parts until its throughput and the medians of TTFT and E2E are this sure (half their 95 % intervals): 3%",
        percent,
      ),
    );

type Asked = ReturnType<ReturnType<typeof asking>["opts"]>;
/** One object in place of a chain, whose type would be too deep for TypeScript with what follows. */
type Flat = { [Name in keyof Asked]: Asked[Name] };

/** The command `brimline bench`. For a flag that is not given the job file decides, then the service. */
export const benchCommand = () =>
  withService(
    (asking() as Command<[string | undefined], Flat>)
      .optionsGroup("What it is judged by:")
      .addOption(
        flag(
          "--slo <objective>",
          "in ms: ttft=500,tpot=50 (also e2e=…, percentile=95); or by name: chat, interactive, summarise … (see `brimline objectives`)",
          slo,
        ),
      )
      .option(
        "--assert-slo",
        "judge the job by the objectives at its highest load: exit with 0 if met, 1 if missed, 3 if that cannot be told",
      )
      .addOption(
        flag(
          "--baseline <job>",
          "ask what this job asked and compare with it: its id, or last:<tag> for the newest like job; exits with 1 if worse, 3 if that cannot be told",
        ),
      )
      .addOption(marginFlag())
      .addOption(flag("--model-config <file>", "the model's Hugging Face config.json, for MFU"))
      .addOption(flag("--price <usd>", "price of a GPU hour, for the cost per million tokens", decimal))
      .addOption(
        flag(
          "--prices <file>",
          'or your own list of them as JSON, by the names that drivers give: {"NVIDIA A40": 0.39}',
        ),
      )

      .optionsGroup("Job and output:")
      .addOption(flag("--job <file>", "a whole job as JSON, which flags override"))
      .addOption(junitFlag())
      .addOption(flags("--tag <text>", "a tag of the job, such as for last:<tag> (repeatable)", text))
      .addOption(flag("--name <text>", "what the report is called"))
      .addOption(choice("--visibility <who>", "who can find the page", Visibility.options))
      .option("--no-agent", "do not sample this machine's GPUs")
      .addOption(fullFlag())
      .option("--json", "print report.json, or the plan of a dry run")
      .option(
        "--dry-run",
        "print the plan with its requests, tokens and time, and send no load; of a service that --server names also the proof that it wants of the endpoint",
      ),
  ).addHelpText("after", EXAMPLES);

export type BenchFlags = FlagsOf<typeof benchCommand>;
