import type { Context } from "hono";
import { html, raw } from "hono/html";
import { ASK_ALWAYS } from "../../cache-control.ts";
import { document } from "./document.ts";
import { isId } from "../id.ts";
import { LIVE_SCRIPT } from "./live-script.ts";
import { RequestError } from "../door/problem.ts";

/**
 * `GET /j/{id}/` answers a page that follows a job while it runs. It is the same for every id, so it tells nobody
 * whether there is a job: its script asks the API, with the caller's key where the service wants one.
 */
export function readLive(c: Context): Response | Promise<Response> {
  if (!isId(c.req.param("id") ?? ""))
    throw new RequestError("not_found", "There is no page at this address.");
  c.header("x-robots-tag", "noindex");
  return c.html(PAGE, 200, { "cache-control": ASK_ALWAYS });
}

/** `GET /live.js` answers the script of that page. */
export const readLiveScript = (c: Context): Response =>
  c.body(LIVE_SCRIPT, 200, {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": ASK_ALWAYS,
  });

const STYLE = raw(`
#says { font-size: 1.25rem; line-height: 1.4; margin: 0 0 1rem; }
progress { width: 100%; height: 0.6rem; accent-color: var(--blue); }
.now { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: 1rem; margin: 1.25rem 0; }
.now dt { color: var(--muted); font-size: 0.8125rem; }
.now dd { margin: 0; font-size: 1.5rem; font-weight: 640; font-variant-numeric: tabular-nums; letter-spacing: -0.02em; }
#curve svg { width: 100%; height: auto; overflow: visible; }
#curve text { fill: var(--muted); font: 12px system-ui, sans-serif; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; border-top: 1px solid var(--line); text-align: right; white-space: nowrap; }
thead th { border: 0; color: var(--muted); font-size: 0.8125rem; font-weight: 500; }
th:first-child { text-align: left; }
#log { margin: 0; padding: 0; list-style: none; font-size: 0.9375rem; }
#log li { display: flex; gap: 1rem; padding: 0.25rem 0; border-top: 1px solid var(--line); }
#log time { flex: none; color: var(--muted); font-variant-numeric: tabular-nums; }
button, input { padding: 0.4rem 0.9rem; border: 1px solid var(--muted); border-radius: 8px; background: transparent; color: inherit; font: inherit; }
button { cursor: pointer; }
#ask { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: 8px; }
#ask label { display: block; margin-bottom: 0.4rem; }
#ask input { width: min(100%, 26rem); margin: 0 0.5rem 0.5rem 0; }
.small { color: var(--muted); font-size: 0.875rem; }
`);

const PAGE = document(
  "Job",
  html`<style>
      ${STYLE}
    </style>
    <noscript
      ><p>
        This page follows a job by a script. The job itself is at its address of the API, /v1/jobs/ and its
        id; its report needs no script.
      </p></noscript
    >
    <p id="says" role="status">Asking for the job …</p>
    <p id="links" hidden></p>
    <form id="ask" hidden>
      <label for="key">This service wants its key</label>
      <input id="key" type="password" autocomplete="off" /><button id="use">Use it</button>
      <p class="small">It stays in this page alone and is forgotten with it.</p>
    </form>
    <div id="run" hidden>
      <progress id="bar" aria-label="Levels that have ended"></progress>
      <p class="small" id="level"></p>
      <dl class="now">
        <div>
          <dt>In flight</dt>
          <dd id="inFlight"></dd>
        </div>
        <div>
          <dt>Done</dt>
          <dd id="ok"></dd>
        </div>
        <div>
          <dt>Failed</dt>
          <dd id="failed"></dd>
        </div>
        <div>
          <dt>Output, tok/s</dt>
          <dd id="tokens"></dd>
        </div>
      </dl>
      <button id="cancel" type="button">Cancel this job</button>
    </div>
    <section id="ended" aria-labelledby="ended-h" hidden>
      <h2 id="ended-h">Levels so far</h2>
      <div id="curve"></div>
      <div class="scroll" tabindex="0" role="region" aria-label="Levels that have ended">
        <table>
          <thead>
            <tr>
              <th scope="col">Load</th>
              <th scope="col">Done</th>
              <th scope="col">Failed</th>
              <th scope="col">Output, tok/s</th>
              <th scope="col">TTFT P95, ms</th>
              <th scope="col">Objective</th>
            </tr>
          </thead>
          <tbody id="levels"></tbody>
        </table>
      </div>
      <p class="small">These are counters of whole levels, without intervals. The report has the figures.</p>
    </section>
    <section id="happened" aria-labelledby="log-h" hidden>
      <h2 id="log-h">What happened</h2>
      <ol id="log"></ol>
    </section>
    <script src="../../live.js" defer></script>`,
  { up: "../../" },
);
