/** Names that credentials usually have. They are compared in lower case. */
const NAMES = new Set([
  ".netrc",
  "_netrc",
  ".npmrc",
  ".pypirc",
  ".pgpass",
  ".git-credentials",
  ".htpasswd",
  ".dockercfg",
  "credentials",
  "credentials.json",
  "credentials.yaml",
  "credentials.yml",
  "client_secret.json",
  "secrets.json",
  "secrets.yaml",
  "secrets.yml",
  "secrets.toml",
  "token.json",
  "kaggle.json",
  "service-account.json",
  "id_rsa",
  "id_dsa",
  "id_ecdsa",
  "id_ed25519",
]);
const SUFFIXES = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".asc", ".gpg", ".ppk"];
const FOLDERS = new Set([".ssh", ".aws", ".gnupg", ".azure", ".kube", ".docker"]);
/** Settings that are made to be shared: `.env.example`. */
const SAMPLES = [".example", ".sample", ".template", ".dist"];

/**
 * Tells whether a path looks like a file of credentials. Such files are never picked up on their own: a commit would
 * carry them to everyone the experiment is shared with. A file that Git tracks already is the user's decision.
 *
 * @param path - Relative to the repository, with `/`.
 */
export function looksSensitive(path: string): boolean {
  const parts = path.toLowerCase().split("/");
  const name = parts.at(-1) ?? "";
  if (parts.slice(0, -1).some((part) => FOLDERS.has(part))) return true;
  if (SAMPLES.some((suffix) => name.endsWith(suffix))) return false;
  if (NAMES.has(name) || name === ".env" || name.startsWith(".env.")) return true;
  return SUFFIXES.some((suffix) => name.endsWith(suffix));
}
