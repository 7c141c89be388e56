import * as bls from "../../src/bls/index.ts";
import { Checks, publicKeyOf, publicKeyText, signatureOf, signatureText } from "./checks.ts";
import type { Check } from "./checks.ts";
import type { SignatureVector, VectorsFile } from "./file.ts";

const TAGS = ["proofOfPossession", "reward", "exit", "liquidate", "hashToG2"] as const;

/** Recomputes every field of the file with src/bls. */
export async function checkTypeScript(file: VectorsFile): Promise<Check[]> {
  const checks = new Checks("typescript");
  const tags = bls.deriveTags({ chainId: BigInt(file.chainId), contract: file.contract });
  const dst = tags.hashToG2;

  for (const name of TAGS) {
    const tag = file.tags?.[name];
    if (tag === undefined) continue;
    await checks.equal(`tags.${name}.base`, tag.base, () => bls.TAG_NAMES[name]);
    await checks.equal(`tags.${name}.value`, tag.value.toLowerCase(), () => bls.hexFromBytes(tags[name]));
  }

  for (const [i, { message, attempts, point }] of (file.hashToG2 ?? []).entries()) {
    const bytes = bls.bytesFromHex(message);
    const expected = signatureText({ sigs0: point.x_c0, sigs1: point.x_c1, sigs2: point.y_c0, sigs3: point.y_c1 });
    const hash = () => bls.hashToG2WithAttempts(bytes, dst);
    await checks.equal(`hashToG2[${i}].attempts`, String(attempts), () => String(hash().attempts));
    await checks.equal(`hashToG2[${i}].point`, expected, () => bls.signatureToHex(hash().point));
  }

  /** One signer: message, signature, and the equation. */
  const signed = async (
    name: string,
    vector: { secretKey: string; message: string; signature: SignatureVector },
    message: () => Uint8Array,
  ): Promise<void> => {
    const secretKey = () => bls.importSecretKey(vector.secretKey);
    const bytes = bls.bytesFromHex(vector.message);
    await checks.equal(`${name}.message`, vector.message.toLowerCase(), () => bls.hexFromBytes(message()));
    await checks.equal(`${name}.signature`, signatureText(vector.signature), () =>
      bls.signatureToHex(bls.sign(bytes, secretKey(), dst)),
    );
    await checks.holds(`${name} verifies`, () =>
      bls.verify(bls.publicKeyOf(secretKey()), bytes, signatureOf(vector.signature), dst),
    );
  };

  for (const [i, vector] of (file.proofOfPossession ?? []).entries()) {
    const name = `proofOfPossession[${i}]`;
    await checks.equal(`${name}.publicKey`, publicKeyText(vector.publicKey), () =>
      bls.publicKeyToHex(bls.publicKeyOf(bls.importSecretKey(vector.secretKey))),
    );
    await signed(name, vector, () =>
      bls.proofOfPossessionMessage(tags, {
        publicKey: publicKeyOf(vector.publicKey),
        operator: vector.operator,
        ed25519PublicKey: vector.ed25519Pubkey,
      }),
    );
  }

  for (const [i, vector] of (file.reward ?? []).entries()) {
    const { recipient } = vector;
    await signed(`reward[${i}]`, vector, () => bls.rewardMessage(tags, { recipient, amount: BigInt(vector.amount) }));
  }

  for (const kind of ["exit", "liquidate"] as const) {
    const encode = kind === "exit" ? bls.exitMessage : bls.liquidateMessage;
    for (const [i, vector] of (file[kind] ?? []).entries()) {
      await signed(`${kind}[${i}]`, vector, () =>
        encode(tags, { publicKey: publicKeyOf(vector.nodePublicKey), timestamp: BigInt(vector.timestamp) }),
      );
    }
  }

  for (const [i, vector] of (file.aggregate ?? []).entries()) {
    const name = `aggregate[${i}]`;
    const absent = new Set(vector.nonSignerIndexes);
    const bytes = bls.bytesFromHex(vector.message);
    const publicKeys = () => vector.publicKeys.map(publicKeyOf);

    for (const [k, key] of vector.publicKeys.entries()) {
      await checks.equal(`${name}.publicKeys[${k}]`, publicKeyText(key), () =>
        bls.publicKeyToHex(bls.publicKeyOf(bls.importSecretKey(vector.secretKeys[k] ?? ""))),
      );
    }
    await checks.equal(`${name}.message`, vector.message.toLowerCase(), () =>
      bls.hexFromBytes(bls.rewardMessage(tags, { recipient: vector.recipient, amount: BigInt(vector.amount) })),
    );
    await checks.equal(`${name}.aggregatePublicKeyAll`, publicKeyText(vector.aggregatePublicKeyAll), () =>
      bls.publicKeyToHex(bls.aggregatePublicKeys(publicKeys())),
    );
    await checks.equal(`${name}.aggregatePublicKeySigners`, publicKeyText(vector.aggregatePublicKeySigners), () => {
      const nonSigners = publicKeys().filter((_, k) => absent.has(k));
      return bls.publicKeyToHex(bls.subtractPublicKeys(bls.aggregatePublicKeys(publicKeys()), nonSigners));
    });
    await checks.equal(`${name}.signature`, signatureText(vector.signature), () => {
      const hash = bls.hashToG2(bytes, dst);
      const signers = vector.secretKeys.filter((_, k) => !absent.has(k)).map((key) => bls.importSecretKey(key));
      return bls.signatureToHex(bls.aggregateSignatures(signers.map((key) => bls.signHash(hash, key))));
    });
    await checks.holds(`${name} verifies`, () =>
      bls.verify(publicKeyOf(vector.aggregatePublicKeySigners), bytes, signatureOf(vector.signature), dst),
    );
  }
  return checks.list;
}
