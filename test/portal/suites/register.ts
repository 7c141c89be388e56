import { expect } from "chai";
import { getAddress } from "ethers";
import * as api from "../../../src/portal/api/index.ts";
import { proofsOf } from "../../helpers/portal.ts";
import type { Client } from "./client.ts";

export function registerSuite(c: () => Client): void {
  describe("registrations", function () {
    it("/store and /registrations: both signatures verified, hex or base64, one of each type a key", async function () {
      const proofs = proofsOf(c().world.chain, 90, c().alice);
      const { pubkey_ed25519: key, ...rest } = proofs;
      const send = (fields: Record<string, string>) => `/store/${key}?${new URLSearchParams(fields).toString()}`;
      const first = await c().ask(send(rest), api.storeReply);
      expect(first.registration).to.deep.include({ ...proofs, type: "solo" });
      const base64 = Object.fromEntries(
        Object.entries(rest).map(([name, value]) => [
          name,
          name === "operator" ? value : Buffer.from(value, "hex").toString("base64"),
        ]),
      );
      const posted = await fetch(`${c().running.url}/store/${key}`, {
        method: "POST",
        body: new URLSearchParams({ ...base64, contract: c().world.contribution }),
      });
      expect(posted.status).to.equal(200);
      expect(((await posted.json()) as { registration: object }).registration).to.deep.include({
        ...proofs,
        type: "contract",
        contract: c().world.contribution,
      });
      await c().ask(send(rest), api.storeReply);

      for (const name of [c().alice, key]) {
        const { registrations } = await c().ask(`/registrations/${name}`, api.registrationsReply);
        expect(registrations.map(({ type }) => type)).to.deep.equal(["solo", "contract"]);
      }
      const other = proofsOf(c().world.chain, 91, c().alice);
      const refused: [Record<string, string>, string][] = [
        [{ ...rest, sig_bls: other.sig_bls }, "signature"],
        [{ ...rest, sig_ed25519: other.sig_ed25519 }, "signature"],
        // Of the same node for somebody else: a proof for one operator is none for another.
        [{ ...rest, operator: c().carol }, "signature"],
        [{ ...rest, pubkey_bls: "00".repeat(64) }, "signature"],
        [{ ...rest, sig_bls: "abc" }, "bad-request"],
        [
          {
            ...rest,
            operator: c()
              .alice.replace(/[a-f]/, (letter) => letter.toUpperCase())
              .slice(0, 41),
          },
          "bad-request",
        ],
      ];
      for (const [fields, code] of refused) {
        const reply = await c().ask(send(fields), api.errorReply.loose(), 400);
        expect(reply.error.code, JSON.stringify(fields)).to.equal(code);
      }
      expect((await c().ask(`/registrations/${c().carol}`, api.registrationsReply)).registrations).to.deep.equal([]);
    });

    it("/validate: each code, and what is left for others", async function () {
      const { requirement } = c().world.chain.system;
      const proofs = proofsOf(c().world.chain, 90, c().alice);
      const base = { ...proofs, stake: String(requirement) };
      const shared = { ...proofs, stake: String(requirement / 4n), contract: c().world.contribution, fee: "100" };
      const check = async (fields: Record<string, string | string[]>) => {
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) query.append(name, one);
        const reply = await c().ask(`/validate?${query.toString()}`, api.validateReply);
        const { network: _, t: __, ...outcome } = reply;
        return outcome;
      };
      expect(await check(base)).to.deep.equal({ success: true });
      const { remaining_contribution, remaining_spots, remaining_min_contribution } = (await check({
        ...shared,
        res_addr: [c().carol],
        res_stake: [String(requirement / 2n)],
      })) as Record<string, unknown>;
      expect([remaining_contribution, remaining_spots]).to.deep.equal([Number(requirement / 4n), 8]);
      expect(remaining_min_contribution).to.equal(Number((requirement / 4n + 7n) / 8n));

      const slot = { res_addr: [c().carol], res_stake: [String(requirement / 2n)] };
      const many = {
        res_addr: Array.from({ length: 10 }, (_, i) => getAddress(`0x${(i + 1).toString(16).padStart(40, "0")}`)),
      };
      const cases: [Record<string, string | string[]>, object][] = [
        [
          { ...base, pubkey_bls: "" },
          { code: "bad_request", field: "pubkey_bls" },
        ],
        [{ ...base, operator: "0x12" }, { code: "invalid_op_addr" }],
        [{ ...base, stake: "1.5" }, { code: "invalid_op_stake" }],
        [
          { ...base, stake: "1" },
          { code: "wrong_op_stake", stake: 1, required: Number(requirement) },
        ],
        [
          { ...shared, stake: "1" },
          { code: "insufficient_op_stake", stake: 1, minimum: Number(requirement / 4n) },
        ],
        [{ ...shared, contract: "0x12" }, { code: "invalid_contract_addr" }],
        [{ ...shared, fee: "10001" }, { code: "invalid_fee" }],
        [
          { ...shared, ...slot, res_addr: ["0x12"] },
          { code: "invalid_res_addr", address: "0x12", index: 0 },
        ],
        [
          { ...shared, ...slot, res_addr: [c().alice] },
          { code: "invalid_res_addr", address: c().alice, index: 0 },
        ],
        [
          { ...shared, ...slot, res_stake: ["x"] },
          { code: "invalid_res_stake", address: c().carol, index: 0 },
        ],
        [
          { ...shared, ...slot, res_stake: ["1"] },
          {
            code: "insufficient_res_stake",
            address: c().carol,
            index: 0,
            minimum: Number(((requirement * 3n) / 4n + 8n) / 9n),
          },
        ],
        [
          { ...shared, ...slot, res_stake: [String(requirement)] },
          { code: "too_much", total: Number((requirement * 5n) / 4n), maximum: Number(requirement) },
        ],
        [
          { ...shared, ...many, res_stake: many.res_addr.map(() => "1") },
          { code: "too_many", max_contributors: 10 },
        ],
        [
          { ...base, sig_bls: proofsOf(c().world.chain, 91, c().alice).sig_bls },
          { code: "signature", detail: "sig_bls" },
        ],
        [
          { ...base, sig_ed25519: proofsOf(c().world.chain, 91, c().alice).sig_ed25519 },
          { code: "signature", detail: "sig_ed25519" },
        ],
      ];
      for (const [fields, error] of cases) {
        const outcome = (await check(fields)) as { error?: { error: string } };
        expect(outcome.error, JSON.stringify(error)).to.deep.include(error);
        expect(outcome.error?.error).to.match(/^[A-Z].*\.$/);
      }
    });
  });
}
