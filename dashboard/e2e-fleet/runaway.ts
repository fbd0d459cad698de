// A process that takes whatever of the processors it gets, under a name that can be looked for.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export const NAME = "runaway";
/** Several, so that it stands out on a machine that is busy with other things, too. */
const THREADS = 2;
const PROGRAM = `
  const { Worker } = require("node:worker_threads");
  process.title = "${NAME}";
  for (let thread = 0; thread < ${THREADS}; thread++) new Worker("for (;;);", { eval: true });
`;

export class Runaway {
  private readonly process: ChildProcess;

  constructor() {
    this.process = spawn(process.execPath, ["-e", PROGRAM], { stdio: "ignore" });
  }

  async end(): Promise<void> {
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }
}
