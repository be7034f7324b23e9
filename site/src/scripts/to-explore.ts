import { isOwn } from "./copy.ts";
import { loadVega } from "./vega.ts";

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
      const [vega, specification] = await Promise.all([loadVega(script), textAt(link.href)]);
      place.hidden = false;
      await vega.explore(specification, place, matchMedia("(prefers-color-scheme: dark)").matches);
    } catch {
      place.replaceChildren();
      button.textContent = "Not loaded: try again";
      return;
    } finally {
      place.hidden = true;
      button.disabled = false;
    }
  }
  place.hidden = !place.hidden;
  chart.hidden = !place.hidden;
  button.textContent = place.hidden ? "Explore" : "Back to the picture";
}

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.text();
}
