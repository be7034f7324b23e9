import { expect, test } from "vitest";
import { ProblemCode } from "../../codes.ts";
import { problemOf } from "./problem.ts";

test("only an internal fault is called the service's", () =>
  expect(ProblemCode.options.filter((code) => /service failed/.test(problemOf(code).title))).toEqual([
    "internal",
  ]));

test("a refused address keeps its error's words under a title of its own", () =>
  expect(problemOf("address_refused", "it leads to a private network")).toEqual({
    code: "address_refused",
    title: "The address is refused",
    detail: "it leads to a private network",
  }));

test("a cancel says the same whatever its error said", () =>
  expect(problemOf("cancelled", "stopped")).toEqual(problemOf("cancelled")));
