import type { Project, SolNode } from "../source.ts";

/** Of a declaration with an array of fixed length or a struct: how many words it takes, and which of them are arrays in turn. */
export interface WordLayout {
  readonly words: readonly (WordLayout | undefined)[];
}

export function layoutOf(project: Project, type: SolNode): WordLayout | undefined {
  if (type.nodeType === "ArrayTypeName") {
    const length = (type as unknown as { length: SolNode | null }).length;
    if (length === null) return undefined;
    const base = layoutOf(project, (type as unknown as { baseType: SolNode }).baseType);
    return { words: Array.from({ length: Number(length.value) }, () => base) };
  }
  if (type.nodeType === "UserDefinedTypeName") {
    const struct = project.node(type.referencedDeclaration);
    if (struct.nodeType !== "StructDefinition") return undefined;
    return { words: struct.members.map((member) => layoutOf(project, member.typeName)) };
  }
  return undefined;
}
