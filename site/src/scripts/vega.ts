import type { Drawable } from "../charts/drawable.ts";

/** What explore.ts gives the page when it is loaded. It has Vega in it and is large, so it is loaded when it is needed. */
export interface Vega {
  /** Draws a chart of the page again so that it can be moved. */
  explore(specification: string, place: HTMLElement, isDark: boolean): Promise<void>;
  /** Draws a chart as published pages have it. */
  draw(chart: Drawable): Promise<{ wide: string; narrow: string }>;
}

const loaded: { vega?: Promise<Vega> } = {};

/** It rejects when the script cannot be read, and the next call tries again. */
export function loadVega(src: string): Promise<Vega> {
  loaded.vega ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.addEventListener("load", () =>
      resolve((globalThis as unknown as { brimlineVega: Vega }).brimlineVega),
    );
    script.addEventListener("error", () => {
      delete loaded.vega;
      reject(new Error("the script did not load"));
    });
    document.head.append(script);
  });
  return loaded.vega;
}
