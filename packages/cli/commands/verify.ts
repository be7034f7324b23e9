import { verifyStored } from "@brimline/functions/local/verify";
import { CommandError, UsageError } from "../error.ts";
import type { VerifyFlags } from "../arguments/report.ts";

const WHY = {
  missing: "is missing",
  changed: "is not what was frozen",
  not_made_of_its_inputs: "is not what the raw records give",
};

export async function run(id: string, flags: VerifyFlags): Promise<number> {
  if (!/^[a-z0-9]{20}$/.test(id)) throw new UsageError(`"${id}" is no job's id`);
  const verified = await verifyStored(flags, id);
  if (verified === null)
    throw new CommandError(
      `${flags.store ?? flags.data} has no report of job ${id}: name the place with --data or --store`,
    );
  const { wrong, inputs, inputBytes, generator } = verified;
  for (const { key, why } of wrong) process.stdout.write(`${key} ${WHY[why]}\n`);
  if (wrong.length > 0) {
    process.stderr.write(`brimline: the report of job ${id} does not hold; ${generator} made it\n`);
    return 1;
  }
  process.stdout.write(
    `report.json is byte by byte what its inputs give:\n  ${inputs} objects, ${inputBytes.toLocaleString("en-US")} bytes; ${generator} made it\n`,
  );
  return 0;
}
