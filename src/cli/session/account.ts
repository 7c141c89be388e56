import type { Wallet } from "ethers";
import { loadAccount } from "../../chain/files/index.ts";
import type { Io } from "../terminal/io.ts";
import type { AccountOptions } from "../terminal/options.ts";
import type { Session } from "./session.ts";

/** The account of the options: keystore first, then the variable. Environment variables stand in for the two paths. */
export function openAccount(args: AccountOptions, session: Session, io: Io): Promise<Wallet | undefined> {
  const keystore = args.keystore ?? (io.env["KEYSTORE"] || undefined);
  const passwordFile = args.passwordFile ?? (io.env["KEYSTORE_PASSWORD_FILE"] || undefined);
  return loadAccount({ keystore, passwordFile, variable: args.keyVariable }, session.provider, io.env);
}
