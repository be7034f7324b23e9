// This program stands in for nvidia-smi in the agent's tests. The environment says what it offers and prints:
// SMI_FIELDS is JSON of each field's value as it is printed with units. SMI_ENDS_AFTER is the number of lines
// after which it ends with code 9. SMI_SAYS is a text that it prints instead of everything else. SMI_COUNTER
// is a file with a number. The field memory.used counts it up, so that each line is unique, also over
// restarts.
import { readFileSync, writeFileSync, writeSync } from "node:fs";

const fields = JSON.parse(process.env.SMI_FIELDS ?? "{}");
const asked = (process.argv.find((argument) => argument.startsWith("--query-gpu=")) ?? "")
  .slice("--query-gpu=".length)
  .split(",");
const units = !process.argv.some((argument) => argument.includes("nounits"));
const loop = process.argv.includes("-lms") ? Number(process.argv[process.argv.indexOf("-lms") + 1]) : null;
const counterFile = process.env.SMI_COUNTER;

if (process.env.SMI_SAYS !== undefined) end(process.env.SMI_SAYS, 9);
const unknown = asked.find((field) => !(field in fields));
if (unknown !== undefined) end(`Field "${unknown}" is not a valid field to query.\n\n`, 2);

let lines = 0;
if (loop === null) end(line(), 0);
print();
setInterval(print, loop);

function print() {
  if (counterFile !== undefined) writeFileSync(counterFile, String(counted() + 1));
  writeSync(1, line());
  lines += 1;
  if (lines === Number(process.env.SMI_ENDS_AFTER)) end("GPU is lost\n", 9);
}

function line() {
  const values = asked.map((field) =>
    field === "memory.used" && counterFile !== undefined ? `${counted()} MiB` : fields[field],
  );
  return `${values.map((value) => (units || value.startsWith("[") ? value : value.replace(/ .*/, ""))).join(", ")}\n`;
}

function counted() {
  try {
    return Number(readFileSync(counterFile, "utf8"));
  } catch {
    return 0;
  }
}

function end(text, code) {
  writeSync(1, text);
  process.exit(code);
}
