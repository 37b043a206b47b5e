import { CompositionError } from "../errors.ts";
import { InterpolationSyntaxError } from "../config/interpolation.ts";
import { MissingValueError, Resolution, UnresolvedError } from "../config/resolve.ts";
import type { ConfigMap } from "../values.ts";

/** What an item of a defaults list names. */
export type DefaultTarget =
  /** `- db/mysql`, or `_self_`. */
  | { readonly kind: "config"; path: string }
  /** `- db: mysql`; several names for `- db: [a, b]`, `null` for none. */
  | { readonly kind: "group"; readonly group: string; value: string | null | readonly string[] };

/** How an item is written, and where it came from. */
export interface DefaultItemOptions {
  readonly package?: string | undefined;
  readonly isPrimary?: boolean;
  readonly isOptional?: boolean;
  readonly isOverride?: boolean;
  /** Added by an override `+group=value`. */
  readonly isAppended?: boolean;
}

/**
 * One item of a defaults list. Its config path and its package depend on the config that lists it, and on the header of
 * the config it names; both are told later.
 */
export class DefaultItem {
  readonly target: DefaultTarget;
  readonly isPrimary: boolean;
  readonly isOptional: boolean;
  readonly isOverride: boolean;
  readonly isAppended: boolean;
  isDeleted = false;
  #package: string | undefined;
  #packageHeader: string | undefined;
  #parentFolder = "";
  #parentPackage = "";

  constructor(target: DefaultTarget, options: DefaultItemOptions = {}) {
    this.target = target;
    this.#package = options.package === "_here_" ? "" : options.package;
    this.isPrimary = options.isPrimary ?? false;
    this.isOptional = options.isOptional ?? false;
    this.isOverride = options.isOverride ?? false;
    this.isAppended = options.isAppended ?? false;
  }

  copy(): DefaultItem {
    const { isPrimary, isOptional, isOverride, isAppended } = this;
    const options = { package: this.#package, isPrimary, isOptional, isOverride, isAppended };
    return new DefaultItem({ ...this.target }, options);
  }

  get package(): string | undefined {
    return this.#package;
  }

  get isSelf(): boolean {
    return (this.target.kind === "config" ? this.target.path : this.target.value) === "_self_";
  }

  get isMissing(): boolean {
    return this.name === "???";
  }

  /** Name of the one config it stands for; `undefined` for several, `null` for none. */
  get name(): string | null | undefined {
    if (this.target.kind === "config") return lastPart(this.target.path);
    const { value } = this.target;
    return value === null || typeof value === "string" ? value : undefined;
  }

  get isInterpolated(): boolean {
    const text = this.target.kind === "config" ? this.target.path : this.target.value;
    return typeof text === "string" && text.includes("${");
  }

  /** Group it belongs to, from the root of the configurations. */
  get groupPath(): string {
    const { text, isAbsolute } = this.#reference();
    const group = this.target.kind === "group" ? text : folderOf(text);
    return isAbsolute ? group : join(this.#parentFolder, group);
  }

  /** The config it stands for, from the root of the configurations. */
  get configPath(): string {
    if (this.target.kind === "group") return `${this.groupPath}/${this.name ?? ""}`;
    const { text, isAbsolute } = this.#reference();
    return isAbsolute ? text : join(this.#parentFolder, text);
  }

  /** Key that an override names it by: its group, and its package where that is not the group's. */
  get overrideKey(): string {
    const key = this.groupPath;
    const final = this.#finalPackage(this.#package);
    if (final === key.replaceAll("/", ".")) return key;
    return `${key}@${final === "" ? "_global_" : final}`;
  }

  /** Path that the content of its config goes to; `""` for the root. */
  get finalPackage(): string {
    return this.#finalPackage(this.#package ?? this.#packageHeader);
  }

  /** Its own package, or that of the header of its config. */
  get ownPackage(): string {
    return this.#package ?? this.#packageHeader ?? "";
  }

  /** Tells it the config that lists it. */
  setParent(folder: string, pkg: string): void {
    this.#parentFolder = folder;
    this.#parentPackage = pkg;
    if (this.#package?.includes("_group_") === true) {
      this.#package = `_global_.${this.#package.replaceAll("_group_", this.groupPath.replaceAll("/", "."))}`;
    }
  }

  get parentFolder(): string {
    return this.#parentFolder;
  }

  /** Tells it the `# @package` of its config, which counts from the root. */
  setPackageHeader(header: string): void {
    const isGlobal = header === "_global_" || header.startsWith("_global_.");
    this.#packageHeader = isGlobal ? header : header === "" ? "_global_" : `_global_.${header}`;
  }

  /** Replaces an interpolation in its name by the choices that were made. */
  resolve(choices: ConfigMap): void {
    const text = this.target.kind === "config" ? this.configPath : this.target.value;
    if (typeof text !== "string") return;
    const value = resolveChoice(text, choices);
    if (this.target.kind === "config") this.target.path = value;
    else this.target.value = value;
  }

  #reference(): { readonly text: string; readonly isAbsolute: boolean } {
    const text = this.target.kind === "config" ? this.target.path : this.target.group;
    return text.startsWith("/") ? { text: text.slice(1), isAbsolute: true } : { text, isAbsolute: false };
  }

  #finalPackage(own: string | undefined): string {
    const { text } = this.#reference();
    const relative = this.target.kind === "group" ? text : folderOf(text);
    const pkg = own ?? relative.replaceAll("/", ".");
    const full = this.#parentPackage === "" ? pkg : pkg === "" ? this.#parentPackage : `${this.#parentPackage}.${pkg}`;
    const global = full.lastIndexOf("_global_");
    return global < 0 ? full : full.slice(global + "_global_".length + 1);
  }
}

function resolveChoice(text: string, choices: ConfigMap): string {
  try {
    const { value } = new Resolution(choices).dereference(text, []);
    if (typeof value === "string") return value;
    throw new UnresolvedError("it gives no name");
  } catch (error) {
    const isOurs =
      error instanceof UnresolvedError ||
      error instanceof InterpolationSyntaxError ||
      error instanceof MissingValueError;
    if (!isOurs) throw error;
    const names = [...choices.keys()].filter((key) => key !== "defaults").join(", ");
    throw new CompositionError(`The default '${text}' cannot be resolved: ${error.message}`, {
      hint: names === "" ? undefined : `Choices it may name are ${names}.`,
    });
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function join(folder: string, path: string): string {
  if (folder === "") return path;
  return path === "" ? folder : `${folder}/${path}`;
}
