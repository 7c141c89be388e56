export function Leave() {
  return <p>Leave</p>;
}
