import type * as z from "zod/mini";
import * as schemas from "./schemas.ts";
import { PageError } from "./trouble.ts";

const TIMEOUT_MS = 20_000;
/** A collection takes half of that; the service tells of each step. */
const SILENCE_MS = 45_000;

/** One reply of the service this page came from, checked. */
async function get<T>(path: string, schema: z.ZodMiniType<T>, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(path, {
      headers: { accept: "application/json" },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    throw unreachable(error);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const refusal = schemas.Refusal.safeParse(body);
    if (refusal.success) throw new PageError(refusal.data.error.code, refusal.data.error.error, "");
    throw new PageError("service", `The service answered ${response.status}.`, "Try again in a minute.");
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new PageError(
      "reply",
      `The service's reply to ${path.split("/").slice(0, 3).join("/")} is not what it should be${where ? ` (${where})` : ""}.`,
      "Reload the page: it may be older than the service.",
    );
  }
  return parsed.data;
}

function unreachable(cause: unknown): PageError {
  return new PageError(
    "unreachable",
    "The service does not answer.",
    "Check your connection. Your stakes and rewards are on the chain and not here; the command line claims without this service.",
    cause,
  );
}

function silent(): PageError {
  return new PageError(
    "silent",
    "The service has said nothing for 45 seconds.",
    "Ask again; what the contract has on record can be claimed without it, and the command line needs no service at all.",
  );
}

export const service = {
  config: (signal?: AbortSignal) => get("app/config", schemas.Config, signal),
  state: (signal?: AbortSignal) => get("app/state", schemas.State, signal),
  nodes: (signal?: AbortSignal) => get("app/nodes", schemas.Nodes, signal),
  keys: (signal?: AbortSignal) => get("app/keys", schemas.Keys, signal),
  networkHistory: (points: number, signal?: AbortSignal) =>
    get(`app/history/network?points=${points}`, schemas.NetworkHistory, signal),
  addressHistory: (address: string, signal?: AbortSignal) =>
    get(`app/history/${address}`, schemas.AddressHistory, signal),
  vesting: (address: string, signal?: AbortSignal) => get(`app/vesting/${address}`, schemas.VestingList, signal),
  stakes: (address: string, signal?: AbortSignal) => get(`stakes/${address}`, schemas.Stakes, signal),
  rewards: async (address: string, signal?: AbortSignal) =>
    (await get(`rewards/${address}`, schemas.Rewards, signal)).rewards,
  contributions: async (signal?: AbortSignal) =>
    (await get("contract/contribution", schemas.Contributions, signal)).contracts,
  departing: async (signal?: AbortSignal) => (await get("exit_liquidation_list", schemas.Departing, signal)).result,
  registrations: async (of: string, signal?: AbortSignal) =>
    (await get(`registrations/${of}`, schemas.Registrations, signal)).registrations,
};

/** A collection as it goes on. */
export interface Collecting<T> {
  onProgress: (progress: schemas.Progress) => void;
  signal: AbortSignal;
  schema: z.ZodMiniType<T>;
}

/**
 * Has the service collect signatures, and follows it.
 *
 * @throws PageError with what the service says when too few sign, or when it goes away
 */
export function collect<T>(path: string, { onProgress, signal, schema }: Collecting<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const source = new EventSource(path);
    let silence: ReturnType<typeof setTimeout> | undefined;
    const finish = (settle: () => void) => {
      clearTimeout(silence);
      source.close();
      settle();
    };
    // A service that has accepted and says nothing would be waited for until the visitor gives up.
    let broken = 0;
    const heard = () => {
      broken = 0;
      clearTimeout(silence);
      silence = setTimeout(() => finish(() => reject(silent())), SILENCE_MS);
    };
    heard();
    const parse = <P>(data: unknown, with_: z.ZodMiniType<P>): P | undefined => {
      try {
        return with_.parse(JSON.parse(String(data)));
      } catch {
        finish(() => reject(new PageError("reply", "The service's answer is malformed.", "Ask again.")));
        return undefined;
      }
    };
    signal.addEventListener("abort", () => finish(() => reject(new PageError("stopped", "Stopped.", ""))));
    source.addEventListener("progress", ({ data }) => {
      heard();
      const progress = parse(data, schemas.Progress);
      if (progress) onProgress(progress);
    });
    source.addEventListener("result", ({ data }) => {
      const result = parse(data, schema);
      if (result !== undefined) finish(() => resolve(result));
    });
    source.addEventListener("failure", ({ data }) => {
      const failure = parse(data, schemas.CollectFailure);
      if (!failure) return;
      // The service's sentence has its remedy in it.
      const sentence = /[.!?]$/.test(failure.error) ? failure.error : `${failure.error}.`;
      finish(() => reject(new PageError(failure.code, sentence, "")));
    });
    // A source that breaks off connects again by itself; what was collected is shared, so nothing is lost. One that cannot is over.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED || ++broken > 3) finish(() => reject(unreachable(undefined)));
    };
  });
}
