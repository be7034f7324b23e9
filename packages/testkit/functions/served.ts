import { listen } from "@brimline/functions/local/listen";
import { onTestFinished } from "vitest";
import type { Testbed } from "./testbed.ts";

/** Answers for a testbed on loopback until the test ends, and gives its URL. */
export async function served({ app }: Testbed): Promise<string> {
  const listener = await listen("127.0.0.1", 0);
  onTestFinished(() => listener.close());
  listener.answer(app.fetch);
  return `http://127.0.0.1:${listener.port}`;
}
