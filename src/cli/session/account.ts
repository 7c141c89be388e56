import type { Wallet } from "ethers";
import { loadAccount } from "../../chain/files/index.ts";
import type { Io } from "../terminal/io.ts";
import type { AccountOptions } from "../terminal/options.ts";
import type { Session } from "./session.ts";

/** The account of the options: keystore first, then the variable. Environment variables stand in for the two paths. */
export function openAccount(args: AccountOptions, session: Session, io: Io): Promise<Wallet | undefined> {
  const { askSecret } = io;
  return loadAccount(
    {
      keystore: args.keystore ?? io.env["KEYSTORE"],
      passwordFile: args.passwordFile ?? io.env["KEYSTORE_PASSWORD_FILE"],
      variable: args.keyVariable,
      ...(askSecret ? { askPassword: () => askSecret("Password of the keystore: ") } : {}),
    },
    session.provider,
    io.env,
  );
}
