import { awsService } from "../aws.ts";
import { aggregateTask } from "../tasks/aggregate.ts";
import { AggregateTaskInput } from "../tasks/freeze.ts";
import { taskHandler } from "./task-handler.ts";

const service = awsService();

export const handler = taskHandler(AggregateTaskInput, (input) => aggregateTask(service, input));
