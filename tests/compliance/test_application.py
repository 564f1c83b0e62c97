"""The application: who runs it, who may change it, and whether its secrets are its own."""

from tests.compliance.instances import Instance, instances
from tests.compliance.proof import Subject, does_not_apply, proves

# Judged on the host: of a secret nothing leaves it but this.
SETTINGS = r"""
get() {
    awk -v key="$2" '
        /^[ \t]*[#!]/ { next }
        match($0, /^[ \t]*[^=: \t]+[ \t]*[=: \t][ \t]*/) {
            name = substr($0, 1, RLENGTH)
            gsub(/[=: \t]/, "", name)
            value = substr($0, RLENGTH + 1)
            sub(/[ \t\r]+$/, "", value)
            if (name == key) plain = value
            if (name == "%prod." key) { own = value; has = 1 }
        }
        END { print has ? own : plain }' "$1"
}
others=
for file in "$@"; do
    real=$(readlink -f "$file") && [ -r "$real" ] || continue
    password=$(get "$file" db.pass)
    judged=kuat
    [ "${#password}" -ge 16 ] || judged=pendek
    for known in '' epns postgres password spse "$(get "$file" db.user)"; do
        [ "$password" != "$known" ] || judged=bawaan
    done
    secret=$(get "$file" application.secret)
    key=kuat
    [ "${#secret}" -ge 32 ] || key=pendek
    case $(printf %s "$secret" | tr '[:upper:]' '[:lower:]') in
        *ganti* | *changeme* | *change_me* | *default* | *contoh*) key=bawaan ;;
    esac
    if [ -r "$real.shipped" ] && [ "$secret" = "$(get "$real.shipped" application.secret)" ]; then
        key=bawaan
    fi
    case " $others " in *" $secret "*) key='sama dengan instans lain' ;; esac
    others="$others $secret"
    printf '%s\t%s\t%s\t%s\t%s\n' "$file" "$judged" "$key" "$(get "$file" application.mode)" \
        "$(get "$file" attachments.path)"
done
"""
PASSWORD, KEY, MODE, DOCUMENTS = range(1, 5)

# What a site may change: in our order of releases it lies in `site`, and in the vendor's within the programs.
SITE = ("site", "webapp/logs", "webapp/tmp", "webapp/server.pid")

# Beside the documents lie those that a restore has put aside. Nothing deeper is looked at: there may be millions, and
# whoever may not enter the folder gets no further.
FOLDERS = """
documents=$1 user=$2
for folder in "$documents" "$documents".*; do
    [ -d "$folder" ] || continue
    printf 'folder %s\n' "$folder"
    find -H "$folder" -maxdepth 0 -perm /007 -printf 'salah %p bermode %m\n'
    find -H "$folder" -xdev -maxdepth 2 ! -user "$user" -printf 'salah %p milik %u\n'
    find -H "$folder" -xdev -maxdepth 2 ! -type l -perm -0002 -printf 'tulis %p\n'
done
"""


def _instances(subject: Subject) -> list[Instance]:
    found = instances(subject)
    if not found:
        does_not_apply("tidak ada SPSE di server ini")
    return found


def _settings(subject: Subject) -> list[tuple[Instance, list[str]]]:
    """What was judged of the configuration of each instance."""
    by_file = {one.configuration: one for one in _instances(subject)}
    said = subject.ask("sh", "-c", SETTINGS, "sh", *by_file)
    return [(by_file[fields[0]], fields) for fields in (line.split("\t") for line in said.splitlines())]


def _folders(subject: Subject, kind: str) -> list[str]:
    """What was found of one kind in and below the documents of every instance."""
    lines = []
    for one, fields in _settings(subject):
        user = min(one.users, default="root")
        lines += subject.ask("sh", "-c", FOLDERS, "sh", fields[DOCUMENTS], user).splitlines()
    return [line.partition(" ")[2] for line in lines if line.startswith(kind)]


@proves("APP-01")
def test_spse_does_not_run_as_root(subject: Subject) -> None:
    wrong = []
    for one in _instances(subject):
        for unit in sorted(one.units.keys() | one.processes.keys()):
            users = one.processes.get(unit, set()) | {one.units.get(unit, "")} - {""}
            subject.note(f"{one.home}: {unit} sebagai {', '.join(sorted(users))}")
            wrong += [f"{one.home} ({unit})"] if "root" in users else []
    subject.expect_none("SPSE yang berjalan sebagai root", wrong)


@proves("APP-02")
def test_programs_are_changed_by_root_alone(subject: Subject) -> None:
    homes = [one.home for one in _instances(subject)]
    spared = [word for home in homes for each in SITE for word in ("-path", f"{home}/{each}", "-prune", "-o")]
    wrong = ("!", "-type", "l", "(", "!", "-user", "root", "-o", "-perm", "/022", ")", "-printf", r"%p (%u, %m)\n")
    subject.note(*homes)
    found = subject.ask("find", *homes, "-xdev", *spared, *wrong)
    subject.expect_none("program yang dapat diubah selain oleh root", found.splitlines())


@proves("APP-03")
def test_configuration_is_read_by_its_instance_alone(subject: Subject) -> None:
    homes = {one.home: one for one in _instances(subject)}
    found = subject.ask(
        "find", *homes, "-xdev", "-type", "f", "-name", "application.conf*", "-printf", r"%u %g %m %p\n"
    )
    wrong = []
    for line in found.splitlines():
        owner, group, mode, path = line.split(" ", 3)
        subject.note(line)
        own = {"root"}.union(*(one.users for home, one in homes.items() if path.startswith(f"{home}/")))
        if owner not in own or group not in own or int(mode, 8) & 0o027:
            wrong.append(f"{path} milik {owner}:{group} dengan mode {mode}")
    subject.expect_none("konfigurasi yang terlalu terbuka", wrong)


@proves("APP-04")
def test_documents_are_closed(subject: Subject) -> None:
    subject.note(*_folders(subject, "folder"))
    subject.expect_none("dokumen yang terbuka", _folders(subject, "salah"))


@proves("APP-05")
def test_password_of_the_database_is_its_own(subject: Subject) -> None:
    found = {one.home: fields[PASSWORD] for one, fields in _settings(subject)}
    subject.expect(found, dict.fromkeys(found, "kuat"))


@proves("APP-06")
def test_nothing_is_written_by_everybody(subject: Subject) -> None:
    homes = [one.home for one in _instances(subject)]
    found = subject.ask("find", *homes, "-xdev", "!", "-type", "l", "-perm", "-0002", "-print").splitlines()
    subject.note(*homes)
    subject.expect_none("yang dapat ditulis semua akun", [*found, *_folders(subject, "tulis")])


@proves("APP-07")
def test_key_of_the_sessions_is_its_own(subject: Subject) -> None:
    found = {one.home: fields[KEY] for one, fields in _settings(subject)}
    subject.expect(found, dict.fromkeys(found, "kuat"))


@proves("APP-08")
def test_mode_is_that_of_production(subject: Subject) -> None:
    # Without a word Play takes the mode of development.
    found = {one.home: fields[MODE].lower() for one, fields in _settings(subject)}
    subject.expect(found, dict.fromkeys(found, "prod"))
