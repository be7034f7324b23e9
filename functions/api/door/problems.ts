import { ProblemCode } from "@brimline/core/codes";
import type { Context } from "hono";
import { html } from "hono/html";
import { document } from "../page/document.ts";
import {
  type ProblemType,
  REQUEST_PROBLEM_TYPES,
  problemStatus,
  problemTitle,
  RequestError,
} from "./problem.ts";

interface Explanation {
  meaning: string;
  remedy: string;
}

/** The problems of requests. */
const REQUEST_PROBLEMS: Record<ProblemType, Explanation> = {
  malformed_body: {
    meaning: "The body is empty, is not JSON, is not UTF-8, or is nested too deeply.",
    remedy: "Send one JSON value, for example with curl --data @job.json.",
  },
  invalid_request: {
    meaning:
      "A field of the JSON body is missing, unknown or outside its bounds, or asks for something that is not supported yet; or a query parameter is unknown or not valid.",
    remedy:
      "Each entry of errors points at a field with a JSON Pointer, or names a query parameter, and says what it must be. The bounds are in /openapi.json.",
  },
  unauthorized_caller: {
    meaning: "The request has no key, or one that is unknown, was revoked or has expired.",
    remedy:
      "Send authorization: Bearer <key>. The operator makes keys with POST /v1/keys; the admin key is printed once, when the service first starts; an agent uses the token of its enrolment.",
  },
  forbidden: {
    meaning:
      "The key has not the scope that this needs, the job is another caller's, or the request comes from a page of another site or from an agent that is not the one in the path.",
    remedy: "The detail says which. Ask the service's operator for a key with the scope.",
  },
  not_found: {
    meaning: "There is nothing at this address. The id is wrong, or what it named was removed.",
    remedy: "Compare the address with the links of the job.",
  },
  method_not_allowed: {
    meaning: "The address exists, but not for this method.",
    remedy: "The allow header lists the methods it takes.",
  },
  conflict: {
    meaning: "The request does not fit the present state of what it names.",
    remedy: "The detail says why.",
  },
  body_too_large: {
    meaning: "The body is larger than this address takes.",
    remedy: "Send fewer or shorter prompts in a job, or smaller segments.",
  },
  unsupported_media_type: {
    meaning: "The content-type or content-encoding is not one that this address takes.",
    remedy: "Send jobs as plain application/json, and segments as application/gzip.",
  },
  misdirected: {
    meaning:
      "The Host header names another host. The service answers its own names only, so that web pages cannot reach it under theirs.",
    remedy: "Use the address that the service printed, or start it with --public-url set to the one you use.",
  },
  idempotency_mismatch: {
    meaning: "An Idempotency-Key stands for one request, and this key was used with another body.",
    remedy: "Send the first body to get its job, or a new key for a new job.",
  },
  in_flight: {
    meaning: "A request with the same Idempotency-Key is being answered right now.",
    remedy: "Wait a second and send it again.",
  },
  too_many_jobs: {
    meaning: "The number of jobs that have not ended is the largest that the service allows.",
    remedy: "Wait as long as retry-after says, or cancel a job.",
  },
  limit_reached: {
    meaning:
      "The caller's jobs hold as much of a limit as its operator allows: open jobs, or a day's requests, tokens or dollars.",
    remedy: "Wait as long as retry-after says, or ask for less. GET /v1/usage says what is left.",
  },
  too_many_requests: {
    meaning: "The caller has sent as many requests as the service allows in a minute.",
    remedy: "Wait as long as retry-after says. The header ratelimit of every answer says how many are left.",
  },
  not_ready: {
    meaning: "The service is stopping, or its object store does not answer.",
    remedy: "Wait as long as retry-after says, then send it again. Jobs that were accepted are safe.",
  },
  already_ended: { meaning: "The job had ended before it was cancelled.", remedy: "Read its report." },
  not_ended: {
    meaning: "The job has not ended, so it cannot be deleted.",
    remedy: "Cancel it, wait for its end, and delete it then.",
  },
  deleted: {
    meaning: "The job was deleted, with its report, its page and its records.",
    remedy: "Nothing brings it back. Submit a new job.",
  },
  no_report: {
    meaning: "The job exists, but has no report (yet).",
    remedy: "Follow its events until it has ended; a rejected job never has one.",
  },
  not_comparable: {
    meaning:
      "The two jobs asked different things of their endpoints, so no figure of one stands for the other's.",
    remedy: "Run one of them again with the other's workload and levels, best with it as the baseline.",
  },
  bad_gzip: {
    meaning: "A segment of telemetry is cut, damaged or not gzip.",
    remedy: "Upload the file as the agent sealed it.",
  },
  decompressed_too_large: {
    meaning: "A segment of telemetry unpacks to more than is allowed.",
    remedy: "Seal segments earlier.",
  },
  already_stored: {
    meaning: "This segment was uploaded before, and the stored one stays.",
    remedy: "Do nothing, and go on with the next one.",
  },
  address_refused: {
    meaning:
      "The service may not call this address. It is a cloud's metadata service, the service itself, or in a network that is not open.",
    remedy: "Give the endpoint's own address. The operator of the service can allow a range.",
  },
  host_not_canonical: {
    meaning: "The host is written in a way that programs read differently, such as 0x7f.1 or 127.1.",
    remedy: "Write the host as the detail says.",
  },
  disk_full: {
    meaning: "The service's disk is full, so it cannot store anything more. Accepted jobs are safe.",
    remedy: "Free space on its disk, then send the request again.",
  },
  internal: {
    meaning: "The service failed in a way it did not expect.",
    remedy: "Try again. The operator finds the cause in the service's log.",
  },
};

