import type { IncomingHttpHeaders } from "node:http";
import type { UndiciConnection } from "../transport/undici.ts";

const BYTES_MAX = 64 * 1024;
const NAMES_MAX = 5;
const NAME_LENGTH_MAX = 100;

/**
 * The first few models that `GET /models` lists. It is empty where the endpoint lists none that can be read.
 */
export async function servedModels(
  connection: UndiciConnection,
  path: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<string[]> {
  const body = await readText(connection, path, { ...headers, accept: "application/json" }, timeoutMs);
  return body === null ? [] : namesIn(body);
}

function readText(
  connection: UndiciConnection,
  path: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    let text = "";
    const end = (result: string | null): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const giveUp = (): void => {
      end(null);
      connection.cut();
    };
    const timer = setTimeout(giveUp, timeoutMs);
    connection.client().dispatch(
      { path, method: "GET", headers },
      {
        onRequestStart() {},
        onResponseStart(_controller: unknown, status: number, answer: IncomingHttpHeaders) {
          if (status !== 200 || !/\bjson\b/i.test(answer["content-type"] ?? "")) giveUp();
        },
        onResponseData(_controller: unknown, piece: Buffer) {
          text += piece.toString("utf8");
          if (text.length > BYTES_MAX) giveUp();
        },
        onResponseEnd: () => end(text),
        onResponseError: () => end(null),
      },
    );
  });
}

function namesIn(body: string): string[] {
  let list: unknown;
  try {
    list = JSON.parse(body);
  } catch {
    return [];
  }
  const data =
    typeof list === "object" && list !== null && "data" in list && Array.isArray(list.data) ? list.data : [];
  const names = data.map((model: unknown) =>
    typeof model === "object" && model !== null && "id" in model ? model.id : null,
  );
  return names
    .filter(
      (name): name is string =>
        typeof name === "string" && /^[\x20-\x7e]+$/.test(name) && name.length <= NAME_LENGTH_MAX,
    )
    .slice(0, NAMES_MAX);
}
