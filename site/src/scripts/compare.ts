import type { Comparison } from "@brimline/core/compare/schema";
import type { Job } from "@brimline/core/job/state/job";
import { byLoad } from "@brimline/core/report/shown/by-load";
import type { Report } from "@brimline/core/report/schema";
import { html } from "hono/html";
import { curves } from "../charts/compared.ts";
import { comparisonBody, drawings } from "../html/comparison.ts";
import { textOf, type Html } from "../html/table.ts";
import { relativeLinks } from "../links.ts";
import { comparisonTitle } from "../view/comparison.ts";
import { type Picked, picker } from "./picker.ts";
import { serviceWith } from "./service.ts";
import { loadVega } from "./vega.ts";

/**
 * The script of /compare/: asks the service what one report is beside another, and shows it as the page of a comparison
 * does. Without two reports in the address it lets a reader pick them.
 */
const at = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const { explore } = document.currentScript?.dataset ?? {};
const ask = serviceWith(askKey);

function say(text: string, isWrong = false): void {
  at("says").textContent = text;
  at("says").classList.toggle("wrong", isWrong);
}

/** Resolves with the key that the reader gives. */
function askKey(wasWrong: boolean): Promise<string> {
  const form = at("ask");
  const field = at("key") as HTMLInputElement;
  form.hidden = false;
  say(
    wasWrong ? "That key is not valid." : "The service shows its reports to those who have a key.",
    wasWrong,
  );
  field.focus();
  return new Promise((resolve) => {
    const take = (event: SubmitEvent): void => {
      event.preventDefault();
      form.hidden = true;
      say("Asking the service …");
      resolve(field.value.trim());
      field.value = "";
    };
    form.addEventListener("submit", take, { once: true });
  });
}

const ROLES = { a: "The baseline", b: "The second report" };

/** One of the two jobs, or why it cannot be compared. */
async function jobAt(side: "a" | "b", id: string): Promise<Job | string> {
  if (!/^[a-z0-9]{20}$/.test(id)) return `${ROLES[side]}: “${id.slice(0, 60)}” is no id of a job.`;
  const answer = await ask<Job>(`jobs/${id}`);
  if ("problem" in answer) return `${ROLES[side]}, ${id}: ${answer.problem}`;
  const { links, name, state } = answer.value;
  return links.report === null ? `${ROLES[side]}, ${name}, has no report: it is ${state}.` : answer.value;
}

async function compared(a: string, b: string): Promise<void> {
  say("Asking the service for the comparison …");
  const found = await Promise.all([jobAt("a", a), jobAt("b", b)]);
  const problems = found.filter((one) => typeof one === "string");
  const [jobOfA, jobOfB] = found.map((one) => (typeof one === "string" ? null : one));
  if (jobOfA == null || jobOfB == null)
    return pick(jobOfA ?? null, jobOfB ?? null, [...new Set(problems)].join(" "));
  const [comparison, before, after] = await Promise.all([
    ask<Comparison>("compare", { a, b }),
    ask<Report>(`jobs/${a}/report`),
    ask<Report>(`jobs/${b}/report`),
  ]);
  if ("problem" in comparison) return pick(jobOfA, a === b ? null : jobOfB, comparison.problem);
  if ("problem" in before) return pick(jobOfA, jobOfB, before.problem);
  if ("problem" in after) return pick(jobOfA, jobOfB, after.problem);
  const listed = (report: Report, { name, tags }: Job): Report => byLoad({ ...report, name, tags });
  const sides = { a: listed(before.value, jobOfA), b: listed(after.value, jobOfB) };
  await show(comparison.value, sides, { a: jobOfA.links.page !== null, b: jobOfB.links.page !== null });
}

async function show(
  told: Comparison,
  { a, b }: { a: Report; b: Report },
  pages: { a: boolean; b: boolean },
): Promise<void> {
  const comparison = { ...told, a: { ...told.a, name: a.name }, b: { ...told.b, name: b.name } };
  const chart = curves(a, b);
  const body = comparisonBody(
    { comparison, a, b },
    { curves: chart === null ? null : "later", files: false, pages, under: waysOn(a.id, b.id) },
  );
  document.title = `${comparisonTitle(comparison)}: brimline`;
  at("start").hidden = true;
  at("compared").innerHTML = relativeLinks(textOf(body), "/compare/");
  if (chart === null || explore === undefined) return;
  const place = document.querySelector("#curves .chart");
  const drawn = await loadVega(explore)
    .then((vega) => vega.draw(chart))
    .catch(() => null);
  if (place === null) return;
  if (drawn === null)
    place.textContent = "The curves could not be drawn. Their numbers are in the table below.";
  else place.innerHTML = textOf(drawings(drawn));
}

const waysOn = (a: string, b: string): Html =>
  html`<ul class="pass-on" aria-label="Other comparisons">
    <li><a href="?a=${b}&b=${a}">The other way round</a></li>
    <li><a href="?b=${b}">Another baseline</a></li>
    <li><a href="?a=${a}">Another report beside this baseline</a></li>
  </ul>`;

/** Lets the reader pick the two reports. Those that are known are chosen. */
function pick(a: Picked | null, b: Picked | null, why: string | null): Promise<void> {
  return picker({ a, b }, ask, (text, isWrong) => say(text, isWrong), why);
}

/** Shows what the address asks for, again whenever a reader goes on in the page, which keeps the key. */
async function start(): Promise<void> {
  at("compared").replaceChildren();
  at("pick").hidden = true;
  at("start").hidden = false;
  const params = new URLSearchParams(location.search);
  // A reader may paste the address of a report's page.
  const idIn = (name: string): string | null => {
    const text = params.get(name)?.trim() ?? "";
    return /\b[a-z0-9]{20}\b/.exec(text)?.[0] ?? (text === "" ? null : text);
  };
  const [a, b] = [idIn("a"), idIn("b")];
  if (a !== null && b !== null) return compared(a, b);
  const [one, other] = await Promise.all([
    a === null ? null : jobAt("a", a),
    b === null ? null : jobAt("b", b),
  ]);
  const wrong = [one, other].find((job) => typeof job === "string") ?? null;
  return pick(typeof one === "string" ? null : one, typeof other === "string" ? null : other, wrong);
}

const goTo = (query: string): void => {
  history.pushState(null, "", query);
  scrollTo(0, 0);
  void start();
};
at("pick").addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = (side: "a" | "b"): string =>
    at("pick").querySelector<HTMLInputElement>(`[name=${side}]:checked`)?.value ?? "";
  goTo(`?a=${chosen("a")}&b=${chosen("b")}`);
});
at("compared").addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const query = link?.getAttribute("href") ?? "";
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (!query.startsWith("?") || !isPlain) return;
  event.preventDefault();
  goTo(query);
});
addEventListener("popstate", () => void start());
void start();
