import { ethers } from "ethers";
import type { Argv } from "yargs";
import { access, isLoopback, rpcProvider } from "../lib/connect.ts";
import type { Deployment } from "../lib/deployment.ts";
import { DEPLOYMENT_FILE } from "../lib/deployment.ts";
import { networkInfo } from "../lib/networks.ts";
import { readRecord, recordDirectory } from "../lib/record.ts";
import { Refusal } from "../lib/refusal.ts";
import type { Bridge } from "./bridgeEnds.ts";
import { ask, until } from "./bridgeEnds.ts";
import { deposit } from "./bridgeDeposit.ts";
import { callTo } from "./calls.ts";
import type { CommonArguments, Context } from "./context.ts";
import { addressOption, commonOptions, requireAddress, requireSigner, withContext } from "./context.ts";
import { openJournal } from "./journal.ts";
import { Output, guarded } from "./output.ts";
import type { Ends } from "./ticketFees.ts";
import { ticketFees } from "./ticketFees.ts";
import { numeric } from "../../src/settings/numbers.ts";

/** Which L2 hangs on which L1. */
const PARTNERS: Record<string, string> = { sepolia: "arbitrumSepolia", ethereum: "arbitrum" };

interface Arguments extends CommonArguments {
  action: "register" | "deposit";
  amount: string | undefined;
  to: string | undefined;
  token: string | undefined;
  l2Token: string | undefined;
  l2Record: string | undefined;
  id: string | undefined;
  wait: number;
}

export const command = "bridge <action>";
export const describe = "register SESH with Arbitrum's custom gateway, or bridge an amount L1 -> L2 and wait for it";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser)
    .positional("action", { choices: ["register", "deposit"] as const, demandOption: true })
    .option("amount", { type: "string", describe: "SESH to bridge (deposit)" })
    .option("to", { type: "string", describe: "who receives on L2; the sender when left out" })
    .option("token", { type: "string", describe: "SESH on L1, instead of the recorded one" })
    .option("l2-token", { type: "string", describe: "SESHL2, instead of the recorded one" })
    .option("l2-record", { type: "string", describe: "record of the L2, instead of deployments/<L2>" })
    .option("id", { type: "string", describe: "names this deposit; the same id is never sent twice" })
    .option("wait", { ...numeric("wait"), default: 1_800, describe: "seconds to wait for the arrival" })
    .epilogue(
      "--network is the L1: sepolia (to arbitrumSepolia) or ethereum (to arbitrum).",
    ) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => withBridge(context, args)));
}

async function withBridge(context: Context, args: Arguments): Promise<boolean> {
  const partner = PARTNERS[context.info.name];
  if (partner === undefined) {
    throw new Refusal(
      "network",
      `${context.info.name} is no L1 with a bridge: use ${Object.keys(PARTNERS).join(" or ")}.`,
    );
  }
  const info = networkInfo(partner);
  const far = await access(info, args.rpc);
  const missing = far.problems.find(() => far.url === undefined);
  if (missing !== undefined || far.url === undefined) throw missing ?? new Refusal("rpc", `${partner} has no RPC.`);
  const l2 = rpcProvider(far.url, info.chainId);
  try {
    const record = readRecord<Deployment>(recordDirectory(partner, args.l2Record), DEPLOYMENT_FILE);
    const l2Token = args.l2Token ?? record?.addresses.token;
    if (l2Token === undefined) {
      throw new Refusal(
        "record",
        `No SESHL2 is recorded for ${partner}: deploy it (section TokenL2), or give --l2-token 0x….`,
      );
    }
    const ends = { l1: context.provider, l2, local: isLoopback(far.url), inbox: "" };
    const bridge = await findBridge(ends, requireAddress(context, "token", args.token), l2Token);
    return args.action === "register" ? await register(context, bridge, args) : await deposit(context, bridge, args);
  } finally {
    l2.destroy();
  }
}

