import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// It starts a process, because koffi is loaded once in each.

const REFUSES_KOFFI = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "koffi") throw new Error("koffi was not installed");
      return next(specifier, context);
    },
  });
`)}`;
const TELL = `
  const { LOAD_TRANSPORT, WHY_NO_KERNEL } = await import(${JSON.stringify(import.meta.resolve("./load-transport.ts"))});
  console.log(LOAD_TRANSPORT + ": " + WHY_NO_KERNEL);
`;

test("where koffi was not installed, load goes over Node's own sockets", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import",
    REFUSES_KOFFI,
    "--input-type=module",
    "--eval",
    TELL,
  ]);
  expect(stdout.trim()).toBe("socket: koffi was not installed");
});
