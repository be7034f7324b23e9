import { errorsTo, type Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { DueEvent, DeliverInput } from "../tasks/notify.ts";
import { deliver } from "../tasks/notify.ts";

/** Delivers events beside the jobs, so that no job waits for a slow receiver. */
export interface Notifier {
  /** Makes one try at a delivery, or waits for the one that is being made. */
  send(input: DeliverInput): Promise<void>;
  /**
   * Waits for the tries that are being made, at most `maxMs`. A delivery that is not settled then stays in
   * the outbox.
   */
  settle(maxMs: number): Promise<void>;
}

export function createNotifier(service: Service, log: Log): Notifier {
  const sending = new Map<string, Promise<void>>();
  const nameOf = ({ jobId, sequence }: DueEvent): string => `${jobId}/${sequence}`;
  const tryOnce = async (input: DeliverInput): Promise<void> => {
    try {
      const { outcome, tries } = await deliver(service, input);
      if (outcome !== "waiting") log.info({ ...input, outcome, tries }, "delivery");
    } catch (error) {
      // The marker stays in the outbox, so the next sweep tries again.
      errorsTo(log)(error, input);
    }
  };
  return {
    send(input) {
      const name = nameOf(input);
      const before = sending.get(name);
      if (before !== undefined) return before;
      const sent = tryOnce(input).finally(() => sending.delete(name));
      sending.set(name, sent);
      return sent;
    },
    async settle(maxMs) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, maxMs);
      await Promise.race([Promise.all(sending.values()), late]);
      clearTimeout(timer);
    },
  };
}
