import "vega";

declare module "vega" {
  /** How the scene graph measures text; not in its published types. */
  export const textMetrics: {
    width(item: { fontSize?: number; fontWeight?: number | string; text?: unknown }, text?: unknown): number;
  };
}