/** The problems of jobs that were rejected, failed or cut short. */
const JOB_PROBLEMS: Record<ProblemCode, Explanation> = {
  unreachable: {
    meaning: "The endpoint did not answer at all.",
    remedy: "Check that it runs, its address and port, and that the service can reach it.",
  },
  unauthorized: {
    meaning: "The endpoint refused the key, or wants one.",
    remedy: "Give the key as endpoint.apiKey.",
  },
  not_found: {
    meaning: "The endpoint does not take requests of this kind at this URL.",
    remedy: "Give the base URL as OpenAI clients take it; it usually ends in /v1.",
  },
  model_unknown: {
    meaning: "The endpoint does not serve this model.",
    remedy: "Use a name that its /v1/models lists.",
  },
  not_streaming: {
    meaning: "The endpoint answered, but not as a stream of events.",
    remedy:
      "Enable streaming in the server, or in the proxy before it. Without a stream there is no time to first token.",
  },
  not_an_llm: {
    meaning: "What answered is no OpenAI-compatible chat API.",
    remedy: "Check the URL; a proxy or a login page may stand before the endpoint.",
  },
  address_refused: {
    meaning: "The endpoint's name leads to an address that may not be called.",
    remedy: "Give an address that the service may call.",
  },
  host_not_canonical: {
    meaning:
      "The endpoint's host is written in a way that programs read differently, such as 0x7f.1 or 127.1.",
    remedy: "Write the host as the detail says.",
  },
  unproved: {
    meaning:
      "A caller of a hosted service may send load beyond a trial (8 users, 60 s) to its own endpoints only, and this one is not known to be the caller's.",
    remedy:
      "Put the token that the detail names at the endpoint's /.well-known/brimline, or into the TXT record, and submit the job again.",
  },
  rate_limited: {
    meaning: "The endpoint answered 429 until there was nothing left to measure.",
    remedy: "Raise its rate limits for this test, or ask for fewer users.",
  },
  endpoint_down: {
    meaning: "The endpoint stopped answering during a level.",
    remedy: "Look at its log at that time. The levels that ended before are kept.",
  },
  secret_unavailable: {
    meaning: "The endpoint's key could not be unsealed.",
    remedy: "Submit the job again; bring the service's master key back if it was lost.",
  },
  disk_full: {
    meaning: "The service ran out of space during the job.",
    remedy: "Free space and submit the job again.",
  },
  budget: {
    meaning: "A limit of the job was reached.",
    remedy: "Raise the limit that the detail names, or ask for less load.",
  },
  shards_lost: {
    meaning: "A part of the load generator was lost.",
    remedy: "Submit the job again; if it happens again, look at memory and CPU of the service.",
  },
  cancelled: { meaning: "The job was cancelled.", remedy: "Do nothing. Its ended levels are kept." },
  internal: {
    meaning: "The service failed in a way it did not expect.",
    remedy: "Submit the job again. The operator finds the cause in the service's log.",
  },
};

/** `GET /problems/{type}` says what the `type` of a problem means and what to do about it. */
export function readProblem(c: Context): Response | Promise<Response> {
  const type = c.req.param("type") ?? "";
  const ofRequest = REQUEST_PROBLEM_TYPES.find((known) => known === type);
  const ofJob = ProblemCode.options.find((known) => known === type);
  if (ofRequest === undefined && ofJob === undefined)
    throw new RequestError("not_found", "There is no problem of this type. See /problems.");
  return c.html(
    document(
      type,
      html`${ofRequest && section(`As an answer (${problemStatus(ofRequest)}): ${problemTitle(ofRequest)}`, REQUEST_PROBLEMS[ofRequest])}
        ${ofJob && section("As the end of a job", JOB_PROBLEMS[ofJob])}
        <p><a href="/problems">All problems</a></p>`,
    ),
  );
}

const section = (title: string, { meaning, remedy }: Explanation) =>
  html`<h2>${title}</h2>
    <p>${meaning}</p>
    <p><strong>What to do:</strong> ${remedy}</p>`;

/** `GET /problems` lists all types of problems. */
export function listProblems(c: Context): Response | Promise<Response> {
  const types = [...new Set<string>([...REQUEST_PROBLEM_TYPES, ...ProblemCode.options])].sort();
  return c.html(
    document(
      "Problems",
      html`<ul>
        ${types.map((type) => html`<li><a href="/problems/${type}">${type}</a></li>`)}
      </ul>`,
    ),
  );
}
