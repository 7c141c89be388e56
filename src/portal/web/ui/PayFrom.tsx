import { shortHex } from "../lib/format.ts";
import { vestings } from "../lib/mine.ts";

/** From one's own account, or with the tokens of a vesting contract. Shown to those who have one. */
export function PayFrom({ value, onChange }: { value: string; onChange: (vesting: string) => void }) {
  const list = vestings.value.value ?? [];
  if (list.length === 0) return null;
  return (
    <div class="field">
      <label for="pay-from">Stake the tokens of</label>
      <select id="pay-from" value={value} onChange={(event) => onChange((event.target as HTMLSelectElement).value)}>
        <option value="">my account</option>
        {list.map(({ address }) => (
          <option key={address} value={address}>
            vesting contract {shortHex(address)}
          </option>
        ))}
      </select>
    </div>
  );
}
