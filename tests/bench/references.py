"""What the figures are compared with, on the same cable: tests/bench/limit, and kernel TCP."""

import json
import os
import shutil
import statistics

import hosts as hosts_module
import programs


class Missing(Exception):
    """Something that a row needs is not here; the message says what."""


def congestion_controls():
    with open("/proc/sys/net/ipv4/tcp_available_congestion_control", encoding="ascii") as file:
        return file.read().split()


class Iperf:
    """One TCP flow from host a to host b, started when made."""

    def __init__(self, hosts, seconds, control="cubic"):
        if shutil.which("iperf3") is None:
            raise Missing("iperf3 is not installed")
        if control not in congestion_controls():
            raise Missing(f"the kernel has no {control}")
        address = hosts_module.ADDRESS["b"]
        self.server = programs.Program(["iperf3", "--server", "--one-off", "--forceflush",
                                        "--bind", address], hosts["b"])
        self.server.await_line("stdout", "listening")
        self.client = programs.Program(
            ["iperf3", "--client", address, "--time", str(seconds), "--congestion", control,
             "--json"], hosts["a"])

    def result(self):
        """The client's account of it."""
        status = self.client.wait(programs.TIMEOUT + 60)
        self.server.stop()
        result = json.loads("\n".join(self.client.lines["stdout"]))
        if status != 0:
            raise AssertionError(f"iperf3: {result.get('error')}")
        return result

    @staticmethod
    def goodput(result, since=0.0):
        """Bits a second at the sender's side, from so many seconds after its start."""
        if since <= 0:
            return result["end"]["sum_received"]["bits_per_second"]
        return statistics.mean(interval["sum"]["bits_per_second"]
                               for interval in result["intervals"]
                               if interval["sum"]["start"] >= since)

    @staticmethod
    def cpu_s_per_gb(result):
        """Seconds of both ends."""
        used = result["end"]["cpu_utilization_percent"]
        seconds = result["end"]["sum_sent"]["seconds"]
        gigabytes = result["end"]["sum_received"]["bytes"] / 1e9
        return (used["host_total"] + used["remote_total"]) / 100 * seconds / gigabytes


class Limit:
    """tests/bench/limit between the hosts: sealed datagrams, and nothing else."""

    def __init__(self, build):
        self.program = os.path.join(build, "tests", "bench", "limit")
        if not os.path.exists(self.program):
            raise Missing(f"{self.program} is not built")

    def goodput(self, hosts, seconds, plain=False, size=None):
        """Bits a second that arrived."""
        options = ["--seconds", str(seconds)]
        if plain:
            options.append("--no-gso")
        if size is not None:
            options += ["--size", str(size)]
        address = hosts_module.ADDRESS["b"] + ":5300"
        serving = programs.Program([self.program, *options, "serve", address], hosts["b"])
        serving.await_line("stderr", "listening")
        sending = programs.Program([self.program, *options, "send", address], hosts["a"])
        if serving.wait() != 0:
            raise AssertionError(serving.tail())
        sending.wait()
        return float(serving.lines["stdout"][-1].split("\t")[1])
