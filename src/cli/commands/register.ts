import { Interface } from "ethers";
import {
  deployContributionCall,
  formatSesh,
  parseAddress,
  parsePayee,
  probeFeatures,
  registerCall,
  registerWithPermitCall,
  serviceNodeContributionFactoryAbi,
} from "../../chain/index.ts";
import type { ContributorStruct, NodeParamsStruct, ReservedStruct } from "../../chain/index.ts";
import { HEADINGS } from "./headings.ts";
import type { CommandContext } from "../terminal/command.ts";
import { defineCommand } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import { withNetwork, withSending } from "../terminal/options.ts";
import { readRows } from "../claiming/recipients.ts";
import type { Row } from "../claiming/recipients.ts";
import { askRegistration, checkRegistration, readRegistration } from "../joining/registration.ts";
import type { Registration } from "../joining/registration.ts";
import type { Sender } from "../session/sending.ts";
import { withSender } from "../session/sending.ts";
import type { Output } from "../terminal/output.ts";
import { withSession } from "../session/session.ts";
import type { Session } from "../session/session.ts";
import { requireClaimable } from "../joining/beneficiary.ts";
import { allow, permit, requireBalance } from "../joining/stake.ts";
import { feeOf, seshOf } from "../terminal/amounts.ts";

/** `register`: a node with the stake of the sender; with that of several; or a contribution contract to fund it together. */
export const registerCommand = defineCommand({
  ...HEADINGS.register,
  calldata: true,
  builder: (yargs) =>
    withSending(withNetwork(yargs))
      .option("registration", {
        type: "string",
        normalize: true,
        describe: "JSON file with the node's registration (bls_pubkey, proof_of_possession, service_node_pubkey, …)",
        requiresArg: true,
        conflicts: "daemon-url",
      })
      .option("daemon-url", {
        alias: "daemon",
        type: "string",
        describe:
          "Daemon to ask for its registration: its local socket ipc:///var/lib/oxen/oxend.sock, or JSON-RPC (bls_registration_request)",
        requiresArg: true,
      })
      .option("operator", {
        type: "string",
        describe: "Operator that the registration is for (default: the account)",
        requiresArg: true,
      })
      .option("fee", { type: "string", default: "0", describe: "Operator's fee in percent, 0 to 100" })
      .option("beneficiary", {
        type: "string",
        describe: "Who receives the operator's rewards (default: the operator)",
        requiresArg: true,
      })
      .option("contributors", {
        type: "string",
        normalize: true,
        describe: "CSV or JSON of address, amount, beneficiary: the operator first; the account pays for all",
        requiresArg: true,
        conflicts: ["open", "beneficiary"],
      })
      .option("permit", {
        type: "boolean",
        default: true,
        describe: "Sign a permit instead of sending an approval, where contract and token can",
      })
      .option("open", { type: "boolean", describe: "Deploy a contribution contract instead, for others to pay into" })
      .option("reserved", {
        type: "string",
        normalize: true,
        describe: "With --open: CSV or JSON of address, amount: reservations, the operator's first",
        requiresArg: true,
        implies: "open",
      })
      .option("manual-finalize", {
        type: "boolean",
        describe: "With --open: wait for the operator when full",
        implies: "open",
      })
      .option("factory", {
        type: "string",
        describe: "With --open: address of the contribution factory, where the preset has none",
        requiresArg: true,
      })
      .example(
        "$0 register --daemon ipc:///var/lib/oxen/oxend.sock --fee 5",
        "what it would take to register that node",
      )
      .example("$0 register --registration node.json --open --fee 5 --broadcast", "let others stake in it"),
  run: (args, context) =>
    withSession(args, context.io, (session) =>
      withSender(args, session, context, undefined, (sender) => register(args, sender, session, context)),
    ),
});

interface RegisterArgs {
  operator: string | undefined;
  fee: string;
  registration: string | undefined;
  daemonUrl: string | undefined;
  open: boolean | undefined;
  reserved: string | undefined;
  factory: string | undefined;
  manualFinalize: boolean | undefined;
  contributors: string | undefined;
  beneficiary: string | undefined;
  permit: boolean;
}

