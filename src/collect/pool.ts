import { Client, Dispatcher } from "undici";

/** Connections kept for the next request: every node of today's network and more. */
const MAX_KEPT = 2_048;

/**
 * One kept-alive connection a node, and a bound on how many are kept. (undici's own Agent keeps everything it ever had for as long
 * as the other side does.)
 */
export class ConnectionPool extends Dispatcher {
  /** In the order of their last use. */
  readonly #clients = new Map<string, Client>();
  readonly #maxKept: number;
  #limit: number;

  constructor(maxKept: number = MAX_KEPT) {
    super();
    this.#maxKept = maxKept;
    this.#limit = maxKept;
  }

  /**
   * Tells how many nodes are about to be asked in turn. More than can be kept: then none is worth keeping, since each would be
   * dropped before its next turn, and asking 10,000 nodes shall not hold sockets of thousands.
   */
  expect(nodes: number): void {
    this.#limit = nodes > this.#maxKept ? 0 : this.#maxKept;
  }

  /** Connections held now, for tests. */
  get size(): number {
    return this.#clients.size;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const origin = String(options.origin);
    let client = this.#clients.get(origin);
    if (client) this.#clients.delete(origin);
    else client = open(origin);
    this.#clients.set(origin, client);
    // Where none is kept the connection ends with its reply: cheaper than destroying the client, which makes an error for each.
    const ready = client.dispatch(this.#limit === 0 ? { ...options, reset: true } : options, handler);
    // Afterwards: the new one is in use then, and not the first idle one.
    if (this.#clients.size > this.#limit) this.#dropOldest();
    return ready;
  }

  override async close(): Promise<void> {
    await this.#all((client) => client.close());
  }

  override async destroy(): Promise<void> {
    await this.#all((client) => client.destroy());
  }

  async #all(end: (client: Client) => Promise<void>): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map(end));
  }

  #dropOldest(): void {
    for (const [origin, client] of this.#clients) {
      if (client.stats.running + client.stats.pending > 0) continue;
      this.#clients.delete(origin);
      if (this.#limit > 0) client.destroy().catch(() => undefined);
      return;
    }
  }
}

function open(origin: string): Client {
  return new Client(origin, {
    pipelining: 1,
    connect: { timeout: 5_000 },
    // The one timer of `askJson` covers all of it; undici's own would run beside it for each request.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
    maxHeaderSize: 8_192,
  });
}
