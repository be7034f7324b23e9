import { awsService } from "../aws.ts";
import { PreflightInput, preflightStep } from "../tasks/preflight.ts";
import { masterKeySetting } from "./setting.ts";
import { stepHandler } from "./step.ts";

const service = awsService({ masterKey: masterKeySetting() });

export const handler = stepHandler(PreflightInput, (input) => preflightStep(service, input));