async function register(
  args: RegisterArgs,
  sender: Sender,
  session: Session,
  { io, out }: CommandContext,
): Promise<void> {
  const operator = args.operator === undefined ? sender.account : parseAddress(args.operator, "--operator");
  const fee = feeOf(args.fee, "--fee");
  if (args.open === true && args.beneficiary !== undefined) {
    throw new CliError(
      "usage",
      "A contribution contract takes no --beneficiary when it is made.",
      "Name it with your payment: contribute <contract> --amount min --beneficiary 0x….",
    );
  }
  const given =
    args.registration !== undefined
      ? await readRegistration(args.registration)
      : args.daemonUrl !== undefined
        ? await askRegistration(args.daemonUrl, operator, io)
        : undefined;
  if (given === undefined) {
    throw new CliError("usage", "There is no node to register.", "Give --daemon or --registration.");
  }
  const registration = checkRegistration(given, operator, session);
  const { blsPubkey } = registration;
  const ed25519Pubkey = `0x${registration.ed25519Pubkey.toString(16).padStart(64, "0")}`;
  const open = args.open === true;
  await sender.begin(`register ${blsPubkey}${open ? " open" : ""}`);
  if (sender.finished) {
    const contributionContract = open ? await madeBy(sender.finished.record.hash, session) : undefined;
    return sender.show({ blsPubkey, ed25519Pubkey, operator, contributionContract }, () =>
      afterwards(contributionContract, out),
    );
  }
  await requireNew(registration, session);
  const requirement = await session.rewards.stakingRequirement();
  const reserved = open && args.reserved !== undefined ? toReserved(await readRows(args.reserved)) : [];
  const contributors = open
    ? []
    : args.contributors === undefined
      ? solo(operator, args.beneficiary, requirement, sender)
      : toContributors(await readRows(args.contributors), operator, requirement);
  const elsewhere = contributors.map(({ staker }) => staker).filter(({ addr, beneficiary }) => addr !== beneficiary);
  await requireClaimable(
    elsewhere.map(({ beneficiary }) => beneficiary),
    session,
  );
  sender.announce(() => {
    out.fields([
      ["operator", operator],
      ["BLS key", blsPubkey],
      ["Ed25519 key", ed25519Pubkey],
      ["proof of possession", out.colors.green("verified")],
      ["registration", out.colors.green("signed by the node")],
      ["fee", `${fee / 100} %`],
      ["stake", open ? "by contributions" : `${formatSesh(requirement)} SESH, from ${sender.account}`],
      ["rewards to", contributors.length === 1 ? elsewhere[0]?.beneficiary : undefined],
    ]);
    if (contributors.length <= 1 && reserved.length === 0) return;
    const rows = open
      ? reserved.map(({ addr, amount }) => [addr, formatSesh(amount)])
      : contributors.map(({ staker, stakedAmount }) => [
          staker.addr,
          formatSesh(stakedAmount),
          staker.beneficiary === staker.addr ? "" : staker.beneficiary,
        ]);
    out.table(
      [
        { name: open ? "reserved for" : "contributor", fit: "shorten" },
        { name: "SESH", align: "point" },
        ...(elsewhere.length > 0 ? [{ name: "rewards to", fit: "shorten" as const }] : []),
      ],
      rows,
    );
  });

  let contributionContract: string | undefined;
  const { key, proof } = registration;
  const params = toParams(registration, fee);
  if (open) {
    const factory = findFactory(args.factory, session);
    const manual = args.manualFinalize === true;
    const { record } = await sender.run(deployContributionCall(factory, key, proof, params, reserved, manual));
    if (sender.broadcast) contributionContract = await madeBy(record?.hash, session);
  } else {
    await requireBalance(session, sender, requirement);
    const features = await probeFeatures(session.provider, session.rewardsAddress);
    const byPermit = args.permit && features.has("addBLSPublicKeyWithPermit");
    const to = session.rewardsAddress;
    const permitted = byPermit ? await permit(session, sender, to, requirement) : undefined;
    const call = permitted
      ? registerWithPermitCall(to, key, proof, params, contributors, permitted)
      : registerCall(to, key, proof, params, contributors);
    const approved = permitted === undefined && (await allow(session, sender, to, requirement, call));
    await sender.run(call, { after: approved });
  }
  const shown = { blsPubkey, ed25519Pubkey, operator, fee, requirement, open, contributors, reserved };
  const id = sender.broadcast && !open ? await session.rewards.serviceNodeIDs(blsPubkey) : undefined;
  sender.show({ ...shown, contributionContract, ...(id === undefined ? {} : { node: id }) }, () =>
    afterwards(contributionContract, out, id),
  );
}

