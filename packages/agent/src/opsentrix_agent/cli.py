"""The `opsentrix-agent` command."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from opsentrix_agent.arguments import TOKEN_VARIABLE, Arguments, parse
from opsentrix_agent.configfile import DEFAULT_CONFIG
from opsentrix_agent.errors import AgentError, IdentityError, SettingsError

if TYPE_CHECKING:
    from opsentrix_agent.settings import Layer, Settings
    from opsentrix_agent.upgrades.watch import Upgrades


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or that of the error, or 1 when `doctor` finds a fault."""
    options = parse(sys.argv[1:] if argv is None else argv)
    try:
        if options.command != "execute":  # people wait for it, and it has nothing to log
            from opsentrix_agent.logs import set_up_logging

            set_up_logging()
        return _COMMANDS[options.command](options)
    except AgentError as error:
        sys.stderr.write(f"opsentrix-agent: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has left; what is buffered would fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _enroll(options: Arguments) -> int:
    import logging
    import socket

    from opsentrix_agent.enrollment import enroll, obtain_certificate
    from opsentrix_agent.hostfacts import host_facts
    from opsentrix_agent.identity import load_identity, save_identity

    settings = _settings(
        options,
        server_url=options.server,
        name=options.name,
        agent_type=options.type,
        environment=options.environment,
        tags=options.tag,
        tls_ca=options.tls_ca,
        tls_pin=options.pin,
    )
    if not settings.server_url:
        raise SettingsError("server_url is not set; give --server URL.")
    token = _token(options)
    _warn_in_clear(settings)
    existing = load_identity(settings.state_dir)
    if existing and not options.force:
        raise IdentityError(
            f"This machine is agent {existing.agent_id} of {existing.server_url} already; --force replaces that."
        )
    identity = enroll(settings, token, socket.gethostname(), host_facts())
    path = save_identity(settings.state_dir, identity)
    if why := obtain_certificate(settings, identity):
        log = logging.getLogger(__name__)
        log.warning("there is no certificate yet (%s); the agent gets it when it runs", why)
    sys.stdout.write(f"Enrolled {settings.name} as agent {identity.agent_id} of {identity.server_url} ({path}).\n")
    return 0


def _run(options: Arguments) -> int:
    from opsentrix_agent.heap import share_heap
    from opsentrix_agent.leanmessages import import_messages

    share_heap()
    import_messages()

    from opsentrix_agent.configuration import Configuration
    from opsentrix_agent.identity import hold_identity, load_identity

    configuration = Configuration(partial(_layers, options))
    settings = configuration.settings
    identity = load_identity(settings.state_dir)
    if identity is None:
        raise IdentityError(
            f"This machine is not enrolled: there is no identity in {settings.state_dir}. "
            "Run: opsentrix-agent enroll --server URL --token-file FILE"
        )
    _warn_in_clear(settings)

    from opsentrix_agent import extras
    from opsentrix_agent.agent import run

    relay = partial(extras.relay, settings.state_dir, options.config)
    with hold_identity(settings.state_dir):
        configuration.keep_in(settings.state_dir, identity)
        restart = run(configuration, identity, options.record, _upgrades(options, settings), relay)
    if restart:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very program, no shell
    return 0


def _upgrades(options: Arguments, settings: "Settings") -> "Upgrades | None":
    """Return what follows the hub's requests for another release; None, and the memory saved, without a policy."""
    files = (DEFAULT_CONFIG, options.config or DEFAULT_CONFIG)
    if not any(file.with_name("policy.json").exists() for file in files):
        return None
    from opsentrix_agent.upgrades.places import running_release
    from opsentrix_agent.upgrades.watch import Upgrades, spawn

    return Upgrades(settings.state_dir, running_release(), options.config, sys.argv[1:], spawn)


def _config(options: Arguments) -> int:
    from opsentrix_agent.configuration import Configuration
    from opsentrix_agent.identity import load_identity

    configuration = Configuration(partial(_layers, options))
    identity = load_identity(configuration.settings.state_dir)
    if identity is not None:
        configuration.keep_in(configuration.settings.state_dir, identity)
    sources = configuration.sources()
    if options.json:
        import json

        shown = {key: {"value": layer.value, "source": layer.source} for key, layer in sources.items()}
        sys.stdout.write(json.dumps(shown, indent=2, default=str) + "\n")
        return 0
    for key, layer in sources.items():
        value = ",".join(layer.value) if isinstance(layer.value, tuple) else layer.value
        sys.stdout.write(f"{key:<20} {'' if value is None else value!s:<40} {layer.source}\n")
    for key, reason in configuration.refused.items():
        sys.stdout.write(f"refused of the hub's configuration {configuration.version}: {key} {reason}\n")
    return 0


def _once(options: Arguments) -> int:
    from opsentrix_agent.once import sample_once

    sys.stdout.write(sample_once(_settings(options), as_json=options.json))
    sys.stdout.flush()
    return 0


def _collectors(options: Arguments) -> int:
    from opsentrix_agent.once import list_collectors

    sys.stdout.write(list_collectors(_settings(options)))
    sys.stdout.flush()
    return 0


def _doctor(options: Arguments) -> int:
    import logging

    from opsentrix_agent.doctor import Finding, State, examine

    # Everything found is a finding, with what to do; the log would say it a second time.
    logging.getLogger("opsentrix_agent").setLevel(logging.CRITICAL)
    findings: list[Finding] = []

    def show(finding: Finding) -> None:
        findings.append(finding)
        if not options.json:
            sys.stdout.write(finding.text())
            sys.stdout.flush()

    try:
        settings = _settings(options)
    except SettingsError as error:
        show(Finding("config", State.FAIL, str(error), "correct the config file; nothing else was looked at"))
    else:
        show(Finding("config", State.OK, "valid"))
        for finding in examine(settings, run_plugins=options.plugins):
            show(finding)
    failed = any(finding.state is State.FAIL for finding in findings)
    if options.json:
        import json

        rows = [finding._asdict() | {"state": finding.state.value} for finding in findings]
        sys.stdout.write(json.dumps({"ok": not failed, "findings": rows}, indent=1) + "\n")
    return 1 if failed else 0


def _upgrade(options: Arguments) -> int:
    from opsentrix_agent.upgrades.command import upgrade

    return upgrade(options.step, _settings(options), options.config, options.manager, options.releases)


def _policy(options: Arguments) -> int:
    from opsentrix_agent.actions import command
    from opsentrix_agent.actions.places import policy_file

    file = policy_file(options.config)
    if options.step == "check":
        return command.check(options.file or file)
    if options.step == "allow":
        from opsentrix_agent.actions.allow import allow

        return allow(file, options.words, options.signer)
    if options.step == "rights":
        from opsentrix_agent.actions.rights import rights

        return rights(file, apply=options.apply)
    return command.show(options.config, as_json=options.json)


def _execute(options: Arguments) -> int:
    from opsentrix_agent.leanmessages import import_messages

    import_messages()

    from opsentrix_agent.actions.command import run_step

    state_dir = Path(options.state_dir) if options.state_dir else _settings(options).state_dir
    return run_step(options.step, options.config, state_dir)


_COMMANDS = {
    "enroll": _enroll,
    "run": _run,
    "once": _once,
    "collectors": _collectors,
    "config": _config,
    "doctor": _doctor,
    "upgrade": _upgrade,
    "policy": _policy,
    "execute": _execute,
}


def _settings(options: Arguments, **overrides: object) -> "Settings":
    from opsentrix_agent.settings import load_settings

    return load_settings(options.config, overrides={"state_dir": options.state_dir} | overrides)


def _layers(options: Arguments) -> "dict[str, Layer]":
    from opsentrix_agent.settings import load_layers

    return load_layers(options.config, overrides={"state_dir": options.state_dir})


def _token(options: Arguments) -> str:
    token = options.token or os.environ.get(TOKEN_VARIABLE, "")
    if options.token_file:
        try:
            text = sys.stdin.read() if options.token_file == Path("-") else options.token_file.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise SettingsError(f"--token-file: {options.token_file} cannot be read: {error}.") from None
        token = text
    token = token.strip()
    if not token:
        raise SettingsError(f"There is no enrollment token; give --token-file FILE, {TOKEN_VARIABLE} or --token TOKEN.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError("The enrollment token is not one: it must be one word of printable ASCII.")
    return token


def _warn_in_clear(settings: "Settings") -> None:
    if settings.sends_in_clear():
        import logging

        log = logging.getLogger(__name__)
        log.warning("%s is not encrypted: credential and samples can be read on the way", settings.server_url)
