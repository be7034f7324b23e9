import { InvocationStatus } from "@aws/durable-execution-sdk-js";
import type {
  DurableExecutionInvocationOutput,
  ErrorObject,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import type { InvokedFunction } from "@brimline/durable/execution";
import { createLedger } from "@brimline/durable/ledger";
import { answered, updated } from "@brimline/durable/operation";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { LambdaHost } from "./host.ts";

/**
 * A stand-in for Lambda's durable executions, for one execution. It keeps the operations behind the two calls
 * of Lambda's API that the SDK makes, answers the invokes, and calls the function until the workflow has
 * ended.
 */
export interface DurableService {
  url: string;
  /** How often each call of the API was made. */
  calls: { checkpoint: number; state: number };
  /** Names of the operations in the order in which they began. */
  names(): string[];
  /**
   * `start` gives a process of the function: the first one, and another each time one has died as it was
   * meant to.
   */
  run(start: () => Promise<LambdaHost>, payload: unknown): Promise<DurableEnd>;
  close(): void;
}

export interface DurableEnd {
  output: DurableExecutionInvocationOutput;
  invocations: number;
  deaths: number;
}

/**
 * The function is killed when it reports this operation. `isKept` says whether its report was kept before it
 * died.
 */
export interface Death {
  action: NonNullable<OperationUpdate["Action"]>;
  name: string;
  isKept: boolean;
}

const ARN = "arn:aws:lambda:eu-central-1:123456789012:function:job:7/durable-execution/one/1";
/** It is small, so that a history has several pages. */
const PAGE = 10;
const LOOK_EVERY_MS = 5;

/** `functions` are those that the workflow invokes. */
export async function startDurableService(
  functions: Record<string, InvokedFunction>,
  deaths: Death[] = [],
): Promise<DurableService> {
  const { operations, put, hasChanged, takeChanged, rung } = createLedger();
  const calls = { checkpoint: 0, state: 0 };
  const ahead = [...deaths];
  let token = "";
  let lambda: LambdaHost | null = null;

  const ringTimers = (): void => {
    for (const operation of rung(Date.now())) put(operation);
  };

  const invoke = async (
    operation: WireOperation,
    { ChainedInvokeOptions, Payload = "null" }: OperationUpdate,
  ): Promise<void> => {
    try {
      const invoked = functions[ChainedInvokeOptions?.FunctionName ?? ""];
      if (invoked === undefined)
        throw new TypeError(`no function is called ${ChainedInvokeOptions?.FunctionName}`);
      const result = await invoked(JSON.parse(Payload));
      put(answered(operation, { result: JSON.stringify(result ?? null) }, Date.now()));
    } catch (error) {
      put(answered(operation, { error: errorObject(error) }, Date.now()));
    }
  };
  const keep = (update: OperationUpdate): void => {
    const before = operations.get(update.Id ?? "");
    const after = updated(before, update, Date.now());
    put(after);
    if (update.Type === "CHAINED_INVOKE" && before === undefined) void invoke(after, update);
  };

  const checkpoint = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    calls.checkpoint++;
    const { CheckpointToken, Updates = [] } = (await jsonOf(request)) as {
      CheckpointToken: string;
      Updates?: OperationUpdate[];
    };
    if (CheckpointToken !== token) {
      response
        .writeHead(400, { "x-amzn-errortype": "InvalidParameterValueException" })
        .end('{"message":"Invalid Checkpoint Token"}');
      return;
    }
    const death = ahead.findIndex(({ action, name }) =>
      Updates.some((update) => update.Action === action && update.Name === name),
    );
    const [dying] = death < 0 ? [] : ahead.splice(death, 1);
    if (dying?.isKept !== false) for (const update of Updates) keep(update);
    if (dying !== undefined) {
      token = "";
      await lambda?.stop();
      response.destroy();
      return;
    }
    ringTimers();
    token = randomUUID();
    const Operations = takeChanged().flatMap((id) => operations.get(id) ?? []);
    response.end(apiJson({ CheckpointToken: token, NewExecutionState: { Operations } }));
  };

  const state = (url: URL, response: ServerResponse): void => {
    calls.state++;
    response.end(apiJson(pageOf([...operations.values()], Number(url.searchParams.get("Marker")))));
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://lambda");
    response.setHeader("content-type", "application/json");
    if (url.pathname.endsWith("/checkpoint")) checkpoint(request, response).catch(() => response.destroy());
    else if (url.pathname.endsWith("/state")) state(url, response);
    else response.end('{"AccountLimit":{"UnreservedConcurrentExecutions":20}}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();

  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    calls,
    names: () =>
      [...operations.values()].flatMap(({ Type, Name = "" }) => (Type === "EXECUTION" ? [] : Name)),
    async run(start, payload) {
      put({
        Id: "execution",
        Type: "EXECUTION",
        Status: "STARTED",
        StartTimestamp: new Date(),
        ExecutionDetails: { InputPayload: JSON.stringify(payload) },
      });
      for (let invocations = 1; ; invocations++) {
        lambda ??= await start();
        token = randomUUID();
        const output = await invocation(lambda);
        if (output === null) lambda = null;
        else if (output.Status !== InvocationStatus.PENDING)
          return { output, invocations, deaths: deaths.length - ahead.length };
        else await nextChange();
      }
    },
    close: () => void server.close(),
  };

  /** What the function answers. It is null when the function was killed. */
  async function invocation(host: LambdaHost): Promise<DurableExecutionInvocationOutput | null> {
    const left = ahead.length;
    const input = {
      DurableExecutionArn: ARN,
      CheckpointToken: token,
      UpdatedOperationIds: takeChanged(),
      InitialExecutionState: pageOf([...operations.values()], 0),
    };
    try {
      return JSON.parse((await host.invoke(input)).toString("utf8")) as DurableExecutionInvocationOutput;
    } catch (error) {
      if (ahead.length === left) throw error;
      return null;
    }
  }

  async function nextChange(): Promise<void> {
    for (; !hasChanged(); await sleep(LOOK_EVERY_MS)) ringTimers();
  }
}

const pageOf = (
  operations: WireOperation[],
  from: number,
): { Operations: WireOperation[]; NextMarker?: string } => ({
  Operations: operations.slice(from, from + PAGE),
  ...(from + PAGE < operations.length && { NextMarker: String(from + PAGE) }),
});

/** Writes JSON as Lambda's API does, with times in seconds. */
const apiJson = (body: unknown): string =>
  JSON.stringify(body, (key, value: unknown) =>
    key.endsWith("Timestamp") && typeof value === "string" ? Date.parse(value) / 1000 : value,
  );

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const pieces = await Array.fromAsync(request as AsyncIterable<Buffer>);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

const errorObject = (error: unknown): ErrorObject =>
  error instanceof Error
    ? { ErrorMessage: error.message, ErrorType: error.name }
    : { ErrorMessage: String(error) };
