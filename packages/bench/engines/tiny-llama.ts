import { existsSync } from "node:fs";
import { join } from "node:path";
import { ENGINES, runOrThrow } from "./venv.ts";

/** The tiny Llama as a GGUF file of random weights, which is made where it is missing. */
export async function tinyLlamaGguf(python: string, name: string): Promise<string> {
  const model = join(ENGINES, name);
  const file = `${model}.gguf`;
  if (!existsSync(join(model, "tokenizer_config.json")))
    await runOrThrow(python, [join(import.meta.dirname, "make-model.py"), model]);
  if (!existsSync(file)) await runOrThrow(python, [join(import.meta.dirname, "make-gguf.py"), model, file]);
  return file;
}
