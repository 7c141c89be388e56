import { Contract } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { importSecretKey, publicKeyOf as derivePublicKey, publicKeyToParams } from "../../src/bls/index.ts";
import { Checks, publicKeyText, signatureText } from "./checks.ts";
import type { Check } from "./checks.ts";
import type { PublicKeyVector, SignatureVector, VectorsFile } from "./file.ts";

/** Where the harnesses that do not depend on their address go. */
const HASH_ADDRESS = "0x00000000000000000000000000000000000051A1";
const CURVE_ADDRESS = "0x00000000000000000000000000000000000051a2";

interface G1 {
  X: bigint;
  Y: bigint;
}
interface G2 {
  xc0: bigint;
  xc1: bigint;
  yc0: bigint;
  yc1: bigint;
}

const word = (value: bigint): string => value.toString(16).padStart(64, "0");
const g1Text = ({ X, Y }: G1): string => `0x${word(X)}${word(Y)}`;
const g2Text = ({ xc0, xc1, yc0, yc1 }: G2): string => `0x${[xc0, xc1, yc0, yc1].map(word).join("")}`;
const g1Of = ({ X, Y }: PublicKeyVector): G1 => ({ X: BigInt(X), Y: BigInt(Y) });
const g2Of = (s: SignatureVector): G2 => ({
  xc0: BigInt(s.sigs0),
  xc1: BigInt(s.sigs1),
  yc0: BigInt(s.sigs2),
  yc1: BigInt(s.sigs3),
});

/**
 * Computes every field of the file that a contract can compute, with the libraries of contracts/, on a simulated chain of the
 * file's chain id, the encodings standing at the file's contract address. Signing needs secret keys, which no contract has:
 * there the pairing equation pins the signature, under the key that belongs to the secret key.
 */
