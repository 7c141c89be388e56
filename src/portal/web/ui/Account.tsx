import { useState } from "preact/hooks";
import { shortHex } from "../lib/format.ts";
import type { Trouble } from "../lib/trouble.ts";
import { plainTrouble } from "../lib/trouble.ts";
import type { WalletInfo } from "../lib/wallet.ts";
import { account, acting, connect, connection, disconnect, notice, wallets } from "../lib/wallet.ts";
import { Dialog, Field, Note, TroubleBox } from "./basics.tsx";

/** In the header: whose figures are shown, and through which wallet. */
export function AccountButton() {
  const [open, setOpen] = useState(false);
  const who = account.value;
  return (
    <>
      <button
        type="button"
        class={who ? "account" : "account primary"}
        onClick={() => setOpen(true)}
        aria-haspopup="dialog"
      >
        {who ? (
          <>
            <code>{shortHex(who)}</code>
            {acting.value && <span class="tag">looking</span>}
          </>
        ) : (
          "Connect"
        )}
      </button>
      {open && (
        <Dialog title={connection.value ? "Account" : "Connect a wallet"} onClose={() => setOpen(false)}>
          {connection.value ? <Connected onDone={() => setOpen(false)} /> : <Choose onDone={() => setOpen(false)} />}
          <ActAs onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

/** Where a view needs a wallet. */
export function ConnectPrompt({ children }: { children?: string }) {
  return (
    <div class="prompt">
      <p>{children ?? "Connect a wallet to begin. It is only read through until you confirm something in it."}</p>
      <Choose onDone={() => undefined} />
    </div>
  );
}

function Choose({ onDone }: { onDone: () => void }) {
  const [busy, setBusy] = useState<string>();
  const [trouble, setTrouble] = useState<Trouble>();
  const choose = async (wallet: WalletInfo) => {
    setBusy(wallet.id);
    setTrouble(undefined);
    try {
      await connect(wallet);
      onDone();
    } catch (error) {
      setTrouble(plainTrouble(error));
    } finally {
      setBusy(undefined);
    }
  };
  const found = wallets.value;
  return (
    <div class="wallets">
      {notice.value && <Note kind="warn">{notice.value} Its figures are gone from this page.</Note>}
      {found.length === 0 && (
        <Note>
          No wallet has announced itself to this page. Install one that does (EIP-6963; all current ones do), allow it
          on this site, and reload. Any address can be looked at without one.
        </Note>
      )}
      <ul>
        {found.map((wallet) => (
          <li key={wallet.id}>
            <button
              type="button"
              disabled={busy !== undefined}
              onClick={() => void choose(wallet)}
              data-wallet={wallet.id}
            >
              {wallet.icon !== "" && <img src={wallet.icon} alt="" width={20} height={20} />}
              <span>{wallet.name}</span>
              {busy === wallet.id && <span class="hint">confirm in the wallet…</span>}
            </button>
          </li>
        ))}
      </ul>
      {trouble && <TroubleBox trouble={trouble} />}
    </div>
  );
}

function Connected({ onDone }: { onDone: () => void }) {
  const at = connection.value;
  if (!at) return null;
  return (
    <div>
      <p>
        {at.wallet.name}: <code class="long">{at.account}</code>
      </p>
      <button
        type="button"
        onClick={() => {
          disconnect();
          onDone();
        }}
      >
        Disconnect
      </button>
    </div>
  );
}

/** A Safe, or anybody's address: looked at without its key; what it would send comes as a file. */
function ActAs({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState(acting.value ?? "");
  const [error, setError] = useState<string>();
  const look = async () => {
    const { readAddress } = await import("../lib/chain.ts");
    const address = readAddress(text);
    if (address === undefined) {
      setError("This is no address: 0x and 40 digits, copied whole (its capitals are a checksum).");
      return;
    }
    acting.value = address;
    onDone();
  };
  return (
    <form
      class="act"
      onSubmit={(event) => {
        event.preventDefault();
        void look();
      }}
    >
      <Field
        id="act-as"
        label="Look at another address, or prepare batches for a Safe"
        value={text}
        onInput={(value) => {
          setText(value);
          setError(undefined);
        }}
        error={error}
        placeholder="0x…"
      />
      <div class="row">
        <button type="submit">Look</button>
        {acting.value && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              acting.value = undefined;
              onDone();
            }}
          >
            Back to my wallet
          </button>
        )}
      </div>
    </form>
  );
}
