import { readSegmentName, segmentName } from "@brimline/core/record/telemetry/segment-name";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import type { Service } from "../../service.ts";
import { needOf } from "./agents.ts";
import { agentOfPath } from "../door/auth.ts";
import { readBody } from "../door/body.ts";
import { checkSegment } from "./check-segment.ts";
import { RequestError } from "../door/problem.ts";
import { SegmentsRequest, type Uploads } from "../openapi/schemas.ts";

const CONTENT_TYPE = "application/gzip";

/**
 * `POST /v1/agents/{id}/segments` answers where to PUT the segments, whether to seal now and whether the
 * agent may rest.
 */
export const requestUploads =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const agent = await agentOfPath(service, c);
    const { value } = await readBody(c, SegmentsRequest);
    const uploads = await Promise.all(value.segments.map((segment) => uploadOf(service, agent.id, segment)));
    const { isAwaited, isRunning } = await needOf(service, agent);
    return c.json(
      { uploads, flush: isAwaited, rest: service.config.agentsRest === true && !isRunning } satisfies Uploads,
      200,
    );
  };

async function uploadOf(
  service: Service,
  agent: string,
  segment: SegmentsRequest["segments"][number],
): Promise<Uploads["uploads"][number]> {
  const { presignPut } = service.data;
  if (presignPut !== null) {
    const { bytes } = segment;
    return presignPut(keys.segment(agent, segment), { bytes, contentType: CONTENT_TYPE });
  }
  return {
    url: `${service.config.publicUrl}/v1/agents/${agent}/segments/${segmentName(segment)}`,
    headers: { "content-type": CONTENT_TYPE },
  };
}

/**
 * `PUT /v1/agents/{id}/segments/{name}` stores a segment once. It answers 412 when the segment is stored
 * already, and then the agent goes on.
 */
export const putSegment =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const agent = await agentOfPath(service, c);
    const key = segmentKey(agent.id, c);
    if (c.req.header("content-type") !== CONTENT_TYPE)
      throw new RequestError("unsupported_media_type", `Send the header content-type: ${CONTENT_TYPE}.`);
    const body = Buffer.from(await c.req.arrayBuffer());
    await checkSegment(body);
    if (!(await service.data.create(key, body, { contentType: CONTENT_TYPE }))) {
      throw new RequestError("already_stored", "Segments are written once. Go on with the next one.");
    }
    return c.body(null, 201);
  };

function segmentKey(agent: string, c: Context): string {
  const segment = readSegmentName(c.req.param("name") ?? "");
  if (segment === null)
    throw new RequestError(
      "not_found",
      "Segments lie at <first>-<last>-<source>-<boot>-<sequence>: use the URL that was given for it.",
    );
  return keys.segment(agent, segment);
}
