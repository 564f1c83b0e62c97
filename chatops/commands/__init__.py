"""The commands of `spse-ops` that no catalogue entry makes: deadlines, and the record of what was asked and done."""

from chatops.commands.priority import priority
from chatops.commands.sla import sla

COMMANDS = (priority, sla)