/** The state after the transaction, and what comes next. */
function afterwards(contributionContract: string | undefined, out: Output, id?: bigint): void {
  if (contributionContract === undefined) {
    return out.line(`The node is registered${id === undefined ? "" : `, as node ${id}`}.`);
  }
  out.fields([["contribution contract", contributionContract]]);
  out.line(`Pay your part first: contribute ${contributionContract} --amount min`);
}

/** Address of the contribution contract that a transaction made, by the factory's event. */
async function madeBy(hash: string | undefined, { provider }: Session): Promise<string | undefined> {
  const receipt = hash === undefined ? null : await provider.getTransactionReceipt(hash);
  const factory = new Interface(serviceNodeContributionFactoryAbi);
  const made = receipt?.logs
    .map((log) => factory.parseLog(log))
    .find((event) => event?.name === "NewServiceNodeContributionContract");
  return made?.args[0] as string | undefined;
}

async function requireNew({ blsPubkey, ed25519Pubkey }: Registration, { rewards }: Session): Promise<void> {
  const [byBls, byEd25519] = await Promise.all([
    rewards.serviceNodeIDs(blsPubkey),
    rewards.ed25519ToServiceNodeID(ed25519Pubkey),
  ]);
  const id = byBls || byEd25519;
  if (id === 0n) return;
  const which = byBls ? "BLS" : "Ed25519";
  throw new CliError(
    "refused",
    `The node's ${which} key is registered already, as node ${id}.`,
    "Exit that node first.",
  );
}

/** An empty list is the contract's form of "the caller alone, for itself". */
function solo(
  operator: string,
  beneficiary: string | undefined,
  requirement: bigint,
  sender: Sender,
): ContributorStruct[] {
  if (beneficiary === undefined && operator === sender.account) return [];
  const to = beneficiary === undefined ? operator : parsePayee(beneficiary, "--beneficiary");
  return [{ staker: { addr: operator, beneficiary: to }, stakedAmount: requirement }];
}

function toContributors(rows: readonly Row[], operator: string, requirement: bigint): ContributorStruct[] {
  if (rows[0]?.address !== operator) {
    throw new CliError("usage", "--contributors: the first must be the operator.", `Put ${operator} first.`);
  }
  const contributors = rows.map((row) => ({
    staker: { addr: row.address, beneficiary: row.beneficiary ?? row.address },
    stakedAmount: amountOf(row, "--contributors"),
  }));
  const sum = contributors.reduce((total, { stakedAmount }) => total + stakedAmount, 0n);
  if (sum !== requirement) {
    throw new CliError(
      "usage",
      `--contributors: the stakes add up to ${formatSesh(sum)} SESH, not ${formatSesh(requirement)}.`,
      "They must be the staking requirement exactly.",
    );
  }
  return contributors;
}

function toReserved(rows: readonly Row[]): ReservedStruct[] {
  const named = rows.find(({ beneficiary }) => beneficiary !== undefined);
  if (named !== undefined) {
    throw new CliError(
      "usage",
      `--reserved: ${named.address} has a beneficiary, and a reservation has none.`,
      "Each contributor names it when paying in (contribute --beneficiary).",
    );
  }
  return rows.map((row) => ({ addr: row.address, amount: amountOf(row, "--reserved") }));
}

function amountOf(row: Row, option: string): bigint {
  if (row.amount === undefined) throw new CliError("usage", `${option}: ${row.address} has no amount.`);
  return seshOf(row.amount, option);
}

function toParams({ ed25519Pubkey, signature }: Registration, fee: number): NodeParamsStruct {
  const [serviceNodeSignature1, serviceNodeSignature2] = signature;
  return { serviceNodePubkey: ed25519Pubkey, serviceNodeSignature1, serviceNodeSignature2, fee };
}

function findFactory(given: string | undefined, session: Session): string {
  const factory = given ?? session.contributionFactory;
  if (factory !== undefined) return parseAddress(factory, "--factory");
  throw new CliError(
    "usage",
    `The network ${session.networkName} has no known contribution factory.`,
    "Give --factory.",
  );
}
