/**
 * Variables of Git that describe the user or the machine. Everything else that begins with `GIT_` describes one
 * command (`GIT_DIR` and `GIT_INDEX_FILE` inside a hook, say) and would point ours at the wrong place.
 */
const KEPT =
  /^GIT_(AUTHOR_|COMMITTER_|CONFIG_|SSH|SSL_|HTTP_|PROXY_|TRACE|ASKPASS$|CEILING_DIRECTORIES$|DISCOVERY_ACROSS_FILESYSTEM$|EXEC_PATH$|ALLOW_PROTOCOL$|ATTR_NOSYSTEM$|CURL_VERBOSE$)/;
/** Options a calling `git` passed to its children: they belong to that call. */
const DROPPED = new Set(["GIT_CONFIG_PARAMETERS", "GIT_CONFIG"]);

/**
 * Returns the environment for a Git process: what the user set for themselves stays, what belongs to another command
 * goes, and nothing can ask a question, page, translate its messages, or write the index on the side.
 */
export function gitEnvironment(
  base: NodeJS.ProcessEnv,
  additions: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(base)) {
    if (name.startsWith("GIT_") && (!KEPT.test(name) || DROPPED.has(name))) continue;
    result[name] = value;
  }
  return {
    ...result,
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_PAGER: "cat",
    LC_ALL: "C.UTF-8",
    LANGUAGE: "",
    ...additions,
  };
}
