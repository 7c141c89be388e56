import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The service's metrics, in a registry of their own. */
export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const name = (suffix: string) => `session_watch_${suffix}`;
  return {
    registry,
    polls: new Counter({
      name: name("polls_total"),
      help: "Polls by result: ok, waiting (for a transaction under way), failed",
      labelNames: ["result"],
      registers,
    }),
    pollSeconds: new Histogram({
      name: name("poll_seconds"),
      help: "Duration of a poll",
      buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    lastSuccess: new Gauge({
      name: name("last_success_timestamp_seconds"),
      help: "Time of the last good poll",
      registers,
    }),
    backoff: new Gauge({ name: name("backoff_seconds"), help: "Pause before the next poll", registers }),
    candidates: new Gauge({
      name: name("candidates"),
      help: "Nodes that left the network but not the contract, by whether they are liquidatable",
      labelNames: ["ripe"],
      registers,
    }),
    signers: new Gauge({ name: name("signers"), help: "Signers of the last collection", registers }),
    pending: new Gauge({ name: name("pending_transactions"), help: "Transactions whose end is not known", registers }),
    oldestPending: new Gauge({
      name: name("oldest_pending_seconds"),
      help: "How long the oldest transaction under way has been so; 0 without one",
      registers,
    }),
    stalled: new Gauge({
      name: name("stalled"),
      help: "1 while a transaction is under way for too long, and nothing else is done",
      registers,
    }),
    liquidations: new Counter({
      name: name("liquidations_total"),
      help: "Liquidations by result",
      labelNames: ["result"],
      registers,
    }),
    earned: new Counter({ name: name("earned_sesh_total"), help: "Liquidator's shares received, SESH", registers }),
    spent: new Counter({ name: name("gas_spent_eth_total"), help: "Gas paid, ETH", registers }),
    balance: new Gauge({ name: name("account_eth"), help: "Balance of the account, ETH", registers }),
  };
}
