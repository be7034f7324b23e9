import { manPage } from "../man.ts";
import { createProgram } from "../program.ts";

export async function run(): Promise<number> {
  process.stdout.write(manPage(createProgram()));
  return Promise.resolve(0);
}
