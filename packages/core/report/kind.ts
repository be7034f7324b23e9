import { DIALECTS } from "../dialect/dialects.ts";
import type { Report } from "./schema.ts";

type Asked = { job: Pick<Report["job"], "endpoint"> };

/** "OpenAI's chat completions (chat)". */
export const kindText = ({ job: { endpoint } }: Asked): string =>
  `${DIALECTS[endpoint.api].words.kind} (${endpoint.api})`;

/** Whether answers are streams of tokens. */
export const isStreamed = ({ job: { endpoint } }: Asked): boolean => DIALECTS[endpoint.api].streams;
