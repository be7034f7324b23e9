import { expect, test } from "vitest";
import { requestBody } from "./request-body.ts";
import { JobSpec } from "../spec/spec.ts";

const specWith = (body: Record<string, string>): JobSpec =>
  JobSpec.parse({ endpoint: { url: "http://h/v1", model: "llama", body }, levels: [1] });

test("the body of a request carries the caller's own fields before the dialect's", () => {
  const body = requestBody({ prompt: "hi", outputTokens: 16 }, specWith({ user: "me" }), { without: [] });
  expect(Object.keys(body).slice(0, 2)).toEqual(["user", "model"]);
  expect(body).toMatchObject({ user: "me", model: "llama" });
});
