"""What a migration has added, and nothing else, is taken away again."""

import pytest

from library.module_utils.spse_schemas import NotAdditiveError, Part, questions, undo

PAKET = Part("table", "public.paket", "", "r epns p")
KODE = Part("column", "kode", "public.paket", "text not null")
BEFORE = [PAKET, KODE]


def test_nothing_new_is_nothing_to_do() -> None:
    assert undo(BEFORE, BEFORE) == []


def test_a_new_column_and_a_new_table_with_all_that_belongs_to_it() -> None:
    new = [
        Part("column", "metode", "public.paket", "text"),
        Part("table", "public.sanggahan", "", "r epns p"),
        Part("column", "id", "public.sanggahan", "bigint not null d"),
        Part("constraint", "sanggahan_pkey", "public.sanggahan", "PRIMARY KEY (id)"),
        Part("index", "public.sanggahan_paket_idx", "public.sanggahan", "CREATE INDEX …"),
        Part("sequence", "public.sanggahan_id_seq", "sanggahan", "S epns p"),
    ]
    assert undo(BEFORE, [*BEFORE, *new]) == [
        "ALTER TABLE public.paket DROP COLUMN metode",
        "DROP TABLE public.sanggahan",
    ]


def test_what_depends_goes_first_and_tables_go_together() -> None:
    new = [
        Part("type", "public.status", "", "e epns baru,lama"),
        Part("function", "public.f(integer)", "", "epns"),
        Part("trigger", "t", "public.paket", "CREATE TRIGGER …"),
        Part("index", "public.paket_kode_idx", "public.paket", "CREATE INDEX …"),
        Part("constraint", "paket_kode_check", "public.paket", "CHECK …"),
        Part("view", "public.ringkas", "", "v epns p SELECT …"),
        Part("table", "public.b", "", "r epns p"),
        Part("table", "public.a", "", "r epns p"),
    ]
    assert undo(BEFORE, [*BEFORE, *new]) == [
        "DROP TRIGGER t ON public.paket",
        "DROP VIEW public.ringkas",
        "ALTER TABLE public.paket DROP CONSTRAINT paket_kode_check",
        "DROP INDEX public.paket_kode_idx",
        "DROP TABLE public.a, public.b",
        "DROP FUNCTION public.f(integer)",
        "DROP TYPE public.status",
    ]


def test_what_was_taken_away_or_changed_does_not_come_back_by_dropping() -> None:
    with pytest.raises(NotAdditiveError, match="hilang: column kode"):
        undo(BEFORE, [PAKET])
    with pytest.raises(NotAdditiveError, match="berubah: column kode"):
        undo(BEFORE, [PAKET, KODE._replace(definition="text")])
    # A column that was renamed is one that is gone and one that is new.
    with pytest.raises(NotAdditiveError, match="hilang: column kode"):
        undo(BEFORE, [PAKET, KODE._replace(name="nomor")])


def test_what_somebody_has_written_into_what_is_new_is_counted() -> None:
    new = [
        Part("column", "metode", "public.paket", "text 'Tender'", "'Tender'::text"),
        Part("column", "catatan", "public.paket", "text"),
        Part("table", "public.sanggahan", "", "r epns p"),
        Part("column", "id", "public.sanggahan", "bigint"),
    ]
    assert questions(BEFORE, [*BEFORE, *new]) == {
        "public.sanggahan": "SELECT count(*) FROM public.sanggahan",
        "public.paket.metode": "SELECT count(*) FROM public.paket WHERE metode IS DISTINCT FROM ('Tender'::text)",
        "public.paket.catatan": "SELECT count(*) FROM public.paket WHERE catatan IS DISTINCT FROM (NULL)",
    }
