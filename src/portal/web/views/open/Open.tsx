export function Open() {
  return <p>Open</p>;
}
