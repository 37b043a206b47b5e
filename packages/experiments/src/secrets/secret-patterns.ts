/** A form that credentials of one kind have. */
export interface SecretPattern {
  /** What it looks like, after "looks like": `a private key`. */
  readonly kind: string;
  /** Matches the credential itself, or the line that begins it. */
  readonly pattern: RegExp;
}

/**
 * Forms that services gave their credentials so that they can be told from other text. Words such as `password = …` are
 * not among them: they are in every example, and a check that cries wolf is switched off.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  { kind: "a private key", pattern: /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/u },
  { kind: "a PuTTY private key", pattern: /^PuTTY-User-Key-File-\d/u },
  // The ids that Amazon's own documentation uses end in EXAMPLE.
  { kind: "an AWS access key id", pattern: /\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b/u },
  {
    kind: "an AWS secret access key",
    pattern:
      /\b(?:aws_?)?secret_?access_?key["']?\s*[=:]\s*["']?(?![A-Za-z0-9/+]*EXAMPLE)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/iu,
  },
  { kind: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})/u },
  { kind: "a GitLab token", pattern: /\bgl(?:pat|dt|rt|ptt|cbt|soat)-[A-Za-z0-9_-]{20,}/u },
  { kind: "a Slack token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{20,}|\bxapp-\d-[A-Za-z0-9-]{20,}/u },
  { kind: "a Slack webhook", pattern: /hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]{16,}/u },
  { kind: "a Google API key", pattern: /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/u },
  { kind: "a Google OAuth token", pattern: /\bya29\.[A-Za-z0-9_-]{30,}|\bGOCSPX-[A-Za-z0-9_-]{28}/u },
  { kind: "an Azure storage key", pattern: /\bAccountKey=[A-Za-z0-9+/]{86}==/u },
  { kind: "a Hugging Face token", pattern: /\bhf_[A-Za-z0-9]{34,}\b/u },
  { kind: "an Anthropic key", pattern: /\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{40,}/u },
  { kind: "an OpenAI key", pattern: /\bsk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{48}\b)/u },
  { kind: "a Stripe key", pattern: /\b[rs]k_live_[A-Za-z0-9]{20,}/u },
  { kind: "an npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/u },
  { kind: "a PyPI token", pattern: /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{40,}/u },
  { kind: "a SendGrid key", pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/u },
  { kind: "a Weights & Biases key", pattern: /\bWANDB_API_KEY["']?\s*[=:]\s*["']?[0-9a-f]{40}\b/u },
  {
    kind: "a DVC Studio token",
    pattern: /\bisat_[A-Za-z0-9]{30,}|\bDVC_STUDIO_TOKEN["']?\s*[=:]\s*["']?[A-Za-z0-9_]{20,}/u,
  },
  { kind: "a JSON Web Token", pattern: /\beyJ[A-Za-z0-9_-]{12,}\.eyJ[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{20,}/u },
];
