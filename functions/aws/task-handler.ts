import { z } from "zod";
import { answerOf, type TaskAnswer } from "../wire-error.ts";
import { createLog, errorsTo } from "../log.ts";

const log = createLog("info");
const Job = z.object({ jobId: z.string() });

/**
 * The Lambda function of a task that the workflow invokes. It checks the input and runs the task. A fault
 * that has a code of ours is an answer, because Lambda passes on only the text of an error.
 */
export const taskHandler =
  <I extends z.ZodType, O>(input: I, task: (input: z.output<I>) => Promise<O>) =>
  async (event: unknown, context?: { awsRequestId: string }): Promise<TaskAnswer<O>> => {
    const jobLog = log.child({ jobId: Job.safeParse(event).data?.jobId, requestId: context?.awsRequestId });
    const sinceMs = performance.now();
    try {
      const answer = await answerOf(() => task(input.parse(event)));
      const fault = "fault" in answer ? { fault: answer.fault.name } : {};
      jobLog.info({ ...fault, ms: Math.round(performance.now() - sinceMs) }, "task done");
      return answer;
    } catch (error) {
      errorsTo(jobLog)(error);
      throw error;
    }
  };
