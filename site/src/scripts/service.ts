/** What the service answered, or why there is no answer, in words for a reader. */
export type Answer<T> = { value: T } | { problem: string };

const NO_SERVICE =
  "No service answers at this address. Comparing asks one: open the page of a service, or use the command line.";

/**
 * The service that the pages belong to, asked by a page one folder below its root. Where it wants a key, `askKey` brings
 * one; it is kept in the page alone.
 */
export function serviceWith(askKey: (wasWrong: boolean) => Promise<string>) {
  let key = "";
  let asking: Promise<string> | null = null;

  async function ask<T>(path: string, body?: object): Promise<Answer<T>> {
    for (;;) {
      const sent = key;
      const answer = await fetch(`../v1/${path}`, {
        headers: {
          ...(sent !== "" && { authorization: `Bearer ${sent}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      }).catch(() => null);
      const type = answer?.headers.get("content-type") ?? "";
      if (answer === null || !type.includes("json")) return { problem: NO_SERVICE };
      if (answer.ok) return { value: (await answer.json()) as T };
      if (answer.status !== 401) return { problem: await wordsOf(answer) };
      // Requests at once ask for the key once.
      if (sent === key) {
        asking ??= askKey(sent !== "").finally(() => (asking = null));
        key = await asking;
      }
    }
  }
  return ask;
}

async function wordsOf(answer: Response): Promise<string> {
  const { title, detail } = (await answer.json()) as { title?: string; detail?: string };
  return [title, detail].filter((part) => part !== undefined).join(". ");
}
