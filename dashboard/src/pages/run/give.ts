import { t } from "@lingui/core/macro";
import { type CommandRequest, createCommand, prepareCommand } from "@/api/commands";
import type { CreatedCommand, OperatorKey } from "@/api/types";
import { textProblem } from "@/lib/command-text";
import { signTexts } from "@/lib/operator-key";

/**
 * Gives a command. Where a key of this browser signs, the hub's texts are read before: a text that says something else
 * than what was confirmed is not signed.
 */
export async function give(request: CommandRequest, key: OperatorKey | null): Promise<CreatedCommand> {
  if (key === null) return createCommand(request);
  const signed = { ...request, key_id: key.key_id };
  const texts = await prepareCommand(signed);
  const { action, params, timeout_s = 0, expires_s = 3600 } = request;
  for (const { agent, text } of texts) {
    const problem = request.agents.includes(agent)
      ? await textProblem(text, { agent, action, params, timeout_s, expires_s })
      : t`It is for a machine that was not confirmed.`;
    if (problem !== null) throw new Error(t`The hub asked to sign something else. ${problem} Nothing was signed.`);
  }
  const signatures = await signTexts(
    key.key_id,
    texts.map(({ text }) => text),
  );
  return createCommand(
    signed,
    texts.map(({ text: _, ...one }, at) => ({ ...one, signature: signatures[at] ?? "" })),
  );
}
