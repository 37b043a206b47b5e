const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}

/** Formats data as a block that no browser runs; nothing in it can end the block. */
export function toDataBlock(data: unknown): string {
  const json = JSON.stringify(data, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
  return `<script type="application/json">${json.replace(/[<>\u2028\u2029]/gu, escapeUnit)}</script>`;
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Makes the id of an element of a name as DVC does, so that a style of the user's own finds it: `_` for what is no word. */
export function toElementId(name: string): string {
  return name.replace(/[!@#$%^&*()[\]{};,<>?\\/:.|`~=+ \s]/gu, "_");
}
