import { ArrivalName } from "@brimline/core/load/arrivals";
import { printed } from "@brimline/testkit/cli/printed";
import { BIN, runBrimline, type Ran } from "@brimline/testkit/cli/run";
import { describe, expect, test } from "vitest";
import { runProgram } from "./program.ts";

/** Runs the program in this process, but for the agent, which is a program of its own. */
const brimline = (args: string[]): Promise<Ran> =>
  args[0] === "agent" ? runBrimline(args) : printed(Promise.resolve(args).then(runProgram));

const AT = "http://me:s3cret@127.0.0.1:9";
const PASSWORDS: [string, string[], number][] = [
  ["a service's URL", ["watch", "x", "--server", AT], 2],
  ["the agent's service", ["agent", "--server", AT], 2],
  ["a public URL", ["serve", "--port", "0", "--public-url", AT], 1],
  ["a store's URL", ["serve", "--port", "0", "--store", "s3://bucket", "--store-endpoint", AT], 1],
];

describe("the command line says what is wrong with it", () => {
  test.each<[string, string[], number, RegExp]>([
    ["no command prints the help", [], 2, /Usage: brimline \[options\] \[command\]/],
    [
      "an unknown command",
      ["bnech"],
      2,
      /^brimline: unknown command 'bnech' \(Did you mean bench\?\)\nbrimline --help lists the commands\.\n$/,
    ],
    [
      "an unknown flag",
      ["bench", "http://127.0.0.1:1/v1", "--modle", "m"],
      2,
      /^brimline: unknown option '--modle' \(Did you mean --model\?\)\nbrimline bench --help lists what it takes\.\n$/,
    ],
    [
      "an unknown flag of the agent",
      ["agent", "--sevrer", "http://127.0.0.1:9"],
      2,
      /^brimline: unknown option '--sevrer' \(Did you mean --server\?\)\nbrimline agent --help lists what it takes\.\n$/,
    ],
    [
      "a missing value",
      ["bench", "--model"],
      2,
      /^brimline: option '--model <name>' argument missing\nbrimline bench --help lists what it takes\.\n$/,
    ],
    [
      "a flag where a value should be",
      ["bench", "--model", "--levels", "1"],
      2,
      /^brimline: --model needs a value, and "--levels" is a flag\n$/,
    ],
    ["two URLs", ["bench", "http://a/v1", "http://b/v1"], 2, /^brimline: too many arguments for 'bench'/],
    [
      "two formats",
      ["report", "x", "--json", "--markdown"],
      2,
      /'--json' cannot be used with .*'--markdown'/,
    ],
    [
      "a level that is no number",
      ["bench", "http://127.0.0.1:1/v1", "--model", "m", "--levels", "ten"],
      2,
      /--levels takes a whole number, not "ten"/,
    ],
    [
      "a key that is not set",
      ["bench", "http://127.0.0.1:1/v1", "--model", "m", "--api-key-env", "NOT_SET_HERE"],
      2,
      /NOT_SET_HERE is not set/,
    ],
    [
      "a job file that is missing",
      ["bench", "--job", "/nowhere.json"],
      2,
      /cannot read \/nowhere.json \(ENOENT\)/,
    ],
    [
      "a store that is no bucket",
      ["serve", "--port", "0", "--store", "bucket"],
      1,
      /a store is named as s3:\/\/bucket/,
    ],
    [
      "watch without a job",
      ["watch"],
      2,
      /^brimline: missing required argument 'job'\nbrimline watch --help lists what it takes\.\n$/,
    ],
    [
      "a service that is not there",
      ["watch", "x", "--server", "http://127.0.0.1:9"],
      1,
      /no Brimline service answers at http:\/\/127.0.0.1:9/,
    ],
    ...PASSWORDS.map(([where, args, code]): [string, string[], number, RegExp] => [
      `a password in ${where}`,
      args,
      code,
      /without a user name or password|must not hold a user name or password/,
    ]),
    [
      "an endpoint whose URL has a password, at a port that is refused",
      ["bench", `${AT}/v1`, "--model", "m", "--dry-run"],
      2,
      /\/endpoint\/url: ports below 1024/,
    ],
    ["the same without a model", ["bench", `${AT}/v1`], 2, /\/endpoint\/url: ports below 1024/],
    [
      "an endpoint that is not there, without a model",
      ["bench", "me:s3cret@127.0.0.1:1/v1"],
      2,
      /the endpoint's URL must be the full base URL/,
    ],
    [
      "a user name and password that are not set",
      ["bench", "http://127.0.0.1:1/v1", "--basic-env", "NOT_SET_HERE"],
      2,
      /NOT_SET_HERE is not set/,
    ],
    [
      "a header whose variable is not set",
      ["bench", "http://127.0.0.1:1/v1", "--header-env", "x-api-key=NOT_SET_HERE"],
      2,
      /NOT_SET_HERE is not set/,
    ],
    [
      "an authority that is no PEM",
      ["bench", "https://127.0.0.1:8443/v1", "--ca", BIN, "--dry-run", "--model", "m"],
      2,
      /\/endpoint\/tls\/ca: must be PEM/,
    ],
  ])("%s", async (_, args, code, message) => {
    const ran = await brimline(args);
    expect(ran.out + ran.err).not.toContain("s3cret");
    expect(ran.out + ran.err).toMatch(message);
    expect(ran.code).toBe(code);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });
  test("help bench says what bench --help does", async () =>
    expect(await brimline(["help", "bench"])).toEqual(await brimline(["bench", "--help"])));
  test("agent --help says how", async () => {
    const ran = await brimline(["agent", "--help"]);
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/^Usage: brimline agent \[options\]/)]);
  });
});

describe.concurrent("the program says what it is", () => {
  test("by version", async () =>
    expect(await runBrimline(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" }));

  test.each(["bash", "zsh", "fish"])("and completes itself in %s", async (shell) => {
    const ran = await runBrimline(["completion", shell]);
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining("brimline complete --")]);
  });
  test.each([
    ["commands", ["be"], ["bench"], /^bench\tbenchmark an endpoint: /m],
    ["flags", ["bench", "--api-key"], ["--api-key-env", "--api-key-header"], /^--api-key-env\tenvironment /m],
    ["the words that a flag takes", ["bench", "--arrival", ""], ArrivalName.options, /^poisson\t/m],
  ])("completes %s, and says what they are", async (_, typed, words, line) => {
    const ran = await runBrimline(["complete", "--", ...typed]);
    const offered = ran.out.split("\n").filter((offer) => offer.includes("\t"));
    expect(new Set(offered.map((offer) => offer.split("\t")[0]))).toEqual(new Set(words));
    expect(ran.out).toMatch(line);
  });
});
