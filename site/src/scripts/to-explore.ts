import { isOwn } from "./copy.ts";

/** What explore.ts adds to the page when it is loaded. */
export type Explore = (specification: string, place: HTMLElement, isDark: boolean) => Promise<void>;

/**
 * A button below each chart that draws it again so that it can be moved and read point by point. What draws is large,
 * so it is loaded at the first click.
 */
export function offerExploring(script: string): void {
  if (!isOwn(script)) return;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-spec]")) {
    const chart = link.closest("figure")?.querySelector<HTMLElement>(".chart");
    if (chart === null || chart === undefined) continue;
    const place = document.createElement("div");
    place.className = "explored";
    place.hidden = true;
    chart.after(place);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Explore";
    button.setAttribute(
      "aria-label",
      `Explore: ${link.closest("figure")?.querySelector("h3")?.textContent ?? ""}`,
    );
    button.addEventListener("click", () => void toggle(script, { button, chart, place, link }));
    link.after(button);
  }
}

interface Parts {
  button: HTMLButtonElement;
  chart: HTMLElement;
  place: HTMLElement;
  link: HTMLAnchorElement;
}

async function toggle(script: string, { button, chart, place, link }: Parts): Promise<void> {
  if (place.childElementCount === 0) {
    button.disabled = true;
    button.textContent = "Loading …";
    try {
      const [explore, specification] = await Promise.all([
        load(script),
        fetch(link.href).then((answer) => answer.text()),
      ]);
      place.hidden = false;
      await explore(specification, place, matchMedia("(prefers-color-scheme: dark)").matches);
      place.hidden = true;
    } catch {
      button.textContent = "Not loaded";
      return;
    }
    button.disabled = false;
  }
  place.hidden = !place.hidden;
  chart.hidden = !place.hidden;
  button.textContent = place.hidden ? "Explore" : "Back to the picture";
}

const loaded: { script?: Promise<Explore> } = {};

const load = (src: string): Promise<Explore> =>
  (loaded.script ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.addEventListener("load", () =>
      resolve((globalThis as unknown as { brimlineExplore: Explore }).brimlineExplore),
    );
    script.addEventListener("error", () => reject(new Error("the script did not load")));
    document.head.append(script);
  }));
