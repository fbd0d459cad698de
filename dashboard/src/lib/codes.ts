import { t } from "@lingui/core/macro";

/** Whether a text is a whole one-time password, however it is spaced. */
export function isOneTimePassword(text: string): boolean {
  return /^\d{6}$/.test(text.replace(/\s/g, ""));
}

/** The text of the file with recovery codes. */
export function recoveryFile(codes: readonly string[], username: string, host: string): string {
  return t`Opsentrix recovery codes of ${username} at ${host}\nEach lets you in once, in place of the app.\n\n${codes.join("\n")}\n`;
}
