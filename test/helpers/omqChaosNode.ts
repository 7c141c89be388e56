/** A node of the live network as it may be met over OxenMQ: a real ROUTER with CURVE on loopback, honest or otherwise. */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type * as zeromq from "zeromq";
import type { PublicKey, SecretKey, Signature } from "../../src/bls/index.ts";
import {
  bytesFromHex,
  exitMessage,
  hexFromBytes,
  liquidateMessage,
  publicKeyFromBytes,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  signatureToBytes,
  signHash,
} from "../../src/bls/index.ts";
import { btDecodeDict, btEncode, curveKeysFrom, maxPayload } from "../../src/omq/index.ts";
import type { BtInputDict } from "../../src/omq/index.ts";
import { z85Encode } from "../../src/omq/curveKeys.ts";
import { loadZeroMq } from "../../src/omq/zeromq.ts";
import type { ChaosNetwork } from "./chaosNode.ts";
import { hashOf, nonCanonical, OUT_OF_SUBGROUP } from "./chaosNode.ts";

/**
 * - `honest`, and honest in a way that takes a tolerant reader: `odd`; or patience: `late`, `flapping`, `twice`, `chatty`, `behind`
 * - nobody, or not the node: `refusing`, `mute` (TCP, no word), `hanging-up`, `other-key`, `open` (no CURVE), `http`
 * - no reply: `hanging`, `wrong-tag`, `disconnecting`
 * - refusals: `unknown`, `tagless`, `forbidden`, `no-node`, `unwilling`, `malformed`, `failing`
 * - no answer: `garbage`, `statusless`, `dictless`, `short`, `negative`, `disordered`, `large`, `at-limit`, `over-limit`, `many-parts`, `flooding`
 * - a wrong one: `other-question`, `replaying`, `overpaying`, `lying`, `non-canonical`, `off-curve`, `infinity`, `out-of-subgroup`
 */
export type OmqBehaviour =
  | "honest"
  | "odd"
  | "late"
  | "flapping"
  | "twice"
  | "chatty"
  | "behind"
  | "refusing"
  | "mute"
  | "hanging-up"
  | "other-key"
  | "open"
  | "http"
  | "hanging"
  | "wrong-tag"
  | "disconnecting"
  | "unknown"
  | "tagless"
  | "forbidden"
  | "no-node"
  | "unwilling"
  | "malformed"
  | "failing"
  | "garbage"
  | "statusless"
  | "dictless"
  | "short"
  | "negative"
  | "disordered"
  | "large"
  | "at-limit"
  | "over-limit"
  | "many-parts"
  | "flooding"
  | "other-question"
  | "replaying"
  | "overpaying"
  | "lying"
  | "non-canonical"
  | "off-curve"
  | "infinity"
  | "out-of-subgroup";

type Frames = (string | Uint8Array)[];

interface Twist {
  key?: SecretKey;
  extra?: bigint;
  ago?: number;
  address?: Uint8Array;
  encode?: (signature: Signature) => Uint8Array;
}

/** Behaviours in which another program than a ZeroMQ socket has the port. */
const TCP: Partial<Record<OmqBehaviour, (socket: Socket) => void>> = {
  mute: (socket) => void socket.resume(),
  "hanging-up": (socket) => void socket.destroy(),
  http: (socket) => void socket.end(`HTTP/1.1 400 Bad Request\r\n\r\n${"x".repeat(200)}`),
};

/** One node, of a BLS key; its X25519 key follows from it, for tests. */
export class OmqChaosNode {
  readonly secretKey: SecretKey;
  readonly publicKey: PublicKey;
  readonly hex: string;
  readonly x25519: string;
  behaviour: OmqBehaviour = "honest";
  /** Requests served. */
  served = 0;
  readonly #keys;
  readonly #network: ChaosNetwork;
  readonly #signatures = new Map<string, Signature>();
  #router: zeromq.Router | undefined;
  #tcp: Server | undefined;
  #port = 0;

