import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import * as bls from "../../src/bls/index.ts";
import type { PublicKeyVector, SignatureVector, VectorsFile } from "./file.ts";

/** What a generated file is made from; equal options give equal files. */
export interface GenerateOptions {
  /** Vectors of each kind; aggregates have 1, 2, 4, 8 ... signers, a quarter of them absent. */
  readonly count: number;
  readonly seed: string;
  readonly chainId: string;
  readonly contract: string;
}

const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

function keyVector(key: bls.PublicKey): PublicKeyVector {
  const { X, Y } = bls.publicKeyToParams(key);
  return { X: word(X), Y: word(Y) };
}

function signatureVector(signature: bls.Signature): SignatureVector {
  const { sigs0, sigs1, sigs2, sigs3 } = bls.signatureToParams(signature);
  return { sigs0: word(sigs0), sigs1: word(sigs1), sigs2: word(sigs2), sigs3: word(sigs3) };
}

/** Makes a fresh file of vectors with src/bls, to be checked against the contracts or by others. */
export function generateVectors({ count, seed, chainId, contract }: GenerateOptions): VectorsFile {
  const tags = bls.deriveTags({ chainId: BigInt(chainId), contract });
  const dst = tags.hashToG2;
  const draw = (label: string, i: number): Uint8Array => keccak_256(utf8ToBytes(`${seed}/${label}/${i}`));
  const address = (label: string, i: number): string => bls.hexFromBytes(draw(label, i).subarray(0, 20));
  const numbers = Array.from({ length: count }, (_, i) => i);

  const hashes = numbers.map((i) => {
    // Lengths from 0 to 300, through the block size of keccak256, 136.
    const length = i < 2 ? i : Number(BigInt(bls.hexFromBytes(draw("length", i))) % 301n);
    const bytes = concatBytes(...Array.from({ length: 10 }, (_, k) => draw(`message/${k}`, i))).subarray(0, length);
    const { point, attempts } = bls.hashToG2WithAttempts(bytes, dst);
    const { sigs0, sigs1, sigs2, sigs3 } = signatureVector(point);
    return {
      message: bls.hexFromBytes(bytes),
      attempts,
      point: { x_c0: sigs0, x_c1: sigs1, y_c0: sigs2, y_c1: sigs3 },
    };
  });

  const proofs = numbers.map((i) => {
    const secretKey = bls.hexFromBytes(draw("proof", i));
    const publicKey = bls.publicKeyOf(bls.importSecretKey(secretKey));
    const operator = address("operator", i);
    const ed25519Pubkey = bls.hexFromBytes(draw("ed25519", i));
    const message = bls.proofOfPossessionMessage(tags, { publicKey, operator, ed25519PublicKey: ed25519Pubkey });
    return {
      secretKey,
      publicKey: keyVector(publicKey),
      operator,
      ed25519Pubkey,
      ...signed(message, secretKey),
    };
  });

  function signed(message: Uint8Array, secretKey: string) {
    const signature = bls.sign(message, bls.importSecretKey(secretKey), dst);
    return { message: bls.hexFromBytes(message), signature: signatureVector(signature) };
  }

  const amount = (label: string, i: number): bigint => BigInt(bls.hexFromBytes(draw(label, i).subarray(0, 7)));
  const rewards = numbers.map((i) => {
    const secretKey = bls.hexFromBytes(draw("reward", i));
    const reward = { recipient: address("recipient", i), amount: amount("amount", i) };
    const message = bls.rewardMessage(tags, reward);
    return { secretKey, recipient: reward.recipient, amount: reward.amount.toString(), ...signed(message, secretKey) };
  });

  const departures = (kind: "exit" | "liquidate") =>
    numbers.map((i) => {
      const secretKey = bls.hexFromBytes(draw(kind, i));
      const publicKey = bls.publicKeyOf(bls.importSecretKey(draw(`${kind}/node`, i)));
      const timestamp = 1_780_000_000n + BigInt(i);
      const encode = kind === "exit" ? bls.exitMessage : bls.liquidateMessage;
      return {
        secretKey,
        nodePublicKey: keyVector(publicKey),
        timestamp: timestamp.toString(),
        ...signed(encode(tags, { publicKey, timestamp }), secretKey),
      };
    });

  const aggregates = numbers
    .filter((i) => i < 6)
    .map((i) => {
      const members = Array.from({ length: 2 ** i }, (_, k) => bls.hexFromBytes(draw(`aggregate/${i}`, k)));
      const secretKeys = members.map((key) => bls.importSecretKey(key));
      const publicKeys = secretKeys.map((key) => bls.publicKeyOf(key));
      const nonSignerIndexes = members.map((_, k) => k).filter((k) => k % 4 === 3);
      const signs = (_: unknown, k: number): boolean => !nonSignerIndexes.includes(k);
      const reward = { recipient: address("aggregate", i), amount: amount("aggregate", i) };
      const message = bls.rewardMessage(tags, reward);
      const hash = bls.hashToG2(message, dst);
      return {
        secretKeys: members,
        publicKeys: publicKeys.map(keyVector),
        nonSignerIndexes,
        recipient: reward.recipient,
        amount: reward.amount.toString(),
        message: bls.hexFromBytes(message),
        aggregatePublicKeyAll: keyVector(bls.aggregatePublicKeys(publicKeys)),
        aggregatePublicKeySigners: keyVector(bls.aggregatePublicKeys(publicKeys.filter(signs))),
        signature: signatureVector(
          bls.aggregateSignatures(secretKeys.filter(signs).map((key) => bls.signHash(hash, key))),
        ),
      };
    });

  const tag = (name: keyof typeof bls.TAG_NAMES) => ({
    base: bls.TAG_NAMES[name],
    value: bls.hexFromBytes(tags[name]),
  });
  return {
    chainId,
    contract,
    tags: {
      proofOfPossession: tag("proofOfPossession"),
      reward: tag("reward"),
      exit: tag("exit"),
      liquidate: tag("liquidate"),
      hashToG2: tag("hashToG2"),
    },
    hashToG2: hashes,
    proofOfPossession: proofs,
    reward: rewards,
    exit: departures("exit"),
    liquidate: departures("liquidate"),
    aggregate: aggregates,
  };
}
