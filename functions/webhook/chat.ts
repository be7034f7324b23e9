import type { WebhookFormat } from "@brimline/core/codes";
import type { Event } from "@brimline/core/job/state/job";
import { loadText, num, msText } from "@brimline/core/report/text";

/** What an event says to people: a title, sentences, and where to read on. */
interface Told {
  title: string;
  lines: string[];
  links: { text: string; url: string }[];
}

const OBJECTIVE = {
  met: "the objective is met",
  missed: "the objective is missed",
  unknown: "whether the objective is met is not known",
  failed: "the endpoint failed",
};

function told({ type, data: { state, verdict, comparison, level, links } }: Event): Told {
  const title =
    type === "job.started"
      ? "The load begins"
      : level !== null
        ? `${loadText(level.load)}: level ${level.state}`
        : `Job ${state}${verdict === null ? "" : `: ${OBJECTIVE[verdict.status]}`}`;
  const counted =
    level === null
      ? []
      : [
          [
            `${level.ok} ok, ${level.failed} failed`,
            ...(level.outputTokensPerS === null ? [] : [`${num(level.outputTokensPerS)} tokens/s`]),
            ...(level.ttftP95Ms === null ? [] : [`first token within ${msText(level.ttftP95Ms)} for 95 %`]),
          ].join("; "),
        ];
  const judged = verdict === null ? [] : [verdict.answer ?? verdict.sentence];
  const compared = comparison === null ? [] : [comparison.sentence];
  return {
    title,
    lines: [...counted, ...judged, ...compared],
    links: [
      ...(links.page === null ? [] : [{ text: "Report", url: links.page }]),
      { text: "Job", url: links.self },
    ],
  };
}

/** Slack takes &, < and > for its own marks. */
const slackText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A message of Slack's incoming webhooks. Mattermost, and Discord below `/slack`, take it too. */
function slack(event: Event): object {
  const { title, lines, links } = told(event);
  const text = [
    `*${slackText(title)}*`,
    ...lines.map(slackText),
    links.map(({ text: name, url }) => `<${slackText(url)}|${name}>`).join(" · "),
  ].join("\n");
  return { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }] };
}

/** An Adaptive Card, as the workflow "Post to a channel when a webhook request is received" of Teams takes it. */
function teams(event: Event): object {
  const { title, lines, links } = told(event);
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      { type: "TextBlock", text: title, weight: "Bolder", wrap: true },
      ...lines.map((text) => ({ type: "TextBlock", text, wrap: true })),
    ],
    actions: links.map(({ text, url }) => ({ type: "Action.OpenUrl", title: text, url })),
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  };
}

const BODIES: Record<WebhookFormat, (event: Event) => object> = { event: (event) => event, slack, teams };

/** The body of a message about an event. */
export const bodyOf = (event: Event, format: WebhookFormat): string => JSON.stringify(BODIES[format](event));
