export function Contribution() {
  return <p>Contribution</p>;
}