/** Asks each contract for the next; what does not fit together is refused here. */
async function findBridge(ends: Ends, token: string, l2Token: string): Promise<Bridge> {
  const l1 = ends.l1;
  const l1Gateway = await ask(l1, token, "gateway");
  const l1Router = await ask(l1, token, "router");
  const l2Gateway = await ask(l1, l1Gateway, "counterpartGateway");
  const l2Router = await ask(l1, l1Router, "counterpartGateway");
  const inbox = await ask(l1, l1Gateway, "inbox");
  const named = {
    l1Address: await ask(ends.l2, l2Token, "l1Address"),
    l2Gateway: await ask(ends.l2, l2Token, "l2Gateway"),
  };
  if (named.l1Address !== token || named.l2Gateway !== l2Gateway) {
    throw new Refusal(
      "state",
      `SESHL2 ${l2Token} names ${named.l1Address} and the gateway ${named.l2Gateway}, ` +
        `but SESH is ${token} and its gateway's counterpart ${l2Gateway}: deploy SESHL2 with those.`,
    );
  }
  return {
    ...ends,
    token,
    l2Token: addressOption(l2Token, "--l2-token"),
    l1Gateway,
    l1Router,
    l2Gateway,
    l2Router,
    inbox,
  };
}

async function register(context: Context, bridge: Bridge, args: Arguments): Promise<boolean> {
  const { output, provider, info } = context;
  const known = await ask(provider, bridge.l1Gateway, "l1ToL2Token", bridge.token);
  if (known !== ethers.ZeroAddress && known !== bridge.l2Token) {
    throw new Refusal(
      "state",
      `The gateway has ${bridge.token} registered as ${known} already, and registers once only.`,
    );
  }
  const receiver = await ask(provider, bridge.token, "genesisReceiver");
  const toGateway = new ethers.Interface(["function registerTokenFromL1(address[],address[])"]);
  const toRouter = new ethers.Interface(["function setGateway(address[],address[])"]);
  const refundTo = context.from ?? receiver;
  const gatewayFees = await ticketFees(bridge, {
    from: bridge.l1Gateway,
    to: bridge.l2Gateway,
    data: toGateway.encodeFunctionData("registerTokenFromL1", [[bridge.token], [bridge.l2Token]]),
    refundTo,
  });
  const routerFees = await ticketFees(bridge, {
    from: bridge.l1Router,
    to: bridge.l2Router,
    data: toRouter.encodeFunctionData("setGateway", [[bridge.token], [bridge.l2Gateway]]),
    refundTo,
  });
  // One price for both tickets is what the token's function takes.
  const price = gatewayFees.maxFeePerGas > routerFees.maxFeePerGas ? gatewayFees.maxFeePerGas : routerFees.maxFeePerGas;
  const values = [gatewayFees, routerFees].map((fees) => fees.maxSubmissionCost + fees.gasLimit * price);
  const total = values.reduce((sum, value) => sum + value, 0n);
  output.say(
    `Register SESH ${bridge.token} as ${bridge.l2Token}, fees by ${gatewayFees.by}: ${ethers.formatEther(total)} ETH, the rest refunded on L2.`,
  );
  const result = {
    network: info.name,
    token: bridge.token,
    l2Token: bridge.l2Token,
    fees: { gateway: gatewayFees, router: routerFees },
  };
  if (!context.broadcast) {
    output.say(known === ethers.ZeroAddress ? "Nothing was sent: add --broadcast." : "Registered already.");
    output.result({ ok: true, mode: "dry-run", ...result });
    return true;
  }
  const journal = await openJournal(context, "bridge-register");
  if (known === ethers.ZeroAddress) {
    const account = requireSigner(context);
    if (account.from !== receiver) {
      throw new Refusal(
        "account",
        `Only ${receiver}, who received the supply, may register, and this account is ${account.from}: use its key.`,
      );
    }
    const call = callTo(
      bridge.token,
      "function registerTokenOnL2(address,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address) payable",
      [
        bridge.l2Token,
        gatewayFees.maxSubmissionCost,
        routerFees.maxSubmissionCost,
        gatewayFees.gasLimit,
        routerFees.gasLimit,
        price,
        values[0],
        values[1],
        account.from,
      ],
      "register SESH with the custom gateway and the router",
      total,
    );
    const entry = await journal.once("register", call, { provider, ...account });
    output.progress(`registered on L1: ${entry.hash}; waiting for both tickets on L2`);
  }
  await until(bridge, args.wait, "the registration on L2", async () => {
    const registered = await ask(bridge.l2, bridge.l2Gateway, "l1ToL2Token", bridge.token);
    const routed = await ask(bridge.l2, bridge.l2Router, "l1TokenToGateway", bridge.token);
    return registered === bridge.l2Token && routed === bridge.l2Gateway;
  });
  journal.finish();
  output.say("Registered on both sides.");
  output.result({ ok: true, mode: "broadcast", ...result, record: journal.file });
  return true;
}
