import { nextTask } from "@/lib/next-task";
import { activateLanguage } from "@/state/language";
import "./styles.css";

// Texts are settled as the code that has them loads, so the language comes first. Nothing waits at the top level here: the
// app imports what this file does, and would wait for it in turn.
async function main(): Promise<void> {
  await activateLanguage({ es: () => import("./locales/es.po") });
  const { start } = await import("./app");
  await nextTask();
  await start();
}

void main();
