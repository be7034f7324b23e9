import type { Job } from "@brimline/core/job/state/job";
import { html } from "hono/html";
import { textOf, type Html } from "../html/table.ts";
import { day } from "../format/number.ts";
import type { Answer } from "./service.ts";

export type Picked = Pick<Job, "id" | "name" | "createdAt" | "tags" | "links" | "state" | "verdict">;
interface JobList {
  jobs: Picked[];
  next: string | null;
}
type Ask = (path: string) => Promise<Answer<JobList>>;

/** How long the reader's typing has to rest before the service is asked. */
const REST_MS = 250;
const AT_ONCE = 30;
/** Ends what the picker listens to. */
const open = { abort: new AbortController() };

/** Shows the reports of the service, newest first, each to be chosen as the one before or the one after. */
export async function picker(
  chosen: { a: Picked | null; b: Picked | null },
  ask: Ask,
  say: (text: string, isWrong?: boolean) => void,
  why: string | null,
): Promise<void> {
  const form = document.getElementById("pick") as HTMLFormElement;
  const rows = form.querySelector("tbody");
  const field = form.querySelector<HTMLInputElement>("input[type=search]");
  const more = form.querySelector<HTMLButtonElement>("#older");
  const submit = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (rows === null || field === null || more === null || submit === null) return;
  const known = new Map<string, Picked>();
  let listed: Picked[] = [];
  let next: string | null = null;

  const show = (): void => {
    const { a, b } = chosen;
    const first = [a, b].filter((job) => job !== null);
    const others = listed.filter(({ id }) => id !== a?.id && id !== b?.id);
    const all = [...new Map([...first, ...others].map((job) => [job.id, job])).values()];
    for (const job of all) known.set(job.id, job);
    rows.innerHTML = textOf(html`${all.map((job) => rowOf(job, chosen))}`);
    more.hidden = next === null;
    submit.disabled = a === null || b === null;
    form.hidden = false;
  };

  const read = async (isMore: boolean): Promise<void> => {
    const query = new URLSearchParams({ limit: String(AT_ONCE) });
    const words = field.value.trim();
    if (words !== "") query.set("q", words);
    if (isMore && next !== null) query.set("cursor", next);
    const answer = await ask(`jobs?${query}`);
    if (words !== field.value.trim()) return;
    if ("problem" in answer) return say(answer.problem, true);
    const reported = answer.value.jobs.filter(({ links }) => links.report !== null);
    listed = isMore ? [...listed, ...reported] : reported;
    next = answer.value.next;
    show();
    if (why === null) say(wordsOf(listed.length, words, next !== null));
  };

  const choose = ({ target }: Event): void => {
    if (!(target instanceof HTMLInputElement) || (target.name !== "a" && target.name !== "b")) return;
    const side = target.name;
    chosen[side] = known.get(target.value) ?? null;
    // No report is compared with itself, and its other button is off meanwhile.
    for (const other of rows.querySelectorAll<HTMLInputElement>(`input[name=${side === "a" ? "b" : "a"}]`))
      other.disabled = other.value === target.value;
    submit.disabled = chosen.a === null || chosen.b === null;
  };
  let resting: ReturnType<typeof setTimeout> | undefined;
  const search = (): void => {
    clearTimeout(resting);
    resting = setTimeout(() => void read(false), REST_MS);
  };
  // A reader may come back to the picker, which then has other reports chosen.
  open.abort.abort();
  open.abort = new AbortController();
  const { signal } = open.abort;
  form.addEventListener("change", choose, { signal });
  field.addEventListener("input", search, { signal });
  more.addEventListener("click", () => void read(true), { signal });
  if (why !== null) say(why, true);
  if (chosen.a !== null || chosen.b !== null) show();
  await read(false);
}

function wordsOf(count: number, words: string, hasMore: boolean): string {
  if (count > 0) return "";
  if (words === "") return "No job has a report yet.";
  return hasMore ? "None of the newest reports has these words." : "No report has these words.";
}

function rowOf(job: Picked, { a, b }: { a: Picked | null; b: Picked | null }): Html {
  const { id, name, createdAt, tags, verdict } = job;
  const radio = (side: "a" | "b", mine: Picked | null, other: Picked | null): Html =>
    html`<td>
      <input
        type="radio"
        name="${side}"
        value="${id}"
        required
        aria-label="${side === "a" ? "Before" : "After"}: ${name}, ${id}"
        ${mine?.id === id ? "checked" : ""}
        ${other?.id === id ? "disabled" : ""}
      />
    </td>`;
  const about = [
    `${day(createdAt)}, ${createdAt.slice(11, 16)} UTC`,
    ...tags,
    verdict?.status === "missed" ? "objective missed" : "",
    verdict?.status === "met" ? "objective met" : "",
  ];
  return html`<tr>
    ${radio("a", a, b)}${radio("b", b, a)}
    <th scope="row">
      ${name}<small>${about.filter((part) => part !== "").join(" · ")} · <span>${id}</span></small>
    </th>
  </tr>`;
}
