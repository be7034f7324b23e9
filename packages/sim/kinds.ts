import { chat } from "./kinds/chat.ts";
import { completions } from "./kinds/completions.ts";
import { embeddings } from "./kinds/embeddings.ts";
import { messages } from "./kinds/messages.ts";
import type { Kind } from "./kinds/kind.ts";
import { responses } from "./kinds/responses.ts";

/** Every kind of endpoint, by the path that it answers. */
export const KINDS: Record<string, Kind> = {
  "/v1/chat/completions": chat,
  "/v1/completions": completions,
  "/v1/responses": responses,
  "/v1/messages": messages,
  "/v1/embeddings": embeddings,
};
