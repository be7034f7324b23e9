/**
 * The script of the live page. It follows the job's events by `fetch`, because an EventSource can send no key, and
 * writes texts only, so that no name of a caller becomes part of the page.
 */
export const LIVE_SCRIPT = String.raw`"use strict";
(() => {
  const id = location.pathname.split("/").filter(Boolean).at(-1);
  const api = "../../v1/jobs/" + id;
  const at = (name) => document.getElementById(name);
  const whole = (value) => (value === null || value === undefined ? "—" : Math.round(value).toLocaleString("en-US"));
  const ENDED = ["completed", "partial", "cancelled", "failed", "rejected"];
  let key = "";
  let last = "";
  let isOver = false;

  const headers = (more) => ({ ...more, ...(key === "" ? {} : { authorization: "Bearer " + key }) });
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const show = (name, isShown) => { at(name).hidden = !isShown; };
  const say = (text) => { if (at("says").textContent !== text) at("says").textContent = text; };
  const make = (name, text, attributes = {}, space = null) => {
    const node = space === null ? document.createElement(name) : document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== null) node.textContent = text;
    return node;
  };

  const loadText = (load) =>
    load === null ? "" : load.kind === "rate"
      ? load.ratePerS + " requests/s"
      : load.users + (load.users === 1 ? " user" : " users");
  const loadValue = (load) => (load.kind === "rate" ? load.ratePerS : load.users);

  const STATES = {
    queued: "Waiting for its turn.",
    preflight: "Asking the endpoint for a short stream.",
    reporting: "The load is over. The report is being made.",
  };

  function showJob(job) {
    document.title = job.name + ": brimline";
    document.querySelector("h1").textContent = job.name;
    const { progress } = job;
    isOver = ENDED.includes(job.state);
    show("run", !isOver);
    if (isOver) say(job.verdict === null ? (job.problem === null ? "The job has ended: " + job.state + "." : job.problem.title + ". " + job.problem.detail) : job.verdict.answer || job.verdict.sentence);
    else say(STATES[job.state] || (progress.load === null ? "Quiet time before the load." : "Running: " + (progress.levelId === "warmup" ? "warm-up, " : "") + loadText(progress.load) + "."));
    const bar = at("bar");
    if (progress.levels === null) bar.removeAttribute("value");
    else { bar.max = Math.max(1, progress.levels); bar.value = progress.levelsDone; }
    at("level").textContent = progress.levelsDone + (progress.levels === null ? "" : " of " + progress.levels) + " levels have ended" + (progress.endsAt === null ? "" : "; this one should end at " + new Date(progress.endsAt).toLocaleTimeString());
    for (const name of ["inFlight", "ok", "failed"]) at(name).textContent = whole(progress[name]);
    at("tokens").textContent = whole(progress.outputTokensPerS);
    showLevels(progress.ended);
    showLinks(job);
  }

  function showLinks(job) {
    const links = [];
    if (job.links.page !== null) links.push(make("a", "The report", { href: "../../r/" + id + "/" }));
    else if (job.links.report !== null) links.push(make("a", "The report as JSON", { href: api + "/report" }));
    at("links").replaceChildren(...links);
    show("links", links.length > 0);
  }

  function showLevels(ended) {
    show("ended", ended.length > 0);
    at("levels").replaceChildren(
      ...ended.map((level) => {
        const row = make("tr", null);
        row.append(make("th", loadText(level.load), { scope: "row" }));
        const met = level.met === null ? "—" : level.met ? "met" : "missed";
        for (const text of [whole(level.ok), whole(level.failed), whole(level.outputTokensPerS), whole(level.ttftP95Ms), met])
          row.append(make("td", text));
        return row;
      }),
    );
    at("curve").replaceChildren(...curve(ended));
  }

  /** Output against load. Fewer than two loads are no curve. */
  function curve(ended) {
    const points = ended
      .filter((level) => level.outputTokensPerS !== null)
      .map((level) => ({ x: loadValue(level.load), y: level.outputTokensPerS }))
      .sort((a, b) => a.x - b.x);
    if (new Set(points.map(({ x }) => x)).size < 2) return [];
    const SVG = "http://www.w3.org/2000/svg";
    const [W, H, LEFT, BOTTOM] = [Math.max(280, at("curve").clientWidth), 220, 56, 24];
    const mostX = points.at(-1).x;
    const mostY = Math.max(...points.map(({ y }) => y)) || 1;
    const x = (value) => LEFT + (value / mostX) * (W - LEFT - 12);
    const y = (value) => H - BOTTOM - (value / mostY) * (H - BOTTOM - 16);
    const svg = make("svg", null, { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": "Output tokens per second against the load, as in the table" }, SVG);
    const add = (name, attributes, text = null) => svg.append(make(name, text, attributes, SVG));
    add("path", { d: "M" + LEFT + "," + (H - BOTTOM) + "H" + W, stroke: "var(--line)" });
    add("text", { x: LEFT - 8, y: y(mostY) + 4, "text-anchor": "end" }, whole(mostY));
    add("text", { x: LEFT - 8, y: y(0) + 4, "text-anchor": "end" }, "0");
    add("text", { x: x(mostX), y: H - 4, "text-anchor": "end" }, loadText(ended.find((level) => loadValue(level.load) === mostX).load));
    add("text", { x: LEFT, y: H - 4 }, "Output, tok/s, against load");
    add("path", { d: points.map((point, index) => (index === 0 ? "M" : "L") + x(point.x) + "," + y(point.y)).join(""), fill: "none", stroke: "var(--blue)", "stroke-width": 2 });
    for (const point of points) add("circle", { cx: x(point.x), cy: y(point.y), r: 4, fill: "var(--blue)" });
    return [svg];
  }

  const EVENTS = {
    "job.started": "The endpoint was accepted, and the load begins",
    "level.completed": "A level has ended",
    "job.completed": "The job has ended as it was planned",
    "job.partial": "The job was cut short",
    "job.failed": "The job failed",
    "job.cancelled": "The job was cancelled",
    "job.rejected": "The endpoint was refused, and no load was sent",
  };

  function log(type, { timestamp, data }) {
    const level = data.level === null || data.level === undefined ? "" : ": " + loadText(data.level.load) + ", " + whole(data.level.ok) + " done, " + whole(data.level.failed) + " failed";
    const line = make("li", null);
    line.append(make("time", new Date(timestamp).toLocaleTimeString(), { datetime: timestamp }), make("span", (EVENTS[type] || type) + level));
    at("log").append(line);
    show("happened", true);
  }

  function take(block) {
    const fields = Object.fromEntries(block.split("\n").filter((line) => /^(event|data|id): /.test(line)).map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
    if (fields.data === undefined) return;
    if (fields.id !== undefined) last = fields.id;
    if (fields.event === "progress") showJob(JSON.parse(fields.data));
    else log(fields.event, JSON.parse(fields.data));
  }

  async function read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) take(block);
    }
  }

  async function problemOf(answer) {
    const { title, detail } = await answer.json().catch(() => ({ title: "The service answered " + answer.status, detail: "" }));
    return title + ". " + detail;
  }

  async function follow() {
    for (;;) {
      const answer = await fetch(api + "/events", { headers: headers(last === "" ? {} : { "last-event-id": last }) }).catch(() => null);
      if (answer === null) say("The service does not answer. Trying again …");
      else if (answer.status === 401) { show("ask", true); say(key === "" ? "This job is shown to those who have the service's key." : "That key is not valid."); return; }
      else if (answer.status === 204) return;
      else if (answer.status === 429 || answer.status >= 500) say(await problemOf(answer));
      else if (!answer.ok) { show("run", false); say(await problemOf(answer)); return; }
      else { show("ask", false); await read(answer.body).catch(() => {}); }
      if (isOver) return;
      await sleep(1000);
    }
  }

  let isSure = false;
  at("cancel").addEventListener("click", async () => {
    if (!isSure) { isSure = true; at("cancel").textContent = "Really cancel? What was measured is kept"; return; }
    at("cancel").disabled = true;
    const answer = await fetch(api + "/cancel", { method: "POST", headers: headers({}) }).catch(() => null);
    if (answer !== null && answer.ok) { at("cancel").textContent = "Cancelling …"; return; }
    at("cancel").disabled = false;
    say(answer === null ? "The service does not answer." : await problemOf(answer));
  });
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    key = at("key").value.trim();
    at("key").value = "";
    void follow();
  });
  void follow();
})();
`;
