import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { resource } from "../../lib/resource.ts";
import { route } from "../../lib/route.ts";
import { exactTime, shortHex } from "../../lib/format.ts";
import type { Registration } from "../../lib/schemas.ts";
import { service } from "../../lib/service.ts";
import { useTied } from "../../lib/tied.ts";
import type { Trouble } from "../../lib/trouble.ts";
import { plainTrouble } from "../../lib/trouble.ts";
import { account, connection, wrongChain } from "../../lib/wallet.ts";
import { ConnectPrompt } from "../../ui/Account.tsx";
import { Card, Field, Hex, Note, TroubleBox } from "../../ui/basics.tsx";
import { PayFrom } from "../../ui/PayFrom.tsx";
import { WrongChain } from "../../ui/TransactionSteps.tsx";
import type { NodeRegistration } from "./registration.ts";
import { fromStored, parseRegistration, verifyRegistration } from "./registration.ts";
import { Terms } from "./Terms.tsx";

const stored = resource<string, Registration[]>(
  () => (route.value[0] === "register" ? account.value : undefined),
  (address, abort) => service.registrations(address, abort),
);

/** What the visitor has pasted, kept while they go to the account that it is for. */
const pasted = signal("");

/** From the node's registration to a node that earns. */
export function Register() {
  const [from, setFrom] = useState("");
  const operator = from === "" ? account.value : from;
  if (!connection.value || operator === undefined) {
    return (
      <Card id="register" title="Register a node">
        <p>
          You run the node, and stake alone or with others. The node prints a registration for your address; it is
          checked here.
        </p>
        <ConnectPrompt />
      </Card>
    );
  }
  if (wrongChain.value) return <WrongChain />;
  return (
    <>
      <Card id="register" title="Register a node">
        <PayFrom value={from} onChange={setFrom} />
        <p>
          1. On the node: <code>prepare_registration {shortHex(operator)}</code>, for the operator address{" "}
          <Hex value={operator} />.
        </p>
      </Card>
      <Given key={operator} operator={operator} vesting={from !== ""} />
    </>
  );
}

function Given({ operator, vesting }: { operator: string; vesting: boolean }) {
  const text = pasted.value;
  const [given, setGiven] = useTied<NodeRegistration>(text);
  const [trouble, setTrouble] = useTied<Trouble>(text);
  const [busy, setBusy] = useState(false);
  const take = async (read: () => NodeRegistration | Promise<NodeRegistration>) => {
    setGiven(undefined);
    setTrouble(undefined);
    setBusy(true);
    try {
      const registration = await read();
      await verifyRegistration(registration, operator);
      setGiven(registration);
    } catch (error) {
      setTrouble(plainTrouble(error));
    } finally {
      setBusy(false);
    }
  };
  const list = stored.value.value ?? [];
  return (
    <>
      <Card id="given" title="2. Its registration">
        {list.length > 0 && (
          <ul class="list">
            {list.map((entry) => (
              <li key={`${entry.pubkey_ed25519} ${entry.type}`}>
                <span class="row">
                  Node <Hex value={entry.pubkey_ed25519} />
                  <span class="hint" title={exactTime(entry.timestamp)}>
                    told to the service {exactTime(entry.timestamp).slice(0, 10)}
                  </span>
                  <button type="button" disabled={busy} onClick={() => void take(() => fromStored(entry))}>
                    Use it
                  </button>
                </span>
              </li>
            ))}
          </ul>
        )}
        <Field
          id="registration"
          label="Paste what the node printed"
          rows={6}
          value={text}
          onInput={(value) => (pasted.value = value)}
          placeholder='{ "bls_pubkey": "…", … }'
        />
        <div class="row">
          <button
            type="button"
            disabled={text.trim() === "" || busy}
            onClick={() => void take(() => parseRegistration(text))}
          >
            Check it
          </button>
          <label class="row">
            <span>or from a file:</span>
            <input
              type="file"
              accept="application/json,.json"
              onChange={(event) => {
                const file = (event.target as HTMLInputElement).files?.[0];
                if (file) void take(async () => parseRegistration(await file.text()));
              }}
            />
          </label>
        </div>
        {trouble && <TroubleBox trouble={trouble} />}
        {given && (
          <Note kind="good">
            <p role="status">
              <strong>Both signatures are right:</strong> the BLS key's for this operator, chain and contract, and the
              node's own.
            </p>
          </Note>
        )}
      </Card>
      {given && <Terms given={given} operator={operator} vesting={vesting} />}
    </>
  );
}
