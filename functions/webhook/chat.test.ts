import type { Event } from "@brimline/core/job/state/job";
import { spokenVerdict } from "@brimline/core/job/state/verdict";
import { expect, test } from "vitest";
import { bodyOf } from "./chat.ts";

const links = {
  self: "http://h/v1/jobs/x?a=1&b=2",
  events: "http://h/e",
  cancel: "http://h/c",
  report: null,
  page: "http://h/r/x/",
  comparison: null,
};
const END: Event = {
  type: "job.completed",
  timestamp: "2026-11-30T08:00:00Z",
  data: {
    jobId: "x",
    state: "completed",
    verdict: { ...spokenVerdict("Judged <so> & so."), status: "met", answer: "Serve up to 104 users." },
    comparison: { baseline: "y", verdict: "same", sentence: "As fast as y.", next: null },
    level: null,
    headline: {},
    links,
  },
};
const LEVEL: Event = {
  ...END,
  type: "level.completed",
  data: {
    ...END.data,
    state: "running",
    verdict: null,
    comparison: null,
    level: {
      id: "l01",
      load: { kind: "concurrency", users: 8 },
      repeat: 0,
      state: "completed",
      ok: 120,
      failed: 2,
      outputTokensPerS: 812.4,
      ttftP95Ms: 387,
      tpotP95Ms: null,
      e2eP95Ms: null,
      met: null,
      goodPercent: null,
    },
    links: { ...links, page: null },
  },
};
const slackText = (event: Event): string => (JSON.parse(bodyOf(event, "slack")) as { text: string }).text;

test("an event as it is", () => {
  expect(JSON.parse(bodyOf(END, "event"))).toEqual(END);
});

test("Slack gets the answer, the comparison and the links, in its own marks", () => {
  expect(slackText(END)).toBe(
    "*Job completed: the objective is met*\nServe up to 104 users.\nAs fast as y.\n<http://h/r/x/|Report> · <http://h/v1/jobs/x?a=1&amp;b=2|Job>",
  );
  const judged = { ...END, data: { ...END.data, verdict: spokenVerdict("Judged <so> & so.") } };
  expect(slackText(judged)).toContain("Judged &lt;so&gt; &amp; so.");
});

test("a level says what it counted", () => {
  expect(slackText(LEVEL)).toContain(
    "*8 users: level completed*\n120 ok, 2 failed; 812.4 tokens/s; first token within 387 ms for 95 %\n",
  );
});

test("Teams gets an Adaptive Card with the same words and a button for each link", () => {
  const { type, attachments } = JSON.parse(bodyOf(END, "teams")) as {
    type: string;
    attachments: { contentType: string; content: { body: { text: string }[]; actions: { url: string }[] } }[];
  };
  const card = attachments[0];
  expect([type, card?.contentType]).toEqual(["message", "application/vnd.microsoft.card.adaptive"]);
  expect(card?.content.body.map(({ text }) => text)).toEqual([
    "Job completed: the objective is met",
    "Serve up to 104 users.",
    "As fast as y.",
  ]);
  expect(card?.content.actions.map(({ url }) => url)).toEqual([links.page, links.self]);
});
