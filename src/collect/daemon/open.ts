import type { Dispatcher } from "undici";
import { withoutUsers } from "../../chain/transport/users.ts";
import type { OmqClient } from "../../omq/index.ts";
import { isOmqUrl } from "../../omq/index.ts";
import { CollectError } from "../errors.ts";
import { omqDaemon } from "./omqTransport.ts";
import type { DaemonTransport } from "./transport.ts";
import { httpDaemon } from "./transport.ts";

/**
 * The way to a daemon that its address asks for: `http(s)://`, or over OxenMQ `curve://`, `tcp://` and its local socket `ipc:///path`.
 *
 * @param through - A pool or client of one's own, which stays open.
 * @throws CollectError `bad-request` for any other address
 */
export function daemonAt(url: string, through: { dispatcher?: Dispatcher; omq?: OmqClient } = {}): DaemonTransport {
  if (!isOmqUrl(url) && !isHttpUrl(url)) {
    throw new CollectError("bad-request", `"${withoutUsers(url).slice(0, 120)}" is not the URL of a daemon.`, {
      fix: "It begins with http://, https://, curve://, tcp:// or ipc:///.",
    });
  }
  return isOmqUrl(url) ? omqDaemon(url, through.omq) : httpDaemon(url, through.dispatcher);
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
