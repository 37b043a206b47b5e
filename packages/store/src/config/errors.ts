import { TrackerError } from "@waymark/core/errors";

/** No remote was named, and there is no default. */
export class NoRemoteError extends TrackerError {
  override readonly code = "NO_REMOTE";

  constructor(known: readonly string[]) {
    super("No remote is named and none is the default", {
      hint:
        known.length === 0
          ? "Add one: `waymark remote add -d NAME URL`."
          : `Choose one of ${known.join(", ")}: \`waymark remote default ${known[0] ?? ""}\`, or name it with \`-r\`.`,
    });
  }
}

/** Settings for a URL that nothing of its kind has. */
export class UrlSettingsError extends TrackerError {
  override readonly code = "URL_SETTINGS";

  constructor(url: string, reason: string, hint: string | undefined) {
    super(`The settings for '${url}' cannot be used: ${reason.replace(" in section 'remote \"url\"'", "")}`, { hint });
  }
}

/** There is no remote of this name. */
export class RemoteNotFoundError extends TrackerError {
  override readonly code = "REMOTE_NOT_FOUND";
  readonly remote: string;

  constructor(remote: string, similar: readonly string[], known: readonly string[]) {
    const hint =
      similar.length > 0
        ? `Did you mean ${similar.join(" or ")}?`
        : known.length > 0
          ? `There are ${known.join(", ")}.`
          : `Add it: \`waymark remote add ${remote} URL\`.`;
    super(`There is no remote '${remote}'`, { hint });
    this.remote = remote;
  }
}
