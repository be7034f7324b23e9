import { z } from "zod";
import { chat } from "./chat.ts";
import { completions } from "./completions.ts";
import type { Dialect } from "./dialect.ts";
import { embeddings } from "./embeddings.ts";
import { messages } from "./messages.ts";
import { responses } from "./responses.ts";

/** Every dialect, by its kind of endpoint. */
export const DIALECTS = { chat, completions, responses, messages, embeddings } satisfies Record<
  string,
  Dialect
>;

export const Api = z.enum(Object.keys(DIALECTS) as (keyof typeof DIALECTS)[]);
export type Api = z.infer<typeof Api>;

/** What a job says of the kind (`endpoint.api`). `auto` leaves it to the end of its URL, and then to preflight. */
export const ApiChoice = z.enum([...Api.options, "auto"]);
export type ApiChoice = z.infer<typeof ApiChoice>;

/** The kind that is asked. `auto` is chat until preflight has found another. */
export const apiOf = (choice: ApiChoice): Api => (choice === "auto" ? "chat" : choice);
export const dialectOf = (choice: ApiChoice): Dialect => DIALECTS[apiOf(choice)];
