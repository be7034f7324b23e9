import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { TTF } from "./font.ts";

const WIDTH_PX = 1800;

/** A standalone SVG as a PNG, as wide as it is asked, in the light palette. */
export function png(svg: string, widthPx = WIDTH_PX): Uint8Array {
  // The renderer knows weight 600 only as a family of its own, and no media queries.
  const still = svg
    .replace(/<style>[^<]*<\/style>/, "")
    .replaceAll(/ font-weight="(?:600|bold)"/g, ' font-family="Inter SemiBold"')
    .replaceAll(/ font-weight="\d+"/g, "");
  // The renderer takes fonts by path only.
  const folder = mkdtempSync(join(tmpdir(), "brimline-fonts-"));
  try {
    const fontFiles = Object.entries(TTF).map(([name, bytes]) => {
      const file = join(folder, `${name}.ttf`);
      writeFileSync(file, bytes);
      return file;
    });
    return new Resvg(still, {
      fitTo: { mode: "width", value: widthPx },
      font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "Inter" },
    })
      .render()
      .asPng();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
