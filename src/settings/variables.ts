import type { Environment } from "./environment.ts";

/** Options that variables give. */
export interface FromVariables {
  /** By the option's name: what yargs' `config` takes; the command line goes before it. */
  values: Record<string, string>;
  /** Variables that bear an option's name and are somebody else's. */
  ignored: string[];
}

/**
 * Options from variables: `SESSION_NODE` and `log-level` make `SESSION_NODE_LOG_LEVEL`. Only options that there are: container
 * platforms set variables of the same beginning for a service of that name, `SESSION_NODE_SERVICE_HOST` and, as an address,
 * `SESSION_NODE_PORT=tcp://10.0.0.1:80`.
 */
export function optionsFromVariables(
  prefix: string,
  options: readonly string[],
  environment: Environment,
): FromVariables {
  const values: Record<string, string> = {};
  const ignored: string[] = [];
  for (const option of options) {
    const name = `${prefix}_${option.replaceAll("-", "_").toUpperCase()}`;
    const value = environment[name];
    if (value === undefined || value === "") continue;
    if (/^(tcp|udp|sctp):\/\//.test(value)) ignored.push(name);
    else values[option] = value;
  }
  return { values, ignored };
}
