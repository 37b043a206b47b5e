import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { RemoteConfig } from "../config/remote-config.ts";
import { RemoteConfigError } from "./remote-errors.ts";
import { displayUrl } from "./url.ts";

/** Variables of a process. */
export type RemoteEnvironment = Readonly<Record<string, string | undefined>>;

/** What opening a remote may ask for. */
export interface OpenRemoteOptions {
  /** Asks the user for a secret (`ask_password`, a passphrase). Without it, remotes that need to ask are refused. */
  readonly askSecret?: ((prompt: string) => Promise<string>) | undefined;
}

/** Settings of one remote, each read as what it is. */
export class RemoteSettings {
  /** For messages: its name in the configuration, or its URL. */
  readonly name: string;
  readonly url: string;
  readonly env: RemoteEnvironment;
  readonly #config: RemoteConfig;
  readonly #askSecret: OpenRemoteOptions["askSecret"];

  constructor(config: RemoteConfig, env: RemoteEnvironment, options: OpenRemoteOptions = {}) {
    this.#config = config;
    this.name = config.name === "" ? displayUrl(config.url) : config.name;
    this.url = config.url;
    this.env = env;
    this.#askSecret = options.askSecret;
  }

  /** Returns a setting as written; `undefined` for one that is not there or empty. */
  text(key: string): string | undefined {
    const value = this.#config.options.get(key);
    return value === undefined || value === "" ? undefined : value;
  }

  /** @throws {@link RemoteConfigError} for a word that is neither true nor false. */
  flag(key: string): boolean | undefined {
    const value = this.text(key)?.toLowerCase();
    if (value === undefined) return undefined;
    if (["true", "yes", "on", "1"].includes(value)) return true;
    if (["false", "no", "off", "0"].includes(value)) return false;
    throw new RemoteConfigError(this.name, `'${key}' is '${value}'`, `Set '${key}' to true or false.`);
  }

  /** @throws {@link RemoteConfigError} for what is no number of zero or more. */
  number(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (Number.isFinite(number) && number >= 0) return number;
    throw new RemoteConfigError(this.name, `'${key}' is '${value}'`, `Set '${key}' to a number.`);
  }

  /** Returns a path, absolute: relative ones start at the folder of the configuration file, `~` is the home folder. */
  path(key: string): string | undefined {
    const value = this.text(key);
    return value === undefined ? undefined : this.resolvePath(value);
  }

  /** Makes a path of the configuration absolute. */
  resolvePath(path: string): string {
    if (path === "~" || path.startsWith("~/")) return join(this.home, path.slice(1));
    return isAbsolute(path) ? path : resolve(this.#config.folder, path);
  }

  /** Home folder of the user. */
  get home(): string {
    return this.env["HOME"] || homedir();
  }

  /** How certificates are checked: `ssl_verify` is a flag or the path of a bundle of authorities. */
  get certificates(): { readonly isVerifying: boolean; readonly bundle: string | undefined } {
    const value = this.text("ssl_verify");
    if (value === undefined) return { isVerifying: true, bundle: undefined };
    if (/^(true|yes|on|1)$/i.test(value)) return { isVerifying: true, bundle: undefined };
    if (/^(false|no|off|0)$/i.test(value)) return { isVerifying: false, bundle: undefined };
    return { isVerifying: true, bundle: this.resolvePath(value) };
  }

  /**
   * Returns a secret: the one that is set, or the one the user types when `ask_<key>` is set.
   *
   * @param owner - Whose it is, for the question.
   * @throws {@link RemoteConfigError} when there is nobody to ask.
   */
  async secret(key: "password" | "passphrase", owner: string): Promise<string | undefined> {
    const value = this.text(key);
    if (value !== undefined || this.flag(`ask_${key}`) !== true) return value;
    if (this.#askSecret === undefined) {
      throw new RemoteConfigError(
        this.name,
        `it asks for a ${key}, and there is no terminal to ask on`,
        `Run the command on a terminal, or set '${key}' in .dvc/config.local.`,
      );
    }
    return this.#askSecret(`Enter a ${key} for ${owner}: `);
  }
}
