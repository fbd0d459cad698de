// One chunk: what is only looked at is rare, and what people work with must not grow by it.
export { Kiosk } from "@/pages/kiosk/kiosk";
export { SharedFrame } from "./shared-frame";
export { SharedPage } from "./shared-page";
export { showShared } from "./show-shared";
