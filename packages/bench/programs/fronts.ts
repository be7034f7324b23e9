import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LITELLM, LITELLM_ENV, litellmConfig } from "../engines/litellm-proxy.ts";
import { freePort } from "../engines/serve.ts";
import { install, installedPython } from "../peers/venv.ts";
import type { TlsCertificate } from "../truth/tls-certificate.ts";

/** Where a gateway listens, what it stands in front of, and where its files may lie. */
interface Place {
  port: number;
  /** The engine's host and port. */
  upstream: string;
  model: string;
  folder: string;
  tls: TlsCertificate;
}

/** A gateway in front of an engine. */
export interface Front {
  name: string;
  /** What runs it. It is null where that is not installed. */
  command: string | null;
  scheme: "http" | "https";
  config: (place: Place) => string;
  args: (configFile: string, place: Place) => string[];
  env?: Record<string, string>;
}

export interface RunningFront {
  /** The base URL, with /v1. */
  url: string;
  stop(): Promise<void>;
}

export const BASIC = { user: "ann", password: "an even longer secret" };
const LISTENS_WITHIN_MS = 60_000;
const FOUND_WITHIN_MS = 5000;

const found = (command: string): string | null =>
  spawnSync(command, ["--version"], { stdio: "ignore", timeout: FOUND_WITHIN_MS }).error === undefined
    ? command
    : null;

const nginx = (name: string, location: string): Front => ({
  name,
  command: found("nginx"),
  scheme: "http",
  config: ({ port, upstream, folder }) => `
    daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
    http {
      access_log off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://${upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; ${location} }
      }
    }`,
  args: (file, { folder }) => ["-p", folder, "-c", file, "-e", join(folder, "error.log")],
});

const haproxy = (name: string, option: string): Front => ({
  name,
  command: found("haproxy"),
  scheme: "http",
  config: ({ port, upstream }) => `defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  ${option}
frontend front
  bind 127.0.0.1:${port}
  default_backend engine
backend engine
  server engine ${upstream}
`,
  args: (file) => ["-f", file],
});

const caddy = (name: string, site: string): Front => ({
  name,
  command: found("caddy"),
  scheme: "https",
  config: ({ port, upstream, tls }) => `{
  admin off
}
https://127.0.0.1:${port} {
  tls ${tls.cert} ${tls.key}
  ${site}
  reverse_proxy ${upstream}
}
`,
  args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
});

/** nghttp2's proxy, which offers HTTP/2 alone. */
const http2Only: Front = {
  name: "nghttpx, HTTP/2 only",
  command: found("nghttpx"),
  scheme: "https",
  config: ({ port, upstream, tls }) => `frontend=127.0.0.1,${port}
backend=${upstream.replace(":", ",")}
private-key-file=${tls.key}
certificate-file=${tls.cert}
npn-list=h2
workers=1
`,
  args: (file) => [`--conf=${file}`],
};

function basicSite(): string {
  if (found("caddy") === null) return "";
  const hash = execFileSync("caddy", ["hash-password", "--plaintext", BASIC.password], { encoding: "utf8" });
  return `basicauth {\n    ${BASIC.user} ${hash.trim()}\n  }`;
}

/** Installs LiteLLM's proxy where it is missing, and says how that went. */
export async function installLitellm(): Promise<void> {
  const failed = await install("litellm", [LITELLM], 10);
  process.stderr.write(`litellm: ${failed === null ? "installed" : `not installable here: ${failed}`}\n`);
}

function litellm(): Front {
  const python = installedPython("litellm");
  return {
    name: "LiteLLM",
    command: python === null ? null : join(python, "../litellm"),
    scheme: "http",
    config: ({ upstream, model }) => litellmConfig({ apiBase: `http://${upstream}/v1`, model }),
    args: (file, { port }) => ["--config", file, "--host", "127.0.0.1", "--port", String(port)],
    env: LITELLM_ENV,
  };
}

export const FRONTS = {
  nginxBuffered: nginx("nginx as it comes (it buffers)", ""),
  nginx: nginx("nginx, `proxy_buffering off`", "proxy_buffering off;"),
  haproxyDefault: haproxy("HAProxy as it comes", ""),
  haproxy: haproxy("HAProxy, `option http-no-delay`", "option http-no-delay"),
  caddy: caddy("Caddy, TLS of a private authority", ""),
  caddyBasic: caddy("Caddy, TLS and Basic", basicSite()),
  http2Only,
  litellm: litellm(),
};

export async function startFront(
  front: Front & { command: string },
  what: Pick<Place, "upstream" | "model" | "tls">,
): Promise<RunningFront> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-front-"));
  const place = { ...what, folder, port: await freePort() };
  const file = join(folder, "config.yaml");
  await writeFile(file, front.config(place));
  const child = spawn(front.command, front.args(file, place), {
    stdio: "ignore",
    cwd: folder,
    env: { ...process.env, ...front.env },
  });
  const exited = once(child, "exit");
  async function stop(): Promise<void> {
    child.kill("SIGTERM");
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
  const untilMs = performance.now() + LISTENS_WITHIN_MS;
  while (!(await listens(place.port))) {
    if (hasEnded(child) || performance.now() > untilMs) {
      await stop();
      throw new Error(`${front.name} did not start`);
    }
    await sleep(100);
  }
  return { url: `${front.scheme}://127.0.0.1:${place.port}/v1`, stop };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
      .once("connect", () => resolve(true))
      .once("error", () => resolve(false))
      .once("close", () => socket.destroy());
    socket.once("connect", () => socket.end());
  });
