import { type ParsedLocation, redirect } from "@tanstack/react-router";
import { isKiosk } from "@/lib/kiosk";
import { linkTo } from "@/lib/shared-place";
import { resumePass } from "@/state/take-pass";

/** Keeps who has a pass at the one page that it is for. */
export async function showShared({ pathname, search }: ParsedLocation): Promise<void> {
  const held = await resumePass();
  if (held === null) throw redirect({ to: "/shared" });
  const link = linkTo(held, isKiosk(search));
  if (pathname !== link.to) throw redirect({ ...link, replace: true });
}
