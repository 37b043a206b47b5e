import type { Command } from "./command.ts";

/** A command as the first page of help knows it, before its file is loaded. */
export interface CatalogEntry {
  /** The words to type: `["view"]`, `["exp", "show"]`. */
  readonly path: readonly string[];
  /** Equal to the command's own summary (a test holds the two together). */
  readonly summary: string;
  /** Another way to type it, shorter. */
  readonly alias?: readonly string[];
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Groups of commands, in the order of the help page. */
export const GROUPS: Readonly<Record<string, string>> = {
  data: "Look at tracked data",
  exp: "List, compare, restore and continue experiments",
  queue: "Run experiments one after the other, or several at a time",
  params: "Compare params",
  metrics: "Show and compare metrics",
  plots: "Draw and compare plots",
  stage: "Define the stages of pipelines",
  remote: "Set up storage remotes for data",
  cache: "Look after the cache",
};

/** Every command, in the order of the help page. Kept apart from their files so that help loads none of them. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    path: ["init"],
    summary: "Make this folder a project",
    load: async () => import("./commands/init.ts"),
  },
  {
    path: ["view"],
    summary: "Open the live viewer of this project",
    load: async () => import("./commands/view.ts"),
  },
  {
    path: ["checkpoint"],
    summary: "Commit a checkpoint of the run that goes on here, from any script",
    load: async () => import("./commands/checkpoint.ts"),
  },
  {
    path: ["add"],
    summary: "Track files and folders as data",
    load: async () => import("./commands/add.ts"),
  },
  {
    path: ["checkout"],
    summary: "Put data from the cache into the workspace",
    load: async () => import("./commands/checkout.ts"),
  },
  {
    path: ["push"],
    summary: "Send data to a remote",
    load: async () => import("./commands/push.ts"),
  },
  {
    path: ["pull"],
    summary: "Bring data from a remote into the workspace",
    load: async () => import("./commands/pull.ts"),
  },
  {
    path: ["fetch"],
    summary: "Bring data from a remote into the cache",
    load: async () => import("./commands/fetch.ts"),
  },
  {
    path: ["diff"],
    summary: "Compare the data of commits, or of a commit and the workspace",
    load: async () => import("./commands/diff.ts"),
  },
  {
    path: ["remove"],
    alias: ["rm"],
    summary: "Stop tracking data, or take stages out of the pipeline",
    load: async () => import("./commands/remove.ts"),
  },
  {
    path: ["move"],
    alias: ["mv"],
    summary: "Move or rename tracked data together with its .dvc file",
    load: async () => import("./commands/move.ts"),
  },
  {
    path: ["unprotect"],
    summary: "Make linked files safe to edit",
    load: async () => import("./commands/unprotect.ts"),
  },
  {
    path: ["gc"],
    summary: "Remove data that nothing needs from the cache, and from remotes",
    load: async () => import("./commands/gc.ts"),
  },
  {
    path: ["destroy"],
    summary: "Make the project a plain folder again, and remove its cache",
    load: async () => import("./commands/destroy.ts"),
  },
  {
    path: ["check-ignore"],
    summary: "Tell whether .dvcignore files keep paths out of tracked data",
    load: async () => import("./commands/check-ignore.ts"),
  },
  {
    path: ["root"],
    summary: "Print where the root of the project is, seen from here",
    load: async () => import("./commands/root.ts"),
  },
  {
    path: ["doctor"],
    summary: "Find what crashed runs left behind and what will be in the way, and repair it",
    load: async () => import("./commands/doctor.ts"),
  },
  {
    path: ["version"],
    summary: "Print the version, and what there is to know of this machine and project",
    load: async () => import("./commands/version.ts"),
  },
  {
    path: ["get"],
    summary: "Fetch a file or folder of another repository",
    load: async () => import("./commands/get.ts"),
  },
  {
    path: ["get-url"],
    summary: "Fetch a file or folder from a URL",
    load: async () => import("./commands/get-url.ts"),
  },
  {
    path: ["list"],
    alias: ["ls"],
    summary: "List what a repository holds, files and data",
    load: async () => import("./commands/list.ts"),
  },
  {
    path: ["list-url"],
    alias: ["ls-url"],
    summary: "List what a URL leads to",
    load: async () => import("./commands/list-url.ts"),
  },
  {
    path: ["import"],
    summary: "Track a file or folder of another repository",
    load: async () => import("./commands/import.ts"),
  },
  {
    path: ["import-url"],
    summary: "Track a file or folder from a URL",
    load: async () => import("./commands/import-url.ts"),
  },
  {
    path: ["update"],
    summary: "Bring imported data up to date",
    load: async () => import("./commands/update.ts"),
  },
  {
    path: ["completion"],
    summary: "Print a script that completes command lines in a shell",
    load: async () => import("./commands/completion.ts"),
  },
  {
    path: ["config"],
    summary: "Get or set configuration options",
    load: async () => import("./commands/config.ts"),
  },
  {
    path: ["repro"],
    summary: "Bring pipelines up to date by running the stages that changed",
    load: async () => import("./commands/repro.ts"),
  },
  {
    path: ["commit"],
    summary: "Record data and outputs as they are now, without running anything",
    load: async () => import("./commands/commit.ts"),
  },
  {
    path: ["status"],
    summary: "Show which stages and data changed",
    load: async () => import("./commands/status.ts"),
  },
  {
    path: ["dag"],
    summary: "Draw which stage needs which",
    load: async () => import("./commands/dag.ts"),
  },
  {
    path: ["freeze"],
    summary: "Freeze stages or .dvc files: what they need no longer counts",
    load: async () => import("./commands/freeze.ts"),
  },
  {
    path: ["unfreeze"],
    summary: "Let stages or .dvc files follow what they need again",
    load: async () => import("./commands/unfreeze.ts"),
  },
  {
    path: ["stage", "add"],
    summary: "Add a stage to dvc.yaml",
    load: async () => import("./commands/stage/add.ts"),
  },
  {
    path: ["stage", "list"],
    summary: "List stages with what they make and need",
    load: async () => import("./commands/stage/list.ts"),
  },
  {
    path: ["data", "status"],
    summary: "Compare the data of the last commit, the .dvc files and the workspace",
    load: async () => import("./commands/data/status.ts"),
  },
  {
    path: ["cache", "migrate"],
    summary: "Give objects of DVC 2 their place in the cache of today",
    load: async () => import("./commands/cache/migrate.ts"),
  },
  {
    path: ["exp", "run"],
    alias: ["run"],
    summary: "Run a pipeline, or any command, as an experiment",
    load: async () => import("./commands/exp/run.ts"),
  },
  {
    path: ["exp", "show"],
    alias: ["show"],
    summary: "Compare experiments and their checkpoints in a table",
    load: async () => import("./commands/exp/show.ts"),
  },
  {
    path: ["exp", "list"],
    alias: ["exp", "ls"],
    summary: "List experiments by the commit they started from",
    load: async () => import("./commands/exp/list.ts"),
  },
  {
    path: ["exp", "diff"],
    summary: "Compare the metrics and params of two experiments",
    load: async () => import("./commands/exp/diff.ts"),
  },
  {
    path: ["exp", "tag"],
    summary: "Put tags on experiments, take them off, or list them",
    load: async () => import("./commands/exp/tag.ts"),
  },
  {
    path: ["exp", "note"],
    summary: "Write a note on an experiment, or read it",
    load: async () => import("./commands/exp/note.ts"),
  },
  {
    path: ["exp", "resume"],
    summary: "Continue an experiment where one of its checkpoints left it",
    load: async () => import("./commands/exp/resume.ts"),
  },
  {
    path: ["exp", "apply"],
    summary: "Put the files of an experiment or checkpoint into the workspace",
    load: async () => import("./commands/exp/apply.ts"),
  },
  {
    path: ["exp", "branch"],
    summary: "Make a Git branch of an experiment or checkpoint",
    load: async () => import("./commands/exp/branch.ts"),
  },
  {
    path: ["exp", "save"],
    summary: "Save the workspace as an experiment",
    load: async () => import("./commands/exp/save.ts"),
  },
  {
    path: ["exp", "push"],
    summary: "Send experiments to a Git remote, and their data to a data remote",
    load: async () => import("./commands/exp/push.ts"),
  },
  {
    path: ["exp", "pull"],
    summary: "Bring experiments from a Git remote, and their data from a data remote",
    load: async () => import("./commands/exp/pull.ts"),
  },
  {
    path: ["exp", "verify"],
    summary: "Check that everything of experiments is here, on the Git remote and on the data remote",
    load: async () => import("./commands/exp/verify.ts"),
  },
  {
    path: ["exp", "remove"],
    alias: ["exp", "rm"],
    summary: "Remove experiments, or some of their checkpoints",
    load: async () => import("./commands/exp/remove.ts"),
  },
  {
    path: ["exp", "rename"],
    summary: "Give an experiment another name",
    load: async () => import("./commands/exp/rename.ts"),
  },
  {
    path: ["exp", "rebase"],
    summary: "Attach experiments to another commit, such as one that was amended or rebased",
    load: async () => import("./commands/exp/rebase.ts"),
  },
  {
    path: ["exp", "undo"],
    summary: "Take back the last apply, remove, rename, gc, rebase or pull of experiments",
    load: async () => import("./commands/exp/undo.ts"),
  },
  {
    path: ["exp", "gc"],
    summary: "Remove all experiments but those that are named",
    load: async () => import("./commands/exp/gc.ts"),
  },
  {
    path: ["exp", "clean"],
    summary: "Clear away temporary files of experiments",
    load: async () => import("./commands/exp/clean.ts"),
  },
  {
    path: ["queue", "status"],
    summary: "Show the tasks of the queue and the workers",
    load: async () => import("./commands/queue/status.ts"),
  },
  {
    path: ["queue", "start"],
    summary: "Start workers that run the tasks of the queue",
    load: async () => import("./commands/queue/start.ts"),
  },
  {
    path: ["queue", "work"],
    summary: "Run the tasks of the queue in this terminal",
    load: async () => import("./commands/queue/work.ts"),
  },
  {
    path: ["queue", "stop"],
    summary: "Stop the workers of the queue",
    load: async () => import("./commands/queue/stop.ts"),
  },
  {
    path: ["queue", "logs"],
    summary: "Print what a task of the queue has printed",
    load: async () => import("./commands/queue/logs.ts"),
  },
  {
    path: ["queue", "show"],
    summary: "Show what one task of the queue is to do, and how it went",
    load: async () => import("./commands/queue/show.ts"),
  },
  {
    path: ["queue", "kill"],
    summary: "End tasks that run",
    load: async () => import("./commands/queue/kill.ts"),
  },
  {
    path: ["queue", "retry"],
    summary: "Put tasks that failed or were ended into the queue again",
    load: async () => import("./commands/queue/retry.ts"),
  },
  {
    path: ["queue", "move"],
    summary: "Change the order of tasks that wait",
    load: async () => import("./commands/queue/move.ts"),
  },
  {
    path: ["queue", "remove"],
    summary: "Take tasks out of the queue",
    load: async () => import("./commands/queue/remove.ts"),
  },
  {
    path: ["queue", "share"],
    summary: "Share the queue with other clones, through a Git remote",
    load: async () => import("./commands/queue/share.ts"),
  },
  {
    path: ["params", "diff"],
    summary: "Show how params differ between commits, or a commit and the workspace",
    load: async () => import("./commands/params/diff.ts"),
  },
  {
    path: ["metrics", "show"],
    summary: "Print metrics",
    load: async () => import("./commands/metrics/show.ts"),
  },
  {
    path: ["metrics", "diff"],
    summary: "Show how metrics differ between commits, or a commit and the workspace",
    load: async () => import("./commands/metrics/diff.ts"),
  },
  {
    path: ["plots", "show"],
    summary: "Draw plots of the workspace",
    load: async () => import("./commands/plots/show.ts"),
  },
  {
    path: ["plots", "diff"],
    summary: "Draw plots of several revisions on top of each other",
    load: async () => import("./commands/plots/diff.ts"),
  },
  {
    path: ["plots", "templates"],
    summary: "List the built-in templates of plots, or print one",
    load: async () => import("./commands/plots/templates.ts"),
  },
  {
    path: ["plots", "modify"],
    summary: "Change how a plot of a stage is drawn",
    load: async () => import("./commands/plots/modify.ts"),
  },
  {
    path: ["remote", "add"],
    summary: "Add a storage remote for data",
    load: async () => import("./commands/remote/add.ts"),
  },
  {
    path: ["remote", "default"],
    summary: "Set, unset or print the default remote",
    load: async () => import("./commands/remote/default.ts"),
  },
  {
    path: ["remote", "list"],
    summary: "List the storage remotes",
    load: async () => import("./commands/remote/list.ts"),
  },
  {
    path: ["remote", "modify"],
    summary: "Set or unset a setting of a remote",
    load: async () => import("./commands/remote/modify.ts"),
  },
  {
    path: ["remote", "rename"],
    summary: "Give a storage remote another name",
    load: async () => import("./commands/remote/rename.ts"),
  },
  {
    path: ["remote", "remove"],
    summary: "Remove a storage remote from the configuration",
    load: async () => import("./commands/remote/remove.ts"),
  },
  {
    path: ["cache", "dir"],
    summary: "Print or set the folder of the cache",
    load: async () => import("./commands/cache/dir.ts"),
  },
];

/** Commands that nobody types: what other processes of ours start. They are in no list, and have no place in help. */
export const INTERNAL: readonly CatalogEntry[] = [
  {
    path: ["slurm-task"],
    summary: "Do what a job of Slurm has to do",
    load: async () => import("./commands/internal/slurm-task.ts"),
  },
];
