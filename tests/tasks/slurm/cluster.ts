/**
 * A Slurm of two nodes on this machine, for tests: slurmctld, two slurmd and munge with folders and
 * ports of their own, started and stopped here. Nothing of it outlives `stop`.
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { hostname, tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";

const programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"] as const;

/** Programs of Slurm that this machine lacks; nothing when a cluster can be started. */
export function missingPrograms(): string[] {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return programs.filter((name) => !folders.some((dir) => existsSync(join(dir, name))));
}

/** A running cluster. */
export class SlurmCluster {
  /** Folder of its configuration, state and logs. */
  readonly dir: string;
  /** Names of its nodes. */
  readonly nodes: readonly string[];
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(dir: string, nodes: readonly string[]) {
    this.dir = dir;
    this.nodes = nodes;
  }

  /**
   * Starts it and waits until all nodes are idle.
   *
   * @param coresPerNode Cores that each node says it has.
   */
  static async start(coresPerNode = 2): Promise<SlurmCluster> {
    const dir = mkdtempSync(join(tmpdir(), "joulebook-slurm-"));
    const nodes = ["node1", "node2"];
    const cluster = new SlurmCluster(dir, nodes);
    try {
      await cluster.#configure(coresPerNode);
      cluster.#startMunge();
      cluster.#spawn("slurmctld", "slurmctld", ["-D", "-i", "-f", cluster.configPath]);
      for (const node of nodes) cluster.startNode(node);
      await cluster.waitFor(() => nodes.every((node) => cluster.stateOf(node).startsWith("IDLE")));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Path of slurm.conf. */
  get configPath(): string {
    return join(this.dir, "slurm.conf");
  }

  /** Variables under which Slurm's programs talk to this cluster. */
  get env(): Record<string, string> {
    const path = `${process.env["PATH"] ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`;
    return { PATH: path, SLURM_CONF: this.configPath };
  }

  /** Runs one of Slurm's programs; what it printed. */
  command(program: string, ...args: string[]): string {
    const { stdout, stderr, status } = spawnSync(program, args, {
      env: { ...process.env, ...this.env },
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** State of a node, such as IDLE or DOWN. */
  stateOf(node: string): string {
    try {
      return /State=(\S+)/.exec(this.command("scontrol", "show", "node", node))?.[1] ?? "UNKNOWN";
    } catch {
      return "UNKNOWN";
    }
  }

  /** Starts the daemon of a node. */
  startNode(node: string): void {
    this.#spawn(node, "slurmd", ["-D", "-N", node, "-f", this.configPath]);
  }

  /** Kills the daemon of a node with all that runs on it, as a loss of power does. */
  killNode(node: string): void {
    const daemon = this.#processes.get(node);
    if (daemon?.pid !== undefined) kill(daemon.pid, "SIGKILL");
    this.#processes.delete(node);
    for (const pid of this.#stepsOf(node)) {
      for (const child of childrenOf(pid)) kill(child, "SIGKILL");
      kill(pid, "SIGKILL");
    }
  }

  /** Processes that look after the jobs of a node: their log is the node's. */
  #stepsOf(node: string): number[] {
    const log = join(this.dir, `${node}.log`);
    return processes().filter((pid) =>
      nameOf(pid).startsWith("slurmstepd") && filesOf(pid).includes(log)
    );
  }

  /** Waits until something holds, at most a minute. */
  async waitFor(holds: () => boolean): Promise<void> {
    const untilMs = Date.now() + 15_000;
    while (!holds()) {
      if (Date.now() > untilMs) throw new Error(`Slurm did not get there:\n${this.logs()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends of the logs, for a person who looks for a fault. */
  logs(): string {
    return ["slurmctld", ...this.nodes, "munged"].map((name) => {
      const path = join(this.dir, `${name}.log`);
      const text = existsSync(path) ? readFileSync(path, "utf8") : "";
      return `== ${name}\n${text.slice(-1500)}`;
    }).join("\n");
  }

  /** Ends all jobs and daemons, and removes the folder. */
  async stop(): Promise<void> {
    try {
      this.command("scancel", "--full", "--signal=KILL", "--user", userInfo().username);
      await new Promise((resolve) => setTimeout(resolve, 200));
    } catch {
      // The controller may never have come up.
    }
    for (const node of this.nodes) {
      for (const pid of this.#stepsOf(node)) {
        for (const child of childrenOf(pid)) kill(child, "SIGKILL");
        kill(pid, "SIGKILL");
      }
    }
    const ended = [...this.#processes.values()].map((child) =>
      new Promise<void>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        else child.once("exit", () => resolve());
      })
    );
    for (const child of this.#processes.values()) if (child.pid !== undefined) kill(child.pid);
    const timer = setTimeout(() => {
      for (const { pid } of this.#processes.values()) if (pid !== undefined) kill(pid, "SIGKILL");
    }, 5000);
    await Promise.all(ended);
    clearTimeout(timer);
    this.#processes.clear();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #configure(cores: number): Promise<void> {
    const { dir } = this;
    const host = hostname();
    const [control, ...ports] = await freePorts(1 + this.nodes.length);
    for (const name of ["state", ...this.nodes]) mkdirSync(join(dir, name));
    const settings = {
      ClusterName: "joulebook",
      SlurmctldHost: `${host}(127.0.0.1)`,
      SlurmctldPort: control,
      SlurmUser: userInfo().username,
      SlurmdUser: userInfo().username,
      AuthType: "auth/munge",
      AuthInfo: `socket=${join(dir, "munge.socket")}`,
      StateSaveLocation: join(dir, "state"),
      SlurmdSpoolDir: join(dir, "%n"),
      SlurmctldPidFile: join(dir, "slurmctld.pid"),
      SlurmdPidFile: join(dir, "%n.pid"),
      SlurmctldLogFile: join(dir, "slurmctld.log"),
      SlurmdLogFile: join(dir, "%n.log"),
      ProctrackType: "proctrack/linuxproc",
      TaskPlugin: "task/none",
      SelectType: "select/cons_tres",
      SelectTypeParameters: "CR_Core",
      MpiDefault: "none",
      SwitchType: "switch/none",
      AccountingStorageType: "accounting_storage/none",
      JobAcctGatherType: "jobacct_gather/none",
      JobCompType: "jobcomp/none",
      SchedulerType: "sched/builtin",
      SchedulerParameters: "batch_sched_delay=1,sched_interval=1,sched_min_interval=0",
      SlurmdParameters: "config_overrides",
      SlurmdTimeout: 2,
      SlurmctldTimeout: 30,
      KillWait: 2,
      MinJobAge: 300,
      ReturnToService: 2,
      JobRequeue: 1,
      MaxArraySize: 1001,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    this.nodes.forEach((node, i) =>
      lines.push(
        `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[i]} ` +
          `CPUs=${cores} RealMemory=4000 State=UNKNOWN`,
      )
    );
    lines.push(
      `PartitionName=main Nodes=${this.nodes.join(",")} Default=YES MaxTime=INFINITE State=UP`,
    );
    writeFileSync(this.configPath, lines.join("\n") + "\n");
    writeFileSync(
      join(dir, "cgroup.conf"),
      "CgroupPlugin=autodetect\nIgnoreSystemd=yes\n",
    );
  }

  #startMunge(): void {
    const at = (name: string): string => join(this.dir, name);
    writeFileSync(at("munge.key"), randomBytes(128), { mode: 0o400 });
    this.#spawn("munged", "munged", [
      "--foreground",
      "--force",
      `--socket=${at("munge.socket")}`,
      `--key-file=${at("munge.key")}`,
      `--pid-file=${at("munged.pid")}`,
      `--seed-file=${at("munged.seed")}`,
      `--log-file=${at("munged.log")}`,
    ]);
  }

  #spawn(name: string, program: string, args: readonly string[]): void {
    const log = openSync(join(this.dir, `${name}.out`), "a");
    const child = spawn(program, args, {
      env: { ...process.env, ...this.env },
      stdio: ["ignore", log, log],
    });
    child.on("error", () => {});
    this.#processes.set(name, child);
  }
}

function kill(pid: number, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function processes(): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

/** What stands in a file of /proc; nothing when the process has ended. */
function read<T>(what: () => T, otherwise: T): T {
  try {
    return what();
  } catch {
    return otherwise;
  }
}

function nameOf(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"), "");
}

function filesOf(pid: number): string[] {
  const dir = `/proc/${pid}/fd`;
  return read(() => readdirSync(dir), []).map((fd) => read(() => readlinkSync(join(dir, fd)), ""));
}

function childrenOf(parent: number): number[] {
  const children = processes().filter((pid) => {
    const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8"), "");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
  });
  return [...children, ...children.flatMap(childrenOf)];
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () =>
      new Promise<ReturnType<typeof createServer>>((resolve) => {
        const server = createServer();
        server.listen(0, "127.0.0.1", () => resolve(server));
      })),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
