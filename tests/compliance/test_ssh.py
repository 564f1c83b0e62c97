"""SSH: what sshd makes of all its files together, as it would start with it."""

from chatops.controls import Control
from tests.compliance.proof import Subject, does_not_apply, proves, settings_of

CONFIGURATION = "/etc/ssh"
PRIVATE, PUBLIC = 0o600, 0o644


@proves(*settings_of("ssh"))
def test_sshd_is_set(subject: Subject, control: Control) -> None:
    said = (line.partition(" ") for line in subject.ask("/usr/sbin/sshd", "-T").splitlines())
    found = {key: value for key, _, value in said}
    subject.expect({key: found.get(key.lower()) for key in control.settings}, control.settings)


@proves("SSH-11")
def test_only_members_log_in(subject: Subject) -> None:
    groups = subject.variables.get("baseline_ssh_groups", [])
    if not groups:
        does_not_apply("baseline_ssh_groups tidak menyebut grup")
    said = subject.ask("/usr/sbin/sshd", "-T").splitlines()
    let_in = {word for line in said if line.startswith("allowgroups ") for word in line.split()[1:]}
    subject.expect({"AllowGroups": " ".join(sorted(let_in)) or None}, {"AllowGroups": " ".join(sorted(groups))})


@proves("SSH-10")
def test_files_belong_to_root(subject: Subject) -> None:
    listed = subject.ask("find", CONFIGURATION, "-type", "f", "-printf", "%u %m %p\n")
    wrong = []
    for line in listed.splitlines():
        owner, mode, path = line.split(" ", 2)
        subject.note(line)
        name = path.rpartition("/")[2]
        is_secret = "/sshd_config" in path or (name.startswith("ssh_host_") and not name.endswith(".pub"))
        most = PRIVATE if is_secret else PUBLIC
        if owner != "root" or int(mode, 8) & ~most:
            wrong.append(f"{path} milik {owner} dengan mode {mode}, paling banyak {most:o}")
    subject.expect_none("berkas yang terlalu terbuka", wrong)
