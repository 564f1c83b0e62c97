"""`/spse …`."""

from dataclasses import replace
from datetime import UTC, datetime

from slack_bolt import Ack, App

from chatops import permissions
from chatops.access import rights
from chatops.cases import Case, Request
from chatops.permissions import Identity
from chatops.slack import access_forms, cards, forms, grants, pages, watching
from chatops.slack.edge import Body, Edge, Place
from chatops.slack.line import Line, parse
from chatops.slack.listeners.actions.access import WITH_WORDS
from chatops.slack.listeners.views.access_note import revoke
from chatops.slack.offices import ALL, near, nearest
from chatops.slack.text import Block, code
from chatops.web import links
from chatops.web.settings import WebSettings
from chatops.words import Said

SAID = ("user_id", "channel_id", "text", "trigger_id")
"""Of a command, all that is needed to answer it."""


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def place_of(body: Body) -> Place:
        return {"user": body["user_id"], "channel": body["channel_id"]}

    def answer(body: Body) -> None:
        _answer(edge, body, place_of(body))

    def command(ack: Ack, body: Body) -> None:
        first = edge.receive("command", body["trigger_id"])
        said = {name: body.get(name) or "" for name in SAID}
        kept = edge.inbox.keep("command", said["trigger_id"], said) if first else None
        ack()
        if first:
            edge.quickly(place_of(said), "command", lambda: answer(said), kept)

    edge.resumes["command"] = place_of, answer
    app.command("/spse")(command)


def _answer(edge: Edge, body: Body, place: Place) -> None:
    identity = edge.identity(body["user_id"])
    line = parse(body.get("text") or "")
    match line.verb:
        case "help":
            edge.tell(place, "Bantuan /spse", pages.help_(edge.desk.operations(identity), access=roles(edge, identity)))
        case "queue":
            edge.tell(place, "Antrean", pages.queue(edge.desk.queue(identity)))
        case "show":
            text, blocks = shown(edge, identity, line.subject)
            edge.tell(place, text, blocks)
        case "status":
            _status(edge, identity, line, body, place)
        case "summary" | "proposals" | "proposal":
            _watched(edge, line, place)
        case "web":
            _web(edge, identity, place)
        case "access":
            _ask_access(edge, identity, line, body, place)
        case "access_list" | "access_show" | "access_revoke":
            _access(edge, identity, line, body, place)
        case _:
            _ask(edge, identity, line, body, place)


def _watched(edge: Edge, line: Line, place: Place) -> None:
    match line.verb:
        case "summary":
            edge.later(place, "summary", lambda: watching.summary(edge, place, line.lpses))
        case "proposals":
            watching.proposals(edge, place, line.lpses)
        case _:
            watching.proposal(edge, place, line.subject)


def _status(edge: Edge, identity: Identity, line: Line, body: Body, place: Place) -> None:
    """From what was watched; of an office that nobody watches the playbook finds it out, where there is one."""
    operation = edge.desk.catalogue.get("status")
    if line.lpses and operation and not watching.known(edge, line.lpses):
        _ask(edge, identity, replace(line, verb="ask", subject=operation.name), body, place)
        return
    watching.status(edge, place, line.lpses)


def shown(edge: Edge, identity: Identity, number: str) -> tuple[str, list[Block]]:
    """One change, with its buttons: whoever presses one is asked who he is then."""
    case = edge.desk.case(identity, number)
    course = case.course
    progress = edge.desk.progress(course.run) if course and course.run else None
    return cards.message(case, edge.desk.rules.people, progress)


def _web(edge: Edge, identity: Identity, place: Place) -> None:
    """A link to the pages, for his eyes and one use."""
    edge.desk.person(identity)
    records = edge.desk.records
    token = links.give(edge.desk.ledger, identity, datetime.now(UTC))
    address = links.address(WebSettings.from_environment(records.state).url, token)
    minutes = int(links.LASTS.total_seconds() // 60)
    edge.tell(place, f"Tautan masuk untuk Anda sendiri, sekali pakai, berlaku {minutes} menit:\n<{address}>")


def _ask(edge: Edge, identity: Identity, line: Line, body: Body, place: Place) -> None:
    desk = edge.desk
    operation = desk.catalogue.get(line.subject)
    allowed = desk.operations(identity)
    if operation is None:
        # The desk has the words for it, with the nearest that there is.
        desk.lpses(identity, line.subject)
        return
    if operation not in allowed:
        what = Said(f"meminta `{operation.name}`", f"ask for `{operation.name}`")
        permissions.check(desk.person(identity), operation.ask, line.lpses or ("-",), what)
    if line.complete(operation):
        request = Request(
            operation.name,
            line.lpses,
            line.everywhere,
            line.options,
            line.reason,
            line.at,
            line.plan_only,
            line.emergency,
            key=body["trigger_id"],
        )
        edge.later(place, "request", lambda: told(edge, desk.request(identity, request), place))
        return
    known = [nearest(desk, identity, operation.name, lpse) for lpse in line.lpses]
    view = forms.request(operation, line, known, place)
    edge.client.views_open(trigger_id=body["trigger_id"], view=view)


def told(edge: Edge, case: Case, place: Place) -> None:
    """Say that it was received."""
    edge.tell(place, f"{code(case.number)} dicatat. Rencananya muncul di #{edge.settings.channel}.")


def roles(edge: Edge, identity: Identity) -> list[str]:
    """The roles that he may ask access for, somewhere."""
    person = edge.desk.person(identity)
    return [role for role, asks in rights.ASK.items() if person.offices(asks)]


def _ask_access(edge: Edge, identity: Identity, line: Line, body: Body, place: Place) -> None:
    allowed = roles(edge, identity)
    if not allowed:
        person = edge.desk.person(identity)
        permissions.check(person, rights.ASK["auditor"], [line.subject or "-"], Said("meminta akses", "ask for access"))
    lpse = near(line.subject, edge.access.lpses(identity, limit=ALL), edge.desk) if line.subject else ""
    view = access_forms.ask(allowed, line, lpse, place, edge.access.place.limits)
    edge.later(place, "inventory", edge.warm)
    edge.client.views_open(trigger_id=body["trigger_id"], view=view)


def _access(edge: Edge, identity: Identity, line: Line, body: Body, place: Place) -> None:
    now, limits, people = datetime.now(UTC), edge.access.place.limits, edge.desk.rules.people
    if line.verb == "access_list":
        shown = [grants.line(each, people, now, limits) for each in edge.access.mine(identity, now)]
        edge.tell(place, "Akses", pages.access(shown))
        return
    grant = edge.access.grant(identity, line.subject)
    if line.verb == "access_show":
        edge.tell(place, *grants.message(grant, people, now, limits))
    elif line.reason:
        edge.later(place, "access", lambda: revoke(edge, place, grant.number, line.reason))
    else:
        told = {"access": grant.number, "channel": place.get("channel", "")}
        view = forms.note("access_revoke", *WITH_WORDS["access_revoke"], told)
        edge.client.views_open(trigger_id=body["trigger_id"], view=view)
