/** How long the button says that it copied. */
const SAID_MS = 2000;

/** Whether the file behind a link may be read from this page. */
export const isOwn = (url: string): boolean =>
  location.protocol.startsWith("http") && new URL(url, document.baseURI).origin === location.origin;

/** A button beside everything that is worth copying: commands, and the report as Markdown. */
export function offerCopies(): void {
  // Browsers have a clipboard for pages that came safely alone.
  if (!("clipboard" in navigator)) return;
  for (const code of document.querySelectorAll(".command pre"))
    code.before(copyButton("Copy", () => Promise.resolve(code.textContent ?? "")));
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-copy]"))
    if (isOwn(link.href))
      link.after(
        copyButton("Copy", () => fetch(link.href).then((answer) => answer.text()), link.textContent),
      );
}

function copyButton(text: string, read: () => Promise<string>, about?: string | null): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = text;
  if (about !== undefined && about !== null) button.setAttribute("aria-label", `${text} as ${about}`);
  const copy = async (): Promise<string> => {
    try {
      await navigator.clipboard.writeText(await read());
      return "Copied";
    } catch {
      return "Not copied";
    }
  };
  const say = async (): Promise<void> => {
    button.textContent = await copy();
    setTimeout(() => (button.textContent = text), SAID_MS);
  };
  button.addEventListener("click", () => void say());
  return button;
}
