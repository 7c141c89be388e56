/**
 * Child process of the benchmark: N nodes as {@link ./nodes.ts} has them, over OxenMQ: a ROUTER with CURVE and a key of its own each.
 */
import { curveKeysFrom, btEncode } from "../../src/omq/index.ts";
import { z85Encode } from "../../src/omq/curveKeys.ts";
import { loadZeroMq } from "../../src/omq/zeromq.ts";
import { signedNetwork } from "./network.ts";
import { AMOUNT, HEIGHT, RECIPIENT } from "./question.ts";
import type { NodesOptions, NodesReady } from "./nodes.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as NodesOptions;
const network = signedNetwork(options.size);
const ready: NodesReady = { urls: [], keys: network.keyHexes, dead: 0, liars: [] };
const { lib, context } = await loadZeroMq();
const hex = (text: string) => Buffer.from(text.replace(/^0x/, ""), "hex");

for (let i = 0; i < options.size; i++) {
  const dead = options.deadEvery > 0 && i % options.deadEvery === options.deadEvery - 1;
  const lies = !dead && options.liarEvery > 0 && i % options.liarEvery === 1;
  const signature = hex(network.signatureHexes[lies ? (i * 7 + 13) % options.size : i] as string);
  const reply = btEncode({ address: hex(RECIPIENT), amount: AMOUNT, height: HEIGHT, signature });
  const keys = curveKeysFrom(hex(network.keyHexes[i] as string).subarray(0, 32));
  const router = new lib.Router({
    context,
    linger: 0,
    curveServer: true,
    curveSecretKey: z85Encode(keys.secretKey),
  });
  router.bindSync("tcp://127.0.0.1:*");
  const endpoint = router.lastEndpoint as string;
  ready.urls.push(`${endpoint.replace("tcp:", "curve:")}/${Buffer.from(keys.publicKey).toString("hex")}`);
  if (dead) {
    ready.dead++;
    router.close();
  } else void serve(router, reply);
  if (lies) ready.liars.push(network.keyHexes[i] as string);
}

async function serve(router: InstanceType<typeof lib.Router>, reply: Uint8Array): Promise<void> {
  for await (const [route, , tag] of router) {
    const message = [route as Buffer, "REPLY", tag as Buffer, "200", Buffer.from(reply)] as unknown as Buffer[];
    setTimeout(() => void router.send(message), options.delayMs);
  }
}

// Sockets that were closed let go of their ports in their own time.
await new Promise((resolve) => setTimeout(resolve, 200));
process.on("disconnect", () => process.exit(0));
process.send?.(ready);
