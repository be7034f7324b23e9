import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/**
 * The manual page of the program in roff's man macros (man(7)), made of the same definitions as its help: each command
 * with its usage, what it does and its flags.
 */
export function manPage(program: CommandUnknownOpts): string {
  const version = program.version() ?? "";
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== "help");
  const flagsOf = (command: CommandUnknownOpts): string[] =>
    help
      .visibleOptions(command)
      .flatMap((option) =>
        option.long === "--help"
          ? []
          : [".TP", `.B ${escaped(option.flags)}`, ...paragraph(help.optionDescription(option))],
      );
  const sections = commands.flatMap((command) => [
    `.SS ${escaped(command.name())}`,
    `.B ${escaped(help.commandUsage(command))}`,
    ".PP",
    ...paragraph(command.description()),
    ...flagsOf(command),
  ]);
  const variables = new Map(
    commands
      .flatMap((command) => help.visibleOptions(command))
      .flatMap((option): [string, Option][] =>
        option.envVar === undefined ? [] : [[option.envVar, option]],
      ),
  );
  return `${[
    `.TH BRIMLINE 1 "" "brimline ${escaped(version)}" "User Commands"`,
    ".SH NAME",
    "brimline \\- benchmark LLM inference endpoints",
    ".SH SYNOPSIS",
    ".B brimline",
    "\\fIcommand\\fR [\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    ...paragraph(program.description()),
    ".SH COMMANDS",
    ...sections,
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([code, meaning]) => [".TP", `.B ${code}`, ...paragraph(meaning)]),
    ".SH ENVIRONMENT",
    ...variables
      .entries()
      .flatMap(([name, option]) => [".TP", `.B ${name}`, ...paragraph(`as ${option.long ?? name}`)]),
  ].join("\n")}\n`;
}

const EXIT_STATUS: [number, string][] = [
  [0, "done"],
  [1, "failed, or an objective was missed"],
  [2, "wrong usage"],
  [3, "an objective or a comparison could not be judged"],
];

/**
 * A line of text in ASCII, which every roff reads. It would take a backslash anywhere, and a dot or an apostrophe at the
 * beginning, for its own.
 */
function escaped(text: string): string {
  const plain = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/[^ -~]/gu, unicode);
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

const paragraph = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => escaped(line.trim()));

const unicode = (character: string): string =>
  `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`;
