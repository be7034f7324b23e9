import { hasEnded, type JobState } from "@brimline/core/job/state/job";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { type Described, described, exampleOf, type OpenApiDocument } from "./described.ts";

/**
 * The examples of the OpenAPI document against a service that runs. What they name is made there first, by those
 * examples that make something, and then stands in the place of their ids.
 */
export interface Examples {
  document: OpenApiDocument;
  operations: Described[];
  /** Operations that make what others name, such as a job. */
  makers: Described[];
  /** The operation with this id. */
  named: (operationId: string) => Described;
  /** A text of an example with what is here in the place of what it names. */
  placed(text: string): string;
  send: (operation: Described, headers?: Record<string, string>) => Promise<Answered>;
  /** Sends the examples that make something, and waits until two jobs have ended: the example's, and a baseline. */
  make: () => Promise<Map<Described, Answered>>;
  /** Lets examples name a job that has not ended, in the place of the one that has. */
  renew: () => Promise<void>;
  /** The token of the agent that `make` enrolled. */
  agentToken(): string;
}

export interface Answered {
  status: number;
  type: string;
  text: string;
}

/** Where the examples' endpoint and the receiver of webhooks are here, and the model that the endpoint serves. */
export interface Stage {
  serviceUrl: string;
  endpointUrl: string;
  receiverUrl: string;
  model: string;
  /** The service's key, where it wants one. */
  key?: string;
}

export async function examplesAt({
  serviceUrl,
  endpointUrl,
  receiverUrl,
  model,
  key,
}: Stage): Promise<Examples> {
  const caller = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const document = (await (await fetch(new URL("/openapi.json", serviceUrl))).json()) as OpenApiDocument;
  const operations = described(document);
  const here = new Map([
    ["https://example.com", receiverUrl],
    ["http://127.0.0.1:8000/v1", endpointUrl],
    ["llama-3.1-8b", model],
  ]);
  let agentToken = "";
  let submitted = 0;

  const named = (operationId: string): Described => {
    const found = operations.find((operation) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`the document has no ${operationId}`);
    return found;
  };
  const placed = (text: string): string =>
    [...here].reduce((placing, [example, real]) => placing.replaceAll(example, real), text);
  const send: Examples["send"] = async (operation, headers = {}) => {
    const { path, init } = exampleOf(operation);
    const isAgents = operation.security.some((scheme) => "agentToken" in scheme);
    const response = await fetch(new URL(placed(path), serviceUrl), {
      ...init,
      headers: {
        ...init.headers,
        ...caller,
        ...(isAgents && { authorization: `Bearer ${agentToken}` }),
        ...headers,
      },
      ...(init.body !== undefined && { body: placed(init.body) }),
      // OpenAPI has no example of bytes.
      ...(init.headers["content-type"] === "application/gzip" && { body: gzipSync("{}\n") }),
    });
    const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
    return { status: response.status, type, text: await response.text() };
  };
  const submit = async (): Promise<string> => {
    const key = `another ${(submitted += 1)}`;
    const { text } = await send(named("submitJob"), { "idempotency-key": key });
    return (JSON.parse(text) as { id: string }).id;
  };
  const idIn = (path: string): string | undefined => {
    const user = operations.find((operation) => operation.path.startsWith(`${path}/{id}`));
    const example = user?.parameters?.find(({ name }) => name === "id")?.example;
    return example === undefined ? undefined : String(example);
  };
  const place = (operation: Described, { text }: Answered): void => {
    const made = JSON.parse(text) as { id: string; token?: string };
    const example = idIn(operation.path);
    if (example !== undefined) here.set(example, made.id);
    if (operation.operationId === "enrolAgent") agentToken = made.token ?? "";
  };
  const ended = async (id: string): Promise<void> => {
    for (;;) {
      const job = await fetch(new URL(`/v1/jobs/${id}`, serviceUrl), { headers: caller });
      if (hasEnded(((await job.json()) as { state: JobState }).state)) return;
      await sleep(200);
    }
  };
  /** A link of a download is signed, so only the service can say it. */
  const placeLink = async (): Promise<void> => {
    const { path } = exampleOf(named("readDownload"));
    const { files } = JSON.parse((await send(named("listDownloads"))).text) as {
      files: { file: string; url: string }[];
    };
    const [address = "", query = ""] = path.split("?");
    const found = files.find(({ file }) => address.endsWith(`/${file}`));
    if (found !== undefined) here.set(query, new URL(found.url).search.slice(1));
  };
  const makers = operations.filter(
    ({ method, path, responses }) =>
      method === "POST" && !path.includes("{") && ("201" in responses || "202" in responses),
  );

  return {
    document,
    operations,
    makers,
    named,
    placed,
    send,
    agentToken: () => agentToken,
    async make() {
      const baseline = await submit();
      const answers = new Map<Described, Answered>();
      for (const maker of makers) {
        const answered = await send(maker);
        answers.set(maker, answered);
        if (answered.status < 300) place(maker, answered);
      }
      const compared = JSON.parse(exampleOf(named("compareReports")).init.body ?? "{}") as { a: string };
      here.set(compared.a, baseline);
      const job = idIn("/v1/jobs");
      await Promise.all([ended(baseline), ended(placed(job ?? ""))]);
      await placeLink();
      return answers;
    },
    async renew() {
      here.set(idIn("/v1/jobs") ?? "", await submit());
    },
  };
}
