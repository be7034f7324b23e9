import type { EndpointTraits, Question } from "../../dialect/dialect.ts";
import { dialectOf } from "../../dialect/dialects.ts";
import type { JobSpec } from "../spec/spec.ts";

/** The JSON body of one request. The caller's own fields come first and cannot replace the dialect's. */
export function requestBody(
  { prompt, images = [], outputTokens }: Pick<Question, "prompt" | "images" | "outputTokens">,
  { endpoint, workload }: JobSpec,
  traits: EndpointTraits,
): Record<string, unknown> {
  const { api, model, body } = endpoint;
  const question = { model, prompt, images, outputTokens, temperature: workload.temperature };
  return { ...body, ...dialectOf(api).body(question, traits) };
}
