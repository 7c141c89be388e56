export function Stakes() {
  return <p>Stakes</p>;
}
