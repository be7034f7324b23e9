import {
  GetAccountSettingsCommand,
  GetDurableExecutionCommand,
  InvokeCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { Buffer } from "node:buffer";

/** The number of functions that the account may run at once, without those that are reserved. */
export async function concurrencyOf(lambda: LambdaClient): Promise<number> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  const concurrency = AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
  if (concurrency === undefined)
    throw new Error("Lambda did not say how many functions this account may run at once");
  return concurrency;
}

/**
 * Invokes a function and does not wait for it. It gives the ARN of the durable execution when the function is
 * durable.
 */
export async function send(
  lambda: LambdaClient,
  called: { name: string; qualifier?: string; execution?: string },
  input: unknown,
): Promise<string | undefined> {
  const { DurableExecutionArn } = await lambda.send(
    new InvokeCommand({
      FunctionName: called.name,
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify(input)),
      ...(called.qualifier !== undefined && { Qualifier: called.qualifier }),
      ...(called.execution !== undefined && { DurableExecutionName: called.execution }),
    }),
  );
  return DurableExecutionArn;
}

/** Invokes a function and waits until it has answered. It throws when the function failed. */
export async function call(lambda: LambdaClient, name: string, input: unknown): Promise<void> {
  const { FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(input)) }),
  );
  if (FunctionError !== undefined) throw new Error(`${name} failed: its log says why`);
}

/**
 * Whether a durable execution ended without success. An execution that Lambda no longer keeps ended long ago.
 */
export async function hasDied(lambda: LambdaClient, arn: string): Promise<boolean> {
  try {
    const { Status } = await lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }));
    return Status !== "RUNNING" && Status !== "SUCCEEDED";
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return true;
    throw error;
  }
}
