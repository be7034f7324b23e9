import { chat } from "@brimline/core/dialect/chat";
import { type Ask, REQUEST_LIMITS } from "@brimline/load/request/request";

/** A request for one chat completion of a token, asked now, whose failures say what was said. */
export const chatAsk = (more: Partial<Ask> = {}): Ask => ({
  index: 0,
  user: 0,
  t0Ms: performance.now(),
  dueMs: 0,
  dialect: chat,
  path: "/v1/chat/completions",
  headers: {},
  body: "{}",
  outputTokens: 1,
  limits: REQUEST_LIMITS,
  explain: (_kind, text) => text,
  ...more,
});
