import { ethers } from "ethers";
import hre from "hardhat";
import type { Argv } from "yargs";
import { codeOf, reader } from "../lib/checks.ts";
import { Refusal } from "../lib/refusal.ts";
import { getToken } from "../../src/chain/contracts.ts";
import { formatSesh } from "../../src/chain/units.ts";
import { callTo } from "./calls.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, requireAddress, requireSigner, withContext } from "./context.ts";
import { chainSeconds } from "../../src/chain/sending/follow.ts";
import type { Entry } from "../../src/chain/sending/journal.ts";
import type { OperationJournal } from "./journal.ts";
import { openJournal } from "./journal.ts";
import { Output, grouped, guarded } from "./output.ts";
import type { Vesting } from "./vestingFile.ts";
import { readVestingFile } from "./vestingFile.ts";

interface Arguments extends CommonArguments {
  file: string;
}

export const command = "vesting <file>";
export const describe = "deploy and fund a TokenVestingStaking for each row of a CSV";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser).positional("file", {
    type: "string",
    demandOption: true,
    describe: "CSV: beneficiary,revoker,start,end,transferableBeneficiary,amount",
  }) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => vest(context, args)));
}

interface Wiring {
  token: string;
  rewards: string;
  factory: string;
}

async function vest(context: Context, args: Arguments): Promise<boolean> {
  const { provider, output, info } = context;
  const wiring: Wiring = {
    token: requireAddress(context, "token"),
    rewards: requireAddress(context, "rewards"),
    factory: requireAddress(context, "factory"),
  };
  const now = await chainSeconds(provider);
  const list = readVestingFile(args.file, now);
  const journal = await openJournal(context, "vesting");
  const token = getToken(wiring.token, provider);

  const plans = [];
  for (const vesting of list) {
    const contract = await deployed(context, journal, vesting);
    const held = contract === undefined ? 0n : await token.balanceOf(contract);
    // Funded once is funded: what the investor has staked or released since is none of this script's business.
    const funded = (await journal.included(`fund-${vesting.key}`, provider)) !== undefined || held >= vesting.amount;
    plans.push({ vesting, contract, lacking: funded ? 0n : vesting.amount - held });
  }
  const lacking = plans.reduce((total, plan) => total + plan.lacking, 0n);
  output.table(
    [
      { name: "line", align: "right" },
      { name: "beneficiary", fit: "shorten" },
      { name: "amount (SESH)", align: "point" },
      { name: "contract", fit: "shorten" },
      { name: "to do" },
    ],
    plans.map(({ vesting, contract, lacking: rest }) => [
      vesting.line,
      vesting.beneficiary,
      formatSesh(vesting.amount),
      contract ?? "",
      contract === undefined ? "deploy and fund" : rest > 0n ? "fund" : "done",
    ]),
  );
  if (context.from !== undefined) {
    const balance = await token.balanceOf(context.from);
    if (balance < lacking) {
      throw new Refusal(
        "funds",
        `${context.from} has ${formatSesh(balance)} SESH and the list needs ` +
          `${formatSesh(lacking)}: send it the difference.`,
      );
    }
  }
  if (!context.broadcast) {
    output.result({ ok: true, mode: "dry-run", network: info.name, vestings: plans.map(resultOf), lacking });
    output.say("Nothing was sent: add --broadcast.");
    return true;
  }

  const { signer, from } = requireSigner(context);
  const { abi, bytecode } = await hre.artifacts.readArtifact("TokenVestingStaking");
  const factory = new ethers.ContractFactory(abi as ethers.InterfaceAbi, bytecode);
  let gasUsed = 0n;
  let finished = 0;
  for (const plan of plans) {
    const { vesting } = plan;
    if (plan.contract === undefined) {
      const { data } = await factory.getDeployTransaction(...constructorArguments(vesting, wiring));
      const call = {
        to: "",
        data,
        value: 0n,
        method: "constructor",
        what: `deploy the vesting of line ${vesting.line}`,
      };
      const entry = await journal.create(`deploy-${vesting.key}`, call, { provider, signer, from });
      plan.contract = entry.contract;
      gasUsed += BigInt(entry.gasUsed ?? 0);
    }
    const contract = plan.contract ?? "";
    await refuseOther(context, contract, vesting, wiring);
    if (plan.lacking > 0n) {
      const call = callTo(
        wiring.token,
        "function transfer(address,uint256)",
        [contract, plan.lacking],
        `fund the vesting of line ${vesting.line}`,
      );
      const entry = await journal.once(`fund-${vesting.key}`, call, { provider, signer, from }, async () => {
        return (await token.balanceOf(contract)) >= vesting.amount;
      });
      gasUsed += BigInt(entry.gasUsed ?? 0);
      plan.lacking = 0n;
    }
    output.progress(`vesting ${++finished} of ${plans.length}: ${contract} for ${vesting.beneficiary}`);
  }
  journal.finish();
  output.say(`${plans.length} vestings stand, with ${grouped(gasUsed)} gas now. Record: ${journal.file}`);
  output.result({
    ok: true,
    mode: "broadcast",
    network: info.name,
    vestings: plans.map(resultOf),
    gasUsed,
    record: journal.file,
  });
  return true;
}

function resultOf({ vesting, contract, lacking }: { vesting: Vesting; contract: string | undefined; lacking: bigint }) {
  return { line: vesting.line, beneficiary: vesting.beneficiary, amount: vesting.amount, contract, lacking };
}

function constructorArguments(vesting: Vesting, wiring: Wiring): unknown[] {
  return [
    vesting.beneficiary,
    vesting.revoker,
    vesting.start,
    vesting.end,
    vesting.transferableBeneficiary,
    wiring.rewards,
    wiring.factory,
    wiring.token,
  ];
}

/** The contract of a row, if an earlier run deployed it. */
async function deployed(context: Context, journal: OperationJournal, vesting: Vesting): Promise<string | undefined> {
  const entry: Entry | undefined = await journal.included(`deploy-${vesting.key}`, context.provider);
  return entry?.contract;
}

/** Money goes only to a contract that is what the row says. The beneficiary may have been transferred since, if that is allowed. */
async function refuseOther(context: Context, contract: string, vesting: Vesting, wiring: Wiring): Promise<void> {
  const { abi } = await hre.artifacts.readArtifact("TokenVestingStaking");
  const read = reader(context.provider, contract, abi as ethers.InterfaceAbi);
  const expected: Record<string, unknown> = {
    start: vesting.start,
    end: vesting.end,
    transferableBeneficiary: vesting.transferableBeneficiary,
    rewardsContract: wiring.rewards,
    snContribFactory: wiring.factory,
    SESH: wiring.token,
    ...(vesting.transferableBeneficiary ? {} : { beneficiary: vesting.beneficiary }),
  };
  if ((await codeOf(context.provider, contract, "TokenVestingStaking")) !== "TokenVestingStaking") {
    throw new Refusal("state", `${contract} (line ${vesting.line}) is not a TokenVestingStaking: it is not funded.`);
  }
  for (const [name, value] of Object.entries(expected)) {
    const found = await read(name);
    if (String(found) !== String(value)) {
      throw new Refusal(
        "state",
        `${contract} (line ${vesting.line}): ${name} is ${String(found)}, not ${String(value)}.`,
      );
    }
  }
}