export async function checkSolidity(file: VectorsFile, hre: HardhatRuntimeEnvironment): Promise<Check[]> {
  const checks = new Checks("solidity");
  const connection = await hre.network.create({
    network: "hardhat",
    override: { chainId: Number(file.chainId), blockGasLimit: 1_000_000_000 },
  });
  try {
    const place = async (name: string, address: string) => {
      const artifact = await hre.artifacts.readArtifact(name);
      await connection.provider.request({ method: "hardhat_setCode", params: [address, artifact.deployedBytecode] });
      const contract = new Contract(address, artifact.abi, connection.ethers.provider);
      return (method: string, ...args: unknown[]): Promise<unknown> => contract.getFunction(method).staticCall(...args);
    };
    const messages = await place("MessagesHarness", file.contract.toLowerCase());
    const hashes = await place("HashToG2Harness", HASH_ADDRESS);
    const curve = await place("BN254Harness", CURVE_ADDRESS);

    const values = (await messages("tags")) as string[];
    const names = ["proofOfPossession", "reward", "exit", "liquidate", "hashToG2"] as const;
    for (const [i, name] of names.entries()) {
      const tag = file.tags?.[name];
      if (tag !== undefined) {
        await checks.equal(`tags.${name}.value`, tag.value.toLowerCase(), () => values[i] ?? "");
      }
    }
    const dst = values[4];
    const hash = async (message: string): Promise<G2> => {
      const [xc0, xc1, yc0, yc1] = (await hashes("hashToG2", message, dst)) as [bigint, bigint, bigint, bigint];
      return { xc0, xc1, yc0, yc1 };
    };
    const add = async (left: G1, right: G1): Promise<G1> => {
      const [X, Y] = (await curve("add", left, right)) as [bigint, bigint];
      return { X, Y };
    };
    const negate = async (key: G1): Promise<G1> => {
      const [X, Y] = (await curve("negate", key)) as [bigint, bigint];
      return { X, Y };
    };
    const validates = async (key: G1): Promise<boolean> => {
      await curve("validate", key);
      return true;
    };
    const verifies = async (key: G1, signature: SignatureVector, message: string): Promise<boolean> =>
      (await curve("verify", key, g2Of(signature), await hash(message))) as boolean;
    const text = async (value: Promise<unknown>): Promise<string> => String(await value);

    for (const [i, { message, point }] of (file.hashToG2 ?? []).entries()) {
      const expected = signatureText({ sigs0: point.x_c0, sigs1: point.x_c1, sigs2: point.y_c0, sigs3: point.y_c1 });
      await checks.equal(`hashToG2[${i}].point`, expected, async () => g2Text(await hash(message)));
    }

    const signed = async (
      name: string,
      vector: { secretKey: string; message: string; signature: SignatureVector },
      message: () => Promise<unknown>,
    ): Promise<void> => {
      await checks.equal(`${name}.message`, vector.message.toLowerCase(), () => text(message()));
      await checks.holds(`${name} verifies`, () => {
        const key = publicKeyToParams(derivePublicKey(importSecretKey(vector.secretKey)));
        return verifies(key, vector.signature, vector.message);
      });
    };

    for (const [i, vector] of (file.proofOfPossession ?? []).entries()) {
      const { publicKey, operator, ed25519Pubkey } = vector;
      const name = `proofOfPossession[${i}]`;
      await checks.holds(`${name}.publicKey validates`, () => validates(g1Of(publicKey)));
      await signed(name, vector, () => messages("proofOfPossession", g1Of(publicKey), lower(operator), ed25519Pubkey));
      await checks.holds(`${name} verifies under publicKey`, () =>
        verifies(g1Of(publicKey), vector.signature, vector.message),
      );
    }
    for (const [i, vector] of (file.reward ?? []).entries()) {
      await signed(`reward[${i}]`, vector, () => messages("reward", lower(vector.recipient), BigInt(vector.amount)));
    }
    for (const kind of ["exit", "liquidate"] as const) {
      for (const [i, vector] of (file[kind] ?? []).entries()) {
        const name = `${kind}[${i}]`;
        await checks.holds(`${name}.nodePublicKey validates`, () => validates(g1Of(vector.nodePublicKey)));
        await signed(name, vector, () => messages(kind, g1Of(vector.nodePublicKey), BigInt(vector.timestamp)));
      }
    }

    for (const [i, vector] of (file.aggregate ?? []).entries()) {
      const name = `aggregate[${i}]`;
      const sum = async (keys: G1[]): Promise<G1> => {
        let total: G1 = { X: 0n, Y: 0n };
        for (const key of keys) total = await add(total, key);
        return total;
      };
      const keys = vector.publicKeys.map(g1Of);
      for (const [k, key] of keys.entries()) {
        await checks.holds(`${name}.publicKeys[${k}] validates`, () => validates(key));
      }
      await checks.equal(`${name}.message`, vector.message.toLowerCase(), () =>
        text(messages("reward", lower(vector.recipient), BigInt(vector.amount))),
      );
      await checks.equal(`${name}.aggregatePublicKeyAll`, publicKeyText(vector.aggregatePublicKeyAll), async () =>
        g1Text(await sum(keys)),
      );
      await checks.equal(
        `${name}.aggregatePublicKeySigners`,
        publicKeyText(vector.aggregatePublicKeySigners),
        async () => {
          const nonSigners = await sum(keys.filter((_, k) => vector.nonSignerIndexes.includes(k)));
          return g1Text(await add(g1Of(vector.aggregatePublicKeyAll), await negate(nonSigners)));
        },
      );
      await checks.holds(`${name} verifies`, () =>
        verifies(g1Of(vector.aggregatePublicKeySigners), vector.signature, vector.message),
      );
    }
  } finally {
    await connection.close();
  }
  return checks.list;
}

/** ethers refuses a mixed-case address with a wrong checksum; vectors are bytes. */
function lower(address: string): string {
  return address.toLowerCase();
}
