import { usd } from "../format/number.ts";

/** The slider moves by the logarithm of the price, so that cheap GPUs have as much room as dear ones. */
const STEPS = 400;

/**
 * Lets a reader put in a price of their own. A level's cost is the price times the hours that a million of its tokens
 * take, which the page has for every level and for both ends of the interval.
 */
export function followPrice(): void {
  const form = document.querySelector<HTMLElement>("[data-price]");
  const range = form?.querySelector<HTMLInputElement>("input[type=range]");
  const field = form?.querySelector<HTMLInputElement>("input[type=number]");
  if (form == null || range == null || field == null) return;
  const [least, most] = [Number(field.min), Number(field.max)];
  const given = Number(form.dataset["price"]);
  const cells = [...document.querySelectorAll<HTMLElement>("[data-gpu-hours]")];
  const drawn = [...document.querySelectorAll<SVGTextElement>("#cost svg text")].flatMap((text) => {
    const value = Number(/^\$([\d.,]+)$/.exec(text.textContent ?? "")?.[1]?.replaceAll(",", ""));
    return Number.isFinite(value) ? [{ text, value }] : [];
  });
  const show = (price: number): void => {
    for (const cell of cells)
      cell.textContent = (cell.dataset["gpuHours"] ?? "")
        .split(" ")
        .map((hours) => usd(Number(hours) * price))
        .join(" – ");
    for (const { text, value } of drawn) text.textContent = value === 0 ? "$0" : usd((value * price) / given);
  };
  const placeOf = (price: number): number =>
    Math.round((STEPS * Math.log(price / least)) / Math.log(most / least));
  range.max = String(STEPS);
  range.value = String(placeOf(Number(field.value)));
  range.addEventListener("input", () => {
    const price = least * (most / least) ** (Number(range.value) / STEPS);
    field.value = String(Number(price.toPrecision(2)));
    show(Number(field.value));
  });
  field.addEventListener("input", () => {
    const price = Number(field.value);
    if (!(price > 0)) return;
    range.value = String(placeOf(price));
    show(price);
  });
  if (given > 0)
    form.querySelector("button")?.addEventListener("click", () => {
      field.value = String(given);
      range.value = String(placeOf(given));
      show(given);
    });
  else show(Number(field.value));
  form.hidden = false;
  for (const each of document.querySelectorAll<HTMLElement>("[data-with-price]")) each.hidden = false;
}
