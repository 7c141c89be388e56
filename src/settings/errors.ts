/** A file, a variable or an option of a person's that cannot be used: what is wrong, and what to do about it. Holds no secret. */
export class SettingsError extends Error {
  override name = "SettingsError";
  readonly fix: string;

  constructor(message: string, fix = "", cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fix = fix;
  }
}
