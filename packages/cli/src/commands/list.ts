import { CommandError } from "../command-error.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { EXTERNAL_OPTIONS, parseDepth, toExternalOptions, type ExternalOptions } from "../external-options.ts";

interface ListOptions extends ExternalOptions {
  readonly recursive?: boolean;
  readonly tree?: boolean;
  readonly level?: number;
  readonly dvcOnly?: boolean;
  readonly json?: boolean;
  readonly size?: boolean;
  readonly showHash?: boolean;
}

export const command = defineCommand<ListOptions>({
  summary: "List what a repository holds, files and data",
  details:
    "The repository may be this one (`.`), another folder, or an address that `git clone` takes. Nothing of it is executed.",
  arguments: [
    { name: "<url>", description: "a folder, or the address of a repository" },
    { name: "[path]", description: "what to list in it" },
  ],
  options: [
    { flags: "-R, --recursive", description: "list the files at any depth" },
    { flags: "-T, --tree", description: "draw a tree" },
    { flags: "-L, --level <depth>", description: "go this deep at most", parse: parseDepth },
    { flags: "--dvc-only", description: "list data only" },
    { flags: "--json", description: "print JSON" },
    ...EXTERNAL_OPTIONS,
    { flags: "--size", description: "print sizes" },
    { flags: "--show-hash", description: "print the hashes of data" },
  ],
  examples: [
    { line: "waymark list . -R --dvc-only", does: "every file of data in this repository" },
    { line: "waymark list https://github.com/ada/models data --rev v2", does: "a folder of another one" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    if (options.tree === true && options.json === true) {
      throw new CommandError(255, "'--tree' does not go with '--json'", "Use `--recursive --json`.");
    }
    const pipeline = await import("@waymark/pipeline");
    const { formatListing, formatListingTree, listingJson } = await import("../render/file-listing.ts");
    const [url = "", typed] = args;
    const { cwd, env, signal, ui } = context;
    const repo = await pipeline.openExternalRepo(url, { cwd, env, signal, ...toExternalOptions(options) });
    const data = new pipeline.ExternalData(repo, { env, signal });
    try {
      const view = await pipeline.ExternalView.read(repo, data);
      const path = pipeline.pathSeenFrom(repo, typed, cwd);
      const what = { depth: options.level, isDataOnly: options.dvcOnly ?? false };
      const columns = { hasSizes: options.size ?? false, hasHashes: options.showHash ?? false };
      if (options.tree === true) {
        ui.write(formatListingTree(await pipeline.treeExternal(view, path, typed ?? ".", what), columns, ui));
        return;
      }
      const entries = await pipeline.listExternal(view, path, { ...what, isRecursive: options.recursive ?? false });
      if (options.json === true) ui.line(JSON.stringify(entries.map(listingJson)));
      else ui.write(formatListing(entries, columns, ui));
    } finally {
      await data.close();
      await repo.close();
    }
  },
});
