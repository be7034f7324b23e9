import { type Dialect, NOTHING, type Reading } from "./dialect.ts";
import { errorIn, isJson, jsonOf, listOf } from "./json.ts";
import { countedOf } from "./usage.ts";

/**
 * OpenAI's embeddings, which vLLM, llama.cpp, TEI and Infinity speak too. The answer is one JSON with a vector.
 * https://platform.openai.com/docs/api-reference/embeddings
 */
export const embeddings: Dialect = {
  path: "embeddings",
  headers: {},
  keyHeader: "authorization",
  streams: false,
  takesImages: false,
  unread: { ofAnswers: [], ofEvents: [] },
  reservedFields: ["model", "input"],
  options: [],
  lengthOption: null,
  body: ({ model, prompt }) => ({ model, input: prompt }),
  read,
  isWhole: () => false,
  words: {
    kind: "OpenAI's embeddings",
    request: "request for embeddings",
    server: "server that speaks OpenAI's embeddings",
    end: "a vector",
    outputs: "vector",
  },
};

function read(data: string): Reading | null {
  const answer = jsonOf(data);
  if (answer === null) return null;
  const error = errorIn([answer], data, "");
  if (error !== null) return { ...NOTHING, error };
  const output = listOf(answer["data"]).some(({ embedding }) => isVector(embedding));
  const { usage, isFlawed } = countedIn(answer["usage"] ?? undefined);
  return { ...NOTHING, output, visible: output, usage, isUsageFlawed: isFlawed, done: output };
}

/** A list of numbers, or their bytes in base64 where the job's own fields ask for that. */
const isVector = (embedding: unknown): boolean =>
  (Array.isArray(embedding) || typeof embedding === "string") && embedding.length > 0;

function countedIn(usage: unknown): ReturnType<typeof countedOf> {
  if (!isJson(usage)) return { usage: null, isFlawed: usage !== undefined };
  return countedOf({
    input: usage["prompt_tokens"],
    output: null,
    reasoning: null,
    cached: null,
    total: usage["total_tokens"],
  });
}
