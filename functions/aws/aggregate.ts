import { awsService } from "../aws.ts";
import { aggregateStep } from "../steps/aggregate.ts";
import { ReportTask } from "../steps/freeze.ts";
import { stepHandler } from "./step.ts";

const service = awsService();

export const handler = stepHandler(ReportTask, (input) => aggregateStep(service, input));
