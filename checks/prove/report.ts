/** One statement and whether it was proved. */
export interface Statement {
  readonly part: "bounds" | "formulas" | "memory" | "list" | "compiled";
  /** The function or the file that it is about. */
  readonly about: string;
  readonly statement: string;
  readonly ok: boolean;
  /** Why not, or what it rests on. */
  readonly detail: string;
}

export class Report {
  readonly statements: Statement[] = [];

  add(part: Statement["part"], about: string, statement: string, reasons: readonly string[] = []): void {
    this.statements.push({ part, about, statement, ok: reasons.length === 0, detail: reasons.join("; ") });
  }

  /** A statement that is proved unless the action finds a reason against it, or cannot be carried out. */
  prove(part: Statement["part"], about: string, statement: string, action: () => readonly string[] | void): void {
    try {
      this.add(part, about, statement, action() ?? []);
    } catch (error) {
      this.add(part, about, statement, [error instanceof Error ? error.message : String(error)]);
    }
  }

  get failed(): readonly Statement[] {
    return this.statements.filter(({ ok }) => !ok);
  }
}
