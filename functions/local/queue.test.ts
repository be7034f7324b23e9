import { describe, expect, test } from "vitest";
import { createQueue } from "./queue.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the queue", () => {
  test("runs one job at a time, in the order in which they were added, each once", async () => {
    const began: string[] = [];
    const ends: (() => void)[] = [];
    const queue = createQueue((id) => {
      began.push(id);
      return new Promise((resolve) => ends.push(() => resolve(true)));
    });
    for (const id of ["a", "b", "a", "c", "b"]) queue.add(id);
    expect(began).toEqual(["a"]);
    for (const expected of [
      ["a", "b"],
      ["a", "b", "c"],
    ]) {
      ends.shift()?.();
      await turn();
      expect(began).toEqual(expected);
    }
    queue.add("c");
    ends.shift()?.();
    await turn();
    expect(began).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["gave up", async () => false],
    ["threw", async () => Promise.reject(new Error("full"))],
  ])("does not take up again at once what %s, and goes on with the next one", async (_, outcome) => {
    const began: string[] = [];
    const queue = createQueue((id) => {
      began.push(id);
      return outcome();
    });
    queue.add("a");
    queue.add("b");
    await turn();
    queue.add("a");
    await turn();
    expect(began).toEqual(["a", "b"]);
  });

  test("starts nothing after its stop, which waits for the running job", async () => {
    const began: string[] = [];
    let end = (): void => {};
    const queue = createQueue((id) => {
      began.push(id);
      return new Promise((resolve) => (end = () => resolve(true)));
    });
    queue.add("a");
    queue.add("b");
    let isStopped = false;
    const stopped = queue.stop().then(() => (isStopped = true));
    await turn();
    expect(isStopped).toBe(false);
    end();
    await stopped;
    expect(began).toEqual(["a"]);
  });
});
