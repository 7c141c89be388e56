import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Devnet } from "../../../devnet/run.ts";
import { RULES, syncAll } from "../../../devnet/network.ts";
import { probeFeatures, readClaimState, getRewards } from "../../../src/chain/index.ts";
import {
  hexFromBytes,
  publicKeyToHex,
  rewardMessage,
  signatureFromParams,
  signatureToHex,
} from "../../../src/bls/index.ts";

const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
};

export async function startStandIn(net: Devnet, directory: string) {
  const { addresses, provider } = net.chain;
  const rewards = getRewards(addresses.rewards, provider);
  const json = (response: ServerResponse, body: unknown) => {
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify(body, (_, v) => (typeof v === "bigint" ? v.toString() : v)));
  };
  const server = createServer((request, response) => {
    void (async () => {
      const path = new URL(request.url ?? "/", "http://x").pathname;
      if (path === "/app/config") {
        return json(response, {
          chainId: 31337,
          chainName: "Local network",
          nettype: "devnet",
          explorer: null,
          rpcUrl: null,
          contracts: {
            rewards: addresses.rewards,
            pool: addresses.pool,
            token: addresses.token,
            factory: addresses.factory,
            lens: null,
          },
          deployedBlock: 0,
          nativeSymbol: "ETH",
          stale: 60,
          collects: true,
          features: [...(await probeFeatures(provider, addresses.rewards))],
          rules: {
            roundSeconds: 2,
            unlockDelay: RULES.unlockDelay,
            exitSigningWindow: RULES.exitSigningWindow,
            liquidationDelay: 10,
            exitWait: 2592000,
            smallContributorWait: 2592000,
            signatureExpiry: 600,
          },
          version: "0",
        });
      }
      if (path === "/app/state") {
        const block = await provider.getBlock("latest");
        const claim = await readClaimState(rewards, addresses.pool);
        return json(response, {
          head: {
            block: block?.number,
            hash: block?.hash,
            timestamp: block?.timestamp,
            complete: true,
            missing: [],
            chainHead: block?.number,
            lagSeconds: 0,
          },
          figures: {
            nodes: net.nodes.length,
            active: net.nodes.length,
            awaitingExit: 0,
            totalStake: net.requirement * BigInt(net.nodes.length),
            stakingRequirement: net.requirement,
            maxContributors: 10,
            minOperatorContribution: net.requirement / 4n,
            rewardsPerDay: 1000n * 10n ** 9n,
            poolBalance: 0,
            claim: {
              threshold: claim.cap,
              cycleSeconds: 43200,
              used: claim.cap - claim.capLeft,
              left: claim.capLeft,
              resetsAt: Number(claim.cycleEnds),
            },
            paused: { rewards: false, factory: false },
            started: true,
            blsNonSignerThreshold: Number(await rewards.blsNonSignerThreshold()),
            aggregatePubkey: "00",
            ratios: { liquidator: 3, pool: 17, recipient: 9980 },
          },
        });
      }
      if (path.startsWith("/app/collect/rewards/")) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const send = (event: string, data: unknown) =>
          response.write(
            `event: ${event}\ndata: ${JSON.stringify(data, (_, v) => (typeof v === "bigint" ? v.toString() : v))}\n\n`,
          );
        const recipient = path.split("/")[4] ?? "";
        await syncAll(net.nodes);
        const nodes = net.nodes.length;
        try {
          const c = await net.collector.collect(
            { kind: "reward", recipient },
            {
              onEvent: ({ progress: p }) =>
                send("progress", {
                  of: p.total,
                  asked: p.asked,
                  signed: p.signers,
                  needed: p.required,
                  refused: p.bad,
                  silent: 0,
                  nodes,
                }),
            },
          );
          const amount = c.rewards[0]?.amount ?? 0n;
          send("result", {
            address: recipient,
            amount,
            height: c.height,
            blockheight: c.set.block,
            nodes,
            signed: c.signers.length,
            collectedAt: Math.floor(Date.now() / 1000),
            aggregate_pubkey: publicKeyToHex(c.aggregatePublicKey).slice(2),
            msg_to_sign: hexFromBytes(rewardMessage(net.tags, { recipient, amount })).slice(2),
            non_signer_indices: c.nonSignerIds.map(Number),
            signature: signatureToHex(signatureFromParams(c.signature)).slice(2),
          });
        } catch (error) {
          const d = error as { code: string; message: string; details?: { signers?: number; required?: number } };
          send("failure", {
            code: d.code,
            error: d.message,
            signed: d.details?.signers ?? null,
            needed: d.details?.required ?? null,
          });
        }
        return response.end();
      }
      const file = path === "/" ? "index.html" : path.slice(1);
      try {
        response.setHeader(
          "content-security-policy",
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
        );
        response
          .setHeader("content-type", TYPES[file.split(".").pop() ?? ""] ?? "application/octet-stream")
          .end(await readFile(join(directory, file)));
      } catch {
        response.writeHead(404).end();
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
