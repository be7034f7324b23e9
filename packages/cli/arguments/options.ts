import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { decimal, oneOf, port, type Reader, text } from "./values.ts";

type Flag<Usage extends string, T> = Option<Usage, undefined, undefined, T>;

/** A flag that takes a value. The value is text, or what `read` makes of it. */
export function flag<Usage extends string>(usage: Usage, about: string): Flag<Usage, string>;
export function flag<Usage extends string, T>(usage: Usage, about: string, read: Reader<T>): Flag<Usage, T>;
export function flag<Usage extends string>(
  usage: Usage,
  about: string,
  read: Reader<unknown> = text,
): Flag<Usage, unknown> {
  const option = new Option(usage, about);
  return option.argParser((value: string): unknown => read(option.long ?? usage, value));
}

/** A flag that may be given several times. Its value lists what `read` makes of each. */
export function flags<Usage extends string, T>(
  usage: Usage,
  about: string,
  read: Reader<T>,
): Option<Usage, undefined, undefined, T[]> {
  const option: Option<Usage> = new Option(usage, about);
  return option.argParser((value: string, before: T[] | undefined): T[] => [
    ...(before ?? []),
    read(option.long ?? usage, value),
  ]);
}

/** A flag that takes one of a few words. Its help and the shell's completion list the words. */
export function choice<Usage extends string, const Word extends string>(
  usage: Usage,
  about: string,
  words: readonly Word[],
): Flag<Usage, Word> {
  const option = flag(usage, about, oneOf(words));
  option.argChoices = [...words];
  return option;
}

/** The flag for all tables of a print. */
export const fullFlag = () =>
  new Option("--full", "print every figure, and not the answer and its levels alone");

/** The flags of a comparison with a baseline. */
export const marginFlag = () =>
  flag("--margin <percent>", "a smaller change than this does not matter (default: 3)", decimal);
export const junitFlag = () =>
  flag("--junit <file>", "also write the comparison as JUnit's XML, for a build to read");

/** The flag for the port on which the local service listens. */
export const portFlag = () =>
  flag("--port <n>", "where the service listens; 0 picks a free port", port)
    .env("BRIMLINE_PORT")
    .default(4870);

/** The flags for the place where the local service keeps its objects. */
export const withData = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) =>
  command
    .addOption(
      flag("--data <dir>", "data folder of the local service")
        .env("BRIMLINE_DATA")
        .default("./data", "./data"),
    )
    .addOption(
      flag(
        "--store <s3 url>",
        "keep objects in s3://bucket[/prefix] instead, with credentials and region as AWS's tools find them",
      ).env("BRIMLINE_STORE"),
    )
    .addOption(
      flag("--store-endpoint <url>", "a server other than AWS that speaks S3").env("BRIMLINE_STORE_ENDPOINT"),
    );

/** The flags that say which service a command talks to. */
export const withService = <Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) =>
  withData(
    command
      .optionsGroup("Service:")
      .addOption(
        flag(
          "--server <url>",
          "the service to use (default: the one that runs on this machine, or one started for this command)",
        ).env("BRIMLINE_SERVER"),
      )
      .addOption(
        flag("--key-env <name>", "environment variable that holds the service's key").default(
          "BRIMLINE_KEY",
          "BRIMLINE_KEY",
        ),
      ),
  );

/** The values of a command's flags, as its code takes them. */
export type FlagsOf<Define extends () => { opts(): unknown }> = ReturnType<ReturnType<Define>["opts"]>;
