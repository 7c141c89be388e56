import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The service's metrics, in a registry of their own. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const name = (suffix: string) => `session_portal_${suffix}`;
  return {
    registry,
    requests: new Counter({
      name: name("requests_total"),
      help: "Requests by route and status",
      labelNames: ["route", "status"],
      registers,
    }),
    block: new Gauge({ name: name("index_block"), help: "Last block of the index", registers }),
    lag: new Gauge({ name: name("index_lag_seconds"), help: "Seconds behind the chain's newest block", registers }),
    events: new Gauge({ name: name("index_events"), help: "Events in the index", registers }),
    rollBacks: new Gauge({ name: name("index_roll_backs"), help: "Times that blocks were taken back", registers }),
    failures: new Gauge({ name: name("index_failures"), help: "Looks at the chain that failed", registers }),
    leads: new Gauge({ name: name("index_leads"), help: "1 while this process indexes", registers }),
    running: new Gauge({ name: name("collections_running"), help: "Collections under way", registers }),
    shared: new Gauge({
      name: name("collections_shared"),
      help: "Visitors served by somebody else's collection",
      registers,
    }),
    collections: new Histogram({
      name: name("collection_seconds"),
      help: "Duration of collections by kind and outcome",
      labelNames: ["kind", "outcome"],
      buckets: [0.25, 0.5, 1, 2.5, 5, 10, 20, 40],
      registers,
    }),
    nodes: new Gauge({ name: name("nodes"), help: "Nodes in the contract", registers }),
    memory: new Gauge({
      name: name("resident_memory_bytes"),
      help: "Resident memory of the process",
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
  };
}
