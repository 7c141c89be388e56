import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import json5 from "json5";
import { readTextSync } from "../../src/settings/text.ts";
import { ethers } from "ethers";
import { z } from "zod";
import { prefixAddress } from "../../src/chain/address.ts";
import { Refusal, Refusals } from "./refusal.ts";

/** A parameter file after its checks: the sections (one an Ignition module) and their values, integers as `bigint`. */
export type Parameters = Partial<Record<SectionName, Record<string, string | bigint>>>;

const address = z
  .string()
  .overwrite(prefixAddress)
  .superRefine((text, context) => {
    if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
      context.addIssue({ code: "custom", message: `"${text}" is not an address (0x and 40 hex digits)` });
    } else if (!ethers.isAddress(text)) {
      context.addIssue({ code: "custom", message: `${text} has a wrong checksum: copy the address again` });
    } else if (BigInt(text) === 0n) {
      context.addIssue({ code: "custom", message: "is the zero address: give the real one" });
    }
  });

const positive = z
  .union([z.bigint(), z.number().int()], { error: 'must be an integer (a big one as "123n")' })
  .transform(BigInt)
  .refine((value) => value > 0n, { message: "must be greater than zero" });

const stakingShape = {
  stakingRequirement: positive,
  maxContributors: positive,
  liquidatorRatio: positive,
  poolRatio: positive,
  recipientRatio: positive,
};

const ratios = (value: { liquidatorRatio: bigint; poolRatio: bigint; recipientRatio: bigint }): boolean =>
  (value.liquidatorRatio + value.poolRatio) * 3n <= value.recipientRatio;
const RATIO_RULE = {
  path: ["recipientRatio"],
  message: "is too small: (liquidatorRatio + poolRatio) * 3 must not exceed it, or the contract refuses to initialise",
};

/**
 * One schema a section. The order is the order of execution: a later section may use what an earlier one deployed, so `token`
 * may be left out of the staking sections when `TokenL2` (or, for a chain of its own, `Token`) is in the same file.
 */
const SECTIONS = {
  Token: z.strictObject({
    totalSupply: positive,
    genesisReceiver: address.optional(),
    gateway: address,
    router: address,
  }),
  TokenL2: z.strictObject({ l2Gateway: address, l1Address: address }),
  Devnet: z.strictObject(stakingShape).refine(ratios, RATIO_RULE),
  StakingTestnet: z.strictObject({ token: address.optional(), ...stakingShape }).refine(ratios, RATIO_RULE),
  Staking: z.strictObject({ token: address.optional(), ...stakingShape }).refine(ratios, RATIO_RULE),
  Funding: z.strictObject({ amount: positive }),
  Handover: z.strictObject({ owner: address }),
} as const;

export type SectionName = keyof typeof SECTIONS;

const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

/** The sections that deploy the staking contracts; a file has at most one of them. */
export const STAKING_SECTIONS: readonly SectionName[] = ["Devnet", "StakingTestnet", "Staking"];

/** `deploy/parameters/<network>.json5`. */
export function parametersFile(network: string): string {
  return fileURLToPath(new URL(`../parameters/${network}.json5`, import.meta.url));
}

/**
 * Reads and checks a parameter file: JSON5, `"…n"` for big integers, one section a module.
 *
 * @throws Refusals `parameters`, one sentence for each thing that is wrong.
 */
export function readParameters(file: string): Parameters {
  if (!existsSync(file)) {
    throw new Refusal("parameters", `There is no parameter file ${file}: name one with --parameters.`);
  }
  let raw: unknown;
  try {
    // Ignition's own reader keeps the marks that editors put at the beginning of a file.
    raw = json5.parse(readTextSync(file), bigIntegers);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal("parameters", `${file} is not valid JSON5 (${why}).`, { cause: error });
  }
  return checkParameters(raw, file);
}

/** `"5000n"`, as Ignition's parameter files write what JSON has no number for. */
function bigIntegers(_: string, value: unknown): unknown {
  return typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}

/** The checks of {@link readParameters} on a value that is in memory already. */
export function checkParameters(raw: unknown, file: string): Parameters {
  const problems: Refusal[] = [];
  const refuse = (sentence: string) => problems.push(new Refusal("parameters", `${file}: ${sentence}`));
  const checked: Parameters = {};

  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new Refusal("parameters", `${file}: must be an object of sections (${SECTION_NAMES.join(", ")}).`);
  }
  for (const section of Object.keys(raw)) {
    if (!(section in SECTIONS)) refuse(`there is no section "${section}": choose from ${SECTION_NAMES.join(", ")}.`);
  }
  for (const section of SECTION_NAMES) {
    const value = (raw as Record<string, unknown>)[section];
    if (value === undefined) continue;
    const result = SECTIONS[section].safeParse(value);
    if (result.success) checked[section] = definedOnly(result.data);
    else for (const issue of result.error.issues) refuse(sentenceOf(section, value, issue));
  }

  const staking = STAKING_SECTIONS.filter((section) => section in raw);
  if (staking.length > 1) refuse(`${staking.join(" and ")} exclude one another: keep one.`);
  const section = staking[0];
  if (section !== undefined && section !== "Devnet" && !("TokenL2" in raw) && !("Token" in raw)) {
    const values = checked[section];
    if (values !== undefined && !("token" in values)) {
      refuse(
        `${section}.token is missing: give SESH's address on that chain, or a section (TokenL2, Token) that deploys it.`,
      );
    }
  }
  if (section === undefined && ("Funding" in raw || "Handover" in raw)) {
    refuse(`Funding and Handover need one of ${STAKING_SECTIONS.join(", ")} in the same file.`);
  }
  if (section === undefined && !("Token" in raw) && !("TokenL2" in raw)) {
    refuse(`nothing to deploy: it has none of ${SECTION_NAMES.slice(0, 5).join(", ")}.`);
  }

  if (problems.length > 0) throw new Refusals(problems);
  return checked;
}

function definedOnly(values: Record<string, string | bigint | undefined>): Record<string, string | bigint> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string | bigint] => entry[1] !== undefined),
  );
}

function sentenceOf(section: string, value: unknown, issue: z.core.$ZodIssue): string {
  const name = [section, ...issue.path].join(".");
  if (issue.code === "unrecognized_keys") {
    return `${section} has no parameter ${issue.keys.map((key) => `"${key}"`).join(", ")}: remove it or correct its name.`;
  }
  const [key] = issue.path;
  if (typeof value === "object" && value !== null && key !== undefined && !(key in value)) return `${name} is missing.`;
  const ending = issue.message.endsWith(".") ? "" : ".";
  return `${name} ${issue.message}${ending}`;
}
