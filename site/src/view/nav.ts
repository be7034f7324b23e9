/** A place of the site that every page leads to. */
export type Place = "reports" | "method";

/** The navigation of all pages. */
export const NAV: { key: Place; text: string; href: string }[] = [
  { key: "reports", text: "Reports", href: "/" },
  { key: "method", text: "Method", href: "/method/" },
];
