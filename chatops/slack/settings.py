"""What the bot needs to know of Slack: tokens, which never print, and where it speaks."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from chatops.errors import SettingsError

API = "https://slack.com/api/"
SECRETS = {
    "bot_token": "SPSE_OPS_SLACK_BOT_TOKEN",
    "app_token": "SPSE_OPS_SLACK_APP_TOKEN",
    "signing_secret": "SPSE_OPS_SLACK_SIGNING_SECRET",
}


@dataclass(frozen=True)
class SlackSettings:
    """Where Slack is, and who we are there."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False, default="")
    """With it Socket Mode is spoken, without it HTTP."""
    signing_secret: str = field(repr=False, default="")
    api: str = API
    channel: str = "perubahan-spse"
    """Where each change has its message."""
    alarms: str = "siaga"
    """Where deadlines are told of that come near."""
    watch: str = ""
    """Where outages, proposals and the day before are told of; with the deadlines, if it is not said."""
    listen: str = "127.0.0.1:8090"
    """Where /healthz and /metrics are, and Slack's requests where there is no Socket Mode."""
    quiet: float = 300
    """Seconds without a word from Slack after which the socket is taken for dead."""
    hello: float = 60
    """Seconds in which a new connection has to be greeted."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """By `SPSE_OPS_SLACK_…`; a secret rather from a credential of systemd of the same name."""
        found = {name: _secret(variable, environment) for name, variable in SECRETS.items()}
        if not found["bot_token"]:
            raise SettingsError(what="Token Slack", value=SECRETS["bot_token"], advice=_advice(SECRETS["bot_token"]))
        if not (found["app_token"] or found["signing_secret"]):
            needed = f"{SECRETS['app_token']} atau {SECRETS['signing_secret']}"
            raise SettingsError(what="Token Slack", value=needed, advice=_advice(needed))
        more = {
            name: environment[variable]
            for name, variable in (
                ("api", "SPSE_OPS_SLACK_API"),
                ("channel", "SPSE_OPS_SLACK_CHANNEL"),
                ("alarms", "SPSE_OPS_SLACK_ALARMS"),
                ("watch", "SPSE_OPS_SLACK_WATCH"),
                ("listen", "SPSE_OPS_LISTEN"),
            )
            if environment.get(variable)
        }
        quiet = float(environment.get("SPSE_OPS_SLACK_QUIET") or cls.quiet)
        hello = float(environment.get("SPSE_OPS_SLACK_HELLO") or cls.hello)
        return cls(**found, **more, quiet=quiet, hello=hello)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be written down."""
        return self.bot_token, self.app_token, self.signing_secret

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen at."""
        host, _, port = self.listen.rpartition(":")
        if not port.isdecimal():
            raise SettingsError(what="Alamat", value=self.listen, advice="Isi SPSE_OPS_LISTEN seperti 127.0.0.1:8090.")
        return host.strip("[]") or "127.0.0.1", int(port)


def _secret(variable: str, environment: Mapping[str, str]) -> str:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    file = Path(folder) / variable.lower() if folder else None
    try:
        if file and file.is_file():
            return file.read_text().strip()
    except OSError as error:
        advice = f"Beri akun layanan hak membacanya ({error.strerror}); lihat LoadCredential dalam unitnya."
        raise SettingsError(what="Kredensial yang dapat dibaca", value=str(file), advice=advice) from error
    return environment.get(variable, "").strip()


def _advice(variable: str) -> str:
    return f"Isi {variable}, atau kredensial systemd dengan nama itu dalam huruf kecil."
