/** A place of the site that every page leads to. */
export type Place = "reports" | "lists" | "method" | "api";

/** The navigation of all pages. The API's own pages have the same (`functions/api/page/document.ts`). */
export const NAV: { key: Place; text: string; href: string }[] = [
  { key: "reports", text: "Reports", href: "/" },
  { key: "lists", text: "Lists", href: "/by/" },
  { key: "method", text: "Method", href: "/method/" },
  { key: "api", text: "API", href: "/api/" },
];
