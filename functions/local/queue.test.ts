import { describe, expect, test } from "vitest";
import { createQueue } from "./queue.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the queue", () => {
  test("runs one at a time, in the order of asking, each once however often it is asked for", async () => {
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
  ])("what %s is not taken up again at once, and the next one is not held up", async (_, outcome) => {
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

  test("starts nothing after its stop, which waits for what runs", async () => {
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
