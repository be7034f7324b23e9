import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { manPage } from "../man.ts";

/** The page is of the program that this command is part of. */
export async function run(_flags: object, command: CommandUnknownOpts): Promise<number> {
  process.stdout.write(manPage(command.parent ?? command));
  return Promise.resolve(0);
}
