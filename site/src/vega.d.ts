import "vega";

declare module "vega" {
  /** Vega's scene graph measures text with this. Its published types do not have it. */
  export const textMetrics: {
    width(item: { fontSize?: number; fontWeight?: number | string; text?: unknown }, text?: unknown): number;
  };
}
