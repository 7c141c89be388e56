import type { Dispatcher } from "undici";
import type { OmqClient } from "../../omq/index.ts";
import { isOmqUrl } from "../../omq/index.ts";
import { omqDaemon } from "./omqTransport.ts";
import type { DaemonTransport } from "./transport.ts";
import { httpDaemon } from "./transport.ts";

/**
 * The way to a daemon that its address asks for: `http(s)://`, or over OxenMQ `curve://`, `tcp://` and its local socket `ipc:///path`.
 *
 * @param through - A pool or client of one's own, which stays open.
 */
export function daemonAt(url: string, through: { dispatcher?: Dispatcher; omq?: OmqClient } = {}): DaemonTransport {
  return isOmqUrl(url) ? omqDaemon(url, through.omq) : httpDaemon(url, through.dispatcher);
}
