import { ORIGIN_HEADER } from "@brimline/functions/aws/door";
import type { LambdaHost } from "./host.ts";

/**
 * Requests to a Function URL as CloudFront sends them on: payload format 2.0, and answers in Lambda's
 * streaming format.
 */

export interface UrlRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface UrlAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

const FUNCTION_HOST = "abcdefghij.lambda-url.eu-central-1.on.aws";
/**
 * An answer begins with its status and headers as JSON. This many zero bytes stand between them and the body.
 */
const DELIMITER = Buffer.alloc(8);

export async function knock(
  api: LambdaHost,
  request: UrlRequest,
  onPiece?: (piece: Buffer) => void,
): Promise<UrlAnswer> {
  const answer = await api.invoke(eventOf(request), onPiece);
  const at = answer.indexOf(DELIMITER);
  const { statusCode, headers } = JSON.parse(answer.subarray(0, at).toString("utf8")) as {
    statusCode: number;
    headers: Record<string, string>;
  };
  return { status: statusCode, headers, text: answer.subarray(at + DELIMITER.length).toString("utf8") };
}

/** What the Router adds to a viewer's request. */
export const throughRouter = (originKey: string, host = "bench.example"): Record<string, string> => ({
  [ORIGIN_HEADER]: originKey,
  "x-forwarded-host": host,
});

function eventOf({ method = "GET", path, headers = {}, body }: UrlRequest): unknown {
  const [rawPath, rawQueryString = ""] = path.split("?");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: {
      host: FUNCTION_HOST,
      "x-forwarded-for": "203.0.113.9",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    requestContext: {
      accountId: "anonymous",
      apiId: "abcdefghij",
      domainName: FUNCTION_HOST,
      domainPrefix: "abcdefghij",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "203.0.113.9", userAgent: "test" },
      requestId: "1",
      routeKey: "$default",
      stage: "$default",
      time: "25/Nov/2026:00:00:00 +0000",
      timeEpoch: 1_795_564_800_000,
    },
    // Lambda does the same for any body that may be binary.
    ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)).toString("base64") }),
    isBase64Encoded: body !== undefined,
  };
}
