import type { APIRoute } from "astro";
import { reportFiles } from "../../../files.ts";
import { storedPublicUrl, storedReports } from "../../../stored.ts";

/**
 * The files beside each report's page, for the static build. Published reports get theirs from
 * `renderReport`.
 */
export async function getStaticPaths() {
  const paths = [];
  for (const report of await storedReports()) {
    for (const file of await reportFiles(report, storedPublicUrl()))
      paths.push({ params: { id: report.id, file: file.path }, props: { file } });
  }
  return paths;
}

export const GET: APIRoute = ({ props }) =>
  new Response(props["file"].body, { headers: { "content-type": props["file"].contentType } });
