import { createRoute } from "@tanstack/react-router";
import { ErrorPage } from "@/pages/shell/error-page";
import { Frame } from "@/pages/shell/frame";
import { admit, root } from "./routes-outside";

/** What surrounds the pages of whoever is logged in, or has a link to one of them. */
export const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: admit,
  component: Frame,
  errorComponent: ErrorPage,
});
