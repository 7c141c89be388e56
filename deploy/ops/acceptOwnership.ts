import { ethers } from "ethers";
import type { Argv } from "yargs";
import { Refusal } from "../lib/refusal.ts";
import { OWNED } from "../lib/stages.ts";
import { loadAccount } from "../../src/chain/files/index.ts";
import { callTo } from "./calls.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, requireAddress, withContext } from "./context.ts";
import { openJournal } from "./journal.ts";
import { Output, guarded } from "./output.ts";

interface Arguments extends CommonArguments {
  keystore: string | undefined;
  passwordFile: string | undefined;
}

export const command = "accept-ownership";
export const describe = "the new owner accepts pool, rewards and factory (OWNER_PRIVATE_KEY or a keystore)";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser)
    .option("keystore", { type: "string", describe: "encrypted JSON keystore of the new owner" })
    .option("password-file", {
      type: "string",
      describe: "file whose first line opens it",
    }) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  // The deployer's key plays no part: the network is opened to read, and the owner signs.
  await guarded(output, () => withContext(args, output, (context) => accept(context, args), false));
}

async function accept(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info } = context;
  const signer = await loadAccount(
    { variable: "OWNER_PRIVATE_KEY", keystore: args.keystore, passwordFile: args.passwordFile },
    provider,
  );
  const calls = [];
  for (const name of OWNED) {
    const address = requireAddress(context, name);
    const contract = new ethers.Contract(
      address,
      ["function owner() view returns (address)", "function pendingOwner() view returns (address)"],
      provider,
    );
    const pending = (await contract.getFunction("pendingOwner")()) as string;
    if (pending === ethers.ZeroAddress) {
      output.say(`${name} ${address}: nobody is named, the owner is ${String(await contract.getFunction("owner")())}`);
      continue;
    }
    if (signer !== undefined && pending !== signer.address) {
      throw new Refusal(
        "account",
        `${name} waits for ${pending}, and this key is ${signer.address}: use the other key.`,
      );
    }
    calls.push({ name, pending, call: callTo(address, "function acceptOwnership()", [], `accept ${name}`) });
    output.say(`${name} ${address}: ${pending} is to call acceptOwnership(), data ${calls.at(-1)?.call.data}`);
  }
  if (context.broadcast) {
    if (signer === undefined) {
      throw new Refusal(
        "variable",
        "OWNER_PRIVATE_KEY is not set: set it, or name a --keystore, or send the calls above from a wallet.",
      );
    }
    const journal = await openJournal(context, "accept-ownership");
    for (const { name, call } of calls) {
      // It is offered now: what this journal has accepted was an earlier handover.
      await journal.renew(name, provider);
      const entry = await journal.once(name, call, { provider, signer, from: signer.address });
      output.progress(`${name} accepted: ${entry.hash}`);
    }
    journal.finish();
    output.say(`Accepted ${calls.length}. Now run the deployment once more: the ProxyAdmins follow.`);
  } else output.say("Nothing was sent: add --broadcast, or send these calls from a wallet.");
  output.result({
    ok: true,
    mode: context.broadcast ? "broadcast" : "dry-run",
    network: info.name,
    accepted: calls.map(({ name, pending, call }) => ({ name, owner: pending, to: call.to, data: call.data })),
  });
  return true;
}
