"""Every service of the agreement on one page: `python -m chatops.reports.services > docs/reference/services.md`."""

import sys
from collections.abc import Iterable

from chatops.sla import services
from chatops.sla.services import Deadline, Service

HEAD = """\
# Layanan perjanjian

*The services of the agreement (S0) and their deadlines; made
from `chatops/sla/data/services.yml` by `python -m chatops.reports.services`.*

`hk` = hari kerja / *working days*. Yang tanpa tenggat mengikuti [prioritas](../operations/sla.md).
*What has no deadline follows its priority.*

| layanan | perihal | penyedia | jam | tenggat | lainnya |
|---|---|---|---|---|---|
"""


def page(known: Iterable[Service]) -> str:
    """In Markdown."""
    return HEAD + "".join(f"| {' | '.join(cell or '-' for cell in _cells(service))} |\n" for service in known)


def _cells(service: Service) -> tuple[str, ...]:
    more = [service.note] if service.note else []
    more += [f"{budget.about}: paling lama {budget.hours} jam setahun" for budget in service.budgets]
    if often := service.frequency:
        more.append(f"{often.what}: {often.times} kali {'sehari' if often.per == 'day' else 'setahun'}")
    hours = "24x365" if service.hours == "always" else "jam kerja"
    deadlines = "; ".join(map(_deadline, service.deadlines))
    return (service.id, service.title, ", ".join(service.providers), hours, deadlines, "; ".join(more))


def _deadline(deadline: Deadline) -> str:
    term = deadline.term
    unit = "hari" if term.calendar_days else "hk"
    return f"`{deadline.mode}`: {term.days} {unit} {'sebelum' if term.ahead else 'sejak'} {deadline.start}"


if __name__ == "__main__":
    sys.stdout.write(page(services.load().values()))
