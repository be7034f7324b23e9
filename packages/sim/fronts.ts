import { azure } from "./kinds/azure.ts";
import { KINDS } from "./kinds.ts";
import type { Kind } from "./kinds/kind.ts";
import { reasoning } from "./kinds/reasoning.ts";

/** How an endpoint is reached, and what it speaks there. */
export interface Front {
  /** The path of its base URL. */
  base: string;
  /** By the path of the request. */
  kinds: Record<string, Kind>;
  /** The query parameter that every request must carry. Unless given, there is none. */
  query?: string;
}

/** Every kind that there is, as engines serve them. */
export const EVERYTHING: Front = { base: "/v1", kinds: KINDS };

/** The kind at this path alone, such as "/v1/messages". */
export const frontOf = (path: string): Front => ({
  base: "/v1",
  kinds: Object.fromEntries(Object.entries(KINDS).filter(([each]) => each === path)),
});

/** OpenAI's chat completions with a reasoning model behind them. */
export const OPENAI_REASONING: Front = { base: "/v1", kinds: { "/v1/chat/completions": reasoning } };

const DEPLOYMENT = "/openai/deployments/sim-azure";
/** A deployment of Azure OpenAI. */
export const AZURE: Front = {
  base: DEPLOYMENT,
  kinds: { [`${DEPLOYMENT}/chat/completions`]: azure },
  query: "api-version",
};
