import { type Api, DIALECTS } from "@brimline/core/dialect/dialects";
import type { Asked } from "./asked.ts";
import { speaksOfFields, speaksOfKind, speaksOfModel } from "./wordings.ts";

/** The path of a wrong base URL may be that of any program, so that kinds are tried below a version alone. */
export const isVersioned = ({ pathname }: URL): boolean => /\/v\d+\w*(\/|$)/.test(pathname);

/**
 * The kind to ask in place of one that the endpoint does not speak: the one that it names, or else the next. It is
 * null where the refusal is about something else, or no kind is left.
 */
export function otherApi(status: number | null, text: string, asked: Asked): Api | null {
  const isAbsent = status === 404 || status === 405 || status === 501;
  const isOther =
    (isAbsent && !speaksOfModel(text, asked)) ||
    ((isAbsent || status === 400) && speaksOfKind(text) && !speaksOfFields(text));
  if (!isOther || !isVersioned(asked.url)) return null;
  return asked.otherApis.find((api) => isNamed(api, text)) ?? asked.otherApis[0] ?? null;
}

/** OpenAI names the path that its model is served at. llama.cpp names the flag that it was started with. */
const isNamed = (api: Api, text: string): boolean =>
  text.includes(`v1/${DIALECTS[api].path}`) || (api === "embeddings" && text.includes("--embedding"));