  constructor(network: ChaosNetwork, secretKey: SecretKey) {
    this.#network = network;
    this.secretKey = secretKey;
    this.publicKey = publicKeyOf(secretKey);
    this.hex = publicKeyToHex(this.publicKey);
    this.#keys = curveKeysFrom(bytesFromHex(this.hex).slice(0, 32));
    this.x25519 = Buffer.from(this.#keys.publicKey).toString("hex");
  }

  get url(): string {
    return `curve://127.0.0.1:${this.#port}/${this.x25519}`;
  }

  /** Starts as it behaves now, on the port that it had before, if any. */
  async start(): Promise<void> {
    const onTcp = TCP[this.behaviour];
    if (onTcp) return this.#listenTcp(onTcp);
    const { lib, context } = await loadZeroMq();
    const secret = this.behaviour === "other-key" ? new Uint8Array(32).fill(7) : this.#keys.secretKey;
    const router = new lib.Router({
      context,
      linger: 0,
      sendHighWaterMark: 0,
      ...(this.behaviour === "open" ? {} : { curveServer: true, curveSecretKey: z85Encode(secret) }),
    });
    await untilFree(() => router.bindSync(`tcp://127.0.0.1:${this.#port || "*"}`));
    this.#port = Number(router.lastEndpoint?.split(":").at(-1));
    this.#router = router;
    if (this.behaviour === "refusing") return this.stop();
    void this.#serve(router);
  }

  async stop(): Promise<void> {
    this.#router?.close();
    this.#router = undefined;
    const tcp = this.#tcp;
    this.#tcp = undefined;
    if (tcp) await new Promise((resolve) => tcp.close(resolve));
  }

  /** Behaves so from now on. */
  async become(behaviour: OmqBehaviour): Promise<void> {
    const needsAnother = (one: OmqBehaviour) => one in TCP || ["refusing", "other-key", "open"].includes(one);
    const restart = needsAnother(behaviour) || needsAnother(this.behaviour) || (!this.#router && !this.#tcp);
    this.behaviour = behaviour;
    this.served = 0;
    if (!restart) return;
    await this.stop();
    await this.start();
  }

  async #listenTcp(onTcp: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      onTcp(socket);
    });
    this.#tcp = server;
    await untilFree(
      () =>
        new Promise<void>((resolve, reject) => {
          server.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
        }),
    );
  }

  async #serve(router: zeromq.Router): Promise<void> {
    for await (const [route, ...frames] of router) {
      this.served++;
      const send = async (messages: Frames[]) => {
        for (const message of messages)
          await router.send([route as Buffer, ...(message as Buffer[])]).catch(() => undefined);
      };
      if (this.behaviour === "late") setTimeout(() => void send(this.#answer(frames)), 400);
      else if (this.behaviour === "disconnecting") void this.stop().then(() => this.start());
      else await send(this.#answer(frames));
    }
  }

  #answer(frames: readonly Buffer[]): Frames[] {
    const [command, tag, data] = frames as [Buffer, Buffer, Buffer];
    const reply = (...parts: Frames): Frames[] => [["REPLY", tag, ...parts]];
    const honest = (twist: Twist = {}) => reply("200", this.#signed(command.toString(), data, twist));
    const noise = (count: number): Frames[] => Array.from({ length: count }, () => ["blocks.new", "x"]);
    const answers: Partial<Record<OmqBehaviour, () => Frames[]>> = {
      odd: () => {
        const dict = Buffer.from(this.#signed(command.toString(), data, {})).toString("latin1");
        // Extra keys, one twice, leading zeros, and bytes behind the end: all of which the vendor's reader lets pass.
        const inner = dict.slice(1, -1).replace("6:amounti", "6:amounti000");
        return reply("200", Buffer.from(`d1:Ai1e${inner}9:signature1:x1:zleeXX`, "latin1"));
      },
      flapping: () =>
        this.served % 3 === 1 ? reply("500", "busy") : this.served % 3 === 2 ? reply("410", "later") : honest(),
      twice: () => [...honest(), ...honest({ extra: 1n })],
      chatty: () => [
        ["HELLO"],
        ...noise(3),
        ["UNKNOWNCOMMAND", "x.y"],
        ["REPLY", "other", "200"],
        ...honest(),
        ...noise(3),
      ],
      behind: () => (this.served <= 2 ? reply("410", "not there yet") : honest()),
      hanging: () => [],
      "wrong-tag": () => [["REPLY", `${tag.toString()}x`, "200", this.#signed(command.toString(), data, {})]],
      unknown: () => [["UNKNOWNCOMMAND", command]],
      tagless: () => [["NO_REPLY_TAG", command]],
      forbidden: () => [["FORBIDDEN", "REPLY", tag]],
      "no-node": () => [["NOT_A_SERVICE_NODE", "REPLY", tag]],
      unwilling: () => reply("403", "no \u001b[31mrights"),
      malformed: () => reply("400", "bad request"),
      failing: () => reply("500", "\xff"),
      garbage: () => reply("200", Buffer.from([0xff, 0, 0x1b, 0x5b, 0x33, 0x31, 0x6d])),
      statusless: () => reply(),
      dictless: () => reply("200"),
      short: () => honest({ encode: (signature) => signatureToBytes(signature).subarray(0, 127) }),
      negative: () => honest({ extra: -(2n ** 62n) }),
      disordered: () => {
        const dict = btDecodeDict(this.#signed(command.toString(), data, {}));
        const one = (name: string) => btEncode({ [name]: dict.get(name) as Uint8Array }).slice(1, -1);
        return reply(
          "200",
          Buffer.concat([Buffer.from("d"), ...[...dict.keys()].reverse().map(one), Buffer.from("e")]),
        );
      },
      large: () => reply("200", Buffer.alloc(100_000, 0x30)),
      "at-limit": () => reply("200", Buffer.alloc(maxPayload(true), 0x30)),
      "over-limit": () => reply("200", Buffer.alloc(maxPayload(true) + 1, 0x30)),
      "many-parts": () => reply("200", ...Array.from({ length: 5_000 }, () => "x")),
      flooding: () => noise(1_001),
      "other-question": () => honest({ address: new Uint8Array(64).fill(0xab) }),
      replaying: () => honest({ ago: 10 }),
      overpaying: () => honest({ extra: 1_000_000_000n }),
      lying: () => honest({ key: this.secretKey + 1n }),
      "non-canonical": () => honest({ encode: (signature) => bytesFromHex(nonCanonical(signature)) }),
      "off-curve": () =>
        honest({ encode: (signature) => signatureToBytes(signature).map((b, i) => (i === 127 ? b ^ 1 : b)) }),
      infinity: () => honest({ encode: () => new Uint8Array(128) }),
      "out-of-subgroup": () => honest({ encode: () => bytesFromHex(OUT_OF_SUBGROUP) }),
    };
    try {
      return (answers[this.behaviour] ?? honest)();
    } catch (error) {
      // The network's figures may be kept for some heights only.
      if (error instanceof RangeError) return reply("410", "this height is not available");
      throw error;
    }
  }

  #signed(command: string, data: Uint8Array, twist: Twist): Uint8Array {
    const { tags, amountOf } = this.#network;
    const request = btDecodeDict(data);
    if (command === "bls.get_rewards") {
      const address = request.get("address") as Uint8Array;
      const height = Number(request.get("height")) - (twist.ago ?? 0);
      const recipient = hexFromBytes(address);
      const amount = amountOf(recipient, height) + (twist.extra ?? 0n);
      const message = amount >= 0n ? rewardMessage(tags, { recipient, amount }) : new Uint8Array();
      return this.#dict({ address: twist.address?.slice(0, 20) ?? address, amount, height }, message, twist);
    }
    const key = request.get("bls_pubkey") as Uint8Array;
    const timestamp = Number(request.get("timestamp")) - (twist.ago ?? 0);
    const build = command === "bls.get_exit" ? exitMessage : liquidateMessage;
    const message = build(tags, { publicKey: publicKeyFromBytes(key), timestamp });
    return this.#dict({ remove: twist.address ?? key }, message, twist);
  }

  #dict(fields: BtInputDict, message: Uint8Array, twist: Twist): Uint8Array {
    const hash = hashOf(message, this.#network.tags);
    const key = twist.key ?? this.secretKey;
    const name = `${key} ${hexFromBytes(message)}`;
    const signature = this.#signatures.get(name) ?? signHash(hash, key);
    this.#signatures.set(name, signature);
    return btEncode({ ...fields, signature: (twist.encode ?? signatureToBytes)(signature) });
  }
}

/** A port that was closed a moment ago may still be taken. */
async function untilFree(bind: () => unknown): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await bind();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "EADDRINUSE" || attempt > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
