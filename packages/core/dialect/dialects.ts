import { z } from "zod";
import { chat } from "./chat.ts";
import { completions } from "./completions.ts";
import type { Dialect } from "./dialect.ts";
import { embeddings } from "./embeddings.ts";
import { messages } from "./messages.ts";
import { responses } from "./responses.ts";

/** Every dialect, by the `endpoint.api` that a job names. */
export const DIALECTS = { chat, completions, responses, messages, embeddings } satisfies Record<
  string,
  Dialect
>;

export const Api = z.enum(Object.keys(DIALECTS) as (keyof typeof DIALECTS)[]);
export type Api = z.infer<typeof Api>;
