/**
 * Joins the values of an option that is given several times (`--rpc A --rpc B`) to one with commas, at the place of the first.
 * Arguments after `--` are left alone.
 */
export function joinRepeated(argv: readonly string[], name: string): string[] {
  const flag = `--${name}`;
  const end = argv.indexOf("--");
  const last = end < 0 ? argv.length : end;
  const values: string[] = [];
  const rest: string[] = [];
  let place: number | undefined;
  for (let i = 0; i < last; i++) {
    const argument = argv[i] as string;
    const inline = argument.startsWith(`${flag}=`);
    const value = inline ? argument.slice(flag.length + 1) : argv[i + 1];
    if (
      (argument !== flag && !inline) ||
      value === undefined ||
      (!inline && (i + 1 >= last || value.startsWith("--")))
    ) {
      rest.push(argument);
      continue;
    }
    place ??= rest.length;
    values.push(value);
    if (!inline) i++;
  }
  if (place === undefined || values.length < 2) return [...argv];
  rest.splice(place, 0, flag, values.join(","));
  return [...rest, ...argv.slice(last)];
}
