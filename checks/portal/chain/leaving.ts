/** Nodes go: with the network's signature, without, and by liquidation. */
import { exitMessage, liquidateMessage } from "../../../src/bls/index.ts";
import { personOf } from "./cast.ts";
import type { Member, Stage } from "./stage.ts";

/** Who sends what anybody may send. */
const SOMEBODY = personOf(1);

export async function request(stage: Stage, { id, operator }: Member): Promise<void> {
  await stage.act(operator, stage.contracts.rewards, "initiateExitBLSPublicKey", [id]);
}

export async function exit(stage: Stage, { node }: Member): Promise<void> {
  const timestamp = stage.driver.next;
  const message = exitMessage(stage.signers.tags, { publicKey: node.publicKey, timestamp });
  const args = [node.blsPubkey, timestamp, stage.signers.sign([message]), []];
  await stage.act(SOMEBODY, stage.contracts.rewards, "exitBLSPublicKeyWithSignature", args);
  stage.signers.leave(node);
}

/** 30 days after the request. */
export async function exitUnsigned(stage: Stage, { id, node }: Member): Promise<void> {
  await stage.act(SOMEBODY, stage.contracts.rewards, "exitBLSPublicKeyAfterWaitTime", [id]);
  stage.signers.leave(node);
}

export async function liquidate(stage: Stage, { node }: Member): Promise<void> {
  const timestamp = stage.driver.next;
  const message = liquidateMessage(stage.signers.tags, { publicKey: node.publicKey, timestamp });
  const args = [node.blsPubkey, timestamp, stage.signers.sign([message]), []];
  await stage.act(SOMEBODY, stage.contracts.rewards, "liquidateBLSPublicKeyWithSignature", args);
  stage.signers.leave(node);
}
