import type { IgnitionModule } from "@nomicfoundation/ignition-core";
import Devnet from "../modules/Devnet.ts";
import Funding from "../modules/Funding.ts";
import Handover from "../modules/Handover.ts";
import ProxyAdmins from "../modules/ProxyAdmins.ts";
import Staking from "../modules/Staking.ts";
import StakingTestnet from "../modules/StakingTestnet.ts";
import Token from "../modules/Token.ts";
import TokenL2 from "../modules/TokenL2.ts";
import TokenProxyAdmin from "../modules/TokenProxyAdmin.ts";
import type { Parameters } from "./parameters.ts";
import { STAKING_SECTIONS } from "./parameters.ts";

/** What a deployment consists of so far: filled by one stage, read by the next. */
export interface Addresses {
  token?: string;
  pool?: string;
  rewards?: string;
  factory?: string;
  poolAdmin?: string;
  rewardsAdmin?: string;
  factoryAdmin?: string;
  tokenAdmin?: string;
  [name: string]: string | undefined;
}

/** The contracts that have an owner and, each, a ProxyAdmin of their own. */
export const OWNED = ["pool", "rewards", "factory"] as const;

/** The contracts that stand behind a proxy of this deployment: the token only where the deployment made it so. */
export function proxiesOf(parameters: Parameters): readonly string[] {
  return parameters.TokenL2 === undefined ? OWNED : [...OWNED, "token"];
}

/** One Ignition module of a deployment, with the parameters it gets once the stages before it have run. */
export interface Stage {
  name: string;
  module: IgnitionModule;
  parameters(addresses: Addresses): Record<string, Record<string, string | bigint>>;
  /** True for what waits until the new owner has accepted. */
  afterAcceptance?: true;
}

function need(addresses: Addresses, name: string): string {
  const value = addresses[name];
  if (value === undefined) throw new Error(`the stages before this one did not deploy "${name}"`);
  return value;
}

/** The stages of a parameter file, in order. Each keeps a journal of its own, so that a later run goes on where one stopped. */
export function stagesOf(parameters: Parameters): Stage[] {
  const stages: Stage[] = [];
  const { Token: token, TokenL2: tokenL2, Devnet: devnet, Funding: funding, Handover: handover } = parameters;

  // The local network deploys its token as a part of `Devnet`.
  if (token !== undefined && devnet === undefined) {
    stages.push({ name: "Token", module: Token, parameters: () => ({ Token: token }) });
  }
  if (tokenL2 !== undefined) {
    stages.push({ name: "TokenL2", module: TokenL2, parameters: () => ({ TokenL2: tokenL2 }) });
  }
  if (devnet !== undefined) {
    stages.push({
      name: "Devnet",
      module: Devnet,
      parameters: () => ({ Devnet: devnet, ...(token === undefined ? {} : { Token: token }) }),
    });
  }
  for (const [name, module] of [
    ["StakingTestnet", StakingTestnet],
    ["Staking", Staking],
  ] as const) {
    const values = parameters[name];
    if (values === undefined) continue;
    stages.push({
      name,
      module,
      parameters: (addresses) => ({ [name]: { token: need(addresses, "token"), ...values } }),
    });
  }
  if (funding !== undefined) {
    stages.push({
      name: "Funding",
      module: Funding,
      parameters: (addresses) => ({
        Funding: { token: need(addresses, "token"), pool: need(addresses, "pool"), ...funding },
      }),
    });
  }
  if (handover !== undefined) {
    stages.push({
      name: "Handover",
      module: Handover,
      parameters: (addresses) => ({
        Handover: { ...Object.fromEntries(OWNED.map((name) => [name, need(addresses, name)])), ...handover },
      }),
    });
    stages.push({
      name: "ProxyAdmins",
      module: ProxyAdmins,
      afterAcceptance: true,
      parameters: (addresses) => ({
        ProxyAdmins: {
          ...Object.fromEntries(OWNED.map((name) => [`${name}Admin`, need(addresses, `${name}Admin`)])),
          ...handover,
        },
      }),
    });
    if (tokenL2 !== undefined) {
      stages.push({
        name: "TokenProxyAdmin",
        module: TokenProxyAdmin,
        afterAcceptance: true,
        parameters: (addresses) => ({ TokenProxyAdmin: { tokenAdmin: need(addresses, "tokenAdmin"), ...handover } }),
      });
    }
  }
  return stages;
}

/** The token that a parameter file names, if it does not deploy one. */
export function givenToken(parameters: Parameters): string | undefined {
  for (const section of STAKING_SECTIONS) {
    const token = parameters[section]?.["token"];
    if (typeof token === "string") return token;
  }
  return undefined;
}
