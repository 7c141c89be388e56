/** A text in which no URL has a user or a password any more: for the URLs of nodes, which are otherwise public. */
export function withoutUsers(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]*@/gi, "$1");
}
