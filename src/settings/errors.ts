/** A file, a variable or an option of a person's that cannot be used: what is wrong, and what to do about it. Holds no secret. */
export class SettingsError extends Error {
  override name = "SettingsError";
  /** `secret`: a key, a keystore or a password; `setting`: all else. */
  readonly kind: "setting" | "secret";
  readonly fix: string;

  constructor(message: string, fix = "", options: { kind?: "setting" | "secret"; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind ?? "setting";
    this.fix = fix;
  }
}
