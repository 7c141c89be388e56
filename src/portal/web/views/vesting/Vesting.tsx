export function Vesting() {
  return <p>Vesting</p>;
}
