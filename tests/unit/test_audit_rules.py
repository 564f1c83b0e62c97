"""What auditctl reads and what it says of the same rules has to be the same; only a real machine shows the latter."""

from chatops import controls
from tests.compliance.test_audit import missing, rules

# As they are written, and as `auditctl -l` gives them back.
WRITTEN = """\
# A comment
-b 8192
-w /etc/pam.d/ -p wa -k AUD-04
-a always,exit -F arch=b64 -S adjtimex,settimeofday -k AUD-03
-a always,exit -F arch=b32 -S execve -C euid!=uid -F auid!=unset -k AUD-12
-a always,exit -F arch=b64 -S open -F exit=-EACCES -F auid>=1000 -F auid!=unset -k AUD-09
-a always,exit -F path=/usr/bin/su -F perm=x -F auid>=1000 -F auid!=unset -k AUD-14
-e 2
"""
SAID = """\
-w /etc/pam.d -p wa -k AUD-04
-a always,exit -F arch=b64 -S adjtimex,settimeofday -F key=AUD-03
-a always,exit -F arch=b32 -S execve -C uid!=euid -F auid!=-1 -F key=AUD-12
-a always,exit -F arch=b64 -S open -F exit=-EACCES -F auid>=1000 -F auid!=-1 -F key=AUD-09
-a always,exit -S all -F path=/usr/bin/su -F perm=x -F auid>=1000 -F auid!=-1 -F key=AUD-14
"""
CONTROLS = controls.by_id(controls.load().values())


def test_what_is_written_is_what_is_said() -> None:
    assert rules(WRITTEN) == rules(SAID)
    assert len(rules(WRITTEN)) == 5


def test_one_architecture_is_not_enough() -> None:
    control = CONTROLS["AUD-10"]
    persons = "-F auid>=1000 -F auid!=unset"
    one = f"-a always,exit -F arch=b64 -S mount {persons} -k x\n"
    assert missing(control, rules(one)) == ["mount (b32)"]
    assert missing(control, rules(one + one.replace("b64", "b32"))) == []


def test_a_narrower_rule_is_not_enough() -> None:
    control = CONTROLS["AUD-10"]
    narrow = "".join(
        f"-a always,exit -F arch={arch} -S mount -F auid>=2000 -F auid!=unset -k x\n" for arch in ("b64", "b32")
    )
    assert missing(control, rules(narrow)) == ["mount (b64)", "mount (b32)"]


def test_a_watch_has_to_see_as_much() -> None:
    control = CONTROLS["AUD-06"]
    seen = "-w /etc/apparmor -p wa -k x\n-w /etc/apparmor.d -p a -k x\n"
    assert missing(control, rules(seen)) == ["/etc/apparmor.d (wa)"]
