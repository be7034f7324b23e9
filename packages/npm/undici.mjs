/**
 * What the sources use of undici, in place of its own index. That loads its fetch, caches and mocks too, which ask
 * Node for more than Node 20 has.
 */
import api from "undici/lib/api/index.js";
import buildConnector from "undici/lib/core/connect.js";
import errors from "undici/lib/core/errors.js";
import Agent from "undici/lib/dispatcher/agent.js";
import Client from "undici/lib/dispatcher/client.js";
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";

Object.assign(Dispatcher.prototype, api);

const request = (url, { dispatcher, ...options }) => {
  const { origin, pathname, search } = new URL(url);
  return dispatcher.request({ origin, path: `${pathname}${search}`, method: "GET", ...options });
};

export { Agent, buildConnector, Client, errors, request };
