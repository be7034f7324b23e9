import { awsService } from "../aws.ts";
import { aggregateTask } from "../tasks/aggregate.ts";
import { AggregateInput } from "../tasks/freeze.ts";
import { taskHandler } from "./task-handler.ts";

const service = awsService();

export const handler = taskHandler(AggregateInput, (input) => aggregateTask(service, input));
