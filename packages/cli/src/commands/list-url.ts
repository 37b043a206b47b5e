import { DVC_EXIT_CODES, defineCommand } from "../command.ts";
import { FS_CONFIG_OPTION, parseDepth, parseSettings, transferOptions } from "../external-options.ts";

interface ListUrlOptions {
  readonly recursive?: boolean;
  readonly tree?: boolean;
  readonly level?: number;
  readonly size?: boolean;
  readonly fsConfig?: readonly string[];
}

export const command = defineCommand<ListUrlOptions>({
  summary: "List what a URL leads to",
  arguments: [{ name: "<url>", description: "a path, or s3://, ssh://, http(s)://, webdav(s)://, remote://NAME/…" }],
  options: [
    { flags: "-R, --recursive", description: "list the files at any depth" },
    { flags: "-T, --tree", description: "draw a tree" },
    { flags: "-L, --level <depth>", description: "go this deep at most", parse: parseDepth },
    { flags: "--size", description: "print sizes" },
    FS_CONFIG_OPTION,
  ],
  examples: [{ line: "waymark list-url s3://bucket/data --size", does: "what a bucket holds" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { listUrl, treeUrl } = await import("@waymark/pipeline");
    const { formatListing, formatListingTree } = await import("../render/file-listing.ts");
    const { cwd, env, ui } = context;
    const [url = ""] = args;
    const settings = parseSettings("--fs-config", options.fsConfig);
    const hasSizes = options.size ?? false;
    const transfer = await transferOptions(context, undefined);
    const access = { ...transfer, cwd, env, settings, hasSizes, depth: options.level };
    const columns = { hasSizes, hasHashes: false };
    if (options.tree === true) ui.write(formatListingTree(await treeUrl(url, access), columns, ui));
    else {
      const entries = await listUrl(url, { ...access, isRecursive: options.recursive ?? false });
      ui.write(formatListing(entries, columns, ui));
    }
  },
});
