import type { Dispatcher } from "undici";
import type { OmqClient } from "../omq/index.ts";
import { isOmqUrl } from "../omq/index.ts";
import { HttpWire } from "./httpWire.ts";
import type { NodeEndpoint } from "./nodes.ts";
import { OmqWire } from "./omqWire.ts";
import type { Wire } from "./wire.ts";

/** Whether a node is asked over OxenMQ. */
export function isOmqNode(endpoint: NodeEndpoint): boolean {
  return isOmqUrl(endpoint.url);
}

/** The wires of a collector; that of OxenMQ is made when a node needs it. */
export class Wires {
  readonly http: HttpWire;
  readonly #client: OmqClient | undefined;
  #omq: OmqWire | undefined;

  constructor(given: { dispatcher?: Dispatcher | undefined; omq?: OmqClient | undefined }) {
    this.http = new HttpWire(given.dispatcher);
    this.#client = given.omq;
  }

  /** The nodes by the wire that reaches them; no entry for a wire without nodes. */
  split(endpoints: readonly NodeEndpoint[]): { wire: Wire; endpoints: NodeEndpoint[] }[] {
    const omq = endpoints.filter(isOmqNode);
    const http = endpoints.filter((endpoint) => !isOmqNode(endpoint));
    return [
      ...(http.length > 0 ? [{ wire: this.http, endpoints: http }] : []),
      ...(omq.length > 0 ? [{ wire: (this.#omq ??= new OmqWire(this.#client)), endpoints: omq }] : []),
    ];
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.#omq?.close()]);
  }
}
