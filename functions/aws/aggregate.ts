import { awsService } from "../aws.ts";
import { aggregateStep } from "../tasks/aggregate.ts";
import { ReportTask } from "../tasks/freeze.ts";
import { stepHandler } from "./step.ts";

const service = awsService();

export const handler = stepHandler(ReportTask, (input) => aggregateStep(service, input));
