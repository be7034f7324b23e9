/**
 * The script of a list of reports: search in its rows, in older pages on demand, and sorting by a column. Without it
 * the list is whole and newest first.
 */
const form = document.querySelector<HTMLFormElement>("form.find");
const table = document.querySelector<HTMLTableElement>(".reports table");
const body = table?.tBodies[0];
if (form !== null && table !== null && body !== undefined) {
  const field = form.querySelector("input");
  const said = form.querySelector("output");
  const more = form.querySelector("button");
  const pages = document.querySelector<HTMLElement>("nav.pages");
  const nextOf = (page: ParentNode): string | null =>
    page.querySelector("nav.pages a[rel=next]")?.getAttribute("href") ?? null;
  let next = nextOf(document);
  let from = document.baseURI;

  const show = (): void => {
    const words = (field?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...body.rows];
    let found = 0;
    for (const row of rows) {
      const text = (row.textContent ?? "").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) found++;
    }
    const isAll = words.length === 0;
    if (said !== null)
      said.textContent = isAll
        ? ""
        : `${found} of ${rows.length} on ${next === null && pages?.hidden === true ? "all pages" : "this page"}`;
    if (more !== null) more.hidden = isAll || next === null;
  };

  /** Puts the rows of the older pages below those of this one, page by page. */
  const readOlder = async (): Promise<void> => {
    if (more !== null) more.disabled = true;
    while (next !== null) {
      const url = new URL(next, from);
      const answer = await fetch(url);
      if (!answer.ok) break;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const row of page.querySelectorAll<HTMLTableRowElement>(".reports tbody tr")) {
        for (const link of row.querySelectorAll("a"))
          link.href = new URL(link.getAttribute("href") ?? "", url).href;
        body.append(document.adoptNode(row));
      }
      next = nextOf(page);
      from = url.href;
      show();
    }
    if (more !== null) more.disabled = false;
    if (next === null && pages !== null) pages.hidden = true;
    show();
  };

  field?.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  if (next !== null && location.protocol.startsWith("http"))
    more?.addEventListener("click", () => void readOlder());
  else next = null;
  sortable(table, body);
}

/** A head of the table sorts by its column: first the largest or the newest, then the other way. */
function sortable(whole: HTMLTableElement, rows: HTMLTableSectionElement): void {
  const heads = [...(whole.tHead?.rows[0]?.cells ?? [])];
  for (const [index, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isDown = head.getAttribute("aria-sort") !== "descending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      const sorted = [...rows.rows]
        .map((row) => ({ row, value: valueOf(row.cells[index]) }))
        .sort((a, b) => order(a.value, b.value, isDown));
      rows.append(...sorted.map(({ row }) => row));
    });
  }
}

/** What is not known comes last, whichever way. */
function order(a: number | string | null, b: number | string | null, isDown: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const way = typeof a === "string" || typeof b === "string" ? String(b).localeCompare(String(a)) : a - b;
  return isDown ? -way : way;
}

/** A cell as a number: the time of a date, ms of a duration, and the number of anything else. A name stays a text. */
function valueOf(cell: HTMLTableCellElement | undefined): number | string | null {
  const made = cell?.querySelector("time")?.dateTime;
  if (made !== undefined) return Date.parse(made);
  const link = cell?.querySelector("a");
  if (link != null) return link.textContent ?? "";
  const text = (cell?.querySelector("span")?.textContent ?? cell?.textContent ?? "").trim();
  const number = Number.parseFloat(text.replaceAll(/[$≥,]/g, ""));
  if (Number.isNaN(number)) return null;
  return /\d\s*s$/.test(text) ? 1000 * number : number;
}
