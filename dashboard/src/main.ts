import { activateLanguage } from "@/state/language";
import "./styles.css";

// Texts are settled as the code that has them loads, so the language comes first.
await activateLanguage({ es: () => import("./locales/es.po") });
const { start } = await import("./app");
start();
