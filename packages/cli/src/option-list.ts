/** Values of an option that takes any number of them, `--targets [paths...]`: none when nothing follows it. */
export function listOf(value: readonly string[] | boolean | undefined): readonly string[] {
  return typeof value === "object" ? value : [];
}
