import type { Wallet } from "ethers";
import { loadAccount } from "../../chain/files/index.ts";
import { CliError } from "../terminal/exit.ts";
import type { Io } from "../terminal/io.ts";
import type { AccountOptions } from "../terminal/options.ts";
import type { Session } from "./session.ts";

const USUAL_VARIABLE = "PRIVATE_KEY";

/**
 * The account of the options: keystore first, then the variable. Environment variables stand in for the two paths, where no other
 * variable is named: what the command line says goes before the environment.
 *
 * @throws CliError `key` where the variable that is named holds nothing
 */
export async function openAccount(args: AccountOptions, session: Session, io: Io): Promise<Wallet | undefined> {
  const { askSecret } = io;
  const named = args.keystore === undefined && args.keyVariable !== USUAL_VARIABLE;
  if (named && io.env[args.keyVariable] === undefined) throw withoutKey(args.keyVariable);
  return loadAccount(
    {
      keystore: args.keystore ?? (named ? undefined : io.env["KEYSTORE"]),
      passwordFile: args.passwordFile ?? io.env["KEYSTORE_PASSWORD_FILE"],
      variable: args.keyVariable,
      ...(askSecret ? { askPassword: () => askSecret("Password of the keystore: ") } : {}),
    },
    session.provider,
    io.env,
  );
}

function withoutKey(variable: string): CliError {
  // What is no name may be the key itself, which others have seen among the arguments by now.
  if (/^[A-Za-z_]\w{0,63}$/.test(variable))
    return new CliError("key", `$${variable} is not set.`, "Put the private key there.");
  return new CliError(
    "key",
    "--key-variable takes the name of a variable, and this is none.",
    "If it was the key: others can read arguments, use another account from now on.",
  );
}
