import { expect } from "chai";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { bytesFromHex, GROUP_ORDER, publicKeyOf, publicKeyToHex } from "../../../src/bls/index.ts";
import {
  generateNodeKeys,
  KeyFileError,
  nodeKeysFrom,
  nodeKeysFromSeed,
  readKeyFile,
  writeKeyFile,
} from "../../../src/node/index.ts";
import { ed25519Signer, verifyEd25519 } from "../../../src/node/keys.ts";

describe("node/keys", () => {
  it("follow from a seed, each from its own name", () => {
    const keys = nodeKeysFromSeed("seed");
    expect(nodeKeysFromSeed("seed")).to.deep.equal(keys);
    expect(nodeKeysFromSeed("other").blsPubkey).to.not.equal(keys.blsPubkey);
    expect(new Set([keys.ed25519Pubkey, keys.x25519Pubkey, keys.blsPubkey]).size).to.equal(3);
    expect(bytesFromHex(keys.ed25519Pubkey)).to.deep.equal(ed25519.getPublicKey(keys.ed25519Seed));
    expect(bytesFromHex(keys.x25519Pubkey)).to.deep.equal(x25519.getPublicKey(keys.x25519Secret));
    expect(keys.blsPubkey).to.equal(publicKeyToHex(publicKeyOf(keys.blsSecret)));
  });

  it("reduce a BLS secret above the group order", () => {
    const secrets = { ed25519: new Uint8Array(32).fill(1), x25519: new Uint8Array(32).fill(2) };
    const above = nodeKeysFrom({
      ...secrets,
      bls: bytesFromHex(`0x${(GROUP_ORDER + 5n).toString(16).padStart(64, "0")}`),
    });
    expect(above.blsSecret).to.equal(5n);
  });

  it("differ whenever generated", () => {
    expect(generateNodeKeys().blsPubkey).to.not.equal(generateNodeKeys().blsPubkey);
  });

  it("sign Ed25519 as noble does, and verify without throwing", () => {
    const keys = nodeKeysFromSeed("seed");
    const message = Uint8Array.of(1, 2, 3);
    const signature = ed25519Signer(keys.ed25519Seed)(message);
    expect(signature).to.deep.equal(ed25519.sign(message, keys.ed25519Seed));
    const publicKey = bytesFromHex(keys.ed25519Pubkey);
    expect(verifyEd25519(publicKey, message, signature)).to.equal(true);
    expect(verifyEd25519(publicKey, Uint8Array.of(1, 2), signature)).to.equal(false);
    expect(verifyEd25519(publicKey, message, signature.slice(1))).to.equal(false);
    expect(verifyEd25519(publicKey.slice(1), message, signature)).to.equal(false);
    expect(verifyEd25519(new Uint8Array(32).fill(255), message, signature)).to.equal(false);
  });

  describe("in a file", () => {
    let folder: string;
    let path: string;
    const keys = nodeKeysFromSeed("file");

    const expectFailure = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
      const error: unknown = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(KeyFileError);
      expect((error as Error).message).to.match(message);
    };

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "session-node-"));
      path = join(folder, "keys.json");
    });

    afterEach(() => rm(folder, { recursive: true }));

    it("come back, plain, with nobody else able to read", async () => {
      await writeKeyFile(path, keys);
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
      expect(await readKeyFile(path)).to.deep.equal(keys);
    });

    it("come back, encrypted, with the password only", async () => {
      await writeKeyFile(path, keys, "correct horse");
      const text = await readFile(path, "utf8");
      expect(text.includes(keys.blsSecret.toString(16))).to.equal(false);
      expect(JSON.parse(text).bls.version).to.equal(4);
      expect(await readKeyFile(path, "correct horse")).to.deep.equal(keys);
      await expectFailure(readKeyFile(path, "wrong"), /the password does not open/);
      await expectFailure(readKeyFile(path), /is encrypted/);
    });

    it("are never replaced", async () => {
      await writeKeyFile(path, keys);
      await expectFailure(writeKeyFile(path, nodeKeysFromSeed("other")), /cannot create/);
      expect(await readKeyFile(path)).to.deep.equal(keys);
    });

    it("are refused when others may read them, or when they are something else", async () => {
      await writeKeyFile(path, keys);
      await chmod(path, 0o640);
      await expectFailure(readKeyFile(path), /may be read by other users/);
      await expectFailure(readKeyFile(join(folder, "none")), /cannot read/);
      for (const [text, message] of [
        ["{", /is not JSON/],
        ["null", /is not a key file/],
        ["{}", /is not a key file/],
        [JSON.stringify({ format: "session-node-keys-1", ed25519: "0x12" }), /ed25519 key is not 32 bytes/],
        [JSON.stringify({ format: "session-node-keys-1", ed25519: { version: 4 } }), /neither hex nor/],
      ] as const) {
        const other = join(folder, `${text.length}.json`);
        await writeFile(other, text, { mode: 0o600 });
        await expectFailure(readKeyFile(other), message);
      }
    });
  });
});
