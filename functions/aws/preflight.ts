import { awsService } from "../aws.ts";
import { PreflightInput } from "../tasks/preflight-input.ts";
import { preflightTask } from "../tasks/preflight.ts";
import { masterKeySetting } from "./setting.ts";
import { taskHandler } from "./task-handler.ts";

const service = awsService({ masterKey: masterKeySetting() });

export const handler = taskHandler(PreflightInput, (input) => preflightTask(service, input));
